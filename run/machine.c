#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tsc.h"

/* What an x86 kernel's command line holds, less the zero. */
#define COMMAND_LINE_MAX 2047

/* microvm names each of its devices to the kernel: " virtio_mmio.device=512@0xfeb00000:12" */
#define MMIO_WORD 40
#define MMIO_SLOTS 8
#define MMIO_RTC_SLOT 3 /* slot N has interrupt 5 + N; the kernel's RTC driver does not share its 8 */

/*
 * microvm without ACPI boots with a tenth of q35's instructions. It has few device slots and
 * describes its CPUs in the old MP table.
 */
static bool use_microvm(const struct options *o)
{
	return 1 + !!o->net.backend + o->share.count + o->disk.count <= MMIO_SLOTS - 1;
}

struct builder {
	struct strings command;
	bool microvm;
	int slot; /* of microvm: the next device's */
};

static void add(struct builder *b, const char *option, char *value)
{
	strings_add(&b->command, xstrdup(option));
	if (value)
		strings_add(&b->command, value);
}

/* -device KIND on the machine's bus, with PROPERTIES (",x=y" or ""). */
static void add_device(struct builder *b, const char *kind, const char *properties)
{
	if (!b->microvm) {
		add(b, "-device", xprintf("%s-pci%s", kind, properties));
		return;
	}
	add(b, "-device", xprintf("%s-device,bus=virtio-mmio-bus.%d%s", kind, b->slot, properties));
	b->slot -= b->slot == MMIO_RTC_SLOT + 1 ? 2 : 1;
}

/* QEMU's way to write a value with commas: double them. The caller owns the result. */
static char *escape(const char *value)
{
	char *text = xrealloc(NULL, 2 * strlen(value) + 1), *out = text;

	for (; *value; value++) {
		if (*value == ',')
			*out++ = ',';
		*out++ = *value;
	}
	*out = '\0';
	return text;
}

static void add_wire(struct builder *b, const char *id, int fd, const char *by_hand)
{
	add(b, "-chardev", fd >= 0 ? xprintf("socket,id=%s,fd=%d", id, fd)
				   : xprintf("%s,id=%s%s", by_hand, id,
					     strcmp(by_hand, "file") ? "" :
					     xprintf(",path=/dev/std%s,append=on", id)));
}

static void add_port(struct builder *b, int number, const char *id)
{
	add(b, "-device", xprintf("virtserialport,nr=%d,chardev=%s", number, id));
}

static void add_streams(struct builder *b, const struct options *o, const struct machine *m)
{
	static const struct wires none = { -1, -1, -1, -1, -1 };
	const struct wires *wires = m->wires ? m->wires : &none;

	if (wires->console >= 0)
		add(b, "-chardev", xprintf("socket,id=console,fd=%d", wires->console));
	else if (o->verbose)
		add(b, "-chardev", xstrdup("file,id=console,path=/dev/stderr,append=on"));
	else
		add(b, "-chardev", xstrdup("null,id=console"));
	add(b, "-serial", xstrdup("chardev:console"));
	/* The driver makes queues for as many as there may be. */
	add_device(b, "virtio-serial", ",max_ports=5");
	add_wire(b, "in", wires->in, m->tty ? "stdio,signal=off" : "stdio");
	if (m->tty) {
		add(b, "-device", xstrdup("virtconsole,nr=0,chardev=in"));
	} else {
		add_port(b, 1, "in");
		add_wire(b, "out", wires->out, "file");
		add_port(b, 2, "out");
	}
	if (!m->tty || !isatty(STDERR_FILENO)) {
		add_wire(b, "err", wires->err, "file");
		add_port(b, 3, "err");
	}
	if (wires->status >= 0) {
		add_wire(b, "status", wires->status, NULL);
		add_port(b, 4, "status");
	}
}

static void add_network(struct builder *b, const struct net *net)
{
	char *properties = xprintf(",netdev=net%s%s%s", net->mac ? ",mac=" : "", net->mac ? net->mac : "",
				   b->microvm ? "" : ",romfile=");

	add(b, "-netdev", xprintf("%s,id=net", net->backend));
	add_device(b, "virtio-net", properties);
	free(properties);
}

static void add_storage(struct builder *b, const struct options *o)
{
	for (size_t i = 0; i < o->share.count; i++) {
		char *path = escape(o->share.item[i].host);
		char *properties = xprintf(",fsdev=share%zu,mount_tag=share%zu", i, i);

		/*
		 * "none" keeps the host's files plain files of the user who runs this: no owner
		 * or mode games in extended attributes.
		 */
		add(b, "-fsdev", xprintf("local,id=share%zu,path=%s,security_model=none,multidevs=remap",
					 i, path));
		add_device(b, "virtio-9p", properties);
		free(path);
		free(properties);
	}
	for (size_t i = 0; i < o->disk.count; i++) {
		char *path = escape(o->disk.item[i].host);
		char *properties = xprintf(",drive=disk%zu", i);

		add(b, "-drive", xprintf("if=none,id=disk%zu,file=%s,format=raw", i, path));
		add_device(b, "virtio-blk", properties);
		free(path);
		free(properties);
	}
}

static char *kernel_words(const struct options *o, const struct machine *m, bool microvm)
{
	/* The guest cannot measure it on a busy host; under -icount a tick is a nanosecond. */
	unsigned khz = m->kvm ? 0 : o->icount ? 1000000 : tsc_khz();
	char *tsc = khz ? xprintf(" tcg_tsc_khz=%u", khz) : xstrdup("");
	/*
	 * panic=-1: reset at once; reboot=t: by triple fault, which every machine has. Without
	 * firmware tables: do not look for them, nor test for 20 ms how the timer is wired.
	 */
	char *words = xprintf("console=ttyS0%s panic=-1 reboot=t%s%s%s%s%s", o->verbose ? "" : " quiet",
			      tsc, microvm ? " acpi=off no_timer_check" : "", o->net.dhcp ? " ip=dhcp" : "",
			      *o->append ? " " : "", o->append);
	size_t room = COMMAND_LINE_MAX - (microvm ? MMIO_SLOTS * MMIO_WORD : 0);

	free(tsc);
	if (strlen(words) > room)
		die(EXIT_USAGE,
		    "--append: %zu bytes are too long, the kernel takes %zu; the program's own "
		    "arguments go after IMAGE",
		    strlen(o->append), room - (strlen(words) - strlen(o->append)));
	return words;
}

struct strings machine_command(const struct options *o, const struct machine *m)
{
	/* From the last slot down, as QEMU itself does it. */
	struct builder b = { .microvm = use_microvm(o), .slot = MMIO_SLOTS - 1 };

	strings_add(&b.command, xstrdup(m->qemu));
	add(&b, "-M", xstrdup(b.microvm ? "microvm,rtc=on,ioapic2=off,acpi=off" : "q35"));
	add(&b, "-accel", xstrdup(m->kvm ? "kvm" : "tcg"));
	add(&b, "-cpu", xstrdup(o->cpu ? o->cpu : m->kvm ? "host" : "max"));
	add(&b, "-m", xstrdup(o->mem));
	add(&b, "-smp", xprintf("%d", o->smp));
	add(&b, "-nodefaults", NULL);
	add(&b, "-no-user-config", NULL);
	add(&b, "-display", xstrdup("none"));
	add(&b, "-no-reboot", NULL);
	/*
	 * What a program in ring 0 can reach by OUT shall not write to memory: microvm then has nothing that does. A
	 * large archive takes too long without.
	 */
	if (b.microvm && !o->initrd)
		add(&b, "-global", xstrdup("fw_cfg_io.dma_enabled=off"));
	if (b.microvm && !m->kvm)
		add(&b, "-global", xstrdup("apic.vapic=off"));
	if (o->icount)
		add(&b, "-icount", xstrdup("shift=0,sleep=off"));
	if (o->gdb) {
		add(&b, "-s", NULL);
		add(&b, "-S", NULL);
	}
	add_streams(&b, o, m);
	if (o->net.backend)
		add_network(&b, &o->net);
	add_storage(&b, o);
	add(&b, "-kernel", xstrdup(o->image));
	add(&b, "-initrd", xstrdup(m->config));
	add(&b, "-append", kernel_words(o, m, b.microvm));
	return b.command;
}

char *machine_describe(const struct options *o, const struct machine *m)
{
	return xprintf("machine: %s, %s, %d CPU%s, %s",
		       use_microvm(o) ? "microvm (virtio-mmio, no firmware tables)"
				      : "q35 (virtio-pci: more devices than microvm has slots)",
		       m->kvm ? "KVM" : o->accel == ACCEL_AUTO ? "TCG (no fast KVM here)" : "TCG",
		       o->smp, o->smp == 1 ? "" : "s", o->mem);
}

static void print_quoted(const char *word)
{
	if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_-+=:,./@%")]) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

void machine_print(const struct strings *command)
{
	for (size_t i = 0; i < command->count; i++) {
		if (i)
			putchar(' ');
		print_quoted(command->item[i]);
	}
	putchar('\n');
}
