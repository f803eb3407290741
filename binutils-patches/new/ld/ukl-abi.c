/* Compartments: what the compiler recorded about functions, in .ukl.abi.
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
#include <fnmatch.h>
#include "bfd.h"
#include "bfdlink.h"
#include "libiberty.h"
#include "hashtab.h"
#include "elf-bfd.h"
#include "elf/x86-64.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ldexp.h"
#include "ldlang.h"
#include "ukl.h"

#define RECORD_SIZE 24
#define RECORD_VERSION 1

struct entry
{
  asection *sec;
  bfd_vma value;
  struct ukl_abi abi;
};
static htab_t entries;

static hashval_t
hash_entry (const void *p)
{
  const struct entry *e = p;
  return htab_hash_pointer (e->sec) ^ (hashval_t) (e->value * 0x9e3779b1u);
}

static int
equal_entries (const void *a, const void *b)
{
  const struct entry *x = a, *y = b;
  return x->sec == y->sec && x->value == y->value;
}

/* -r --gc-sections drops what nothing refers to: keep records, as debug
   information is kept, which goes for a function that is dropped, too: it
   loses its relocation, and so its record means nothing.  */

void
ukl_abi_keep (void)
{
  asection *sec;
  bfd *abfd;

  if (!bfd_link_relocatable (&link_info) || !link_info.gc_sections
      || link_info.strip == strip_debugger || link_info.strip == strip_all)
    return;
  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    if (bfd_get_flavour (abfd) == bfd_target_elf_flavour
	&& (abfd->flags & (BFD_PLUGIN | DYNAMIC)) == 0)
      for (sec = abfd->sections; sec != NULL; sec = sec->next)
	/* In a section group it goes with its function.  */
	if (strcmp (sec->name, ".ukl.abi") == 0 && elf_next_in_group (sec) == NULL)
	  sec->flags |= SEC_DEBUGGING;
}

/* Remember the records of ABFD.  A record is found by the place of its
   function: names are not unique.  */

void
ukl_abi_read (bfd *abfd)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  asection *sec;

  if (entries == NULL)
    entries = htab_create (512, hash_entry, equal_entries, NULL);
  for (sec = abfd->sections; sec != NULL; sec = sec->next)
    {
      Elf_Internal_Rela *rel, *end;
      bfd_byte *contents = NULL;

      /* All excluded sections count as discarded; what matters is whether
	 the function is.  */
      if (strcmp (sec->name, ".ukl.abi") != 0 || (sec->flags & SEC_RELOC) == 0)
	continue;
      rel = _bfd_elf_link_read_relocs (abfd, sec, NULL, NULL, true);
      if (rel == NULL || !bfd_malloc_and_get_section (abfd, sec, &contents))
	einfo (_("%F%P: %pB: cannot read .ukl.abi: %E\n"), abfd);
      for (end = rel + sec->reloc_count; rel < end; rel++)
	{
	  struct entry *e;
	  unsigned long symndx = ELF64_R_SYM (rel->r_info);
	  bfd_byte *record = contents + rel->r_offset;
	  asection *target;
	  bfd_vma value = rel->r_addend;
	  void **slot;

	  if (rel->r_offset % RECORD_SIZE != 0 || rel->r_offset + RECORD_SIZE > sec->size
	      || ELF32_R_TYPE (rel->r_info) != R_X86_64_64
	      || bfd_get_32 (abfd, record + 20) != RECORD_VERSION)
	    einfo (_("%F%P: %pB: .ukl.abi is damaged or from another version of"
		     " the compiler: compile it again\n"), abfd);
	  if (symndx < symtab->sh_info)
	    {
	      Elf_Internal_Sym *sym
		= bfd_sym_from_r_symndx (&elf_hash_table (&link_info)->sym_cache,
					 abfd, symndx);
	      if (sym == NULL)
		continue;
	      target = bfd_section_from_elf_index (abfd, sym->st_shndx);
	      value += sym->st_value;
	    }
	  else
	    {
	      struct elf_link_hash_entry *h
		= elf_sym_hashes (abfd)[symndx - symtab->sh_info];
	      while (h->root.type == bfd_link_hash_indirect
		     || h->root.type == bfd_link_hash_warning)
		h = (struct elf_link_hash_entry *) h->root.u.i.link;
	      if (h->root.type != bfd_link_hash_defined
		  && h->root.type != bfd_link_hash_defweak)
		continue;
	      target = h->root.u.def.section;
	      value += h->root.u.def.value;
	      /* Another file's definition won.  */
	      if (target->owner != abfd)
		continue;
	    }
	  if (target == NULL || discarded_section (target))
	    continue;
	  e = XCNEW (struct entry);
	  e->sec = target;
	  e->value = value;
	  e->abi.known = true;
	  e->abi.args = bfd_get_32 (abfd, record + 8);
	  e->abi.sret = bfd_get_32 (abfd, record + 12);
	  e->abi.flags = bfd_get_32 (abfd, record + 16);
	  slot = htab_find_slot (entries, e, INSERT);
	  if (*slot != NULL)
	    free (e);
	  else
	    *slot = e;
	}
      free (contents);
    }
}

/* What is known of the function at VALUE in SEC, called NAME.  A line of the
   policy is the last word on its sizes.  */

struct ukl_abi
ukl_abi_of (asection *sec, bfd_vma value, const char *name)
{
  struct ukl_abi abi;
  struct ukl_function_line *f;
  struct entry key, *e;

  memset (&abi, 0, sizeof (abi));
  key.sec = sec;
  key.value = value;
  e = entries != NULL ? htab_find (entries, &key) : NULL;
  if (e != NULL)
    abi = e->abi;
  for (f = ukl_functions; f != NULL; f = f->next)
    if (strcmp (f->name, name) == 0)
      {
	f->used = true;
	abi.known = abi.by_policy = true;
	abi.args = f->args;
	abi.sret = f->sret;
	/* It is taken at its word: all argument registers may be in use.  */
	abi.flags &= ~(UKL_ABI_UNPROTOTYPED | UKL_ABI_FULL);
      }
  return abi;
}
