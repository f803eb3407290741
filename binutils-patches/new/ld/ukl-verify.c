/* Compartments: find instructions that change PKRU or the machine's state.
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

#include <string.h>
#include "ukl-verify.h"

/* What gives away other compartments' memory or the machine must not begin at
   any byte: who controls a jump can go there.  That is possible for opcodes of
   two bytes and more.  One-byte opcodes are everywhere inside other
   instructions; those, and what can merely stop the machine (LMSW, which can
   set bits of CR0 that make floating point fault; CLTS, INVD, INVLPG), are
   looked for where execution comes by.  */

/* The opcode at P, which begins with 0x0f; AFTER bytes follow the 0x0f, BEFORE
   bytes precede it.  NULL if it may stand anywhere.  */

static const char *
forbidden_anywhere (const unsigned char *p, size_t after, size_t before)
{
  unsigned int op, modrm, mod, reg;
  size_t i;

  if (after < 1)
    return NULL;
  op = p[1];
  switch (op)
    {
    case 0x07:
      return "sysret";
    case 0x30:
      return "wrmsr";
    case 0x35:
      return "sysexit";
    case 0xa1:
      return "pop %fs";
    case 0xa9:
      return "pop %gs";
    }
  if (after < 2)
    return NULL;
  modrm = p[2];
  mod = modrm >> 6;
  reg = modrm >> 3 & 7;
  switch (op)
    {
    case 0x00:
      return reg == 2 ? "lldt" : reg == 3 ? "ltr" : NULL;

    case 0x01:
      if (mod != 3)
	return reg == 2 ? "lgdt" : reg == 3 ? "lidt" : NULL;
      switch (modrm)
	{
	case 0xc0: case 0xc1: case 0xc2: case 0xc3: case 0xc4: case 0xc5: case 0xc7:
	  return "a VMX or enclave instruction";
	case 0xc6:
	  return "wrmsrns";
	case 0xcf:
	  return "encls";
	case 0xd1:
	  return "xsetbv";
	case 0xd4:
	  return "vmfunc";
	case 0xd8: case 0xd9: case 0xda: case 0xdb:
	case 0xdc: case 0xdd: case 0xde: case 0xdf:
	  return "an SVM instruction";
	case 0xef:
	  return "wrpkru";
	case 0xf8:
	  return "swapgs";
	case 0xfe: case 0xff:
	  return "invlpgb";
	}
      return NULL;

    case 0x22:
      return "mov to a control register";
    case 0x23:
      return "mov to a debug register";

    case 0x38:
      /* 66 0f 38 80 to 82.  */
      return modrm >= 0x80 && modrm <= 0x82 && before >= 1 && p[-1] == 0x66
	     ? "invpcid" : NULL;

    case 0xae:
      if (mod != 3)
	return reg == 5 ? "xrstor" : NULL;
      if (reg == 2 || reg == 3)
	/* f3, maybe with other prefixes behind it.  */
	for (i = 1; i <= before && i <= 4; i++)
	  if (p[-i] == 0xf3)
	    return reg == 2 ? "wrfsbase" : "wrgsbase";
      return NULL;

    case 0xb4:
      return mod != 3 ? "lfs" : NULL;
    case 0xb5:
      return mod != 3 ? "lgs" : NULL;
    case 0xc7:
      return mod != 3 && reg == 3 ? "xrstors" : NULL;
    }
  return NULL;
}

/* Instructions between two WRPKRUs of a gate.  */

enum place { NOWHERE, HEADER, FRAME, TABLE, ELSEWHERE };

/* Which memory an instruction of LENGTH bytes at P with a ModRM byte behind
   OPCODE accesses: of %fs; at a distance from one of the registers FRAMES; by
   an index alone, which is a table of ld's; or other.  */

static enum place
place_of (const unsigned char *p, unsigned int opcode, unsigned int map,
	  unsigned int frames)
{
  const unsigned char *modrm = p + opcode + 1;
  unsigned int mod = *modrm >> 6, base = *modrm & 7, rex = 0;

  if (mod == 3)
    return NOWHERE;
  if (opcode > map && (p[opcode - map - 1] & 0xf0) == 0x40)
    rex = p[opcode - map - 1];
  if (p[0] == 0x64)
    return mod == 0 && base == 4 && (modrm[1] & 7) == 5 ? HEADER : ELSEWHERE;
  if (base == 4)
    return mod == 0 && (modrm[1] & 7) == 5 ? TABLE : ELSEWHERE;
  /* mov %r10, (%r11)  */
  if (mod == 0 && base != 5)
    mod = 1;
  base |= (rex & 1) << 3;
  return mod != 0 && (frames >> base & 1) ? FRAME : ELSEWHERE;
}

/* Is the WRPKRU at P, END - P bytes to the end of its gate, of no use to who
   jumps there?  There are two ways.  PKRU is compared with a constant or with
   memory, and jne leads away; before that, nothing but a store to %fs, loads
   and comparisons.  Or it is not, because up to the next WRPKRU only the
   header (%fs) and the frames, by a register that was loaded from there, are
   accessed; then the header or a frame is compared, or it is read who runs.  */

static bool
is_checked (const unsigned char *p, const unsigned char *end)
{
  const unsigned char *start = p + 3;
  unsigned int length, opcode, map, frames = 0;
  bool value = false, known = false, compared = false;

  for (p += 3; p < end; p += length)
    {
      unsigned int op, reg;
      enum place place;

      length = ukl_instruction_length (p, end - p, &opcode, &map);
      if (length == 0)
	return false;
      op = p[opcode];
      if (map == 1 && op == 0x01 && p[opcode + 1] == 0xef)
	return known;
      if (map == 1 && (op & 0xf0) == 0x80)	/* jcc */
	{
	  if (op == 0x85 && value)
	    return true;
	  known |= op == 0x85 && compared;
	  value = compared = false;
	  continue;
	}
      value = compared = false;
      if (map == 0 && op == 0x3d)		/* cmp $, %eax */
	{
	  value = true;
	  continue;
	}
      if (map == 0 && ((op & 0xf8) == 0xb8 || op == 0xfc)) /* mov $, %reg; cld */
	continue;
      if (map == 0 ? op != 0x31 && op != 0x39 && op != 0x3b && op != 0x81 && op != 0x83
		     && op != 0x89 && op != 0x8b && op != 0xc7
		   : map != 1 || op != 0xb7)
	return false;
      place = place_of (p, opcode, map, frames);
      if (place == ELSEWHERE)
	return false;
      reg = p[opcode + 1] >> 3 & 7;
      if (map == 0 && op == 0x3b && reg == 0)	/* cmp mem, %eax */
	value = place != NOWHERE;
      else if (map == 0 && (op == 0x81 || op == 0x83) && reg == 7)
	compared = place == HEADER || place == FRAME;
      else if (map == 0 && op == 0x39)
	compared = place == HEADER;
      else if (map == 0 && (op == 0x89 || op == 0xc7) && place == TABLE)
	return false;
      /* More rights are noted first of all.  */
      if (p == start && !(map == 0 && op == 0x89 && place == HEADER) && !value)
	return false;
      if (map == 0 && op == 0x8b)
	{
	  if (opcode > 0 && (p[opcode - 1] & 0xf4) == 0x44)
	    reg |= 8;
	  frames &= ~(1u << reg);
	  if (place == HEADER && opcode > 0 && (p[opcode - 1] & 0xf8) == 0x48)
	    frames |= reg != 4 ? 1u << reg : 0;
	  else if (place == HEADER)
	    known = true;
	}
    }
  return false;
}

void
ukl_verify_bytes (const unsigned char *text, size_t size, uint64_t address,
		  const struct ukl_range *gates, size_t count, ukl_report report,
		  void *data)
{
  const unsigned char *p = text, *end = text + size;
  size_t gate = 0;

  while (p < end && (p = memchr (p, 0x0f, end - p)) != NULL)
    {
      struct ukl_finding f;

      f.instruction = forbidden_anywhere (p, end - p - 1, p - text);
      f.address = address + (p - text);
      f.in_stream = false;
      p++;
      if (f.instruction == NULL)
	continue;
      while (gate < count && gates[gate].end <= f.address)
	gate++;
      if (gate < count && gates[gate].start <= f.address
	  && strcmp (f.instruction, "wrpkru") == 0)
	{
	  if (is_checked (p - 1, text + (gates[gate].end - address)))
	    continue;
	  f.instruction = "wrpkru without a check";
	}
      report (data, &f);
    }
}

/* Lengths.  One character per opcode: what follows it.
   . nothing  m modrm  1 imm8  z imm16 or imm32  4 rel32  2 imm16
   M modrm and imm8  Z modrm and immz  p prefix  x invalid  other: special  */
static const char one_byte[257] =
  "mmmm1zxxmmmm1zxe" "mmmm1zxxmmmm1zxx"	/* 00: e = 0f  */
  "mmmm1zpxmmmm1zpx" "mmmm1zpxmmmm1zpx"
  "rrrrrrrrrrrrrrrr" "................"	/* 40: REX  */
  "xxvmppppzZ1M...." "1111111111111111"	/* 60: v = EVEX  */
  "MZxMmmmmmmmmmmmX" "..........x....."	/* 80: X = pop or XOP  */
  "aaaa....1z......" "11111111qqqqqqqq"	/* a0: a = moffs, q = imm64  */
  "MM2.VVMZE.2..1x." "mmmmxxx.mmmmmmmm"	/* c0: V = VEX, E = enter  */
  "111111114441...." "p.pp..FGx.....mm";	/* e0: f6 F, f7 G  */

static char
two_byte_kind (unsigned int op)
{
  if ((op >= 0x05 && op <= 0x09) || op == 0x0b || op == 0x0e
      || (op >= 0x30 && op <= 0x37) || op == 0x77 || (op >= 0xa0 && op <= 0xa2)
      || (op >= 0xa8 && op <= 0xaa) || (op >= 0xc8 && op <= 0xcf))
    return '.';
  if (op >= 0x80 && op <= 0x8f)
    return '4';
  if (op == 0x0f || (op >= 0x70 && op <= 0x73) || op == 0xa4 || op == 0xac
      || op == 0xba || op == 0xc2 || (op >= 0xc4 && op <= 0xc6))
    return 'M';
  if (op >= 0x20 && op <= 0x23)
    return 'R';			/* A modrm byte that means registers.  */
  if (op == 0x04 || op == 0x0a || op == 0x0c || (op >= 0x24 && op <= 0x27)
      || op == 0x39 || (op >= 0x3b && op <= 0x3f))
    return 'x';
  return 'm';
}

/* Bytes of modrm, SIB and displacement at P; 0 if they are not all there.  */

static unsigned int
modrm_length (const unsigned char *p, size_t size)
{
  unsigned int mod, rm, length = 1;

  if (size < 1)
    return 0;
  mod = p[0] >> 6;
  rm = p[0] & 7;
  if (mod == 3)
    return 1;
  if (rm == 4)
    {
      if (size < 2)
	return 0;
      length = 2;
      if (mod == 0 && (p[1] & 7) == 5)
	length += 4;
    }
  else if (mod == 0 && rm == 5)
    length += 4;
  length += mod == 1 ? 1 : mod == 2 ? 4 : 0;
  return length <= size ? length : 0;
}

unsigned int
ukl_instruction_length (const unsigned char *code, size_t size,
			unsigned int *opcode, unsigned int *map)
{
  unsigned int at = 0, data16 = 0, address32 = 0, wide = 0, op, imm = 0, more = 0;
  char kind;

  if (size > 15)
    size = 15;
  *map = 0;
  for (;;)
    {
      if (at >= size)
	return 0;
      op = code[at];
      kind = one_byte[op];
      if (kind != 'p')
	break;
      data16 |= op == 0x66;
      address32 |= op == 0x67;
      at++;
    }
  if (kind == 'r')
    {
      wide = op >> 3 & 1;
      if (++at >= size)
	return 0;
      op = code[at];
      kind = one_byte[op];
      if (kind == 'r' || kind == 'p')
	return 0;
    }
  if (kind == 'e')
    {
      if (++at >= size)
	return 0;
      op = code[at];
      *map = 1;
      kind = two_byte_kind (op);
      if (op == 0x38 || op == 0x3a)
	{
	  if (++at >= size)
	    return 0;
	  *map = op == 0x38 ? 2 : 3;
	  kind = op == 0x38 ? 'm' : 'M';
	  op = code[at];
	}
    }
  else if (kind == 'V' || kind == 'v'
	   || (kind == 'X' && at + 1 < size && (code[at + 1] & 0x38) != 0))
    {
      unsigned int vex = op == 0xc5 ? 1 : op == 0x62 ? 3 : 2;

      if (at + vex + 1 >= size)
	return 0;
      *map = op == 0xc5 ? 1 : op == 0x62 ? code[at + 1] & 7 : code[at + 1] & 31;
      at += vex + 1;
      op = code[at];
      if (*map == 1)
	kind = op == 0x77 ? '.' : two_byte_kind (op) == 'M' ? 'M' : 'm';
      else
	kind = *map == 3 || *map == 8 ? 'M' : *map == 10 ? 'Z' : 'm';
      data16 = 0;
      /* Not the two-byte map of the checks: VEX has none of these.  */
      *map += 16;
    }
  *opcode = at++;

  switch (kind)
    {
    case '.':
      break;
    case 'm': case 'X':
      more = 1;
      break;
    case 'R':
      imm = 1;
      break;
    case 'M':
      more = 1;
      imm = 1;
      break;
    case 'Z':
      more = 1;
      imm = data16 && !wide ? 2 : 4;
      break;
    case 'z':
      imm = data16 && !wide ? 2 : 4;
      break;
    case '1':
      imm = 1;
      break;
    case '2':
      imm = 2;
      break;
    case '4':
      imm = 4;
      break;
    case 'E':
      imm = 3;
      break;
    case 'a':
      imm = address32 ? 4 : 8;
      break;
    case 'q':
      imm = wide ? 8 : data16 ? 2 : 4;
      break;
    case 'F': case 'G':
      more = 1;
      if (at < size && (code[at] & 0x30) == 0)
	imm = kind == 'F' ? 1 : data16 && !wide ? 2 : 4;
      break;
    default:
      return 0;
    }
  if (more)
    {
      unsigned int length = modrm_length (code + at, size - at);

      if (length == 0)
	return 0;
      at += length;
    }
  at += imm;
  return at <= size ? at : 0;
}

/* What execution must not come by.  */

static const char *
forbidden_in_stream (const unsigned char *p, unsigned int map)
{
  unsigned int reg = p[1] >> 3 & 7;

  if (map == 1)
    switch (p[0])
      {
      case 0x01:
	if (p[1] < 0xc0)
	  return reg == 6 ? "lmsw" : reg == 7 ? "invlpg" : NULL;
	return p[1] == 0xc8 || p[1] == 0xc9 || p[1] == 0xfa || p[1] == 0xfb ? "mwait"
	       : p[1] == 0xca || p[1] == 0xcb ? "clac" : reg == 6 ? "lmsw" : NULL;
      case 0x06:
	return "clts";
      case 0x08: case 0x09:
	return "invd";
      case 0x20: case 0x21:
	return "mov from a control or debug register";
      case 0x32:
	return "rdmsr";
      case 0x34:
	return "sysenter";
      case 0xaa:
	return "rsm";
      case 0xb2:
	return "lss";
      case 0xc7:
	return p[1] < 0xc0 && reg >= 6 ? "a VMX instruction" : NULL;
      }
  if (map != 0)
    return NULL;
  switch (p[0])
    {
    case 0x6c: case 0x6d:
      return "ins";
    case 0x6e: case 0x6f:
      return "outs";
    case 0x8e:
      return "mov to a segment register";
    case 0x9d:
      return "popf";
    case 0xca: case 0xcb:
      return "a far return";
    case 0xcd:
      return "int";
    case 0xcf:
      return "iret";
    case 0xe4: case 0xe5: case 0xec: case 0xed:
      return "in";
    case 0xe6: case 0xe7: case 0xee: case 0xef:
      return "out";
    case 0xf1:
      return "int1";
    case 0xf4:
      return "hlt";
    case 0xfa:
      return "cli";
    case 0xfb:
      return "sti";
    case 0xff:
      return p[1] < 0xc0 && (reg == 3 || reg == 5) ? "a far call or jump" : NULL;
    }
  return NULL;
}

void
ukl_verify_stream (const unsigned char *text, size_t size, uint64_t address,
		   ukl_report report, void *data)
{
  size_t at = 0;

  while (at < size)
    {
      struct ukl_finding f;
      unsigned int opcode, map, length;

      length = ukl_instruction_length (text + at, size - at, &opcode, &map);
      if (length == 0)
	/* A table in the text, most likely.  Multi-byte opcodes in it have been
	   looked for.  */
	return;
      /* The modrm byte, if any, is inside the instruction.  */
      f.instruction = NULL;
      if (opcode + 1 < length)
	f.instruction = forbidden_in_stream (text + at + opcode, map);
      else
	{
	  unsigned char alone[2];

	  alone[0] = text[at + opcode];
	  alone[1] = 0xc0;
	  f.instruction = forbidden_in_stream (alone, map);
	}
      f.address = address + at;
      f.in_stream = true;
      if (f.instruction != NULL)
	report (data, &f);
      at += length;
    }
}
