/* Compartments: the object file with the gates and the table, in memory.
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
#include "hashtab.h"
#include "dwarf2.h"
#include "elf-bfd.h"
#include "elf/common.h"
#include "elf/x86-64.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ldexp.h"
#include "ldlang.h"
#include "ukl.h"

/* ld reads what is made here as if an assembler had made it: layout, garbage
   collection, unwind tables, symbols and relocation are stock.  A gate is a
   section group: its code and its element of the array of gates, so that
   both are kept or dropped.  */

#define OBJECT_NAME "compartment gates"

/* Per-gate sections: group, text, .rela, element, .rela.  ELF numbers sections
   up to 0xff00; more gates than that go into another object.  */
#define MOST_GATES 12000

bfd *ukl_object;

/* The object with the table, and its bytes.  */
static bfd *table_object;
static struct ukl_bytes *table_file;

struct section
{
  const char *name;
  unsigned int type, link, info, align, entsize;
  bfd_vma flags;
  struct ukl_bytes bytes;
  /* What its relocations are.  */
  struct ukl_bytes rela;

};

static struct section *sections;
static unsigned int count, room;
static struct ukl_bytes symtab, strtab, shstrtab;
static unsigned int symbols;
static htab_t names;

struct named
{
  const char *name;
  unsigned int symbol;
};

/* A relocation against a function; the number of its symbol is put in when
   the object is read.  */
struct pending
{
  struct pending *next;
  unsigned int section;		/* ELF index.  */
  bfd_vma offset;
  struct ukl_target *target;
};
static struct pending *pendings;

static hashval_t
hash_named (const void *p)
{
  return htab_hash_string (((const struct named *) p)->name);
}

static int
equal_named (const void *a, const void *b)
{
  return strcmp (((const struct named *) a)->name,
		 ((const struct named *) b)->name) == 0;
}

static unsigned int
string (struct ukl_bytes *table, const char *s)
{
  return ukl_put (table, s, strlen (s) + 1);
}

static unsigned int
add_symbol (const char *name, unsigned int info, unsigned int other,
	    unsigned int shndx, bfd_vma value, bfd_vma size)
{
  ukl_put4 (&symtab, string (&strtab, name));
  ukl_put1 (&symtab, info);
  ukl_put1 (&symtab, other);
  ukl_put1 (&symtab, shndx & 0xff);
  ukl_put1 (&symtab, shndx >> 8);
  ukl_put8 (&symtab, value);
  ukl_put8 (&symtab, size);
  return symbols++;
}

/* The undefined symbol NAME.  */

static unsigned int
named_symbol (const char *name)
{
  struct named key, *n;
  void **slot;

  key.name = name;
  slot = htab_find_slot (names, &key, INSERT);
  if (*slot == NULL)
    {
      n = XNEW (struct named);
      n->name = xstrdup (name);
      n->symbol = add_symbol (name,
			      ELF_ST_INFO (STB_GLOBAL, strcmp (name, "__ukl_gate") == 0
						       ? STT_TLS : STT_NOTYPE),
			      STV_DEFAULT, SHN_UNDEF, 0, 0);
      *slot = n;
    }
  return ((struct named *) *slot)->symbol;
}

static struct section *
add_section (const char *name, unsigned int type, bfd_vma flags,
	     unsigned int align)
{
  struct section *s;

  if (count == room)
    {
      room = room * 2 + 64;
      sections = XRESIZEVEC (struct section, sections, room);
    }
  s = &sections[count++];
  memset (s, 0, sizeof (*s));
  s->name = name;
  s->type = type;
  s->flags = flags;
  s->align = align;
  return s;
}

/* Sections are numbered as they are made: each has place for .rela behind it.
   Section I of the array is number 2 * I + 1 and .rela 2 * I + 2 of the file.
   Its symbol has the same number as it has in the array, plus one.  */

static unsigned int
section_index (unsigned int i)
{
  return 2 * i + 1;
}

static void
add_rela (struct ukl_bytes *rela, bfd_vma offset, unsigned int symbol,
	  unsigned int type, bfd_vma addend)
{
  ukl_put8 (rela, offset);
  ukl_put8 (rela, ELF64_R_INFO ((bfd_vma) symbol, type));
  ukl_put8 (rela, addend);
}

static void
add_target_rela (unsigned int i, bfd_vma offset, struct ukl_target *t,
		 unsigned int type, bfd_vma addend)
{
  struct pending *p = XNEW (struct pending);

  p->section = section_index (i);
  p->offset = offset;
  p->target = t;
  p->next = pendings;
  pendings = p;
  /* Its own section's symbol stands in.  */
  add_rela (&sections[i].rela, offset, i + 1, type, addend);
}

/* Call frame information.  */

static void
pad_to (struct ukl_bytes *b, size_t align, unsigned int with)
{
  while (b->size % align != 0)
    ukl_put1 (b, with);
}

static size_t
add_cie (struct ukl_bytes *b, unsigned int section, bool personality, bool signal)
{
  const char *augmentation = !personality ? "zR" : signal ? "zPLRS" : "zPLR";
  size_t start = b->size;

  ukl_put4 (b, 0);
  ukl_put4 (b, 0);
  ukl_put1 (b, 1);
  ukl_put (b, augmentation, strlen (augmentation) + 1);
  ukl_put1 (b, 1);		/* Code alignment.  */
  ukl_put1 (b, 0x78);		/* Data alignment: -8.  */
  ukl_put1 (b, 16);		/* The return address.  */
  if (personality)
    {
      ukl_put1 (b, 7);
      ukl_put1 (b, DW_EH_PE_pcrel | DW_EH_PE_sdata4);
      add_rela (&sections[section].rela, b->size,
		named_symbol ("__ukl_gate_personality"), R_X86_64_PC32, 0);
      ukl_put4 (b, 0);
      ukl_put1 (b, DW_EH_PE_pcrel | DW_EH_PE_sdata4);
    }
  else
    ukl_put1 (b, 1);
  ukl_put1 (b, DW_EH_PE_pcrel | DW_EH_PE_sdata4);
  ukl_put1 (b, DW_CFA_def_cfa);
  ukl_put1 (b, 7);
  ukl_put1 (b, 8);
  ukl_put1 (b, DW_CFA_offset | 16);
  ukl_put1 (b, 1);
  pad_to (b, 8, DW_CFA_nop);
  bfd_putl32 (b->size - start - 4, b->data + start);
  return start;
}

static void
add_fde (struct ukl_bytes *b, unsigned int section, size_t cie,
	 unsigned int text, size_t from, size_t to, size_t *pad,
	 const struct ukl_bytes *cfi)
{
  size_t start = b->size;

  ukl_put4 (b, 0);
  ukl_put4 (b, start + 4 - cie);
  add_rela (&sections[section].rela, b->size, text + 1, R_X86_64_PC32, from);
  ukl_put4 (b, 0);
  ukl_put4 (b, to - from);
  if (pad != NULL)
    {
      ukl_put1 (b, 4);
      add_rela (&sections[section].rela, b->size, text + 1, R_X86_64_PC32, *pad);
      ukl_put4 (b, 0);
    }
  else
    ukl_put1 (b, 0);
  if (cfi->size != 0)
    ukl_put (b, cfi->data, cfi->size);
  pad_to (b, 8, DW_CFA_nop);
  bfd_putl32 (b->size - start - 4, b->data + start);
}

/* The table and the constants of pointer gates, in section I.  The layout is
   libukl_compartment/table.h's.  */

static void
field8 (struct section *s, const char *symbol)
{
  if (symbol != NULL)
    add_rela (&s->rela, s->bytes.size, named_symbol (symbol), R_X86_64_64, 0);
  ukl_put8 (&s->bytes, 0);
}

static void
add_table (unsigned int i)
{
  static const char *const kinds[3] = { "text", "data", "bss" };
  struct section *s = &sections[i];
  struct ukl_bytes strings;
  int id, other, kind;
  size_t names_at, table_size = 24 + UKL_IDS * 72;

  memset (&strings, 0, sizeof (strings));
  names_at = table_size + 16 * 8 + UKL_IDS * 16 * 4;
  ukl_put4 (&s->bytes, 1);
  ukl_put4 (&s->bytes, UKL_IDS);
  ukl_put4 (&s->bytes, ukl_allow_wx);
  add_rela (&s->rela, s->bytes.size, named_symbol ("ukl.gate_count"), R_X86_64_32, 0);
  ukl_put4 (&s->bytes, 0);
  field8 (s, "ukl.gates");
  for (id = 0; id < UKL_IDS; id++)
    {
      struct ukl_part *part = &ukl_part[id];

      if (part->name == NULL)
	{
	  ukl_put (&s->bytes, NULL, 72);
	  continue;
	}
      add_rela (&s->rela, s->bytes.size, i + 1, R_X86_64_64,
		names_at + string (&strings, part->name));
      ukl_put8 (&s->bytes, 0);
      ukl_put4 (&s->bytes, part->pkru);
      ukl_put4 (&s->bytes, part->trusted);
      ukl_put8 (&s->bytes, part->stack_size);
      for (kind = 0; kind < 3; kind++)
	{
	  bool has = id == UKL_SHARED || (kind == 0 ? part->has_text
					  : kind == 1 ? part->has_data
					  : part->has_bss);
	  field8 (s, !has ? NULL : concat ("ukl.", kinds[kind], ".", part->name, NULL));
	  field8 (s, !has ? NULL : concat ("ukl.", kinds[kind], "_end.", part->name,
					   NULL));
	}
    }
  add_symbol ("__ukl_compartments", ELF_ST_INFO (STB_GLOBAL, STT_OBJECT), STV_DEFAULT,
	      section_index (i), 0, table_size);

  add_symbol ("ukl.running", ELF_ST_INFO (STB_GLOBAL, STT_OBJECT), STV_HIDDEN,
	      section_index (i), s->bytes.size, 16 * 8);
  for (id = 0; id < 16; id++)
    ukl_put8 (&s->bytes, id < UKL_IDS && ukl_part[id].name != NULL
			 ? (bfd_vma) id << 32 | ukl_part[id].pkru : 0);
  for (id = 0; id < UKL_IDS; id++)
    {
      add_symbol (xasprintf ("ukl.union.%d", id),
		  ELF_ST_INFO (STB_GLOBAL, STT_OBJECT), STV_HIDDEN,
		  section_index (i), s->bytes.size, 16 * 4);
      for (other = 0; other < 16; other++)
	ukl_put4 (&s->bytes, other < UKL_IDS && ukl_part[other].name != NULL
			     && ukl_part[id].name != NULL
			     ? ukl_union (other, id) : 0x75555555);
    }
  ASSERT (s->bytes.size == names_at);
  ukl_put (&s->bytes, strings.data, strings.size);
}

/* Room for the names of functions, which are known later.  */

static void
add_names (void)
{
  static const char *const symbol[2] = { "__ukl_functions", "__ukl_function_names" };
  size_t size[2];
  int i;

  ukl_names_most (&size[0], &size[1]);
  for (i = 0; i < 2; i++)
    {
      unsigned int at = count;
      struct section *s = add_section (i == 0 ? ".ukl.functions" : ".ukl.function_names",
				       SHT_PROGBITS, SHF_ALLOC, i == 0 ? 4 : 1);

      ukl_put (&s->bytes, NULL, size[i]);
      add_symbol (symbol[i], ELF_ST_INFO (STB_GLOBAL, STT_OBJECT), STV_HIDDEN,
		  section_index (at), 0, 0);
    }
}

static asection *
names_section (const char *name)
{
  asection *sec = bfd_get_section_by_name (table_object, name);

  if (sec == NULL)
    einfo (_("%F%P: internal error: no section %s\n"), name);
  return sec;
}

/* What is linked is known.  */

void
ukl_object_shrink (void)
{
  ukl_names_shrink (names_section (".ukl.functions"),
		    names_section (".ukl.function_names"));
}

/* Addresses are final.  */

void
ukl_object_finish (void)
{
  ukl_names_fill (table_file->data + names_section (".ukl.functions")->filepos,
		  table_file->data + names_section (".ukl.function_names")->filepos);
}

/* A gate: its sections and unwind information.  */

static void
add_gate (struct ukl_gate *g, unsigned int frame, const size_t cie[3])
{
  struct ukl_code code;
  unsigned int group, text, info, i, signature;
  size_t name;

  memset (&code, 0, sizeof (code));
  ukl_gate_code (g, &code);

  group = count;
  add_section (".group", SHT_GROUP, 0, 4)->entsize = 4;
  text = count;
  add_section (concat (".ukl.text.gate.", g->symbol, NULL), SHT_PROGBITS,
	       SHF_ALLOC | SHF_EXECINSTR | SHF_GROUP, 16);
  info = count;
  add_section (".ukl.gates", SHT_PROGBITS, SHF_ALLOC | SHF_GROUP, 8);

  signature = add_symbol (g->symbol, ELF_ST_INFO (STB_GLOBAL, STT_FUNC), STV_HIDDEN,
			  section_index (text), 0, code.bytes.size);
  sections[group].info = signature;
  ukl_put4 (&sections[group].bytes, 0);
  ukl_put4 (&sections[group].bytes, section_index (text));
  ukl_put4 (&sections[group].bytes, section_index (text) + 1);
  ukl_put4 (&sections[group].bytes, section_index (info));
  ukl_put4 (&sections[group].bytes, section_index (info) + 1);

  for (i = 0; i < code.relocs; i++)
    {
      struct ukl_reloc *r = &code.reloc[i];
      if (r->target != NULL)
	add_target_rela (text, r->offset, r->target, r->type, r->addend);
      else
	add_rela (&sections[text].rela, r->offset,
		  r->symbol != NULL ? named_symbol (r->symbol) : text + 1, r->type,
		  r->addend);
    }
  /* The function's name lies behind the code, and behind it the reason for
     which the gate is closed.  */
  name = code.bytes.size;
  ukl_put (&code.bytes, g->target->name, strlen (g->target->name) + 1);
  if (g->closed != NULL)
    ukl_put (&code.bytes, g->closed, strlen (g->closed) + 1);
  sections[text].bytes = code.bytes;

  add_rela (&sections[info].rela, 0, text + 1, R_X86_64_64, 0);
  add_target_rela (info, 8, g->target, R_X86_64_64, 0);
  add_rela (&sections[info].rela, 16, text + 1, R_X86_64_64, name);
  ukl_put (&sections[info].bytes, NULL, 24);
  ukl_put4 (&sections[info].bytes, g->size);
  ukl_put1 (&sections[info].bytes, g->caller == UKL_ANY ? 255 : g->caller);
  ukl_put1 (&sections[info].bytes, g->target->id);
  ukl_put1 (&sections[info].bytes, g->closed != NULL);
  ukl_put1 (&sections[info].bytes, 0);

  if (code.split == 0)
    add_fde (&sections[frame].bytes, frame, cie[0], text, 0, g->size, NULL, &code.cfi);
  else
    {
      struct ukl_bytes start = code.cfi2;

      /* A debugger takes a frame whose caller's stack is below it for the end,
	 but not one of a signal handler.  Main's stack is above all others, so
	 the calls of it are told to be such: the instruction and the byte behind
	 it alone, by which a frame that has called is known; when somebody steps
	 into a gate, it is a function.  */
      start.size = code.split_state;
      add_fde (&sections[frame].bytes, frame, cie[1], text, 0, code.call, &code.pad,
	       &code.cfi);
      add_fde (&sections[frame].bytes, frame,
	       cie[g->target->id == UKL_MAIN ? 2 : 1], text, code.call, code.split,
	       &code.pad, &start);
      add_fde (&sections[frame].bytes, frame, cie[0], text, code.split, g->size, NULL,
	       &code.cfi2);
    }
  free (code.cfi.data);
  free (code.cfi2.data);
  free (code.reloc);
}

/* The file.  */

static void *
open_file (bfd *abfd ATTRIBUTE_UNUSED, void *closure)
{
  return closure;
}

static file_ptr
read_file (bfd *abfd ATTRIBUTE_UNUSED, void *stream, void *buf, file_ptr nbytes,
	   file_ptr offset)
{
  struct ukl_bytes *b = stream;

  if (offset >= (file_ptr) b->size)
    return 0;
  if (nbytes > (file_ptr) b->size - offset)
    nbytes = b->size - offset;
  memcpy (buf, b->data + offset, nbytes);
  return nbytes;
}

static int
stat_file (bfd *abfd ATTRIBUTE_UNUSED, void *stream, struct stat *sb)
{
  memset (sb, 0, sizeof (*sb));
  sb->st_size = ((struct ukl_bytes *) stream)->size;
  return 0;
}

bfd *
ukl_open_bytes (const char *name, struct ukl_bytes *bytes)
{
  return bfd_openr_iovec (name, bfd_get_target (link_info.output_bfd), open_file,
			  bytes, read_file, NULL, stat_file);
}

static void
add_header (struct ukl_bytes *b, const char *name, unsigned int type, bfd_vma flags,
	    bfd_vma offset, bfd_vma size, unsigned int link, unsigned int info,
	    unsigned int align, unsigned int entsize)
{
  ukl_put4 (b, *name != '\0' ? string (&shstrtab, name) : 0);
  ukl_put4 (b, type);
  ukl_put8 (b, flags);
  ukl_put8 (b, 0);
  ukl_put8 (b, offset);
  ukl_put8 (b, size);
  ukl_put4 (b, link);
  ukl_put4 (b, info);
  ukl_put8 (b, align);
  ukl_put8 (b, entsize);
}

static struct ukl_bytes *
write_file (unsigned int locals)
{
  static const unsigned char ident[16]
    = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT };
  struct ukl_bytes *b = XCNEW (struct ukl_bytes), headers;
  unsigned int i, symtab_index = 2 * count + 1;
  size_t at, start;

  memset (&headers, 0, sizeof (headers));
  ukl_put1 (&shstrtab, 0);
  ukl_put (b, ident, 16);
  ukl_put1 (b, ET_REL), ukl_put1 (b, 0);
  ukl_put1 (b, EM_X86_64), ukl_put1 (b, 0);
  ukl_put4 (b, EV_CURRENT);
  ukl_put8 (b, 0), ukl_put8 (b, 0);
  start = ukl_put (b, NULL, 8);
  ukl_put4 (b, 0);
  ukl_put1 (b, 64), ukl_put1 (b, 0);
  ukl_put4 (b, 0);
  ukl_put1 (b, 64), ukl_put1 (b, 0);
  ukl_put1 (b, (symtab_index + 3) & 0xff), ukl_put1 (b, (symtab_index + 3) >> 8);
  ukl_put1 (b, (symtab_index + 2) & 0xff), ukl_put1 (b, (symtab_index + 2) >> 8);

  add_header (&headers, "", SHT_NULL, 0, 0, 0, 0, 0, 0, 0);
  for (i = 0; i < count; i++)
    {
      struct section *s = &sections[i];

      pad_to (b, 16, 0);
      at = b->size;
      if (s->bytes.size != 0)
	ukl_put (b, s->bytes.data, s->bytes.size);
      add_header (&headers, s->name, s->type, s->flags, at, s->bytes.size,
		  s->type == SHT_GROUP ? symtab_index : 0, s->info, s->align,
		  s->entsize);
      pad_to (b, 8, 0);
      at = b->size;
      if (s->rela.size != 0)
	ukl_put (b, s->rela.data, s->rela.size);
      /* A section without relocations has a string table in their place.  */
      add_header (&headers, s->rela.size != 0 ? concat (".rela", s->name, NULL) : ".strtab",
		  s->rela.size != 0 ? SHT_RELA : SHT_STRTAB,
		  s->rela.size != 0 ? SHF_INFO_LINK | (s->flags & SHF_GROUP) : 0, at,
		  s->rela.size, s->rela.size != 0 ? symtab_index : 0,
		  s->rela.size != 0 ? section_index (i) : 0, 8,
		  s->rela.size != 0 ? 24 : 0);
    }
  pad_to (b, 8, 0);
  add_header (&headers, ".symtab", SHT_SYMTAB, 0, b->size, symtab.size,
	      symtab_index + 1, locals, 8, 24);
  ukl_put (b, symtab.data, symtab.size);
  add_header (&headers, ".strtab", SHT_STRTAB, 0, b->size, strtab.size, 0, 0, 1, 0);
  ukl_put (b, strtab.data, strtab.size);
  string (&shstrtab, ".shstrtab");
  add_header (&headers, ".shstrtab", SHT_STRTAB, 0, b->size, 0, 0, 0, 1, 0);
  bfd_putl64 (shstrtab.size, headers.data + headers.size - 32);
  ukl_put (b, shstrtab.data, shstrtab.size);
  pad_to (b, 8, 0);
  bfd_putl64 (b->size, b->data + start);
  ukl_put (b, headers.data, headers.size);
  free (headers.data);
  return b;
}

/* Make the relocations against functions what they should be.  */

static void
resolve_pendings (bfd *abfd)
{
  struct pending *p;

  for (p = pendings; p != NULL; p = p->next)
    {
      asection *sec = bfd_section_from_elf_index (abfd, p->section);
      Elf_Internal_Rela *rel, *end;

      rel = _bfd_elf_link_read_relocs (abfd, sec, NULL, NULL, true);
      if (rel == NULL)
	einfo (_("%F%P: internal error: no relocations: %E\n"));
      for (end = rel + sec->reloc_count; rel < end; rel++)
	if (rel->r_offset == p->offset)
	  ukl_retarget (abfd, sec, rel, p->target->h);
    }
}

/* Gates of the same name, of static functions or at the ends of aliases.  */

static void
make_names_unique (void)
{
  htab_t seen = htab_create (256, hash_named, equal_named, NULL);
  struct ukl_gate *g;

  for (g = ukl_gates; g != NULL; g = g->next)
    {
      char *base = g->symbol;
      unsigned int n = 1;

      for (;;)
	{
	  struct named key, *new_name;
	  void **slot;

	  key.name = g->symbol;
	  slot = htab_find_slot (seen, &key, INSERT);
	  if (*slot == NULL
	      && elf_link_hash_lookup (elf_hash_table (&link_info), g->symbol, false,
				       false, false) == NULL)
	    {
	      new_name = XCNEW (struct named);
	      new_name->name = g->symbol;
	      *slot = new_name;
	      break;
	    }
	  g->symbol = xasprintf ("%s.%u", base, ++n);
	}
    }
  htab_delete (seen);
}

static struct ukl_gate *
add_object (struct ukl_gate *g, bool with_table)
{
  lang_input_statement_type *entry;
  struct ukl_bytes *file;
  struct ukl_gate *first = g;
  unsigned int table = 0, frame, i, locals, n;
  size_t cie[3];
  bfd *abfd;

  count = symbols = 0;
  memset (&symtab, 0, sizeof (symtab));
  memset (&strtab, 0, sizeof (strtab));
  memset (&shstrtab, 0, sizeof (shstrtab));
  pendings = NULL;
  names = htab_create (64, hash_named, equal_named, NULL);
  ukl_put1 (&strtab, 0);
  add_symbol ("", 0, 0, SHN_UNDEF, 0, 0);
  for (n = 0; g != NULL && n < MOST_GATES; g = g->next)
    n++;
  /* The section symbols come first: all sections are known.  */
  locals = 3 + 3 * n + (with_table ? 3 : 0);
  for (i = 0; i + 1 < locals; i++)
    add_symbol ("", ELF_ST_INFO (STB_LOCAL, STT_SECTION), STV_DEFAULT,
		section_index (i), 0, 0);
  add_section (".note.GNU-stack", SHT_PROGBITS, 0, 1);
  frame = count;
  add_section (".eh_frame", SHT_PROGBITS, SHF_ALLOC, 8);
  cie[0] = add_cie (&sections[frame].bytes, frame, false, false);
  cie[1] = add_cie (&sections[frame].bytes, frame, true, false);
  cie[2] = add_cie (&sections[frame].bytes, frame, true, true);
  if (with_table)
    {
      table = count;
      add_section (".ukl.compartments", SHT_PROGBITS, SHF_ALLOC, 16);
      add_table (table);
      add_names ();
    }
  for (g = first; n > 0; n--, g = g->next)
    add_gate (g, frame, cie);
  /* Static programs register .eh_frame from crtbeginT.o and read it until a
     zero; crtend.o's is no longer the last.  */
  if (g == NULL)
    ukl_put4 (&sections[frame].bytes, 0);
  ASSERT (count + 1 == locals);

  file = write_file (locals);
  htab_delete (names);
  entry = lang_add_input_file (OBJECT_NAME, lang_input_file_is_fake_enum, NULL);
  abfd = ukl_open_bytes (OBJECT_NAME, file);
  if (abfd == NULL || !bfd_check_format (abfd, bfd_object))
    einfo (_("%F%P: internal error: cannot read the object of gates: %E\n"));
  ukl_object = abfd;
  if (with_table)
    {
      table_object = abfd;
      table_file = file;
    }
  entry->the_bfd = abfd;
  entry->flags.loaded = true;
  ldlang_add_file (entry);
  if (!bfd_link_add_symbols (abfd, &link_info))
    einfo (_("%F%P: %pB: error adding symbols: %E\n"), abfd);
  resolve_pendings (abfd);
  return g;
}

/* Make the object and put it into the link.  */

void
ukl_object_add (void)
{
  struct ukl_gate *g = ukl_gates;
  bool first = true;

  make_names_unique ();
  ukl_part[UKL_GATE].has_text |= ukl_gates != NULL;
  do
    {
      g = add_object (g, first);
      first = false;
    }
  while (g != NULL);
}
