# Compartments: --compartment and what belongs to it, for x86_64-ukl-linux-gnu.
#
# The options are read here; emultempl/ukl.em has the hooks.
EXTRA_EM_FILE=ukl

PARSE_AND_LIST_PROLOGUE="$PARSE_AND_LIST_PROLOGUE"'
#define OPTION_COMPARTMENT		501
#define OPTION_COMPARTMENT_POLICY	502
#define OPTION_COMPARTMENT_VERIFY	503
#define OPTION_NO_COMPARTMENT_VERIFY	504
'
PARSE_AND_LIST_LONGOPTS="$PARSE_AND_LIST_LONGOPTS"'
  {"compartment", required_argument, NULL, OPTION_COMPARTMENT},
  {"compartment-policy", required_argument, NULL, OPTION_COMPARTMENT_POLICY},
  {"compartment-verify", no_argument, NULL, OPTION_COMPARTMENT_VERIFY},
  {"no-compartment-verify", no_argument, NULL, OPTION_NO_COMPARTMENT_VERIFY},
'
PARSE_AND_LIST_OPTIONS="$PARSE_AND_LIST_OPTIONS"'
  fprintf (file, _("\
  --compartment=NAME=PATTERN[,PATTERN...]\n\
                              Put these archives or objects into a compartment\n\
                              (with -Wl: a space for the comma)\n"));
  fprintf (file, _("\
  --compartment-policy=FILE   Read compartments and their rights from FILE\n"));
  fprintf (file, _("\
  --no-compartment-verify     Accept privileged instructions in compartments\n"));
'
PARSE_AND_LIST_ARGS_CASES="$PARSE_AND_LIST_ARGS_CASES"'
    case OPTION_COMPARTMENT:
      ukl_option_compartment (optarg);
      break;

    case OPTION_COMPARTMENT_POLICY:
      ukl_option_policy (optarg);
      break;

    case OPTION_COMPARTMENT_VERIFY:
      ukl_verify = true;
      break;

    case OPTION_NO_COMPARTMENT_VERIFY:
      ukl_verify = false;
      break;
'
