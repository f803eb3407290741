# The linker's own options for x86_64-ukl-linux-gnu: --kernel, --rootfs, --compartment and what
# belongs to it.
#
# The options are read here; emultempl/ukl.em has the hooks.
EXTRA_EM_FILE=ukl

PARSE_AND_LIST_PROLOGUE="$PARSE_AND_LIST_PROLOGUE"'
#define OPTION_COMPARTMENT		501
#define OPTION_COMPARTMENT_POLICY	502
#define OPTION_COMPARTMENT_VERIFY	503
#define OPTION_NO_COMPARTMENT_VERIFY	504
#define OPTION_KERNEL			505
#define OPTION_ROOTFS			506
'
PARSE_AND_LIST_LONGOPTS="$PARSE_AND_LIST_LONGOPTS"'
  {"compartment", required_argument, NULL, OPTION_COMPARTMENT},
  {"compartment-policy", required_argument, NULL, OPTION_COMPARTMENT_POLICY},
  {"compartment-verify", no_argument, NULL, OPTION_COMPARTMENT_VERIFY},
  {"no-compartment-verify", no_argument, NULL, OPTION_NO_COMPARTMENT_VERIFY},
  {"kernel", required_argument, NULL, OPTION_KERNEL},
  {"rootfs", required_argument, NULL, OPTION_ROOTFS},
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
  fprintf (file, _("\
  --kernel=NAME               Link with the kernel NAME in place of cloud\n"));
  fprintf (file, _("\
  --rootfs=FOLDER             Put what is in FOLDER into the image'"'"'s root file system\n"));
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

    case OPTION_KERNEL:
      ukl_option_kernel (optarg);
      break;

    case OPTION_ROOTFS:
      ukl_option_rootfs (optarg);
      break;

    /* A file name, a script: as usual, but it may be one of the kernel'"'"'s.  */
    case 1:
    case '"'T'"':
      optarg = (char *) ukl_kernel_file (optarg);
      return false;
'
