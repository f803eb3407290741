/* Compartments: names of functions for reports of violations.
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
#include "demangle.h"
#include "elf-bfd.h"
#include "elf/x86-64.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ukl.h"

/* The runtime finds a function's name by binary search in a table of
   { address, offset of the name }, 32 bits each, ascending:
   __ukl_functions, and __ukl_function_names.  It holds all functions of the
   program, libc's too, for that is where many wild accesses happen.

   How large the table may become is known when all files are open; how large
   it is, after garbage collection; what is in it, when addresses are final.
   The two sections are made, shrunk and filled at these moments.  */

struct function
{
  asection *sec;
  bfd_vma value;		/* Offset in SEC; at last the address.  */
  char *name;
  unsigned int offset;		/* Of the name in the names.  */
  unsigned int rank;		/* Lower is the better name of a place.  */
};

static struct function *functions;
static size_t count, room;

static bool
has_functions (bfd *abfd)
{
  return ((abfd->flags & (BFD_PLUGIN | DYNAMIC)) == 0
	  && bfd_get_flavour (abfd) == bfd_target_elf_flavour
	  && !elf_bad_symtab (abfd) && abfd != ukl_object && !ukl_is_kernel (abfd));
}

static bool
is_code (asection *sec)
{
  return ((sec->flags & (SEC_CODE | SEC_ALLOC)) == (SEC_CODE | SEC_ALLOC)
	  && (sec->flags & SEC_EXCLUDE) == 0 && sec->size != 0
	  && !discarded_section (sec));
}

static void
add_function (asection *sec, bfd_vma value, char *name, unsigned int rank)
{
  if (count == room)
    {
      room = room * 2 + 1024;
      functions = XRESIZEVEC (struct function, functions, room);
    }
  functions[count].sec = sec;
  functions[count].value = value;
  functions[count].name = name;
  functions[count].offset = 0;
  functions[count++].rank = rank;
}

/* C++ names as they are written, without arguments.  */

static char *
readable (const char *name)
{
  char *plain = startswith (name, "_Z") ? cplus_demangle (name, DMGL_AUTO) : NULL;

  return plain != NULL ? plain : xstrdup (name);
}

static void
read_file (bfd *abfd)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  size_t i, n = ukl_symbol_count (abfd);
  Elf_Internal_Sym *syms, *sym;
  asection *sec;

  syms = n != 0 ? bfd_elf_get_elf_syms (abfd, symtab, n, 0, NULL, NULL, NULL) : NULL;
  for (i = 0, sym = syms; syms != NULL && i < n; i++, sym++)
    {
      unsigned int type = ELF_ST_TYPE (sym->st_info), underscores;
      const char *name;

      if ((type != STT_FUNC && type != STT_GNU_IFUNC) || sym->st_shndx == SHN_UNDEF
	  || (sym->st_shndx >= SHN_LORESERVE && sym->st_shndx <= SHN_HIRESERVE))
	continue;
      sec = bfd_section_from_elf_index (abfd, sym->st_shndx);
      name = bfd_elf_sym_name (abfd, symtab, sym, NULL);
      if (sec == NULL || !is_code (sec) || name == NULL || startswith (name, ".L"))
	continue;
      for (underscores = 0; name[underscores] == '_'; underscores++)
	;
      add_function (sec, sym->st_value, readable (name),
		    (type == STT_GNU_IFUNC) << 8 | (underscores & 63) << 1
		    | (ELF_ST_BIND (sym->st_info) == STB_LOCAL));
    }
  free (syms);
  /* What a section begins with has a name or none, but not that of what
     happens to lie before it.  */
  for (sec = abfd->sections; sec != NULL; sec = sec->next)
    if (is_code (sec))
      add_function (sec, 0, NULL, -1u);
}

static void
read_all (void)
{
  bfd *abfd;

  while (count > 0)
    free (functions[--count].name);
  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    if (has_functions (abfd))
      read_file (abfd);
}

static int
compare (const void *a, const void *b)
{
  const struct function *x = a, *y = b;

  if (x->sec != y->sec)
    return x->sec->id < y->sec->id ? -1 : 1;
  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return x->name == NULL ? 0 : strcmp (x->name, y->name);
}

/* One name for each place; returns the size of all.  */

static size_t
choose_names (void)
{
  size_t i, n = 0, size = 1;

  qsort (functions, count, sizeof (*functions), compare);
  for (i = 0; i < count; i++)
    if (n > 0 && functions[n - 1].sec == functions[i].sec
	&& functions[n - 1].value == functions[i].value)
      free (functions[i].name);
    else
      functions[n++] = functions[i];
  count = n;
  for (i = 0; i < count; i++)
    if (functions[i].name != NULL)
      {
	functions[i].offset = size;
	size += strlen (functions[i].name) + 1;
      }
  return size;
}

/* All files are open: the most bytes that the table and its names can take.  */

void
ukl_names_most (size_t *table, size_t *strings)
{
  size_t i;

  read_all ();
  *table = 4 + 8 * (count + 16);
  *strings = 1;
  for (i = 0; i < count; i++)
    if (functions[i].name != NULL)
      *strings += strlen (functions[i].name) + 1;
}

/* It is known what is linked: make the sections as large as need be.  */

void
ukl_names_shrink (asection *table, asection *strings)
{
  size_t size;

  read_all ();
  size = choose_names ();
  if (size > strings->size || 4 + 8 * count > table->size)
    einfo (_("%F%P: internal error: more functions than there were\n"));
  strings->size = size;
  table->size = 4 + 8 * count;
}

static int
compare_addresses (const void *a, const void *b)
{
  const struct function *x = a, *y = b;

  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  /* An empty section's end is another's beginning.  */
  return (x->name == NULL) - (y->name == NULL);
}

/* Addresses are final: write the table.  */

void
ukl_names_fill (unsigned char *table, unsigned char *strings)
{
  size_t i;

  for (i = 0; i < count; i++)
    functions[i].value += functions[i].sec->output_section->vma
			  + functions[i].sec->output_offset;
  qsort (functions, count, sizeof (*functions), compare_addresses);
  bfd_putl32 (count, table);
  *strings = '\0';
  for (i = 0; i < count; i++)
    {
      bfd_putl32 (functions[i].value, table + 4 + 8 * i);
      bfd_putl32 (functions[i].offset, table + 8 + 8 * i);
      if (functions[i].name != NULL)
	strcpy ((char *) strings + functions[i].offset, functions[i].name);
    }
}
