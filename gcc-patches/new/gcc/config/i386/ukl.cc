/* What GCC knows about compartments: records of calling sequences, attributes.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors.

This file is part of GCC.

GCC is free software; you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation; either version 3, or (at your option)
any later version.

GCC is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.

You should have received a copy of the GNU General Public License
along with GCC; see the file COPYING3.  If not see
<http://www.gnu.org/licenses/>.  */

#define IN_TARGET_CODE 1

#include "config.h"
#include "system.h"
#include "coretypes.h"
#include "backend.h"
#include "target.h"
#include "rtl.h"
#include "tree.h"
#include "memmodel.h"
#include "tm_p.h"
#include "stringpool.h"
#include "attribs.h"
#include "calls.h"
#include "cgraph.h"
#include "diagnostic-core.h"
#include "emit-rtl.h"
#include "explow.h"
#include "output.h"
#include "regs.h"
#include "varasm.h"

/* A record in section .ukl.abi; ld reads it when compartments are linked and
   never puts it into a program:

     .quad FUNCTION
     .long bytes of arguments on the stack
     .long bytes of the object returned through a hidden pointer, or 0
     .long flags
     .long UKL_ABI_VERSION

   The binutils of this target have the same constants.  */

#define UKL_ABI_VERSION 1

enum ukl_abi_flags
{
  /* There are more arguments than the record says.  */
  UKL_ABI_VARIADIC = 1 << 0,
  /* The callers had no prototype to obey.  */
  UKL_ABI_UNPROTOTYPED = 1 << 1,
  /* Attributes ukl_gate and ukl_nogate.  */
  UKL_ABI_GATE = 1 << 2,
  UKL_ABI_NOGATE = 1 << 3,
  /* Not the calling convention of the System V psABI.  */
  UKL_ABI_FOREIGN = 1 << 4,
  /* The object returned must stay where the function made it: its class
     has a copy constructor or a destructor of its own.  */
  UKL_ABI_FIXED_RESULT = 1 << 5,
  /* r10 carries the static chain.  */
  UKL_ABI_STATIC_CHAIN = 1 << 6,
  /* The fields below are filled in.  */
  UKL_ABI_REGISTERS = 1 << 7,

  /* Base-two logarithm of the alignment of the arguments on the stack if
     that is more than 16 bytes, else 0.  */
  UKL_ABI_ALIGN_SHIFT = 8,
  /* How many of rdi, rsi, rdx, rcx, r8, r9 carry arguments; 3 bits.  */
  UKL_ABI_INTEGERS_SHIFT = 12,
  /* How many of xmm0 to xmm7 (or ymm, zmm) do; 4 bits.  */
  UKL_ABI_VECTORS_SHIFT = 16,
  /* What carries the result.  */
  UKL_ABI_RESULT_RAX = 1 << 20,
  UKL_ABI_RESULT_RDX = 1 << 21,
  UKL_ABI_RESULT_XMM0 = 1 << 22,
  UKL_ABI_RESULT_XMM1 = 1 << 23,
  UKL_ABI_RESULT_ST0 = 1 << 24,
  UKL_ABI_RESULT_ST1 = 1 << 25
};

/* The flags for the hard registers that X, where a value is returned,
   consists of.  */

static unsigned int
result_registers (const_rtx x)
{
  unsigned int flags = 0;

  if (GET_CODE (x) == PARALLEL)
    {
      for (int i = 0; i < XVECLEN (x, 0); i++)
	if (XEXP (XVECEXP (x, 0, i), 0))
	  flags |= result_registers (XEXP (XVECEXP (x, 0, i), 0));
      return flags;
    }

  gcc_assert (REG_P (x));
  /* A register in BLKmode, for a struct of six bytes, ends where it begins.  */
  unsigned int end = MAX (END_REGNO (x), REGNO (x) + 1);
  for (unsigned int regno = REGNO (x); regno < end; regno++)
    switch (regno)
      {
      case AX_REG: flags |= UKL_ABI_RESULT_RAX; break;
      case DX_REG: flags |= UKL_ABI_RESULT_RDX; break;
      case XMM0_REG: flags |= UKL_ABI_RESULT_XMM0; break;
      case XMM1_REG: flags |= UKL_ABI_RESULT_XMM1; break;
      case ST0_REG: flags |= UKL_ABI_RESULT_ST0; break;
      case ST1_REG: flags |= UKL_ABI_RESULT_ST1; break;
      default: gcc_unreachable ();
      }
  return flags;
}

/* Give out the arguments of the current function DECL to registers and stack
   words as its callers do.  A thunk has no RTL of its own parameters to ask,
   and of other functions it is not kept where each was found.  Leave in *CUM
   what was used and return the largest alignment on the stack in bits.  */

static unsigned int
scan_arguments (tree decl, CUMULATIVE_ARGS *cum)
{
  unsigned int align = 0;
  cumulative_args_t args = pack_cumulative_args (cum);

  INIT_CUMULATIVE_ARGS (*cum, TREE_TYPE (decl), NULL_RTX, decl, -1);
  if (cfun->returns_struct)
    {
      function_arg_info pointer (ptr_type_node, /*named=*/true);
      targetm.calls.function_arg_advance (args, pointer);
    }

  for (tree parm = DECL_ARGUMENTS (decl); parm; parm = DECL_CHAIN (parm))
    {
      tree type = DECL_ARG_TYPE (parm);
      int unsignedp;

      if (VOID_TYPE_P (type) || type == error_mark_node)
	continue;
      if (RECORD_OR_UNION_TYPE_P (type) && TYPE_TRANSPARENT_AGGR (type))
	type = TREE_TYPE (first_field (type));

      function_arg_info arg (type, /*named=*/true);
      apply_pass_by_reference_rules (cum, arg);
      unsignedp = TYPE_UNSIGNED (arg.type);
      machine_mode passed_mode = arg.mode;
      arg.mode = promote_function_mode (arg.type, arg.mode, &unsignedp,
					TREE_TYPE (decl), 0);
      if (!targetm.calls.function_incoming_arg (args, arg))
	{
	  arg.mode = passed_mode;
	  if (!TYPE_EMPTY_P (arg.type))
	    align = MAX (align, targetm.calls.function_arg_boundary (arg.mode,
								     arg.type));
	}
      targetm.calls.function_arg_advance (args, arg);
    }
  return align;
}

/* Return the attributes that count for function DECL: a thunk stands for the
   function that it jumps to.  */

static tree
gate_attributes (tree decl)
{
  cgraph_node *node = cgraph_node::get (decl);

  while (node && node->thunk && node->callees)
    node = node->callees->callee;
  return DECL_ATTRIBUTES (node ? node->decl : decl);
}

/* Write the record of function DECL, which has just been written under the
   name NAME, to FILE.  */

void
ukl_output_abi_record (FILE *file, const char *name, tree decl)
{
  if (!TARGET_UKL_ABI || !TARGET_LP64)
    return;

  CUMULATIVE_ARGS cum;
  unsigned int align = scan_arguments (decl, &cum) / BITS_PER_UNIT;
  HOST_WIDE_INT stack_bytes = cum.words * UNITS_PER_WORD;
  HOST_WIDE_INT result_bytes = 0;
  unsigned int flags = 0;
  tree result_type = TREE_TYPE (TREE_TYPE (decl));
  tree attributes = gate_attributes (decl);

  /* Where there is RTL of the parameters, it is what the code was made
     from.  */
  if (!cfun->is_thunk)
    stack_bytes = crtl->args.size.to_constant ();

  if (stdarg_p (TREE_TYPE (decl)))
    flags |= UKL_ABI_VARIADIC;
  if (!prototype_p (TREE_TYPE (decl)))
    flags |= UKL_ABI_UNPROTOTYPED;
  if (lookup_attribute ("ukl_gate", attributes))
    flags |= UKL_ABI_GATE;
  if (lookup_attribute ("ukl_nogate", attributes))
    flags |= UKL_ABI_NOGATE;
  if ((flags & UKL_ABI_GATE) && (flags & UKL_ABI_NOGATE))
    error_at (DECL_SOURCE_LOCATION (decl), "%qD is both %qs and %qs in its"
	      " declarations: leave one out", decl, "ukl_gate", "ukl_nogate");
  if (DECL_STATIC_CHAIN (decl))
    flags |= UKL_ABI_STATIC_CHAIN;
  if (cum.call_abi != SYSV_ABI
      || cfun->machine->func_type != TYPE_NORMAL
      || cfun->machine->no_caller_saved_registers)
    flags |= UKL_ABI_FOREIGN;

  if (cfun->returns_struct)
    {
      result_bytes = int_size_in_bytes (result_type);
      /* A size that only the caller knows.  */
      if (result_bytes < 0)
	{
	  result_bytes = 0;
	  flags |= UKL_ABI_FOREIGN;
	}
      if (TREE_ADDRESSABLE (result_type))
	flags |= UKL_ABI_FIXED_RESULT;
    }

  if (!(flags & UKL_ABI_FOREIGN))
    {
      flags |= UKL_ABI_REGISTERS;
      flags |= (X86_64_REGPARM_MAX - cum.nregs) << UKL_ABI_INTEGERS_SHIFT;
      flags |= (X86_64_SSE_REGPARM_MAX - cum.sse_nregs)
	       << UKL_ABI_VECTORS_SHIFT;
      if (align > 16)
	flags |= exact_log2 (align) << UKL_ABI_ALIGN_SHIFT;
      if (cfun->returns_struct)
	flags |= UKL_ABI_RESULT_RAX;
      else if (!VOID_TYPE_P (result_type) && !TYPE_EMPTY_P (result_type))
	if (rtx value = targetm.calls.function_value (result_type, decl, true))
	  flags |= result_registers (value);
    }

  /* In the function's own group, so that both stay or go.  */
  fputs ("\t.pushsection\t.ukl.abi,\"e", file);
  if (DECL_COMDAT_GROUP (decl))
    fprintf (file, "G\",@progbits,%s,comdat\n",
	     IDENTIFIER_POINTER (DECL_COMDAT_GROUP (decl)));
  else
    fputs ("\",@progbits\n", file);
  fputs ("\t.balign\t8\n", file);
  if (DECL_WEAK (decl))
    {
      /* The name may become that of a function in another object.  */
      static int number;
      char label[64];
      ASM_GENERATE_INTERNAL_LABEL (label, "LUKL", number++);
      fputs ("\t.set\t", file);
      assemble_name (file, label);
      fputs (", ", file);
      assemble_name (file, name);
      fputs ("\n\t.quad\t", file);
      assemble_name (file, label);
    }
  else
    {
      fputs ("\t.quad\t", file);
      assemble_name (file, name);
    }
  fprintf (file, "\n\t.long\t" HOST_WIDE_INT_PRINT_DEC ", "
	   HOST_WIDE_INT_PRINT_DEC ", 0x%x, %d\n\t.popsection\n",
	   stack_bytes, result_bytes, flags, UKL_ABI_VERSION);
}

/* Return the section of variable DECL if that is every compartment's to
   write, NULL if it is placed as usual.  */

section *
ukl_get_variable_section (tree decl)
{
  if (!lookup_attribute ("ukl_shared", DECL_ATTRIBUTES (decl))
      || DECL_THREAD_LOCAL_P (decl))
    return NULL;

  const char *name;
  unsigned int flags = 0;
  /* Without the relocations, which only tell one kind of read-only data, or
     of data, from another.  */
  switch (categorize_decl_for_section (decl, 0))
    {
    case SECCAT_BSS:
      name = ".ukl.shared.bss";
      flags = SECTION_BSS;
      break;
    case SECCAT_DATA:
      name = ".ukl.shared.data";
      break;
    default:
      return NULL;
    }

  if (DECL_SECTION_NAME (decl) && !symtab_node::get (decl)->implicit_section)
    {
      error_at (DECL_SOURCE_LOCATION (decl),
		"attribute %qs and a section of its own do not go together"
		" for %qD: leave one out", "ukl_shared", decl);
      /* Say it once.  */
      DECL_ATTRIBUTES (decl)
	= remove_attribute ("ukl_shared", DECL_ATTRIBUTES (decl));
      return NULL;
    }

  if (flag_data_sections || DECL_COMDAT_GROUP (decl))
    name = ACONCAT ((name, ".", targetm.strip_name_encoding
		     (IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (decl))), NULL));
  name = IDENTIFIER_POINTER (get_identifier (name));
  flags |= targetm.section_type_flags (decl, name, 0);
  /* The assembler does not know by the name that there is nothing in it.  */
  if (flags & SECTION_BSS)
    flags &= ~SECTION_NOTYPE;
  return get_section (name, flags, decl);
}

/* Handle the attribute ukl_shared.  */

tree
ukl_handle_shared_attribute (tree *node, tree name, tree, int,
			     bool *no_add_attrs)
{
  tree decl = *node;

  if (!VAR_P (decl))
    {
      error_at (DECL_SOURCE_LOCATION (decl),
		"attribute %qE is for variables, %qD is none", name, decl);
      *no_add_attrs = true;
    }
  else if (current_function_decl && !TREE_STATIC (decl)
	   && !DECL_EXTERNAL (decl))
    {
      error_at (DECL_SOURCE_LOCATION (decl),
		"attribute %qE is not for variables on the stack: make %qD"
		" static", name, decl);
      *no_add_attrs = true;
    }
  else
    DECL_COMMON (decl) = 0;
  return NULL_TREE;
}

/* Handle the attributes ukl_gate and ukl_nogate.  */

tree
ukl_handle_gate_attribute (tree *node, tree name, tree, int,
			   bool *no_add_attrs)
{
  tree decl = *node;
  const char *other = is_attribute_p ("ukl_gate", name)
		      ? "ukl_nogate" : "ukl_gate";

  if (TREE_CODE (decl) != FUNCTION_DECL)
    {
      error_at (DECL_SOURCE_LOCATION (decl),
		"attribute %qE is for functions, %qD is none", name, decl);
      *no_add_attrs = true;
    }
  else if (lookup_attribute (other, DECL_ATTRIBUTES (decl)))
    {
      error_at (DECL_SOURCE_LOCATION (decl),
		"%qD is both %qE and %qs: leave one out", decl, name, other);
      *no_add_attrs = true;
    }
  return NULL_TREE;
}
