/* x86_64-ukl-linux-gnu-run: boot an image and pass for its program. See help.c. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "image.h"
#include "kvm.h"
#include "machine.h"
#include "options.h"
#include "qemu.h"
#include "session.h"

/* Descriptors 0 to 2 must exist, or a socket of ours would take their place. */
static void ensure_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

/* With less, QEMU loads what fits and the machine does nothing at all. */
static void check_memory(const struct options *o, uint64_t image_end)
{
	if (o->mem_bytes < image_end)
		die(EXIT_MACHINE, "--mem %s: %s alone takes %llu MiB", o->mem, o->image,
		    (unsigned long long)(image_end >> 20) + 1);
}

static bool choose_kvm(const struct options *o)
{
	if (o->accel == ACCEL_KVM && !kvm_usable())
		die(EXIT_MACHINE, "--accel kvm: /dev/kvm cannot be opened; use --accel auto");
	if (o->accel != ACCEL_AUTO)
		return o->accel == ACCEL_KVM;
	return !o->icount && kvm_fast();
}

static int dry_run(const struct options *o, const char *qemu, bool kvm)
{
	bool tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct machine machine = { .kvm = kvm, .tty = tty, .qemu = qemu };
	struct strings command;
	char *config;

	close(config_write(o, tty, true, &config));
	machine.config = config;
	printf("# %s\n", machine_describe(o, &machine));
	command = machine_command(o, &machine);
	machine_print(&command);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options;
	const char *slash = strrchr(argc ? argv[0] : "run", '/'), *qemu;
	bool kvm;

	if (!argc)
		return EXIT_USAGE;
	program_name = slash ? slash + 1 : argv[0];
	ensure_standard_streams();
	options_parse(&options, argc, argv);
	check_memory(&options, image_check(options.image));
	qemu = qemu_find();
	kvm = choose_kvm(&options);
	return options.dry_run ? dry_run(&options, qemu, kvm) : session_run(&options, qemu, kvm);
}
