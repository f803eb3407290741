/* Compartments: the code of a gate.
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

#include "sysdep.h"
#include "bfd.h"
#include "bfdlink.h"
#include "libiberty.h"
#include "dwarf2.h"
#include "elf-bfd.h"
#include "elf/x86-64.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ukl.h"

/* A gate calls function F of compartment B for a caller in A.  On each way it
   goes through the union: the rights of both and write access to the gate
   header and its frames (key 13), in which it notes where the caller's
   stack is.  Nobody can write there outside a gate, so it is what a gate
   believes; registers and stacks it does not.

   The rule that makes a gate safe to enter at any of its instructions: whoever
   jumps to the first WRPKRU and is not A fails the comparison with the
   header's word on who is running; to the second or fourth: fails unless
   PKRU is what the header says of the one that is running, which has these
   rights anyway; to the third: fails unless the last frame is this gate's,
   which means that B is running on its behalf.  While the union is in force,
   the gate neither jumps nor returns through memory that a compartment could
   write.

   A or B can jump to the first or third with other rights than the union.
   Where a gate copies arguments or results meanwhile, PKRU is compared with
   the union.  Where it does not, nothing is gained: until the next WRPKRU it
   accesses the header and the frames and nothing else, so more rights are of
   no use and fewer end in a fault.

   The header is in thread-local storage, on a page of key 13:  */
enum
{
  HEADER_TOP = 0,		/* The next free frame.  */
  HEADER_NOW = 0x10,		/* PKRU as it is, the unions included; with */
  HEADER_ID = 0x14,		/* who is running, one 64-bit word.  */
  HEADER_SP = 0x40,		/* The stack of each id, */
  HEADER_LOW = 0xc0,		/* and its bounds.  */
  HEADER_HIGH = 0x140,
  /* A frame: the caller's previous stack pointer; the gate's address.  A
     pointer gate has the caller's id in the latter's upper 16 bits.  */
  FRAME_SIZE = 16,
};

/* Above the caller's rsp in a gate: six registers, the return address.  */
enum { SAVED = 6 * 8, ARGS = SAVED + 8 };

/* Longer stack arguments and structures are not for the stack.  */
#define MOST_BYTES 65536

enum
{
  RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI,
  R8, R9, R10, R11, R12, R13, R14, R15
};

/* Bytes.  */

size_t
ukl_put (struct ukl_bytes *b, const void *data, size_t size)
{
  if (b->size + size > b->room)
    {
      b->room = (b->room + size) * 2;
      b->data = xrealloc (b->data, b->room);
    }
  if (data != NULL)
    memcpy (b->data + b->size, data, size);
  else
    memset (b->data + b->size, 0, size);
  b->size += size;
  return b->size - size;
}

void
ukl_put1 (struct ukl_bytes *b, unsigned int value)
{
  unsigned char c = value;

  ukl_put (b, &c, 1);
}

void
ukl_put4 (struct ukl_bytes *b, bfd_vma value)
{
  unsigned char c[4];

  bfd_putl32 (value, c);
  ukl_put (b, c, 4);
}

void
ukl_put8 (struct ukl_bytes *b, bfd_vma value)
{
  unsigned char c[8];

  bfd_putl64 (value, c);
  ukl_put (b, c, 8);
}

/* Instructions.  EMIT (CODE, BYTES...).  */

static struct ukl_code *code;

#define EMIT(...)							\
  do									\
    {									\
      const unsigned char emit_[] = { __VA_ARGS__ };			\
      ukl_put (&code->bytes, emit_, sizeof (emit_));			\
    }									\
  while (0)

static struct ukl_reloc *
reloc (unsigned int type, const char *symbol, struct ukl_target *target,
       bfd_vma addend)
{
  struct ukl_reloc *r;

  if (code->relocs == code->reloc_room)
    {
      code->reloc_room = code->reloc_room * 2 + 32;
      code->reloc = XRESIZEVEC (struct ukl_reloc, code->reloc, code->reloc_room);
    }
  r = &code->reloc[code->relocs++];
  r->offset = code->bytes.size;
  r->type = type;
  r->symbol = symbol;
  r->target = target;
  r->addend = addend;
  return r;
}

static void
imm4 (bfd_vma value)
{
  ukl_put4 (&code->bytes, value);
}

/* op %fs:__ukl_gate+OFFSET, REG with 64-bit operands; REG may be an opcode's
   extension.  */

static void
header (unsigned int op, int reg, unsigned int offset)
{
  EMIT (0x64, 0x48 | (reg >= R8 ? 4 : 0), op, 0x04 | (reg & 7) << 3, 0x25);
  reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, offset);
  imm4 (0);
}

/* op %fs:__ukl_gate+OFFSET(,INDEX,8), REG  */

static void
header_of (unsigned int op, int reg, unsigned int offset, int index)
{
  EMIT (0x64, 0x48 | (reg >= R8 ? 4 : 0) | (index >= R8 ? 2 : 0), op,
	0x04 | (reg & 7) << 3, 0xc5 | (index & 7) << 3);
  reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, offset);
  imm4 (0);
}

static void
load_header (int reg, unsigned int offset)
{
  header (0x8b, reg, offset);
}

static void
store_header (int reg, unsigned int offset)
{
  header (0x89, reg, offset);
}

/* cmpl $ID, who is running  */

static void
compare_id (int id)
{
  EMIT (0x64, 0x83, 0x3c, 0x25);
  reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, HEADER_ID);
  imm4 (0);
  EMIT (id);
}

/* add $VALUE, the top of the frames  */

static void
move_top (int value)
{
  EMIT (0x64, 0x48, 0x83, 0x04, 0x25);
  reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, HEADER_TOP);
  imm4 (0);
  EMIT (value & 0xff);
}

/* mov FROM, TO; 64 bits.  */

static void
move (int from, int to)
{
  EMIT (0x48 | (from >= R8 ? 4 : 0) | (to >= R8 ? 1 : 0), 0x89,
	0xc0 | (from & 7) << 3 | (to & 7));
}

static void
clear (int reg)
{
  if (reg >= R8)
    EMIT (0x45, 0x31, 0xc0 | (reg & 7) << 3 | (reg & 7));
  else
    EMIT (0x31, 0xc0 | reg << 3 | reg);
}

/* Conditional jumps to a ud2 at the end of the gate.  There is one for each
   reason, in this order, from which the runtime tells what is wrong.  */

enum why { BAD_ENTRY, BAD_RESULT, BAD_STACK, BAD_CHECK, WHYS };

static struct
{
  size_t at;
  enum why why;
} bad[32];
static unsigned int bads;

static void
jump_if (unsigned int condition, enum why why)
{
  EMIT (0x0f, 0x80 | condition);
  bad[bads].at = code->bytes.size;
  bad[bads++].why = why;
  imm4 (0);
}

static void
jump_if_bad (unsigned int condition)
{
  jump_if (condition, BAD_CHECK);
}
enum { IF_BELOW = 2, IF_NOT_BELOW = 3, IF_EQUAL = 4, IF_NOT_EQUAL = 5, IF_ABOVE = 7 };

/* Make the 32-bit distance at AT lead to TO.  */

static void
patch (size_t at, size_t to)
{
  bfd_putl32 (to - (at + 4), code->bytes.data + at);
}

/* Call frame instructions.  */

static struct ukl_bytes *cfi;
static size_t cfi_at;

static void
uleb (unsigned int value)
{
  while (value >= 0x80)
    {
      ukl_put1 (cfi, (value & 0x7f) | 0x80);
      value >>= 7;
    }
  ukl_put1 (cfi, value);
}

static void
cfi_advance (void)
{
  size_t delta = code->bytes.size - cfi_at;

  if (delta == 0)
    return;
  if (delta < 64)
    ukl_put1 (cfi, DW_CFA_advance_loc | delta);
  else if (delta < 256)
    {
      ukl_put1 (cfi, DW_CFA_advance_loc1);
      ukl_put1 (cfi, delta);
    }
  else
    {
      ukl_put1 (cfi, DW_CFA_advance_loc2);
      ukl_put1 (cfi, delta & 0xff);
      ukl_put1 (cfi, delta >> 8);
    }
  cfi_at = code->bytes.size;
}

/* DWARF's numbers of the registers that a gate pushes, in its order.  */
static const unsigned char pushed[6] = { RBX, RBP, R12, R13, R14, R15 };
static const unsigned char dwarf_number[16] =
  { 0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15 };

static void
cfi_state (int reg, unsigned int offset)
{
  ukl_put1 (cfi, DW_CFA_def_cfa);
  uleb (dwarf_number[reg]);
  uleb (offset);
}

static void
cfi_cfa (int reg, unsigned int offset)
{
  cfi_advance ();
  cfi_state (reg, offset);
}

static void
cfi_saved (void)
{
  int i;

  for (i = 0; i < 6; i++)
    {
      ukl_put1 (cfi, DW_CFA_offset | dwarf_number[pushed[i]]);
      uleb (i + 2);
    }
}

/* All that there is of rights between compartments.  */

static bool
exists (int id)
{
  return (id >= UKL_MAIN && id <= UKL_GATE && ukl_part[id].name != NULL);
}

/* PKRU while a gate from A to B is at work.  */

unsigned int
ukl_union (int a, int b)
{
  return ukl_part[a].pkru & ukl_part[b].pkru
	 & ~(UKL_AD (UKL_GATE) | UKL_WD (UKL_GATE));
}

/* CHECK (A, B) for each caller A that G may have.  */

static bool
all_callers (struct ukl_gate *g, bool (*check) (int, int), bool caller_first)
{
  int a, b = g->target->id;

  if (g->caller != UKL_ANY)
    return caller_first ? check (g->caller, b) : check (b, g->caller);
  for (a = UKL_MAIN; a <= UKL_LAST; a++)
    if (exists (a) && a != b && !(caller_first ? check (a, b) : check (b, a)))
      return false;
  return true;
}

/* CHECK (B, A) for a caller A that G may have.  */

static bool
any_caller (struct ukl_gate *g, bool (*check) (int, int))
{
  int a, b = g->target->id;

  if (g->caller != UKL_ANY)
    return check (b, g->caller);
  for (a = UKL_MAIN; a <= UKL_LAST; a++)
    if (exists (a) && a != b && check (b, a))
      return true;
  return false;
}

/* Of a function that may not be entered: is G for main, which runs
   constructors, and nobody else?  */

bool
ukl_gate_only_main (struct ukl_gate *g)
{
  return g->forbidden && g->startup && !g->shutdown;
}

/* The callers that B may write to: they get a structure directly.  */

static unsigned int
written_callers (struct ukl_gate *g)
{
  unsigned int mask = 0;
  int a;

  for (a = UKL_MAIN; a <= UKL_GATE; a++)
    if (exists (a) && ukl_may_write (g->target->id, a))
      mask |= 1u << a;
  return mask;
}

/* Why no gate can be made; NULL if it can.  */

const char *
ukl_gate_check (struct ukl_gate *g)
{
  struct ukl_target *t = g->target;
  struct ukl_abi *abi = &t->abi;
  unsigned int align;

  if (t->type == STT_GNU_IFUNC)
    return _("it is an indirect function: call it through one of its own"
	     " compartment");
  if (!abi->known)
    return xasprintf (_("no record of its arguments (assembly, or another"
			" compiler): add `function %s args=BYTES' to the policy"),
		      t->name);
  if ((abi->flags & UKL_ABI_FOREIGN) != 0)
    return _("it does not use the psABI's calling convention");
  if ((abi->flags & UKL_ABI_VARIADIC) != 0 && !abi->by_policy)
    return xasprintf (_("it is variadic: add `function %s args=BYTES', the most"
			" that callers put on the stack, to the policy"), t->name);
  align = UKL_ABI_ALIGN (abi->flags);
  if (abi->args % 8 != 0 || abi->args > MOST_BYTES || align > 6
      || abi->sret > MOST_BYTES
      || abi->args + abi->sret > ukl_part[t->id].stack_size / 2)
    return xasprintf (_("its arguments or result take too much of the callee's"
			" stack: pass a pointer, or add `stack %s SIZE'"),
		      ukl_part[t->id].name);
  if ((abi->flags & UKL_ABI_SRET_STAYS) != 0 && !any_caller (g, ukl_may_write))
    return _("it returns an object with a copy constructor or destructor in"
	     " memory that it may not write: return a pointer");
  return NULL;
}

/* The parts of a gate.  */

struct plan
{
  struct ukl_gate *g;
  int a, b;			/* Ids; A is UKL_ANY in a pointer gate.  */
  bool any;
  bool save_rcx, save_rdx, save_rax, save_r10;
  bool copy_late;		/* Stack arguments, with the callee's rights.  */
  bool copy_call, copy_return;	/* Something is copied with those of both.  */
  bool cld_call, cld_return;	/* The direction flag may be an attack.  */
  bool sret;			/* A structure goes through the stacks: */
  unsigned int direct;		/* not for these callers, */
  bool staged;			/* and by the caller's for the others.  */
  unsigned int args;		/* Bytes of room for them.  */
  unsigned int room;		/* Bytes of room for the result in memory.  */
  unsigned int align;
  bool scrub_call, scrub_return;
  bool vectors_call, vectors_return;
  bool result_rax, result_rdx;
};

static void
make_plan (struct plan *p, struct ukl_gate *g)
{
  struct ukl_abi *abi = &g->target->abi;
  bool full = (abi->flags & UKL_ABI_FULL) != 0;
  bool all = !full || (abi->flags & (UKL_ABI_VARIADIC | UKL_ABI_UNPROTOTYPED)) != 0;
  int a;

  memset (p, 0, sizeof (*p));
  p->g = g;
  p->a = g->caller;
  p->b = g->target->id;
  p->any = g->caller == UKL_ANY;
  p->save_rdx = all || UKL_ABI_INTS (abi->flags) >= 3;
  p->save_rcx = all || UKL_ABI_INTS (abi->flags) >= 4;
  p->save_rax = all;
  p->save_r10 = (p->any && all) || (abi->flags & UKL_ABI_CHAIN) != 0;
  p->align = 1u << UKL_ABI_ALIGN (abi->flags);
  if (p->align < 16)
    p->align = 16;
  p->args = (abi->args + p->align - 1) & -p->align;
  p->sret = abi->sret != 0 && !all_callers (g, ukl_may_write, false);
  p->direct = p->any ? written_callers (g) : 0;
  p->staged = p->sret && !all_callers (g, ukl_may_read, true);
  p->room = p->sret ? (abi->sret + p->align - 1) & -p->align : 0;
  p->copy_late = all_callers (g, ukl_may_read, false);
  p->copy_call = p->args != 0 && !p->copy_late;
  p->copy_return = p->staged;
  p->cld_call = p->args != 0 || !all_callers (g, ukl_may_write, true);
  p->cld_return = !all_callers (g, ukl_may_write, false);
  p->scrub_call = !all_callers (g, ukl_may_read, false);
  p->scrub_return = !all_callers (g, ukl_may_read, true);
  p->vectors_return = ukl_part[p->b].clear_vectors;
  for (a = UKL_MAIN; a <= UKL_LAST; a++)
    if (exists (a) && a != p->b && (p->any || a == p->a)
	&& ukl_part[a].clear_vectors)
      p->vectors_call = true;
  p->result_rax = !full || abi->sret != 0
		  || (UKL_ABI_RESULT (abi->flags) & UKL_RESULT_RAX) != 0;
  p->result_rdx = !full
		  || (UKL_ABI_RESULT (abi->flags) & UKL_RESULT_RDX) != 0;
}

/* WRPKRU with a union.  The next instruction tells the kernel, which with its
   own key on believes the header and not PKRU; it knows these two, and goes back
   to the first from the second.  Fewer rights are told before.  */

static void
wrpkru_union (void)
{
  EMIT (0x0f, 0x01, 0xef);
  EMIT (0x64, 0x89, 0x04, 0x25);
  reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, HEADER_NOW);
  imm4 (0);
}

/* Zero the vector registers from FIRST on.  */

static void
clear_vectors (unsigned int first)
{
  unsigned int i;

  for (i = first; i < 16; i++)
    if (i >= 8)
      EMIT (0x45, 0x0f, 0x57, 0xc0 | (i & 7) << 3 | (i & 7));
    else
      EMIT (0x0f, 0x57, 0xc0 | i << 3 | i);
}

/* WRPKRU with the union of both; who runs now is left to the caller to check.
   A pointer gate has the caller's id in register ID and takes the value from
   read-only memory; REREAD gets the id again, from the header or the last
   frame, because whoever jumped here chose the registers.  COMPARE: PKRU, too.  */

static void
enter_union (struct plan *p, int id, void (*reread) (struct plan *, int),
	     bool compare)
{
  char *table;

  clear (RCX);
  clear (RDX);
  if (!p->any)
    {
      EMIT (0xb8);
      imm4 (ukl_union (p->a, p->b));
      wrpkru_union ();
      if (compare)
	{
	  EMIT (0x3d);
	  imm4 (ukl_union (p->a, p->b));
	  jump_if_bad (IF_NOT_EQUAL);
	}
      return;
    }
  table = xasprintf ("ukl.union.%d", p->b);
  /* mov table(,ID,4), %eax  */
  EMIT (0x42 & (id >= R8 ? 0xff : 0xfd), 0x8b, 0x04, 0x85 | (id & 7) << 3);
  reloc (R_X86_64_32S, table, NULL, 0);
  imm4 (0);
  wrpkru_union ();
  reread (p, id);
  if (!compare)
    return;
  /* cmp table(,ID,4), %eax  */
  EMIT (0x42 & (id >= R8 ? 0xff : 0xfd), 0x3b, 0x04, 0x85 | (id & 7) << 3);
  reloc (R_X86_64_32S, table, NULL, 0);
  imm4 (0);
  jump_if_bad (IF_NOT_EQUAL);
}

/* WRPKRU with what is in rax, who runs now, checked.  */

static void
leave_union (void)
{
  store_header (RAX, HEADER_NOW);
  EMIT (0x0f, 0x01, 0xef);
  header (0x3b, RAX, HEADER_NOW);
  jump_if_bad (IF_NOT_EQUAL);
}

/* movabs $VALUE, %rax  */

static void
load_rax (bfd_vma value)
{
  EMIT (0x48, 0xb8);
  ukl_put8 (&code->bytes, value);
}

static bfd_vma
running (int id)
{
  return (bfd_vma) id << 32 | ukl_part[id].pkru;
}

/* mov FROM+OFFSET(BASE), %REG; store if STORE.  No rsp, r12 or r13.  */

static void
move_memory (int base, int offset, int reg, bool store)
{
  EMIT (0x48 | (reg >= R8 ? 4 : 0) | (base >= R8 ? 1 : 0), store ? 0x89 : 0x8b,
	0x80 | (reg & 7) << 3 | (base & 7));
  if ((base & 7) == RSP)
    EMIT (0x24);
  imm4 (offset);
}

/* Copy SIZE bytes from FROM+OFFSET to TO through TEMP.  Long ones take rsi,
   rdi and rcx, which are kept in rbp and r11, but for rcx, which becomes 0.  */

static void
copy (int from, int offset, int to, unsigned int size, int temp)
{
  unsigned int i;

  if (size <= 128)
    {
      for (i = 0; i < size; i += 8)
	{
	  move_memory (from, offset + i, temp, false);
	  move_memory (to, i, temp, true);
	}
      return;
    }
  move (RSI, RBP);
  move (RDI, R11);
  /* lea OFFSET(FROM), %rsi  */
  EMIT (0x48 | (from >= R8 ? 1 : 0), 0x8d, 0x80 | RSI << 3 | (from & 7));
  if ((from & 7) == RSP)
    EMIT (0x24);
  imm4 (offset);
  move (to, RDI);
  EMIT (0xb9);
  imm4 (size / 8);
  EMIT (0xf3, 0x48, 0xa5);
  move (RBP, RSI);
  move (R11, RDI);
}

static void
reread_running (struct plan *p ATTRIBUTE_UNUSED, int id)
{
  /* mov %fs:__ukl_gate+HEADER_ID, %id; 32 bits  */
  EMIT (0x64, 0x40 | (id >= R8 ? 4 : 0), 0x8b, 0x04 | (id & 7) << 3, 0x25);
  reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, HEADER_ID);
  imm4 (0);
}

/* The last frame must be this gate's: its address to r11, the caller's id
   to ID.  */

static void
check_frame (struct plan *p, int id)
{
  load_header (R11, HEADER_TOP);
  if (p->any)
    /* cmpl $gate, -8(%r11)  */
    EMIT (0x41, 0x81, 0x7b, 0xf8);
  else
    /* cmpq $gate, -8(%r11)  */
    EMIT (0x49, 0x81, 0x7b, 0xf8);
  reloc (R_X86_64_32S, NULL, NULL, 0);
  imm4 (0);
  jump_if_bad (IF_NOT_EQUAL);
  if (p->any)
    /* movzwl -2(%r11), %ID  */
    EMIT (0x41 | (id >= R8 ? 4 : 0), 0x0f, 0xb7, 0x43 | (id & 7) << 3, 0xfe);
}

static size_t first_use, stack_of_callee;

/* From the entry to the call.  */

static void
emit_call (struct plan *p)
{
  struct ukl_target *t = p->g->target;
  const int id = p->any ? R11 : -1, top = p->any ? RBP : R11;
  int i;

  if (p->any)
    {
      /* Running in the function's compartment, or not yet in any.  */
      compare_id (p->b);
      EMIT (0x0f, 0x84);
      reloc (R_X86_64_PC32, NULL, t, -4);
      imm4 (0);
      compare_id (0);
      EMIT (0x0f, 0x84);
      reloc (R_X86_64_PC32, NULL, t, -4);
      imm4 (0);
    }
  for (i = 0; i < 6; i++)
    {
      if (pushed[i] >= R8)
	EMIT (0x41);
      EMIT (0x50 | (pushed[i] & 7));
      cfi_advance ();
      ukl_put1 (cfi, DW_CFA_def_cfa_offset);
      uleb (16 + 8 * i);
      ukl_put1 (cfi, DW_CFA_offset | dwarf_number[pushed[i]]);
      uleb (i + 2);
    }
  move (RSP, RBX);
  cfi_cfa (RBX, ARGS);
  if (p->sret)
    EMIT (0x50 | RDI);
  if (p->staged)
    {
      EMIT (0x48, 0x81, 0xec);			/* sub $room, %rsp  */
      imm4 (p->room);
    }
  if (p->save_rdx)
    move (RDX, R12);
  if (p->save_rcx)
    move (RCX, R13);
  if (p->save_rax)
    move (RAX, R14);
  if (p->save_r10)
    move (R10, R15);
  if (p->any)
    reread_running (p, id);

  /* Is it really A that calls?  (A pointer gate takes who calls from there.)
     Whoever jumps behind this runs without the union, and faults below.  */
  enter_union (p, id, reread_running, p->copy_call);
  if (!p->any)
    {
      compare_id (p->a);
      jump_if_bad (IF_NOT_EQUAL);
    }
  if (p->any && ukl_gate_only_main (p->g))
    {
      EMIT (0x41, 0x83, 0xfb, UKL_MAIN);	/* cmp $main, %r11d  */
      jump_if (IF_NOT_EQUAL, BAD_ENTRY);
    }

  /* A frame, and where A's stack is.  */
  load_header (top, HEADER_TOP);
  if (p->any)
    header_of (0x8b, R10, HEADER_SP, id);
  else
    load_header (R10, HEADER_SP + 8 * p->a);
  if (p->any)
    {
      EMIT (0x4c, 0x89, 0x55, 0x00);		/* mov %r10, 0(%rbp)  */
      EMIT (0x48, 0xc7, 0x45, 0x08);		/* movq $gate, 8(%rbp)  */
      reloc (R_X86_64_32S, NULL, NULL, 0);
      imm4 (0);
      EMIT (0x66, 0x44, 0x89, 0x5d, 0x0e);	/* mov %r11w, 14(%rbp)  */
    }
  else
    {
      EMIT (0x4d, 0x89, 0x13);			/* mov %r10, (%r11)  */
      EMIT (0x49, 0xc7, 0x43, 0x08);		/* movq $gate, 8(%r11)  */
      reloc (R_X86_64_32S, NULL, NULL, 0);
      imm4 (0);
    }
  move_top (FRAME_SIZE);
  if (p->any)
    header_of (0x89, RSP, HEADER_SP, id);
  else
    store_header (RSP, HEADER_SP + 8 * p->a);

  /* To B's stack.  */
  stack_of_callee = code->bytes.size;
  load_header (p->copy_call ? RAX : RSP, HEADER_SP + 8 * p->b);
  /* and $-align, %rax or %rsp  */
  EMIT (0x48, 0x83, p->copy_call ? 0xe0 : 0xe4, -p->align & 0xff);
  EMIT (0x0f, 0x84);
  first_use = code->bytes.size;
  imm4 (0);
  if (p->copy_call)
    {
      EMIT (0x48, 0x2d);			/* sub $bytes, %rax  */
      imm4 (p->room + p->args);
      /* B might have put its stack where it may not write.  */
      header (0x3b, RAX, HEADER_LOW + 8 * p->b);
      jump_if (IF_BELOW, BAD_STACK);
      EMIT (0x4c, 0x8d, 0x90);			/* lea bytes(%rax), %r10  */
      imm4 (p->room + p->args);
      header (0x3b, R10, HEADER_HIGH + 8 * p->b);
      jump_if (IF_ABOVE, BAD_STACK);
      EMIT (0xfc);
      copy (RBX, ARGS, RAX, t->abi.args, R10);
      move (RAX, RSP);
    }
  else if (p->room + p->args != 0)
    {
      EMIT (0x48, 0x81, 0xec);			/* sub $bytes, %rsp  */
      imm4 (p->room + p->args);
    }
  load_rax (running (p->b));
  leave_union ();

  /* B's rights, B's stack.  */
  if (p->cld_call)
    EMIT (0xfc);
  if (p->args != 0 && p->copy_late)
    copy (RBX, ARGS, RSP, t->abi.args, RAX);
  if (p->sret && p->direct != 0)
    {
      /* Who called: the last frame knows, r11 may be anything by now.  */
      load_header (R11, HEADER_TOP);
      EMIT (0x45, 0x0f, 0xb7, 0x5b, 0xfe);	/* movzwl -2(%r11), %r11d  */
      EMIT (0xb8);				/* mov $direct, %eax  */
      imm4 (p->direct);
      EMIT (0x44, 0x0f, 0xa3, 0xd8);		/* bt %r11d, %eax  */
      if ((t->abi.flags & UKL_ABI_SRET_STAYS) != 0)
	jump_if (IF_NOT_BELOW, BAD_RESULT);
      EMIT (0x72, 0x08);			/* jc, over the lea  */
    }
  if (p->sret)
    {
      EMIT (0x48, 0x8d, 0xbc, 0x24);		/* lea args(%rsp), %rdi  */
      imm4 (p->args);
    }
  if (p->save_rdx)
    move (R12, RDX);
  if (p->save_rcx)
    move (R13, RCX);
  if (p->save_rax)
    move (R14, RAX);
  if (p->save_r10)
    move (R15, R10);
  if (p->scrub_call)
    {
      static const unsigned char integers[6] = { RDI, RSI, RDX, RCX, R8, R9 };
      unsigned int used = UKL_ABI_INTS (t->abi.flags);

      clear (RBP);
      if (!p->save_rdx)
	clear (R12);
      if (!p->save_rcx)
	clear (R13);
      if (!p->save_rax)
	clear (R14);
      if (!p->save_r10)
	clear (R15);
      if (!p->save_rax)
	for (i = used; i < 6; i++)
	  if (integers[i] != RDX && integers[i] != RCX)
	    clear (integers[i]);
    }
  if (p->vectors_call)
    clear_vectors (p->save_rax ? 8 : UKL_ABI_VECTORS (t->abi.flags));
  code->call = code->bytes.size;
  EMIT (0xe8);
  reloc (R_X86_64_PC32, NULL, t, -4);
  imm4 (0);
}

/* Copy the structure to rdi from where the callee was told to put it.  */

static void
copy_result (struct plan *p)
{
  load_header (RSI, HEADER_SP + 8 * p->b);
  EMIT (0x48, 0x83, 0xe6, -p->align & 0xff);	/* and $-align, %rsi  */
  EMIT (0x48, 0x81, 0xee);			/* sub $room, %rsi  */
  imm4 (p->room);
  EMIT (0xb9);
  imm4 (p->g->target->abi.sret);
  EMIT (0xfc, 0xf3, 0xa4);			/* cld; rep movsb  */
}

/* A jump for those that got the structure directly; 0 if there are none.  The
   id is in rbp, and correct or it is the caller's own harm.  */

static size_t
unless_direct (struct plan *p)
{
  if (p->direct == 0)
    return 0;
  EMIT (0xb8);					/* mov $direct, %eax  */
  imm4 (p->direct);
  EMIT (0x0f, 0xa3, 0xe8);			/* bt %ebp, %eax  */
  EMIT (0x0f, 0x82);				/* jc  */
  imm4 (0);
  return code->bytes.size - 4;
}

/* From the function's return, or from the landing pad, to the caller.  */

static void
emit_return (struct plan *p, bool pad)
{
  const int id = p->any ? RBP : -1;
  struct ukl_abi *abi = &p->g->target->abi;
  bool rax = pad || p->result_rax, rdx = !pad && p->result_rdx;
  /* Where the results are meanwhile.  In rsi and rdi, which would have to be
     cleared else, unless they are needed.  */
  const int result = pad || p->sret ? R12 : RSI, second = p->sret ? R13 : RDI;
  unsigned int depth = ARGS + (p->sret ? 8 : 0) + (p->staged ? p->room : 0);
  size_t over;
  int i;

  if (rax)
    move (RAX, result);
  if (rdx)
    move (RDX, second);
  if (p->any)
    {
      load_header (R11, HEADER_TOP);
      EMIT (0x41, 0x0f, 0xb7, 0x6b, 0xfe);	/* movzwl -2(%r11), %ebp  */
    }
  enter_union (p, id, check_frame, p->copy_return && !pad);
  if (!p->any)
    check_frame (p, id);

  /* To A's stack, and the frame goes.  */
  move_memory (R11, -16, R10, false);
  if (p->any)
    {
      header_of (0x8b, RSP, HEADER_SP, id);
      cfi_cfa (RSP, depth);
      header_of (0x89, R10, HEADER_SP, id);
    }
  else
    {
      load_header (RSP, HEADER_SP + 8 * p->a);
      cfi_cfa (RSP, depth);
      store_header (R10, HEADER_SP + 8 * p->a);
    }
  move_top (-FRAME_SIZE);
  if (p->staged && !pad)
    {
      /* From B's stack to A's, which A might have put anywhere.  */
      over = unless_direct (p);
      if (p->any)
	header_of (0x3b, RSP, HEADER_LOW, id);
      else
	header (0x3b, RSP, HEADER_LOW + 8 * p->a);
      jump_if (IF_BELOW, BAD_STACK);
      EMIT (0x48, 0x8d, 0xbc, 0x24);		/* lea room(%rsp), %rdi  */
      imm4 (p->room);
      if (p->any)
	header_of (0x3b, RDI, HEADER_HIGH, id);
      else
	header (0x3b, RDI, HEADER_HIGH + 8 * p->a);
      jump_if (IF_ABOVE, BAD_STACK);
      move (RSP, RDI);
      copy_result (p);
      if (over != 0)
	patch (over, code->bytes.size);
    }
  if (p->any)
    {
      /* mov ukl.running(,ID,8), %rax  */
      EMIT (0x48, 0x8b, 0x04, 0xc5 | (id & 7) << 3);
      reloc (R_X86_64_32S, "ukl.running", NULL, 0);
      imm4 (0);
    }
  else
    load_rax (running (p->a));
  leave_union ();

  /* A's rights, A's stack.  */
  if (p->cld_return)
    EMIT (0xfc);
  if (pad)
    {
      move (result, RDI);
      if (!p->sret)
	{
	  EMIT (0x48, 0x83, 0xec, 0x08);	/* sub $8, %rsp  */
	  cfi_cfa (RSP, depth + 8);
	}
      EMIT (0xe8);
      reloc (R_X86_64_PC32, "__ukl_gate_rethrow", NULL, -4);
      imm4 (0);
      EMIT (0x0f, 0x0b);
      return;
    }
  if (p->sret)
    {
      if (p->staged)
	{
	  move (RSP, RSI);
	  EMIT (0x48, 0x81, 0xc4);		/* add $room, %rsp  */
	  imm4 (p->room);
	}
      EMIT (0x58 | RDI);
      cfi_cfa (RSP, ARGS);
      move (RDI, R12);
      over = unless_direct (p);
      if (p->staged)
	{
	  EMIT (0xb9);
	  imm4 (abi->sret);
	  EMIT (0xf3, 0xa4);			/* rep movsb  */
	}
      else
	copy_result (p);
      if (over != 0)
	patch (over, code->bytes.size);
    }
  if (rax)
    move (result, RAX);
  if (rdx)
    move (second, RDX);
  if (p->scrub_return)
    {
      if (!rax || result != RSI)
	clear (RSI);
      if (!rdx || second != RDI)
	clear (RDI);
      clear (R8);
      clear (R9);
    }
  if (p->vectors_return)
    clear_vectors (2);
  for (i = 5; i >= 0; i--)
    {
      if (pushed[i] >= R8)
	EMIT (0x41);
      EMIT (0x58 | (pushed[i] & 7));
      cfi_advance ();
      ukl_put1 (cfi, DW_CFA_def_cfa_offset);
      uleb (8 + 8 * i);
      ukl_put1 (cfi, DW_CFA_restore | dwarf_number[pushed[i]]);
    }
  EMIT (0xc3);
}

/* Make the code of G in CODE.  */

void
ukl_gate_code (struct ukl_gate *g, struct ukl_code *into)
{
  struct plan p;
  unsigned int i, why;

  code = into;
  bads = 0;
  cfi = &code->cfi;
  cfi_at = 0;
  if (g->closed != NULL)
    {
      /* A pointer that only its own compartment uses.  */
      compare_id (g->target->id);
      EMIT (0x0f, 0x84);
      reloc (R_X86_64_PC32, NULL, g->target, -4);
      imm4 (0);
      compare_id (0);
      EMIT (0x0f, 0x84);
      reloc (R_X86_64_PC32, NULL, g->target, -4);
      imm4 (0);
      EMIT (0x0f, 0x0b);
      g->size = code->bytes.size;
      return;
    }
  make_plan (&p, g);
  emit_call (&p);

  /* Behind the first byte that is executed after the call.  */
  code->split = code->bytes.size + 1;
  cfi = &code->cfi2;
  cfi_at = code->split;
  cfi_state (RBX, ARGS);
  cfi_saved ();
  code->split_state = cfi->size;
  emit_return (&p, false);

  code->pad = code->bytes.size;
  cfi_cfa (RBX, ARGS);
  cfi_saved ();
  emit_return (&p, true);

  /* The first time that the thread is in B.  */
  patch (first_use, code->bytes.size);
  cfi_cfa (RBX, ARGS);
  if (p.any)
    {
      /* mov table(,%r11,4), %r10d; cmp %r10d, %fs:__ukl_gate+HEADER_NOW  */
      EMIT (0x46, 0x8b, 0x14, 0x9d);
      reloc (R_X86_64_32S, xasprintf ("ukl.union.%d", p.b), NULL, 0);
      imm4 (0);
      EMIT (0x64, 0x44, 0x39, 0x14, 0x25);
      reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, HEADER_NOW);
      imm4 (0);
    }
  else
    {
      EMIT (0x64, 0x81, 0x3c, 0x25);		/* cmpl $union, ...NOW  */
      reloc (R_X86_64_TPOFF32, "__ukl_gate", NULL, HEADER_NOW);
      imm4 (0);
      imm4 (ukl_union (p.a, p.b));
    }
  jump_if_bad (IF_NOT_EQUAL);
  EMIT (0xb8);
  imm4 (p.b);
  EMIT (0x4c, 0x8d, 0x1d);			/* lea stack_of_callee(%rip), %r11  */
  imm4 (stack_of_callee - (code->bytes.size + 4));
  EMIT (0xe9);
  reloc (R_X86_64_PC32, "__ukl_gate_stack", NULL, -4);
  imm4 (0);

  for (why = 0; why < WHYS; why++)
    {
      for (i = 0; i < bads; i++)
	if (bad[i].why == why)
	  patch (bad[i].at, code->bytes.size);
      EMIT (0x0f, 0x0b);
    }
  g->size = code->bytes.size;
}
