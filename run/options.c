#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef UKL_VERSION
#define UKL_VERSION "unversioned"
#endif

/* QEMU takes more forms; these are the ones without surprises. Returns bytes. */
static uint64_t parse_mem(const char *text)
{
	static const char units[] = "kmgt";
	const char *unit = units + 1; /* a plain number counts mebibytes, as in QEMU */
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*end)
		unit = strchr(units, tolower((unsigned char)*end));
	if (!isdigit((unsigned char)*text) || !value || value >> 30 || errno || !unit ||
	    (*end && end[1]))
		die(EXIT_USAGE, "--mem %s: give a size such as 48M or 1G", text);
	return value << 10 * (unit - units + 1);
}

static int parse_smp(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || value < 1 || value > 255)
		die(EXIT_USAGE, "--smp %s: give a number of CPUs from 1 to 255", text);
	return value;
}

static double parse_timeout(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || value <= 0 || value > 1e9)
		die(EXIT_USAGE, "--timeout %s: give a number of seconds above 0", text);
	return value;
}

static enum accel parse_accel(const char *text)
{
	if (!strcmp(text, "auto"))
		return ACCEL_AUTO;
	if (!strcmp(text, "kvm"))
		return ACCEL_KVM;
	if (!strcmp(text, "tcg"))
		return ACCEL_TCG;
	die(EXIT_USAGE, "--accel %s: give auto, kvm or tcg", text);
}

/* A name alone is one in /bin: how an image that holds several programs starts one. */
static const char *parse_exec(const char *text)
{
	if (*text == '/')
		return text;
	if (!*text || strchr(text, '/'))
		die(EXIT_USAGE, "--exec %s: give an absolute path in the guest, or a name in its /bin", text);
	return xprintf("/bin/%s", text);
}

/* The last ":/" divides, so that host paths may hold colons. Returns its place or NULL. */
static char *divider(char *text)
{
	char *last = NULL;

	for (char *p = text; (p = strstr(p, ":/")); p++)
		last = p;
	return last;
}

static void add_mapping(struct mappings *list, char *host, char *guest)
{
	list->item = xrealloc(list->item, (list->count + 1) * sizeof *list->item);
	list->item[list->count++] = (struct mapping){ host, guest };
}

static void add_share(struct mappings *list, const char *text)
{
	char *host = xstrdup(text), *colon = divider(host);
	struct stat st;

	if (!colon || colon == host)
		die(EXIT_USAGE, "--share %s: give HOST:GUEST with an absolute GUEST path", text);
	*colon = '\0';
	if (stat(host, &st))
		die(EXIT_USAGE, "--share %s: %s", host, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		die(EXIT_USAGE, "--share %s: not a folder; share the folder that holds it", host);
	add_mapping(list, host, colon + 1);
}

static void add_core(struct options *o, const char *folder)
{
	struct stat st;

	if (stat(folder, &st))
		die(EXIT_USAGE, "--core %s: %s", folder, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		die(EXIT_USAGE, "--core %s: not a folder", folder);
	add_mapping(&o->share, xstrdup(folder), CORE_FOLDER);
	o->core = true;
}

static void add_disk(struct mappings *list, const char *text)
{
	char *host = xstrdup(text), *colon = divider(host);
	char *guest = NULL;
	struct stat st;

	if (list->count == 26)
		die(EXIT_USAGE, "--disk %s: 26 disks are the most", text);
	if (stat(host, &st) && colon && colon != host) {
		*colon = '\0';
		guest = colon + 1;
	}
	if (access(host, R_OK | W_OK))
		die(EXIT_USAGE, "--disk %s: %s", host, strerror(errno));
	if (!stat(host, &st) && S_ISDIR(st.st_mode))
		die(EXIT_USAGE, "--disk %s: is a folder; use --share", host);
	add_mapping(list, host, guest);
}

enum { MEM = 256, SMP, ACCEL, CPU, NET, IP, IP6, SHARE, DISK, ENV, CWD, EXEC, CORE, APPEND, INITRD, TIMEOUT, ICOUNT,
       GDB, VERBOSE, DRY_RUN, HELP, VERSION };

static const struct option table[] = {
	{ "mem", required_argument, NULL, MEM },
	{ "smp", required_argument, NULL, SMP },
	{ "accel", required_argument, NULL, ACCEL },
	{ "cpu", required_argument, NULL, CPU },
	{ "net", required_argument, NULL, NET },
	{ "ip", required_argument, NULL, IP },
	{ "ip6", required_argument, NULL, IP6 },
	{ "share", required_argument, NULL, SHARE },
	{ "disk", required_argument, NULL, DISK },
	{ "env", required_argument, NULL, ENV },
	{ "cwd", required_argument, NULL, CWD },
	{ "exec", required_argument, NULL, EXEC },
	{ "core", required_argument, NULL, CORE },
	{ "append", required_argument, NULL, APPEND },
	{ "initrd", required_argument, NULL, INITRD },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "icount", no_argument, NULL, ICOUNT },
	{ "gdb", no_argument, NULL, GDB },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "dry-run", no_argument, NULL, DRY_RUN },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

/* Options that are understood together, after the last. */
struct words {
	const char *net, *ip, *ip6, *core;
};

static void parse_one(struct options *o, struct words *words, int option)
{
	switch (option) {
	case MEM:
		o->mem_bytes = parse_mem(optarg);
		o->mem = optarg;
		break;
	case SMP:
		o->smp = parse_smp(optarg);
		break;
	case ACCEL:
		o->accel = parse_accel(optarg);
		break;
	case CPU:
		o->cpu = optarg;
		break;
	case NET:
		words->net = optarg;
		break;
	case IP:
		words->ip = optarg;
		break;
	case IP6:
		words->ip6 = optarg;
		break;
	case SHARE:
		add_share(&o->share, optarg);
		break;
	case DISK:
		add_disk(&o->disk, optarg);
		break;
	case ENV:
		if (!strchr(optarg, '=') || *optarg == '=')
			die(EXIT_USAGE, "--env %s: give NAME=VALUE", optarg);
		strings_add(&o->env, optarg);
		break;
	case CWD:
		if (*optarg != '/')
			die(EXIT_USAGE, "--cwd %s: give an absolute path in the guest", optarg);
		o->cwd = optarg;
		break;
	case EXEC:
		o->exec = parse_exec(optarg);
		break;
	case CORE:
		words->core = optarg;
		break;
	case APPEND:
		o->append = *o->append ? xprintf("%s %s", o->append, optarg) : optarg;
		break;
	case INITRD:
		if (access(optarg, R_OK))
			die(EXIT_USAGE, "--initrd %s: %s", optarg, strerror(errno));
		o->initrd = optarg;
		break;
	case TIMEOUT:
		o->timeout = parse_timeout(optarg);
		break;
	case ICOUNT:
		o->icount = true;
		break;
	case GDB:
		o->gdb = true;
		break;
	case VERBOSE:
		o->verbose = true;
		break;
	case DRY_RUN:
		o->dry_run = true;
		break;
	case HELP:
		options_help();
		exit(0);
	case VERSION:
		printf("%s %s\n", program_name, UKL_VERSION);
		exit(0);
	default: /* getopt has printed what is wrong */
		exit(EXIT_USAGE);
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	struct words words = { 0 };
	int option;

	*o = (struct options){ .mem = "256M", .mem_bytes = 256 << 20, .smp = 1, .cwd = "/", .append = "" };
	argv[0] = (char *)program_name; /* getopt's messages begin with it */
	/* '+': the first non-option is IMAGE, what follows is the program's */
	while ((option = getopt_long(argc, argv, "+", table, NULL)) != -1)
		parse_one(o, &words, option);
	o->net = net_parse(words.net, words.ip, words.ip6);
	if (words.core)
		add_core(o, words.core);
	if (optind == argc)
		die(EXIT_USAGE, "no image given; see --help");
	o->image = argv[optind];
	o->args = argv + optind + 1;
	if (o->icount && o->accel == ACCEL_KVM)
		die(EXIT_USAGE, "--icount counts emulated instructions: use it with --accel tcg");
	if (o->icount && o->smp > 1)
		die(EXIT_USAGE, "--icount works with one CPU only: leave --smp out");
}
