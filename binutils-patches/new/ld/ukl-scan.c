/* Compartments: relocations that cross a boundary are sent to gates.
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

/* How it works: a relocation names its symbol by number.  Numbers behind the
   last one of an object's symbol table are made to mean symbols that ld
   chooses (extend), so that one call of a function can go to a gate and the
   unwind information of the same object still to the function.  All this
   happens before garbage collection and before the target looks at
   relocations, so that both see gates as ordinary functions.  */

struct ukl_gate *ukl_gates;
static struct ukl_gate **last_gate = &ukl_gates;

static htab_t targets;		/* Functions by place.  */
static htab_t functions;	/* Local function symbols by place.  */

struct place
{
  asection *sec;
  bfd_vma value;
  const char *name;
};

static hashval_t
hash_target (const void *p)
{
  const struct ukl_target *t = p;
  return htab_hash_pointer (t->sec) ^ (hashval_t) (t->value * 0x9e3779b1u);
}

static int
equal_targets (const void *a, const void *b)
{
  const struct ukl_target *x = a, *y = b;
  return x->sec == y->sec && x->value == y->value;
}

static hashval_t
hash_place (const void *p)
{
  const struct place *t = p;
  return htab_hash_pointer (t->sec) ^ (hashval_t) (t->value * 0x9e3779b1u);
}

static int
equal_places (const void *a, const void *b)
{
  const struct place *x = a, *y = b;
  return x->sec == y->sec && x->value == y->value;
}

/* Symbols that are in no symbol table.  */

static struct hidden
{
  struct hidden *next;
  struct elf_link_hash_entry *h;
} *hiddens;

static struct elf_link_hash_entry *
hidden_symbol (const char *name, asection *sec, bfd_vma value)
{
  struct bfd_hash_table *table = &link_info.hash->table;
  struct elf_link_hash_entry *h;
  struct hidden *l = XNEW (struct hidden);

  h = (struct elf_link_hash_entry *) (*table->newfunc) (NULL, table, name);
  if (h == NULL)
    einfo (_("%F%P: out of memory: %E\n"));
  h->root.root.string = name;
  h->root.type = bfd_link_hash_defined;
  h->root.u.def.section = sec;
  h->root.u.def.value = value;
  h->type = STT_FUNC;
  h->non_elf = 0;
  h->def_regular = h->ref_regular = 1;
  h->forced_local = 1;
  l->h = h;
  l->next = hiddens;
  hiddens = l;
  return h;
}

/* Symbol numbers behind the last one.  */

static struct extension
{
  struct extension *next;
  bfd *abfd;
  size_t symbols, used, room;	/* In the file; behind these.  */
} *extensions;

static struct extension *
extension_of (bfd *abfd)
{
  struct extension *e;

  for (e = extensions; e != NULL && e->abfd != abfd; e = e->next)
    ;
  return e;
}

/* How many symbols ABFD has, in the file.  */

size_t
ukl_symbol_count (bfd *abfd)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  struct extension *e = extension_of (abfd);

  if (e != NULL)
    return e->symbols;
  return symtab->sh_entsize != 0 ? NUM_SHDR_ENTRIES (symtab) : 0;
}

static size_t
extend (bfd *abfd, struct elf_link_hash_entry *h)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  struct extension *e = extension_of (abfd);
  struct elf_link_hash_entry **hashes;
  size_t globals, i;

  if (e == NULL)
    {
      e = XCNEW (struct extension);
      e->abfd = abfd;
      e->symbols = NUM_SHDR_ENTRIES (symtab);
      e->next = extensions;
      extensions = e;
    }
  hashes = elf_sym_hashes (abfd);
  globals = e->symbols - symtab->sh_info;
  for (i = e->used; i-- > 0 && i + 64 > e->used;)
    if (hashes[globals + i] == h)
      return e->symbols + i;
  if (e->used == e->room)
    {
      e->room = e->room * 2 + 32;
      hashes = bfd_alloc (abfd, (globals + e->room) * sizeof *hashes);
      if (hashes == NULL)
	einfo (_("%F%P: out of memory: %E\n"));
      memcpy (hashes, elf_sym_hashes (abfd), (globals + e->used) * sizeof *hashes);
      elf_sym_hashes (abfd) = hashes;
    }
  hashes[globals + e->used++] = h;
  /* Until relocations have been checked, against this.  */
  symtab->sh_size = (e->symbols + e->used) * symtab->sh_entsize;
  return e->symbols + e->used - 1;
}

/* Make REL of ABFD refer to H.  */

void
ukl_retarget (bfd *abfd, asection *sec ATTRIBUTE_UNUSED, Elf_Internal_Rela *rel,
	      struct elf_link_hash_entry *h)
{
  rel->r_info = ELF64_R_INFO ((bfd_vma) extend (abfd, h),
			      ELF32_R_TYPE (rel->r_info));
}

/* Relocations are checked: the files are as they were.  What the check noted
   for symbols that are in no table is void: they need no PLT.  */

void
ukl_scan_done (void)
{
  struct extension *e;
  struct hidden *l;

  for (e = extensions; e != NULL; e = e->next)
    elf_symtab_hdr (e->abfd).sh_size
      = e->symbols * elf_symtab_hdr (e->abfd).sh_entsize;
  for (l = hiddens; l != NULL; l = l->next)
    {
      l->h->plt.offset = (bfd_vma) -1;
      l->h->got.offset = (bfd_vma) -1;
      l->h->needs_plt = 0;
    }
}

/* Where the local functions of ABFD are: the assembler refers to them by
   section and offset.  */

static void
read_functions (bfd *abfd)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  Elf_Internal_Sym *syms, *sym;
  size_t i;

  if (symtab->sh_info == 0)
    return;
  syms = bfd_elf_get_elf_syms (abfd, symtab, symtab->sh_info, 0, NULL, NULL, NULL);
  if (syms == NULL)
    einfo (_("%F%P: %pB: cannot read symbols: %E\n"), abfd);
  for (i = 0, sym = syms; i < symtab->sh_info; i++, sym++)
    if (ELF_ST_TYPE (sym->st_info) == STT_FUNC && sym->st_shndx != SHN_UNDEF
	&& (sym->st_shndx < SHN_LORESERVE || sym->st_shndx > SHN_HIRESERVE))
      {
	asection *sec = bfd_section_from_elf_index (abfd, sym->st_shndx);
	struct place key, *p;
	void **slot;

	if (sec == NULL || discarded_section (sec))
	  continue;
	key.sec = sec;
	key.value = sym->st_value;
	slot = htab_find_slot (functions, &key, INSERT);
	if (*slot != NULL)
	  continue;
	p = XNEW (struct place);
	*p = key;
	p->name = bfd_elf_sym_name (abfd, symtab, sym, NULL);
	*slot = p;
      }
  free (syms);
}

/* Symbols of section groups of which a compartment kept a copy, while the
   name means another one's.  */

struct own
{
  const char *name;
  int id;
  struct elf_link_hash_entry *h;
};
static htab_t owns;

static hashval_t
hash_own (const void *p)
{
  const struct own *o = p;
  return htab_hash_string (o->name) + o->id;
}

static int
equal_owns (const void *a, const void *b)
{
  const struct own *x = a, *y = b;
  return x->id == y->id && strcmp (x->name, y->name) == 0;
}

static struct elf_link_hash_entry *
real_symbol (struct elf_link_hash_entry *h)
{
  while (h->root.type == bfd_link_hash_indirect || h->root.type == bfd_link_hash_warning)
    h = (struct elf_link_hash_entry *) h->root.u.i.link;
  return h;
}

static bool
is_defined (struct elf_link_hash_entry *h)
{
  return (h->root.type == bfd_link_hash_defined
	  || h->root.type == bfd_link_hash_defweak);
}

static void
read_owns (bfd *abfd)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  size_t i, n = NUM_SHDR_ENTRIES (symtab) - symtab->sh_info;
  Elf_Internal_Sym *syms;

  if (n == 0)
    return;
  syms = bfd_elf_get_elf_syms (abfd, symtab, n, symtab->sh_info, NULL, NULL, NULL);
  if (syms == NULL)
    einfo (_("%F%P: %pB: cannot read symbols: %E\n"), abfd);
  for (i = 0; i < n; i++)
    {
      struct elf_link_hash_entry *h;
      struct own key, *o;
      asection *sec;
      void **slot;

      if (syms[i].st_shndx == SHN_UNDEF
	  || (syms[i].st_shndx >= SHN_LORESERVE && syms[i].st_shndx <= SHN_HIRESERVE))
	continue;
      sec = bfd_section_from_elf_index (abfd, syms[i].st_shndx);
      h = elf_sym_hashes (abfd)[i];
      if (sec == NULL || h == NULL || elf_sec_group (sec) == NULL
	  || discarded_section (sec))
	continue;
      h = real_symbol (h);
      if (!is_defined (h) || h->root.u.def.section == sec)
	continue;
      key.name = h->root.root.string;
      key.id = ukl_id_of_bfd (abfd);
      slot = htab_find_slot (owns, &key, INSERT);
      if (*slot != NULL)
	continue;
      o = XNEW (struct own);
      *o = key;
      o->h = hidden_symbol (key.name, sec, syms[i].st_value);
      o->h->type = ELF_ST_TYPE (syms[i].st_info);
      *slot = o;
    }
  free (syms);
}

/* If REL of ABFD names a symbol of which ABFD's compartment has a copy, make
   it name that.  */

static void
use_own (bfd *abfd, asection *sec, Elf_Internal_Rela *rel)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  unsigned long symndx = ELF64_R_SYM (rel->r_info);
  struct elf_link_hash_entry *h;
  struct own key, *o;

  if (symndx < symtab->sh_info || htab_elements (owns) == 0)
    return;
  h = real_symbol (elf_sym_hashes (abfd)[symndx - symtab->sh_info]);
  key.name = h->root.root.string;
  key.id = ukl_id_of_bfd (abfd);
  if (!is_defined (h) || h->root.u.def.section->owner == NULL
      || ukl_id_of_bfd (h->root.u.def.section->owner) == key.id)
    return;
  o = htab_find (owns, &key);
  if (o != NULL)
    ukl_retarget (abfd, sec, rel, o->h);
}

static struct ukl_target *
get_target (asection *sec, bfd_vma value, const char *name, unsigned int type,
	    struct elf_link_hash_entry *h)
{
  struct ukl_target key, *t;
  void **slot;

  key.sec = sec;
  key.value = value;
  slot = htab_find_slot (targets, &key, INSERT);
  if (*slot == NULL)
    {
      t = XCNEW (struct ukl_target);
      t->sec = sec;
      t->value = value;
      t->name = xstrdup (name);
      t->type = type;
      t->id = ukl_id_of_bfd (sec->owner);
      t->abi = ukl_abi_of (sec, value, name);
      t->h = h != NULL ? h : hidden_symbol (t->name, sec, value);
      *slot = t;
    }
  return *slot;
}

static bool names_beginning (asection *, Elf_Internal_Rela *);

/* The function that REL refers to, or NULL.  *DATA is set to the section if
   REL refers to something that is not code.  */

static struct ukl_target *
find_target (bfd *abfd, asection *from, Elf_Internal_Rela *rel, asection **data)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  unsigned long symndx = ELF64_R_SYM (rel->r_info);
  unsigned int type = ELF32_R_TYPE (rel->r_info);
  struct place key, *p;

  if (symndx >= symtab->sh_info)
    {
      struct elf_link_hash_entry *h = elf_sym_hashes (abfd)[symndx - symtab->sh_info];
      asection *sec;

      h = real_symbol (h);
      if (h->root.type == bfd_link_hash_common)
	{
	  *data = h->root.u.c.p->section;
	  return NULL;
	}
      if (!is_defined (h))
	return NULL;
      sec = h->root.u.def.section;
      if (sec->owner == NULL || bfd_is_abs_section (sec) || discarded_section (sec)
	  || (sec->owner->flags & (DYNAMIC | BFD_LINKER_CREATED)) != 0
	  || ukl_is_kernel (sec->owner) || h->type == STT_TLS)
	return NULL;
      /* Of data, any part.  */
      if ((sec->flags & SEC_CODE) == 0)
	{
	  *data = sec;
	  return NULL;
	}
      if (!names_beginning (from, rel))
	return NULL;
      if (h->type == STT_FUNC || h->type == STT_GNU_IFUNC
	  /* Assembly without .type; only if it is another's.  */
	  || (h->type == STT_NOTYPE && (sec->flags & SEC_CODE) != 0
	      && ukl_id_of_bfd (abfd) != ukl_id_of_bfd (sec->owner)))
	return get_target (sec, h->root.u.def.value, h->root.root.string, h->type,
			   h);
      *data = sec;
      return NULL;
    }
  else
    {
      Elf_Internal_Sym *sym
	= bfd_sym_from_r_symndx (&elf_hash_table (&link_info)->sym_cache, abfd,
				 symndx);
      asection *sec;

      if (sym == NULL || sym->st_shndx == SHN_UNDEF
	  || (sym->st_shndx >= SHN_LORESERVE && sym->st_shndx <= SHN_HIRESERVE))
	return NULL;
      sec = bfd_section_from_elf_index (abfd, sym->st_shndx);
      if (sec == NULL || discarded_section (sec) || (sec->flags & SEC_CODE) == 0)
	return NULL;
      key.sec = sec;
      key.value = sym->st_value;
      if (ELF_ST_TYPE (sym->st_info) == STT_SECTION)
	{
	  key.value += rel->r_addend;
	  if (type == R_X86_64_PC32 || type == R_X86_64_PLT32)
	    {
	      /* In data this is a distance, most likely to a label.  */
	      if ((from->flags & SEC_CODE) == 0)
		return NULL;
	      key.value += 4;
	    }
	}
      else if (!names_beginning (from, rel))
	return NULL;
      else if (ELF_ST_TYPE (sym->st_info) == STT_GNU_IFUNC)
	return get_target (sec, key.value, bfd_elf_sym_name (abfd, symtab, sym, NULL),
			   STT_GNU_IFUNC, NULL);
      p = htab_find (functions, &key);
      if (p == NULL)
	return NULL;
      return get_target (sec, key.value, p->name, STT_FUNC, NULL);
    }
}

/* How an instruction or a datum uses the function it names.  */

enum use { USE_NONE, USE_BRANCH, USE_ADDRESS };

/* Does REL name the beginning of what it refers to?  In data, a distance may
   be counted from anywhere.  */

static bool
names_beginning (asection *sec, Elf_Internal_Rela *rel)
{
  switch (ELF32_R_TYPE (rel->r_info))
    {
    case R_X86_64_PC32:
      if ((sec->flags & SEC_CODE) == 0)
	return true;
      /* Fall through.  */
    case R_X86_64_PLT32:
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
      return rel->r_addend == (bfd_vma) -4;
    case R_X86_64_PC64:
    case R_X86_64_GOTPCREL64:
      return true;
    default:
      return rel->r_addend == 0;
    }
}

static enum use
kind_of_use (asection *sec, const bfd_byte *contents, Elf_Internal_Rela *rel)
{
  bfd_vma at = rel->r_offset;
  unsigned int b1, b2;

  switch (ELF32_R_TYPE (rel->r_info))
    {
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
      if ((sec->flags & SEC_CODE) == 0)
	return USE_ADDRESS;
      b1 = at >= 1 ? contents[at - 1] : 0;
      b2 = at >= 2 ? contents[at - 2] : 0;
      if (b1 == 0xe8 || b1 == 0xe9 || (b2 == 0x0f && (b1 & 0xf0) == 0x80))
	return USE_BRANCH;
      return USE_ADDRESS;

    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
      /* call *f@GOTPCREL(%rip), jmp  */
      if ((sec->flags & SEC_CODE) != 0 && at >= 2 && contents[at - 2] == 0xff
	  && (contents[at - 1] == 0x15 || contents[at - 1] == 0x25))
	return USE_BRANCH;
      return USE_ADDRESS;

    case R_X86_64_64:
    case R_X86_64_32:
    case R_X86_64_32S:
    case R_X86_64_PC64:
    case R_X86_64_GOTOFF64:
    case R_X86_64_GOT32:
    case R_X86_64_GOT64:
    case R_X86_64_GOTPCREL64:
    case R_X86_64_GOTPLT64:
    case R_X86_64_PLTOFF64:
      return USE_ADDRESS;

    default:
      return USE_NONE;
    }
}

static bool
is_listed (struct ukl_enter *list, struct ukl_target *t)
{
  for (; list != NULL; list = list->next)
    if (fnmatch (list->glob, t->name, 0) == 0)
      return true;
  return false;
}

/* May another compartment enter T?  NULL, or why not.  */

static const char *
entry_refused (struct ukl_target *t)
{
  if ((t->abi.flags & UKL_ABI_NOGATE) != 0)
    return _("it is declared ukl_nogate");
  if (ukl_part[t->id].enter == NULL || (t->abi.flags & UKL_ABI_GATE) != 0
      || is_listed (ukl_part[t->id].enter, t))
    return NULL;
  return xasprintf (_("the policy does not list it: add it to `enter %s'"),
		    ukl_part[t->id].name);
}

static struct ukl_gate *
get_gate (struct ukl_target *t, int caller)
{
  struct ukl_gate *g = t->gate[caller];

  if (g == NULL)
    {
      g = XCNEW (struct ukl_gate);
      g->target = t;
      g->caller = caller;
      g->symbol = concat ("gate.", caller == UKL_ANY ? "*" : ukl_part[caller].name,
			  ".", t->name, (char *) NULL);
      t->gate[caller] = g;
      *last_gate = g;
      last_gate = &g->next;
    }
  return g;
}

/* What is not called but in the program's arrays of constructors and
   destructors: main runs those at the start, and these whoever ends the
   program, although the policy lists neither.  */

static bool
in_startup (asection *sec)
{
  return startswith (sec->name, ".init_array") || startswith (sec->name, ".ctors");
}

static bool
in_shutdown (asection *sec)
{
  return startswith (sec->name, ".fini_array") || startswith (sec->name, ".dtors");
}

/* Variables that another compartment refers to by name: it can call what
   addresses it finds in them.  */

static struct reached
{
  struct reached *next;
  asection *sec;
  bfd_vma start, end;
  const char *name;
  bfd *by;
} *reached;

static void
note_reached (bfd *abfd, Elf_Internal_Rela *rel, asection *data)
{
  unsigned long symndx = ELF64_R_SYM (rel->r_info);
  int id = ukl_id_of_bfd (abfd);
  struct elf_link_hash_entry *h;
  struct reached *r;

  if (data->owner == NULL || id == UKL_SHARED || id == UKL_GATE
      || ukl_id_of_bfd (data->owner) == id
      || ukl_id_of_bfd (data->owner) == UKL_SHARED
      || symndx < elf_symtab_hdr (abfd).sh_info)
    return;
  h = real_symbol (elf_sym_hashes (abfd)[symndx - elf_symtab_hdr (abfd).sh_info]);
  if (!is_defined (h))
    return;
  for (r = reached; r != NULL; r = r->next)
    if (r->sec == data && r->start == h->root.u.def.value
	&& ukl_id_of_bfd (r->by) == id)
      return;
  r = XNEW (struct reached);
  r->sec = data;
  r->start = h->root.u.def.value;
  r->end = r->start + h->size;
  r->name = h->root.root.string;
  r->by = abfd;
  r->next = reached;
  reached = r;
}

/* G passes no calls on: refuse the link if another compartment is known to be able
   to call it.  What else becomes of an address that its own compartment takes is
   not to be seen here; then the gate says why when it is called.  */

static void
refuse_closed (struct ukl_gate *g)
{
  struct ukl_target *t = g->target;
  struct reached *r;
  struct ukl_use *u;

  for (u = g->uses; u != NULL; u = u->next)
    {
      if (!u->by_owner && !g->forbidden)
	{
	  g->told = true;
	  einfo (_("%X%P: %pB: cannot make a gate from `%s' to `%s' (%pB): %s\n"),
		 u->abfd, ukl_part[ukl_id_of_bfd (u->abfd)].name, t->name,
		 t->sec->owner, g->closed);
	  return;
	}
      for (r = is_listed (ukl_part[t->id].keep, t) ? NULL : reached; r != NULL;
	   r = r->next)
	if (r->sec == u->sec && r->start <= u->rel->r_offset
	    && u->rel->r_offset < r->end)
	  {
	    g->told = true;
	    einfo (_("%X%P: %pB: refers to `%s' (%pB), which holds the address of"
		     " `%s', and no gate from `%s' to that can be made: %s; or, if"
		     " only `%s' calls it, add it to `keep %s'\n"),
		   r->by, r->name, u->abfd, t->name,
		   ukl_part[ukl_id_of_bfd (r->by)].name, g->closed,
		   ukl_part[t->id].name, ukl_part[t->id].name);
	    return;
	  }
    }
}

/* A policy that lists what may be entered has to say of the other functions, too,
   whose addresses their compartment takes, that they stay inside: here it cannot
   be seen whether they do.  One message for each compartment.  */

#define MOST_NAMES 4

static void
refuse_undecided (int id)
{
  unsigned int count = 0;
  struct ukl_gate *g;
  char *names = NULL;

  if (ukl_part[id].enter == NULL)
    return;
  for (g = ukl_gates; g != NULL; g = g->next)
    {
      struct ukl_use *u = g->uses;

      if ((g->closed == NULL && !g->forbidden) || g->told || g->target->id != id
	  || (g->target->abi.flags & UKL_ABI_NOGATE) != 0
	  || is_listed (ukl_part[id].keep, g->target))
	continue;
      while (u != NULL && (!u->by_owner || in_startup (u->sec) || in_shutdown (u->sec)))
	u = u->next;
      if (u == NULL)
	continue;
      if (!g->forbidden)
	einfo (_("%X%P: %pB: takes the address of `%s', which `enter %s' lists, and no"
		 " gate to it can be made: %s; or, if only `%s' calls it, add it to"
		 " `keep %s'\n"), u->abfd, g->target->name, ukl_part[id].name,
	       g->closed, ukl_part[id].name, ukl_part[id].name);
      else if (count++ < MOST_NAMES)
	names = xasprintf ("%s%s`%s' (%s)", names != NULL ? names : "",
			   names != NULL ? ", " : "", g->target->name,
			   lbasename (bfd_get_filename (u->abfd)));
    }
  if (count > MOST_NAMES)
    names = xasprintf (_("%s and %u more"), names, count - MOST_NAMES);
  if (count != 0)
    einfo (_("%X%P: compartment `%s' takes the address of %s, which `enter %s' does"
	     " not list: add to it what others may call through a pointer, and to"
	     " `keep %s' what stays inside (`*': all the rest)\n"),
	   ukl_part[id].name, names, ukl_part[id].name, ukl_part[id].name);
}

static void
check_data (bfd *abfd, asection *sec, Elf_Internal_Rela *rel, asection *data)
{
  int id = ukl_id_of_bfd (abfd), other;

  if (data->owner == NULL || id == UKL_SHARED || id == UKL_GATE
      || (sec->flags & SEC_CODE) == 0
      || (!startswith (data->name, ".ukl.data.")
	  && !startswith (data->name, ".ukl.bss.")))
    return;
  other = ukl_id_of_bfd (data->owner);
  if (ukl_part[id].rights[other] == UKL_NONE)
    {
      unsigned long symndx = ELF64_R_SYM (rel->r_info);
      struct elf_link_hash_entry *h
	= elf_sym_hashes (abfd)[symndx - elf_symtab_hdr (abfd).sh_info];
      einfo (_("%X%P: %pB: refers to `%s' in %pB, memory of compartment `%s' that"
	       " `%s' may not reach: declare it ukl_shared, use a function, or add"
	       " `reach %s %s'\n"), abfd, h->root.root.string, data->owner,
	     ukl_part[other].name, ukl_part[id].name, ukl_part[id].name,
	     ukl_part[other].name);
    }
}

/* -mindirect-branch: a jump through a register, written as a function that
   has a calling convention of its own and no data.  */

static bool
is_thunk (const char *name)
{
  return (startswith (name, "__x86_indirect_thunk")
	  || strcmp (name, "__x86_return_thunk") == 0);
}

static void
scan_section (bfd *abfd, asection *sec)
{
  int id = ukl_id_of_bfd (abfd);
  Elf_Internal_Rela *rel, *end;
  bfd_byte *contents = NULL;

  rel = _bfd_elf_link_read_relocs (abfd, sec, NULL, NULL, true);
  if (rel == NULL
      || ((sec->flags & SEC_CODE) != 0
	  && !bfd_malloc_and_get_section (abfd, sec, &contents)))
    einfo (_("%F%P: %pB: cannot read section %pA: %E\n"), abfd, sec);
  for (end = rel + sec->reloc_count; rel < end; rel++)
    {
      enum use use = kind_of_use (sec, contents, rel);
      asection *data = NULL;
      struct ukl_target *t;
      struct ukl_gate *g;
      struct ukl_use *u;
      const char *why;

      use_own (abfd, sec, rel);
      if (use == USE_NONE)
	continue;
      t = find_target (abfd, sec, rel, &data);
      if (data != NULL)
	{
	  note_reached (abfd, rel, data);
	  check_data (abfd, sec, rel, data);
	}
      if (t == NULL || t->id == UKL_SHARED || is_thunk (t->name)
	  || (use == USE_BRANCH && t->id == id)
	  || (t->id == UKL_GATE && id == UKL_GATE))
	continue;
      why = id != UKL_GATE ? entry_refused (t) : NULL;
      if (why != NULL && t->id != id && id != UKL_SHARED)
	{
	  einfo (use == USE_BRANCH
		 ? _("%X%P: %pB: `%s' must not call `%s' of compartment `%s': %s\n")
		 : _("%X%P: %pB: `%s' must not take the address of `%s' of compartment"
		     " `%s': %s\n"),
		 abfd, ukl_part[id].name, t->name, ukl_part[t->id].name, why);
	  continue;
	}
      /* The runtime calls main as what it is.  */
      if (why != NULL && t->id != id && !is_listed (ukl_part[t->id].keep, t)
	  && strcmp (t->name, "main") != 0)
	{
	  einfo (_("%X%P: %pB: runs with the rights of any caller and refers to `%s'"
		   " of compartment `%s': %s\n"),
		 abfd, t->name, ukl_part[t->id].name, why);
	  continue;
	}
      g = get_gate (t, use == USE_BRANCH && id != UKL_SHARED ? id : UKL_ANY);
      if (why != NULL)
	{
	  /* Its own compartment takes the address, or libc: the pointer works there
	     and is refused to others.  */
	  g->forbidden = true;
	  g->startup |= in_startup (sec);
	  g->shutdown |= in_shutdown (sec);
	}
      u = XNEW (struct ukl_use);
      u->abfd = abfd;
      u->sec = sec;
      u->rel = rel;
      u->by_owner = t->id == id;
      u->next = g->uses;
      g->uses = u;
    }
  free (contents);
}

static bool
is_scanned (bfd *abfd)
{
  return ((abfd->flags & (BFD_PLUGIN | BFD_LINKER_CREATED | DYNAMIC)) == 0
	  && bfd_get_flavour (abfd) == bfd_target_elf_flavour
	  && !elf_bad_symtab (abfd) && abfd != ukl_object && !ukl_is_kernel (abfd));
}

/* Find all uses of functions that need gates.  */

void
ukl_scan (void)
{
  struct ukl_gate *g;
  bfd *abfd;
  int id;

  targets = htab_create (512, hash_target, equal_targets, NULL);
  functions = htab_create (512, hash_place, equal_places, NULL);
  owns = htab_create (64, hash_own, equal_owns, NULL);
  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    if (is_scanned (abfd) && ukl_id_of_bfd (abfd) != UKL_SHARED)
      {
	ukl_abi_read (abfd);
	read_functions (abfd);
      }
  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    if (is_scanned (abfd))
      read_owns (abfd);
  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    if (is_scanned (abfd))
      {
	asection *sec;

	for (sec = abfd->sections; sec != NULL; sec = sec->next)
	  if ((sec->flags & (SEC_ALLOC | SEC_RELOC)) == (SEC_ALLOC | SEC_RELOC)
	      && sec->reloc_count != 0 && !discarded_section (sec)
	      && !startswith (sec->name, ".eh_frame")
	      && !startswith (sec->name, ".gcc_except_table")
	      /* Runs before there are compartments.  */
	      && !(startswith (sec->name, ".preinit_array")
		   && ukl_id_of_bfd (abfd) == UKL_SHARED))
	    scan_section (abfd, sec);
      }
  for (g = ukl_gates; g != NULL; g = g->next)
    {
      if (g->forbidden && !g->startup && !g->shutdown)
	g->closed = entry_refused (g->target);
      else
	g->closed = ukl_gate_check (g);
      if (g->closed != NULL)
	refuse_closed (g);
    }
  for (id = UKL_MAIN; id <= UKL_LAST; id++)
    refuse_undecided (id);
  if (!config.make_executable)
    einfo (_("%F"));
}

/* The gates exist: send the uses to them.  */

void
ukl_scan_apply (void)
{
  struct ukl_gate *g;
  struct ukl_use *u;

  for (g = ukl_gates; g != NULL; g = g->next)
    {
      struct elf_link_hash_entry *h
	= elf_link_hash_lookup (elf_hash_table (&link_info), g->symbol, false, false,
				true);

      if (h == NULL)
	einfo (_("%F%P: internal error: no symbol `%s'\n"), g->symbol);
      for (u = g->uses; u != NULL; u = u->next)
	{
	  /* The assembler took the section's symbol: what it added was the
	     function's place.  */
	  if (ELF64_R_SYM (u->rel->r_info) < elf_symtab_hdr (u->abfd).sh_info)
	    u->rel->r_addend
	      = (ELF32_R_TYPE (u->rel->r_info) == R_X86_64_PC32
		 || ELF32_R_TYPE (u->rel->r_info) == R_X86_64_PLT32) ? -4 : 0;
	  ukl_retarget (u->abfd, u->sec, u->rel, h);
	}
    }
}
