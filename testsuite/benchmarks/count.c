/*
 * A plugin for QEMU's TCG: which instructions does an operation execute?
 *
 * qemu-system-x86_64 -plugin file=count.so,out=FILE[,profile=FILE]
 *
 * Between the two markers of marker.h, executed by a program in the guest, counts all instructions
 * and those that cost hardware much more than others. Each pair of markers gives one line of
 * out: "NAME=COUNT..."; in profile, "ADDRESS COUNT" for each instruction that was executed, and an empty
 * line. One virtual CPU; translated code must not run on several threads.
 *
 * Interface: QEMU 7.2, docs/devel/tcg-plugins.rst and include/qemu/qemu-plugin.h, which Debian
 * does not package. Declared here is what is used.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t qemu_plugin_id_t;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*call)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
/* flags 0: the callback reads no registers. op 0: add to a 64-bit counter. */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*call)(unsigned int vcpu, void *data), int flags,
					    void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *counter,
						uint64_t add);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info,
							       int argc, char **argv);

enum kind { INSTRUCTIONS, SYSCALL, SYSRET, IRET, SWAPGS, WRMSR, CR3, WRPKRU, XSAVE, XRSTOR, LOCKED, POPF,
	    CLI_STI, VERW, INVLPG, IO, KINDS };

static const char *const names[KINDS] = {
	"instructions", "syscall", "sysret", "iret", "swapgs", "wrmsr", "cr3", "wrpkru", "xsave", "xrstor",
	"locked", "popf", "cli-sti", "verw", "invlpg", "io",
};

static uint64_t counters[KINDS], before[KINDS];
static FILE *out, *profile;

/* One instruction of the guest; never freed, as translated code keeps the address. */
struct place {
	uint64_t address, count, before;
	struct place *next;
};

static struct place *places[65536];

static struct place *find_place(uint64_t address)
{
	struct place **list = &places[address % (sizeof places / sizeof *places)], *place;

	for (place = *list; place; place = place->next)
		if (place->address == address)
			return place;
	place = calloc(1, sizeof *place);
	if (!place)
		abort();
	place->address = address;
	place->next = *list;
	*list = place;
	return place;
}

/* Encodings: Intel SDM volume 2. */
static enum kind classify(const uint8_t *code, size_t size)
{
	bool locked = false;
	size_t at = 0;

	for (; at < size; at++) {
		uint8_t byte = code[at];

		if (byte == 0xf0)
			locked = true;
		else if (byte != 0x66 && byte != 0xf2 && byte != 0xf3 && byte != 0x2e && byte != 0x3e &&
			 byte != 0x64 && byte != 0x65 && (byte & 0xf0) != 0x40)
			break;
	}
	if (locked)
		return LOCKED;
	if (at >= size)
		return INSTRUCTIONS;
	code += at;
	size -= at;
	switch (code[0]) {
	case 0xcf:
		return IRET;
	case 0x9d:
		return POPF;
	case 0xfa:
	case 0xfb:
		return CLI_STI;
	case 0x87: /* xchg: locked if one operand is in memory */
		return size > 1 && code[1] < 0xc0 ? LOCKED : INSTRUCTIONS;
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return IO;
	case 0x0f:
		break;
	default:
		return INSTRUCTIONS;
	}
	if (size < 2)
		return INSTRUCTIONS;
	switch (code[1]) {
	case 0x05:
		return SYSCALL;
	case 0x07:
		return SYSRET;
	case 0x30:
		return WRMSR;
	case 0x22:
		return size > 2 && (code[2] & 0x38) == 0x18 ? CR3 : INSTRUCTIONS;
	case 0x00:
		return size > 2 && (code[2] & 0x38) == 0x28 ? VERW : INSTRUCTIONS;
	case 0x01:
		if (size < 3)
			return INSTRUCTIONS;
		if (code[2] == 0xf8)
			return SWAPGS;
		if (code[2] == 0xef)
			return WRPKRU;
		return code[2] < 0xc0 && (code[2] & 0x38) == 0x38 ? INVLPG : INSTRUCTIONS;
	case 0xae: /* memory forms only: /4 and /6 save, /5 restores */
		if (size < 3 || code[2] >= 0xc0)
			return INSTRUCTIONS;
		return (code[2] & 0x38) == 0x28 ? XRSTOR :
		       (code[2] & 0x38) == 0x20 || (code[2] & 0x38) == 0x30 ? XSAVE : INSTRUCTIONS;
	case 0xc7:
		if (size < 3 || code[2] >= 0xc0)
			return INSTRUCTIONS;
		return (code[2] & 0x38) == 0x18 ? XRSTOR :
		       (code[2] & 0x38) == 0x20 || (code[2] & 0x38) == 0x28 ? XSAVE : INSTRUCTIONS;
	}
	return INSTRUCTIONS;
}

static void start(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	memcpy(before, counters, sizeof before);
	for (size_t i = 0; profile && i < sizeof places / sizeof *places; i++)
		for (struct place *place = places[i]; place; place = place->next)
			place->before = place->count;
}

static void stop(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	for (int kind = 0; kind < KINDS; kind++)
		fprintf(out, "%s%s=%llu", kind ? " " : "", names[kind],
			(unsigned long long)(counters[kind] - before[kind]));
	fputc('\n', out);
	fflush(out);
	if (!profile)
		return;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		for (struct place *place = places[i]; place; place = place->next)
			if (place->count != place->before)
				fprintf(profile, "%llx %llu\n", (unsigned long long)place->address,
					(unsigned long long)(place->count - place->before));
	fputc('\n', profile);
	fflush(profile);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static const uint8_t marker[] = { 0x0f, 0x1f, 0x80 };

	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *code = qemu_plugin_insn_data(insn);
		size_t size = qemu_plugin_insn_size(insn);
		enum kind kind = classify(code, size);

		qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &counters[INSTRUCTIONS], 1);
		if (kind)
			qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &counters[kind], 1);
		if (profile)
			qemu_plugin_register_vcpu_insn_exec_inline(
				insn, 0, &find_place(qemu_plugin_insn_vaddr(insn))->count, 1);
		if (size == 7 && !memcmp(code, marker, sizeof marker) && !memcmp(code + 4, "lku", 3))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, code[3] ? stop : start, 0, NULL);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strncmp(argv[i], "profile=", 8))
			profile = fopen(argv[i] + 8, "w");
	}
	if (!out) {
		fprintf(stderr, "count.so: give out=FILE, a file that can be written\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
