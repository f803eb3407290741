/* Compartments: the verifier.  ld and the program ukl-verify share it.
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

#ifndef UKL_VERIFY_H
#define UKL_VERIFY_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/* A forbidden instruction.  */
struct ukl_finding
{
  uint64_t address;		/* Where it begins.  */
  const char *instruction;	/* Its name.  */
  bool in_stream;		/* Execution comes by in the ordinary way.  */
};

typedef void (*ukl_report) (void *, const struct ukl_finding *);

/* A part of the text: a function, or a gate.  */
struct ukl_range
{
  uint64_t start, end;
};

/* Report the forbidden opcodes that begin at any offset of the SIZE bytes of
   TEXT, which lie at ADDRESS.  GATES are COUNT ranges in ascending order in
   which WRPKRU may stand, if it is checked there.  */
extern void ukl_verify_bytes (const unsigned char *text, size_t size,
			      uint64_t address, const struct ukl_range *gates,
			      size_t count, ukl_report, void *);

/* Report the forbidden instructions of the function at TEXT, SIZE bytes at
   ADDRESS, which are found by disassembly from its beginning.  */
extern void ukl_verify_stream (const unsigned char *text, size_t size,
			       uint64_t address, ukl_report, void *);

/* The length of the instruction at CODE, of which SIZE bytes are there; 0 if
   it is none.  *OPCODE is set to the offset of its opcode, without 0x0f ...,
   and *MAP to 0 (one byte), 1 (0f), 2 (0f 38), 3 (0f 3a), or more.  */
extern unsigned int ukl_instruction_length (const unsigned char *code, size_t size,
					    unsigned int *opcode, unsigned int *map);

#endif
