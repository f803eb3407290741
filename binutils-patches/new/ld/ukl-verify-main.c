/* ukl-verify: look for instructions that break compartments in an image.
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

/* usage: x86_64-ukl-linux-gnu-verify IMAGE

   Prints a line for each finding.  Exit status: 0 nothing was found, 1
   something was, 2 the file cannot be read.  The same checks as ld's, on a
   finished file; gates are where the image's table says.  */

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ukl-verify.h"

static const unsigned char *file;
static size_t file_size;
static const char *file_name;
static unsigned long findings;

static const Elf64_Shdr *sections;
static unsigned int section_count;
static const Elf64_Sym *symbols;
static size_t symbol_count;
static const char *symbol_names;
static size_t symbol_names_size;

static void __attribute__ ((noreturn))
die (const char *why)
{
  fprintf (stderr, "ukl-verify: %s: %s\n", file_name, why);
  exit (2);
}

/* SIZE bytes at OFFSET of the file.  */

static const void *
part (uint64_t offset, uint64_t size)
{
  if (offset > file_size || size > file_size - offset)
    die ("the file is cut off");
  return file + offset;
}

static void
read_file (void)
{
  FILE *f = fopen (file_name, "rb");
  unsigned char *data = NULL;
  size_t room = 0, n;

  if (f == NULL)
    die (strerror (errno));
  do
    {
      if (file_size == room)
	{
	  room = room ? room * 2 : 1 << 20;
	  data = realloc (data, room);
	  if (data == NULL)
	    die ("out of memory");
	}
      n = fread (data + file_size, 1, room - file_size, f);
      file_size += n;
    }
  while (n != 0);
  if (ferror (f))
    die ("cannot be read");
  fclose (f);
  file = data;
}

static const char *
symbol_name (const Elf64_Sym *sym)
{
  if (sym->st_name >= symbol_names_size
      || memchr (symbol_names + sym->st_name, 0, symbol_names_size - sym->st_name) == NULL)
    return "?";
  return symbol_names + sym->st_name;
}

static void
report (void *data, const struct ukl_finding *f)
{
  const Elf64_Shdr *sec = data;
  const Elf64_Sym *best = NULL;
  size_t i;

  findings++;
  for (i = 0; i < symbol_count; i++)
    if (ELF64_ST_TYPE (symbols[i].st_info) == STT_FUNC
	&& symbols[i].st_value <= f->address && symbols[i].st_value >= sec->sh_addr
	&& (best == NULL || best->st_value < symbols[i].st_value))
      best = &symbols[i];
  if (best != NULL)
    printf ("%s: %s+0x%llx (0x%llx): %s\n", file_name, symbol_name (best),
	    (unsigned long long) (f->address - best->st_value),
	    (unsigned long long) f->address, f->instruction);
  else
    printf ("%s: 0x%llx: %s\n", file_name, (unsigned long long) f->address,
	    f->instruction);
}

static const char *
section_name (const Elf64_Ehdr *header, const Elf64_Shdr *sec)
{
  const Elf64_Shdr *names = &sections[header->e_shstrndx];
  const char *table = part (names->sh_offset, names->sh_size);

  if (sec->sh_name >= names->sh_size
      || memchr (table + sec->sh_name, 0, names->sh_size - sec->sh_name) == NULL)
    die ("damaged section names");
  return table + sec->sh_name;
}

/* The gates, from the table at the beginning of SEC: see
   libukl_compartment/table.h.  */

static struct ukl_range *
read_gates (const Elf64_Shdr *sec, size_t *count)
{
  const unsigned char *table = part (sec->sh_offset, sec->sh_size);
  struct ukl_range *ranges;
  uint32_t n, size;
  uint64_t at, gate;
  size_t i;

  if (sec->sh_size < 24)
    die ("its table of compartments is damaged");
  memcpy (&n, table + 12, 4);
  memcpy (&at, table + 16, 8);
  if (at < sec->sh_addr || at - sec->sh_addr > sec->sh_size
      || n > (sec->sh_size - (at - sec->sh_addr)) / 32)
    die ("its table of compartments is damaged");
  ranges = calloc (n + 1, sizeof (*ranges));
  if (ranges == NULL)
    die ("out of memory");
  for (i = 0; i < n; i++)
    {
      const unsigned char *info = table + (at - sec->sh_addr) + 32 * i;

      memcpy (&gate, info, 8);
      memcpy (&size, info + 24, 4);
      ranges[i].start = gate;
      ranges[i].end = gate + size;
    }
  *count = n;
  return ranges;
}

static int
compare (const void *a, const void *b)
{
  const struct ukl_range *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

int
main (int argc, char **argv)
{
  const Elf64_Ehdr *header;
  struct ukl_range *gates = NULL;
  size_t count = 0, i, j;

  if (argc != 2 || argv[1][0] == '-')
    {
      fprintf (argc == 2 && strcmp (argv[1], "--help") == 0 ? stdout : stderr,
	       "usage: x86_64-ukl-linux-gnu-verify IMAGE\n"
	       "Look for instructions of the program that could leave a compartment.\n"
	       "Exit status: 0 none, 1 some, 2 IMAGE cannot be read.\n");
      return argc == 2 && strcmp (argv[1], "--help") == 0 ? 0 : 2;
    }
  file_name = argv[1];
  read_file ();
  header = part (0, sizeof (*header));
  if (memcmp (header->e_ident, ELFMAG, SELFMAG) != 0
      || header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64)
    die ("not an x86-64 ELF file");
  section_count = header->e_shnum;
  sections = part (header->e_shoff, (uint64_t) section_count * sizeof (*sections));
  if (section_count == 0 || header->e_shentsize != sizeof (*sections)
      || header->e_shstrndx >= section_count)
    die ("no section headers, which tell the program from the kernel");
  for (i = 0; i < section_count; i++)
    {
      const Elf64_Shdr *sec = &sections[i];

      if (sec->sh_type == SHT_SYMTAB && sec->sh_link < section_count)
	{
	  symbols = part (sec->sh_offset, sec->sh_size);
	  symbol_count = sec->sh_size / sizeof (*symbols);
	  symbol_names = part (sections[sec->sh_link].sh_offset,
			       sections[sec->sh_link].sh_size);
	  symbol_names_size = sections[sec->sh_link].sh_size;
	}
      else if (strcmp (section_name (header, sec), ".ukl.compartments") == 0
	       && sec->sh_type == SHT_PROGBITS)
	gates = read_gates (sec, &count);
    }
  if (gates == NULL)
    fprintf (stderr, "ukl-verify: %s: no compartments in it\n", file_name);
  else
    qsort (gates, count, sizeof (*gates), compare);
  if (symbols == NULL)
    fprintf (stderr, "ukl-verify: %s: stripped: one-byte instructions are not looked for\n",
	     file_name);
  for (i = 0; i < section_count; i++)
    {
      const Elf64_Shdr *sec = &sections[i];
      const unsigned char *text;

      if (sec->sh_type != SHT_PROGBITS || (sec->sh_flags & SHF_EXECINSTR) == 0
	  || (sec->sh_flags & SHF_ALLOC) == 0
	  || strncmp (section_name (header, sec), ".kernel", 7) == 0)
	continue;
      text = part (sec->sh_offset, sec->sh_size);
      ukl_verify_bytes (text, sec->sh_size, sec->sh_addr, gates, count, report,
			(void *) sec);
      for (j = 0; j < symbol_count; j++)
	if (ELF64_ST_TYPE (symbols[j].st_info) == STT_FUNC
	    && symbols[j].st_value >= sec->sh_addr
	    && symbols[j].st_value - sec->sh_addr < sec->sh_size
	    && symbols[j].st_size <= sec->sh_size - (symbols[j].st_value - sec->sh_addr))
	  ukl_verify_stream (text + (symbols[j].st_value - sec->sh_addr),
			     symbols[j].st_size, symbols[j].st_value, report,
			     (void *) sec);
    }
  return findings != 0;
}
