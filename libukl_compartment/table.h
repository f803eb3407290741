/*
 * What ld tells the runtime about an image's compartments.
 *
 * ld makes the table when it is called with --compartment or --compartment-policy; it is in
 * read-only memory. binutils-patches/new/ld/ukl-object.c writes it: change both.
 */
#ifndef UKL_COMPARTMENT_TABLE_H
#define UKL_COMPARTMENT_TABLE_H

#include <stdint.h>

/* An id is the protection key of the compartment's memory. */
enum {
	UKL_ID_SHARED = 0,   /* transparent code, shared memory */
	UKL_ID_MAIN = 1,     /* whatever is in no named compartment */
	UKL_ID_GATE = 13,    /* gates and the runtime's privileged part */
	UKL_IDS = 14,        /* keys 14 and 15 are the kernel's */
};

enum { UKL_TABLE_VERSION = 1 };

enum { UKL_TABLE_ALLOW_WX = 1 };     /* ukl_table.flags */
enum { UKL_PART_TRUSTED = 1 };       /* ukl_part.flags */
enum { UKL_CALLER_ANY = 255 };       /* ukl_gate_info.caller of a pointer gate */
enum { UKL_GATE_REFUSES = 1 };       /* ukl_gate_info.flags: passes no call on to another compartment */

/* A gate: code in .ukl.text.gate that calls function. */
struct ukl_gate_info {
	void *gate;
	void *function;
	const char *name;        /* of the function; if the gate refuses, the reason is behind its NUL */
	uint32_t size;           /* of the gate, in bytes */
	uint8_t caller, callee;  /* ids */
	uint16_t flags;          /* UKL_GATE_REFUSES */
};

/* What belongs to an id. Addresses are page aligned but for id 0; empty: both NULL. */
struct ukl_part {
	const char *name;        /* NULL: nothing has this id */
	uint32_t pkru, flags;
	uint64_t stack_size;     /* of each thread's stack in it, in bytes */
	char *text, *text_end, *data, *data_end, *bss, *bss_end;
};

struct ukl_table {
	uint32_t version, count; /* count: elements of part */
	uint32_t flags, gates;   /* gates: elements of gate */
	const struct ukl_gate_info *gate;
	struct ukl_part part[UKL_IDS];
};

extern const struct ukl_table __ukl_compartments;

/*
 * Memory that only start-up code writes; the runtime makes it read-only.
 * Page aligned; empty if the two are equal.
 */
extern char __ukl_relro_start[], __ukl_relro_end[];

#endif
