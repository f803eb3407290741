/* Compartments, kernels, root file systems: what the parts of the linker share.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors.

   This file is part of the GNU Binutils.

   This program is free software; you can redistribute it and/or modify
   it under the terms of the GNU General Public License as published by
   the Free Software Foundation; either version 3 of the License, or
   (at your option) any later version.

   This program is distributed in the hope that it will be useful,
   but WITHOUT ANY WARRANTY; without even the implied warranty of
   MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
   GNU General Public License for more details.

   You should have received a copy of the GNU General Public License
   along with this program; see the file COPYING3.  If not see
   <http://www.gnu.org/licenses/>.  */

#ifndef UKL_H
#define UKL_H

/* The parts, in the order in which a link calls them:
   ukl-policy.c   --compartment and the policy file: who is in which
		  compartment, and what each may reach
   ukl-files.c    input files: their compartment, their sections' names, the
		  script that places these
   ukl-abi.c      what the compiler recorded about functions
   ukl-scan.c     relocations that cross a boundary; they are sent to gates
   ukl-gate.c     the machine code and the unwind information of a gate
   ukl-object.c   the object file that holds gates and table, in memory
   ukl-names.c	  the table of functions in it
   ukl-check.c    -Map; verifies what was linked
   ukl-verify.c   finds stray privileged instructions
   ukl-kernel.c   --kernel
   ukl-rootfs.c   --rootfs
   emultempl/ukl.em calls them from the emulation's hooks.  */

/* An id is the protection key of a compartment's memory.  The values are
   known to the runtime (libukl_compartment/table.h).  */
enum
{
  UKL_SHARED = 0,	/* Runs with its caller's rights; shared memory.  */
  UKL_MAIN = 1,		/* What no pattern names.  */
  UKL_FIRST = 2,
  UKL_LAST = 12,	/* If there are so many; else the runtime's second key.  */
  UKL_GATE = 13,	/* Gates and the runtime's privileged part.  */
  UKL_IDS = 14,
  UKL_READ_ONLY_KEY = 14,	/* What the kernel only reads; 15: the rest of it.  */
};

enum ukl_right { UKL_NONE, UKL_READ, UKL_WRITE };

/* Access disabled, write disabled, for key K in PKRU.  */
#define UKL_AD(k) (1u << (2 * (k)))
#define UKL_WD(k) (2u << (2 * (k)))

struct ukl_pattern
{
  struct ukl_pattern *next;
  const char *text;
  const char *where;	/* For messages: the option or file:line.  */
  int id;
  bool used;
};

/* Sizes for a function that has no record, or a variadic one.  */
struct ukl_function_line
{
  struct ukl_function_line *next;
  const char *name;
  const char *where;
  unsigned int args, sret;
  bool used;
};

/* A function that callers may enter, or whose address stays inside; a glob.  */
struct ukl_enter
{
  struct ukl_enter *next;
  const char *glob;
};

struct ukl_part
{
  const char *name;		/* NULL: no such compartment.  */
  bool trusted;
  bool has_text, has_data, has_bss;
  bool clear_vectors;
  unsigned long stack_size;	/* Bytes.  */
  struct ukl_enter *enter;	/* NULL: all global functions.  */
  struct ukl_enter *keep;
  unsigned char reach[UKL_IDS];	/* Rights that policy lines add.  */
  unsigned char rights[16];	/* On each key, once all is read.  */
  unsigned int pkru;
};

extern struct ukl_part ukl_part[UKL_IDS];
extern struct ukl_pattern *ukl_patterns;
extern struct ukl_function_line *ukl_functions;
extern bool ukl_active, ukl_allow_wx, ukl_verify;

/* What is known of a function, from its record or from the policy.  */
struct ukl_abi
{
  bool known;
  bool by_policy;		/* A policy line gave the sizes.  */
  unsigned int args;		/* Bytes on the stack, above the return address.  */
  unsigned int sret;		/* Size of the object returned in memory.  */
  unsigned int flags;
};

/* Flags of a record.  */
enum
{
  UKL_ABI_VARIADIC = 1,
  UKL_ABI_UNPROTOTYPED = 2,
  UKL_ABI_GATE = 4,
  UKL_ABI_NOGATE = 8,
  UKL_ABI_FOREIGN = 0x10,
  UKL_ABI_SRET_STAYS = 0x20,
  UKL_ABI_CHAIN = 0x40,
  UKL_ABI_FULL = 0x80,		/* The fields below are filled in.  */
};
#define UKL_ABI_ALIGN(f) (((f) >> 8) & 15)
#define UKL_ABI_INTS(f) (((f) >> 12) & 7)
#define UKL_ABI_VECTORS(f) (((f) >> 16) & 15)
#define UKL_ABI_RESULT(f) (((f) >> 20) & 63)
enum { UKL_RESULT_RAX = 1, UKL_RESULT_RDX = 2, UKL_RESULT_XMM0 = 4, UKL_RESULT_XMM1 = 8 };

/* A function that has or may get gates: where it is defined.  */
struct ukl_target
{
  struct ukl_target *chain;
  asection *sec;
  bfd_vma value;
  const char *name;
  unsigned char type;		/* STT_.  */
  int id;
  struct ukl_abi abi;
  struct elf_link_hash_entry *h;	/* A symbol for it, listed or not.  */
  struct ukl_gate *gate[UKL_IDS];	/* By caller; 0: the pointer gate.  */
};

enum { UKL_ANY = 0 };

struct ukl_gate
{
  struct ukl_gate *next;
  struct ukl_target *target;
  int caller;			/* UKL_ANY: a pointer gate.  */
  char *symbol;
  unsigned int size;		/* Bytes of code.  */
  const char *closed;		/* Why it does not pass calls on, if it does not:  */
  bool forbidden;		/* nobody else may enter the function.  */
  bool startup;			/* But for main, which runs constructors, */
  bool shutdown;		/* and for who ends the program.  */
  bool told;			/* An error message was about it.  */
  struct ukl_use *uses;		/* Relocations to send to it.  */
};

/* A relocation that is sent to a gate.  */
struct ukl_use
{
  struct ukl_use *next;
  bfd *abfd;
  asection *sec;
  Elf_Internal_Rela *rel;
  bool by_owner;		/* The function's own compartment takes its address.  */
};

extern struct ukl_gate *ukl_gates;

/* Bytes that grow.  */
struct ukl_bytes
{
  unsigned char *data;
  size_t size, room;
};

/* A relocation in what is made here.  */
struct ukl_reloc
{
  size_t offset;
  unsigned int type;
  const char *symbol;		/* A symbol's name, or NULL:  */
  struct ukl_target *target;	/* the function itself, or NULL:  */
  bfd_vma addend;		/* relative to the section.  */
};

struct ukl_code
{
  struct ukl_bytes bytes;
  struct ukl_bytes cfi;		/* Call frame instructions of the first and ...  */
  struct ukl_bytes cfi2;	/* ... second part.  */
  size_t call;			/* The call of the function, behind which */
  size_t split;			/* the second part begins a byte later; 0: there is none.  */
  size_t split_state;		/* Bytes of cfi2 that are true of both.  */
  size_t pad;			/* The landing pad.  */
  struct ukl_reloc *reloc;
  unsigned int relocs, reloc_room;
};

/* ukl-policy.c */
union lang_statement_union;
extern void ukl_option_compartment (const char *);
extern void ukl_option_policy (const char *);
extern const char *ukl_policy_before (union lang_statement_union *);
extern void ukl_policy_finish (void);
extern const char *ukl_rights_name (int);
extern bool ukl_may_read (int, int);
extern bool ukl_may_write (int, int);

/* ukl-files.c */
extern int ukl_id_of_bfd (bfd *);
extern void ukl_files_begin (void);
extern void ukl_files_loading (bfd *);
extern void ukl_files_assign (void);
extern void ukl_files_place (void);
extern void ukl_files_finish (void);
/* Define NAME, hidden and absolute, as VALUE.  */
extern void ukl_define (const char *name, bfd_vma value);
extern bool ukl_is_kernel (bfd *);

/* ukl-abi.c */
extern void ukl_abi_keep (void);
extern void ukl_abi_read (bfd *);
extern struct ukl_abi ukl_abi_of (asection *, bfd_vma, const char *);

/* ukl-scan.c */
extern void ukl_scan (void);
extern void ukl_scan_apply (void);
extern void ukl_scan_done (void);
extern size_t ukl_symbol_count (bfd *);
extern void ukl_retarget (bfd *, asection *, Elf_Internal_Rela *,
			  struct elf_link_hash_entry *);

/* ukl-object.c: BYTES, which live on, as an input file.  Null with the BFD error set if they
   cannot be opened.  */
extern bfd *ukl_open_bytes (const char *name, struct ukl_bytes *bytes);

/* ukl-stack.c */

/* Tell the linker script by the symbol ukl_k_exec_stack that the program asks for an executable
   stack; an error in an image with compartments.  */
extern void ukl_stack_flags (void);

/* ukl-gate.c */
extern unsigned int ukl_union (int, int);
extern const char *ukl_gate_check (struct ukl_gate *);
extern bool ukl_gate_only_main (struct ukl_gate *);
extern void ukl_gate_code (struct ukl_gate *, struct ukl_code *);
extern size_t ukl_put (struct ukl_bytes *, const void *, size_t);
extern void ukl_put1 (struct ukl_bytes *, unsigned int);
extern void ukl_put4 (struct ukl_bytes *, bfd_vma);
extern void ukl_put8 (struct ukl_bytes *, bfd_vma);

/* ukl-object.c */
extern void ukl_object_add (void);
extern void ukl_object_shrink (void);
extern void ukl_object_finish (void);
extern bfd *ukl_object;

/* ukl-names.c */
extern void ukl_names_most (size_t *, size_t *);
extern void ukl_names_shrink (asection *, asection *);
extern void ukl_names_fill (unsigned char *, unsigned char *);

/* ukl-check.c */
extern unsigned int ukl_check_nudge (void);
extern void ukl_check_move (void);
extern void ukl_check_later (void);
extern void ukl_report_map (FILE *);

/* ukl-kernel.c */
extern void ukl_option_kernel (const char *);
extern const char *ukl_kernel_file (const char *);
extern bool ukl_has_kernel (void);

/* ukl-rootfs.c */
extern void ukl_option_rootfs (const char *);
extern void ukl_rootfs_add (void);

#endif
