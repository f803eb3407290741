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

/* usage: x86_64-ukl-linux-gnu-verify FILE...

   Prints a line for each finding.  Exit status: 0 nothing was found, 1
   something was, 2 a file cannot be read.  The same checks as ld's, on a
   finished image; gates are where the image's table says.  In objects and
   archives it finds what the compiler chose, which no layout can cure.  */

#include <ar.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ukl-verify.h"

static const unsigned char *file;
static size_t file_size;
static const char *file_name;
static char *member_name;	/* In an archive.  */
static bool relocatable;
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
  fprintf (stderr, "ukl-verify: %s%s%s%s: %s\n", file_name, member_name != NULL ? "(" : "",
	   member_name != NULL ? member_name : "", member_name != NULL ? ")" : "", why);
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

  file_size = 0;
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

/* Is SYM in SEC?  In an object, values count from the section's start.  */

static bool
is_in (const Elf64_Sym *sym, const Elf64_Shdr *sec)
{
  if (ELF64_ST_TYPE (sym->st_info) != STT_FUNC)
    return false;
  if (relocatable)
    return sym->st_shndx == sec - sections;
  return sym->st_value >= sec->sh_addr && sym->st_value - sec->sh_addr < sec->sh_size;
}

static void
report (void *data, const struct ukl_finding *f)
{
  const Elf64_Shdr *sec = data;
  const Elf64_Sym *best = NULL;
  size_t i;

  findings++;
  for (i = 0; i < symbol_count; i++)
    if (is_in (&symbols[i], sec) && symbols[i].st_value <= f->address
	&& (best == NULL || best->st_value < symbols[i].st_value))
      best = &symbols[i];
  printf ("%s", file_name);
  if (member_name != NULL)
    printf ("(%s)", member_name);
  if (best != NULL)
    printf (": %s+0x%llx", symbol_name (best),
	    (unsigned long long) (f->address - best->st_value));
  if (best == NULL || !relocatable)
    printf (best != NULL ? " (0x%llx)" : ": 0x%llx", (unsigned long long) f->address);
  printf (": %s\n", f->instruction);
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

/* Check the ELF file in memory.  */

static void
check (void)
{
  const Elf64_Ehdr *header = part (0, sizeof (*header));
  struct ukl_range *gates = NULL;
  size_t count = 0, i, j;

  if (memcmp (header->e_ident, ELFMAG, SELFMAG) != 0
      || header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64)
    die ("not an x86-64 ELF file");
  relocatable = header->e_type == ET_REL;
  symbols = NULL;
  symbol_count = 0;
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
  if (gates != NULL)
    qsort (gates, count, sizeof (*gates), compare);
  else if (!relocatable)
    fprintf (stderr, "ukl-verify: %s: no compartments in it\n", file_name);
  if (symbols == NULL && !relocatable)
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
	if (is_in (&symbols[j], sec)
	    && symbols[j].st_value - sec->sh_addr <= sec->sh_size
	    && symbols[j].st_size <= sec->sh_size - (symbols[j].st_value - sec->sh_addr))
	  ukl_verify_stream (text + (symbols[j].st_value - sec->sh_addr),
			     symbols[j].st_size, symbols[j].st_value, report,
			     (void *) sec);
    }
  free (gates);
}

/* The name of a member, "name/" or "/OFFSET" in the table of long names.  */

static char *
ar_name (const struct ar_hdr *h, const char *longer, size_t longer_size)
{
  const char *start = h->ar_name;
  size_t room = sizeof (h->ar_name), n;
  char *name;

  if (start[0] == '/' && start[1] >= '0' && start[1] <= '9')
    {
      n = strtoul (start + 1, NULL, 10);
      if (n >= longer_size)
	die ("damaged archive");
      start = longer + n;
      room = longer_size - n;
    }
  for (n = 0; n < room && start[n] != '/' && start[n] != '\n'; n++)
    ;
  name = strndup (start, n);
  if (name == NULL)
    die ("out of memory");
  return name;
}

/* Check the ELF files in the archive in memory.  */

static void
check_archive (void)
{
  const unsigned char *archive = file;
  size_t archive_size = file_size, at = SARMAG, longer_size = 0;
  const char *longer = NULL;

  while (at < archive_size)
    {
      struct ar_hdr h;
      unsigned long size;

      file = archive;
      file_size = archive_size;
      memcpy (&h, part (at, sizeof (h)), sizeof (h));
      size = strtoul (h.ar_size, NULL, 10);
      at += sizeof (h);
      file = part (at, size);
      file_size = size;
      at += size + (size & 1);
      if (memcmp (h.ar_fmag, ARFMAG, 2) != 0)
	die ("damaged archive");
      if (memcmp (h.ar_name, "//", 2) == 0)
	{
	  longer = (const char *) file;
	  longer_size = size;
	}
      else if (size > SELFMAG && memcmp (file, ELFMAG, SELFMAG) == 0)
	{
	  /* Members begin at even addresses only.  */
	  unsigned char *copy = malloc (size);

	  member_name = ar_name (&h, longer, longer_size);
	  if (copy == NULL)
	    die ("out of memory");
	  file = memcpy (copy, file, size);
	  check ();
	  free (copy);
	  free (member_name);
	  member_name = NULL;
	}
    }
  file = archive;
}

int
main (int argc, char **argv)
{
  int i;

  if (argc < 2 || argv[1][0] == '-')
    {
      fprintf (argc == 2 && strcmp (argv[1], "--help") == 0 ? stdout : stderr,
	       "usage: x86_64-ukl-linux-gnu-verify FILE...\n"
	       "Look for instructions that could leave a compartment, in images, objects and archives.\n"
	       "Exit status: 0 none, 1 some, 2 a file cannot be read.\n");
      return argc == 2 && strcmp (argv[1], "--help") == 0 ? 0 : 2;
    }
  for (i = 1; i < argc; i++)
    {
      file_name = argv[i];
      read_file ();
      if (file_size >= SARMAG && memcmp (file, ARMAG, SARMAG) == 0)
	check_archive ();
      else
	check ();
      free ((void *) file);
    }
  return findings != 0;
}
