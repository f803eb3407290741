/* Compartments: verify what was linked, and describe it in the map.
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
#include "elf-bfd.h"
#include "elf/x86-64.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ldexp.h"
#include "ldlang.h"
#include "plugin.h"
#undef NAME
#include "ldgram.h"
#include "ukl.h"
#include "ukl-verify.h"

/* Bytes of an address or a distance may by chance look like a forbidden
   instruction.  The linker chose them, so it chooses others: it begins again
   with some code or all data elsewhere, as this variable of the environment
   tells it (PASSES PAGES, then FILE.SECTION+AREA+STEP...).

   A section of code that is to move leaves a hole of its size and goes behind
   the others that the same line of the script names, into an area of its own;
   STEP is how far, in units of 16 bytes.  So nothing else moves (an area's end is
   aligned, which leaves room for more), and what is found from then on comes from
   the few relocations that refer to it or are in it: each pass has less to do
   than the one before.  Where the upper half of a distance is bad, the next area
   is tried.  */
#define NUDGE "UKL_LD_NUDGE"
#define MOST_PASSES 24
#define AREA 65536
#define AREAS 4
/* A larger one is moved by padding before it, and all that follows moves, too.  */
#define MOST_HOLE (256 * 1024)

static unsigned int pages, passes;
static bool hopeless, moved_data;

static struct move
{
  struct move *next;
  asection *sec;
  unsigned int file, index, area, step;
  bool noted;			/* In this pass.  */
} *moves, **last_move = &moves;	/* The newest last, so that it moves none of the others.  */

/* More are counted only.  */
#define MOST_FINDINGS 20

static bool (*next_hook) (bfd *);
static unsigned int findings;
static bool counting;

/* Is SEC of the output the program's code?  */

static bool
is_program_code (asection *sec)
{
  return ((sec->flags & (SEC_CODE | SEC_ALLOC | SEC_LOAD))
	  == (SEC_CODE | SEC_ALLOC | SEC_LOAD)
	  && sec->size != 0 && !startswith (sec->name, ".kernel"));
}

/* The function of ABFD at OFFSET in SEC, and the offset in it.  */

static const char *
function_at (bfd *abfd, asection *sec, bfd_vma *offset)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  size_t i, n = ukl_symbol_count (abfd);
  Elf_Internal_Sym *syms, *best = NULL;
  const char *name = sec->name;

  syms = n != 0 ? bfd_elf_get_elf_syms (abfd, symtab, n, 0, NULL, NULL, NULL) : NULL;
  for (i = 0; syms != NULL && i < n; i++)
    if (syms[i].st_shndx == (unsigned int) elf_section_data (sec)->this_idx
	&& (ELF_ST_TYPE (syms[i].st_info) == STT_FUNC
	    || ELF_ST_TYPE (syms[i].st_info) == STT_NOTYPE)
	&& syms[i].st_value <= *offset
	&& (best == NULL || best->st_value < syms[i].st_value
	    || ELF_ST_TYPE (best->st_info) == STT_NOTYPE))
      best = &syms[i];
  if (best != NULL)
    {
      name = xstrdup (bfd_elf_sym_name (abfd, symtab, best, NULL));
      *offset -= best->st_value;
    }
  free (syms);
  return name;
}

static struct move *
find_move (asection *sec)
{
  struct move *m = moves;

  while (m != NULL && m->sec != sec)
    m = m->next;
  return m;
}

/* The next pass has SEC elsewhere; FAR away if a little does not help.  */

static void
note_move (asection *sec, bool far)
{
  struct move *m = find_move (sec);
  bfd *b;

  if (m == NULL)
    {
      m = XCNEW (struct move);
      m->sec = sec;
      m->index = sec->index;
      for (b = link_info.input_bfds; b != NULL && b != sec->owner; b = b->link.next)
	m->file++;
      *last_move = m;
      last_move = &m->next;
    }
  else if (far && !m->noted)
    m->area++;
  else if (!m->noted)
    m->step++;
  m->noted = true;
}

/* Can SEC be put elsewhere?  Not the kernel, what the linker has made, nor parts of
   a function.  */

static bool
is_movable (asection *sec)
{
  return (sec != NULL && sec->owner != NULL && (sec->flags & SEC_CODE) != 0
	  && (sec->flags & SEC_LINKER_CREATED) == 0 && !ukl_is_kernel (sec->owner)
	  && sec->output_section != NULL && !bfd_is_abs_section (sec->output_section)
	  && strcmp (sec->output_section->name, ".init") != 0
	  && strcmp (sec->output_section->name, ".fini") != 0);
}

/* A distance between FROM and TO is bad: which of them moves?  One that is on
   its way, else the smaller one.  NULL if none can.  */

static asection *
which_moves (asection *from, asection *to)
{
  if (!is_movable (to))
    return is_movable (from) ? from : NULL;
  if (!is_movable (from))
    return to;
  if (find_move (from) != NULL || find_move (to) != NULL)
    return find_move (from) != NULL ? from : to;
  return from->size <= to->size ? from : to;
}

static bool
is_distance (unsigned int type)
{
  switch (type)
    {
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
    case R_X86_64_GOTTPOFF:
      return true;
    default:
      return false;
    }
}

/* Can the two bytes at OFFSET of SEC be changed by another layout?  If so,
   note how for the next pass.  */

static bool
note_nudge (bfd *abfd, asection *sec, bfd_vma offset)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  Elf_Internal_Rela *rel, *end;

  if ((sec->flags & SEC_RELOC) == 0 || sec->reloc_count == 0)
    return false;
  rel = _bfd_elf_link_read_relocs (abfd, sec, NULL, NULL, true);
  if (rel == NULL)
    return false;
  for (end = rel + sec->reloc_count; rel < end; rel++)
    if (rel->r_offset < offset + 2 && offset < rel->r_offset + 4)
      {
	unsigned long symndx = ELF64_R_SYM (rel->r_info);
	/* The higher of the two that belongs to the field; a change of that
	   one is enough.  */
	unsigned int byte = offset + 1 < rel->r_offset + 4
			    ? offset + 1 - rel->r_offset : 3;
	asection *target = NULL;

	if (symndx >= symtab->sh_info)
	  {
	    struct elf_link_hash_entry *h
	      = elf_sym_hashes (abfd)[symndx - symtab->sh_info];
	    while (h->root.type == bfd_link_hash_indirect
		   || h->root.type == bfd_link_hash_warning)
	      h = (struct elf_link_hash_entry *) h->root.u.i.link;
	    if (h->root.type == bfd_link_hash_defined
		|| h->root.type == bfd_link_hash_defweak)
	      target = h->root.u.def.section;
	    /* The address is that of its PLT entry.  */
	    if (h->type == STT_GNU_IFUNC)
	      target = elf_hash_table (&link_info)->iplt;
	  }
	else
	  {
	    Elf_Internal_Sym *sym
	      = bfd_sym_from_r_symndx (&elf_hash_table (&link_info)->sym_cache, abfd,
				       symndx);
	    if (sym != NULL)
	      target = bfd_section_from_elf_index (abfd, sym->st_shndx);
	  }
	if (is_distance (ELF32_R_TYPE (rel->r_info)))
	  target = which_moves (sec, target);
	if (is_movable (target))
	  note_move (target, byte >= 2);
	else if (!moved_data)
	  {
	    /* Once is enough for all that is found in a pass.  */
	    moved_data = true;
	    pages += byte <= 1 ? 1 : 16;
	  }
	return true;
      }
  return false;
}

/* What an earlier pass noted.  Returns the pages that data is to be moved.  */

unsigned int
ukl_check_nudge (void)
{
  const char *text = getenv (NUDGE);
  unsigned int moved, file, index, area, step;
  int length;

  if (text == NULL || sscanf (text, "%u %u%n", &passes, &moved, &length) != 2)
    return 0;
  pages = moved;
  for (text += length; sscanf (text, " %u.%u+%u+%u%n", &file, &index, &area, &step, &length) == 4;
       text += length)
    {
      unsigned int left = file;
      bfd *abfd = link_info.input_bfds;
      asection *sec;

      while (left-- > 0 && abfd != NULL)
	abfd = abfd->link.next;
      for (sec = abfd != NULL ? abfd->sections : NULL; sec != NULL; sec = sec->next)
	if (sec->index == index)
	  {
	    struct move *m = XCNEW (struct move);

	    m->sec = sec;
	    m->file = file;
	    m->index = index;
	    m->area = area;
	    m->step = step;
	    *last_move = m;
	    last_move = &m->next;
	    break;
	  }
    }
  return moved;
}

/* Where sections go that leave a list of the script: before the alignment at its end.  */

static struct area
{
  struct area *next;
  lang_statement_list_type *list;
  unsigned int number;
  lang_statement_union_type **end;
} *areas;

/* The statement ". = VALUE".  */

static lang_statement_union_type *
dot_statement (etree_type *value)
{
  lang_statement_list_type list;

  lang_list_init (&list);
  push_stat_ptr (&list);
  lang_add_assignment (exp_assign (".", value, false));
  pop_stat_ptr ();
  return list.head;
}

static etree_type *
dot_aligned (bfd_vma alignment)
{
  return exp_unop (ALIGN_K, exp_intop (alignment));
}

static etree_type *
dot_plus (bfd_vma size)
{
  return exp_binop ('+', exp_nameop (NAME, "."), exp_intop (size));
}

static struct area *
get_area (lang_statement_list_type *list, unsigned int number)
{
  struct area *a = areas;

  while (a != NULL && !(a->list == list && a->number == number))
    a = a->next;
  if (a != NULL)
    return a;
  if (number > 0)
    get_area (list, number - 1);
  a = XCNEW (struct area);
  a->list = list;
  a->number = number;
  /* An empty one has its size, too.  */
  *list->tail = dot_statement (dot_plus (16));
  a->end = &(*list->tail)->header.next;
  *a->end = dot_statement (dot_aligned (AREA));
  list->tail = &(*a->end)->header.next;
  a->next = areas;
  areas = a;
  return a;
}

static void
put_before_end (struct area *a, lang_statement_union_type *s)
{
  s->header.next = *a->end;
  *a->end = s;
  a->end = &s->header.next;
}

/* Move the statement that LINK of LIST points to, which is for M's section.  */

static void
move_statement (lang_statement_list_type *list, lang_statement_union_type **link,
		struct move *m)
{
  lang_statement_union_type *s = *link, *hole;
  bfd_vma alignment = (bfd_vma) 1 << m->sec->alignment_power;
  struct area *a;

  if (m->sec->size > MOST_HOLE)
    {
      hole = dot_statement (dot_plus (16 * (m->step + 1)));
      hole->header.next = s;
      *link = hole;
      return;
    }
  /* All at once, or what lies behind would go as far as SEC does.  */
  if (m->area > 0)
    get_area (list, AREAS - 1);
  a = get_area (list, m->area % AREAS);
  hole = dot_statement (exp_binop ('+', dot_aligned (alignment),
				   exp_intop (m->sec->size)));
  hole->header.next = s->header.next;
  *link = hole;
  put_before_end (a, dot_statement (dot_plus (16 * m->step)));
  put_before_end (a, s);
}

static bool
move_in (lang_statement_list_type *list, struct move *m)
{
  lang_statement_union_type **link, *s;

  for (link = &list->head; (s = *link) != NULL; link = &s->header.next)
    switch (s->header.type)
      {
      case lang_input_section_enum:
	if (s->input_section.section != m->sec)
	  break;
	move_statement (list, link, m);
	return true;
      case lang_wild_statement_enum:
	if (move_in (&s->wild_statement.children, m))
	  return true;
	break;
      case lang_output_section_statement_enum:
	if (move_in (&s->output_section_statement.children, m))
	  return true;
	break;
      case lang_group_statement_enum:
	if (move_in (&s->group_statement.children, m))
	  return true;
	break;
      default:
	break;
      }
  return false;
}

/* Sections are in their places: move what is noted.  */

void
ukl_check_move (void)
{
  struct move *m;

  for (m = moves; m != NULL; m = m->next)
    move_in (&statement_list, m);
}

/* Link again, with what was noted.  */

static void
link_again (bfd *output)
{
  FILE *f = fopen ("/proc/self/cmdline", "rb");
  char *words = NULL, *p, **argv, *nudge;
  struct move *m;
  size_t size = 0, n = 0, count = 0;

  if (f == NULL)
    return;
  do
    {
      words = xrealloc (words, size + 65536);
      n = fread (words + size, 1, 65536, f);
      size += n;
    }
  while (n != 0);
  fclose (f);
  argv = XNEWVEC (char *, size + 1);
  for (p = words; p < words + size; p += strlen (p) + 1)
    argv[count++] = p;
  argv[count] = NULL;
  nudge = xasprintf ("%u %u", passes + 1, pages);
  for (m = moves; m != NULL; m = m->next)
    nudge = reconcat (nudge, nudge,
		      xasprintf (" %u.%u+%u+%u", m->file, m->index, m->area, m->step),
		      NULL);
  setenv (NUDGE, nudge, 1);
#if BFD_SUPPORTS_PLUGINS
  plugin_call_cleanup ();
#endif
  unlink_if_ordinary (bfd_get_filename (output));
  execv ("/proc/self/exe", argv);
}

static void
report (void *data, const struct ukl_finding *f)
{
  asection *out = data, *sec = NULL;
  bfd *abfd = NULL;
  bfd_vma at = f->address - out->vma;

  findings++;
  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    {
      for (sec = abfd->sections; sec != NULL; sec = sec->next)
	if (sec->output_section == out && sec->output_offset <= at
	    && at < sec->output_offset + sec->size)
	  break;
      if (sec != NULL)
	break;
    }
  if (counting)
    {
      if (f->in_stream || abfd == NULL
	  || !note_nudge (abfd, sec, at - sec->output_offset))
	hopeless = true;
      return;
    }
  /* Next to one that no layout cures, those that another one would have cured are noise.  */
  if (hopeless && !f->in_stream && abfd != NULL
      && note_nudge (abfd, sec, at - sec->output_offset))
    {
      findings--;
      return;
    }
  if (findings > MOST_FINDINGS)
    return;
  if (abfd == NULL || bfd_get_flavour (abfd) != bfd_target_elf_flavour)
    einfo (_("%X%P: %s+0x%v: %s: no compartment may contain it\n"), out->name, at,
	   f->instruction);
  else
    {
      bfd_vma offset = at - sec->output_offset;
      const char *name = function_at (abfd, sec, &offset);

      if (f->in_stream)
	einfo (_("%X%P: %pB: %s+0x%v: %s: it harms the machine in ring 0: remove it,"
		 " or accept it with --no-compartment-verify\n"), abfd, name, offset,
	       f->instruction);
      else
	einfo (_("%X%P: %pB: %s+0x%v: the bytes of %s, a way out of any compartment:"
		 " remove the instruction; if others contain it by chance, compile"
		 " with another -O or -falign-functions, or link in another"
		 " order\n"), abfd, name, offset, f->instruction);
    }
}

static int
compare_ranges (const void *a, const void *b)
{
  const struct ukl_range *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

/* Where the gates are.  */

static struct ukl_range *
gate_ranges (size_t *count)
{
  struct ukl_gate *g;
  struct ukl_range *ranges;
  size_t n = 0;

  for (g = ukl_gates; g != NULL; g = g->next)
    n++;
  ranges = XNEWVEC (struct ukl_range, n + 1);
  n = 0;
  for (g = ukl_gates; g != NULL; g = g->next)
    {
      struct elf_link_hash_entry *h
	= elf_link_hash_lookup (elf_hash_table (&link_info), g->symbol, false, false,
				true);
      asection *sec;

      if (h == NULL || h->root.type != bfd_link_hash_defined)
	continue;
      sec = h->root.u.def.section;
      if (sec->output_section == NULL || bfd_is_abs_section (sec->output_section))
	continue;
      ranges[n].start = sec->output_section->vma + sec->output_offset;
      ranges[n].end = ranges[n].start + g->size;
      n++;
    }
  qsort (ranges, n, sizeof (*ranges), compare_ranges);
  *count = n;
  return ranges;
}

/* Disassemble the functions of ABFD that are in OUT, whose contents are TEXT.  */

static void
verify_functions (bfd *abfd, asection *out, const bfd_byte *text)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  size_t i, n = ukl_symbol_count (abfd);
  Elf_Internal_Sym *syms;

  syms = n != 0 ? bfd_elf_get_elf_syms (abfd, symtab, n, 0, NULL, NULL, NULL) : NULL;
  for (i = 0; syms != NULL && i < n; i++)
    {
      asection *sec;
      bfd_vma at;

      if (ELF_ST_TYPE (syms[i].st_info) != STT_FUNC || syms[i].st_size == 0
	  || syms[i].st_shndx == SHN_UNDEF || syms[i].st_shndx >= SHN_LORESERVE)
	continue;
      sec = bfd_section_from_elf_index (abfd, syms[i].st_shndx);
      if (sec == NULL || sec->output_section != out)
	continue;
      at = sec->output_offset + syms[i].st_value;
      if (at + syms[i].st_size <= out->size)
	ukl_verify_stream (text + at, syms[i].st_size, out->vma + at, report, out);
    }
  free (syms);
}

static void
verify_sections (bfd *output, FILE *file, const struct ukl_range *gates, size_t count)
{
  asection *sec;
  bfd *abfd;

  findings = 0;
  for (sec = output->sections; sec != NULL; sec = sec->next)
    if (is_program_code (sec))
      {
	bfd_byte *text = xmalloc (sec->size);

	if (fseeko (file, sec->filepos, SEEK_SET) != 0
	    || fread (text, 1, sec->size, file) != sec->size)
	  einfo (_("%F%P: cannot read back section %pA of %s\n"), sec,
		 bfd_get_filename (output));
	ukl_verify_bytes (text, sec->size, sec->vma, gates, count, report, sec);
	for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
	  if (bfd_get_flavour (abfd) == bfd_target_elf_flavour
	      && (abfd->flags & (BFD_PLUGIN | DYNAMIC)) == 0 && !ukl_is_kernel (abfd)
	      && abfd != ukl_object)
	    verify_functions (abfd, sec, text);
	free (text);
      }
}

static bool
verify (bfd *output)
{
  struct ukl_range *gates;
  size_t count;
  FILE *file;

  /* A BFD that is written cannot be read.  */
  if (bfd_flush (output) != 0
      || (file = fopen (bfd_get_filename (output), "rb")) == NULL)
    einfo (_("%F%P: cannot read back %s\n"), bfd_get_filename (output));
  gates = gate_ranges (&count);
  counting = true;
  verify_sections (output, file, gates, count);
  if (findings != 0)
    {
      if (!hopeless && passes < MOST_PASSES)
	link_again (output);
      counting = false;
      verify_sections (output, file, gates, count);
      if (findings > MOST_FINDINGS)
	einfo (_("%X%P: and %d more of these\n"), (int) findings - MOST_FINDINGS);
      einfo ("%F");
    }
  free (gates);
  fclose (file);
  return next_hook == NULL || next_hook (output);
}

/* Verify the output when all of it is written.  */

void
ukl_check_later (void)
{
  struct elf_obj_tdata *t = elf_tdata (link_info.output_bfd);

  if (!ukl_verify)
    {
      einfo (_("%P: warning: --no-compartment-verify: nothing keeps this program's"
	       " code from leaving its compartment\n"));
      return;
    }
  next_hook = t->o->build_id.after_write_object_contents;
  t->o->build_id.after_write_object_contents = verify;
}

/* -Map: who is where and may do what.  */

void
ukl_report_map (FILE *file)
{
  int id, other;
  struct ukl_gate *g;
  bfd *abfd;

  fprintf (file, _("\nCompartments\n\n"));
  for (id = 0; id < UKL_IDS; id++)
    {
      struct ukl_part *part = &ukl_part[id];

      if (part->name == NULL)
	continue;
      fprintf (file, "%2d %-16s PKRU 0x%08x", id, part->name, part->pkru);
      if (id >= UKL_FIRST && id <= UKL_LAST)
	fprintf (file, "  %s", part->trusted ? "trusted" : "untrusted");
      if (id != UKL_SHARED && id != UKL_GATE)
	fprintf (file, "  stack %luK", part->stack_size / 1024);
      fprintf (file, "\n");
      if (id != UKL_SHARED && id != UKL_GATE)
	for (other = UKL_MAIN; other <= UKL_LAST; other++)
	  if (ukl_part[other].name != NULL)
	    fprintf (file, "   may %-5s %s\n",
		     ukl_rights_name (part->rights[other]), ukl_part[other].name);
      for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
	if (id != UKL_SHARED && ukl_id_of_bfd (abfd) == id
	    && (abfd->flags & BFD_PLUGIN) == 0)
	  {
	    if (abfd->my_archive != NULL)
	      fprintf (file, "   file  %s:%s\n", bfd_get_filename (abfd->my_archive),
		       bfd_get_filename (abfd));
	    else
	      fprintf (file, "   file  %s\n", bfd_get_filename (abfd));
	  }
    }
  fprintf (file, _("\nGates\n\n"));
  for (g = ukl_gates; g != NULL; g = g->next)
    {
      struct elf_link_hash_entry *h
	= elf_link_hash_lookup (elf_hash_table (&link_info), g->symbol, false, false,
				true);
      asection *sec = h != NULL ? h->root.u.def.section : NULL;

      if (sec == NULL || sec->output_section == NULL
	  || bfd_is_abs_section (sec->output_section))
	continue;
      fprintf (file, "0x%016" PRIx64 " %5u  %s -> %s  %s",
	       (uint64_t) (sec->output_section->vma + sec->output_offset), g->size,
	       g->caller == UKL_ANY ? "*" : ukl_part[g->caller].name,
	       ukl_part[g->target->id].name, g->target->name);
      if (g->target->abi.args != 0)
	fprintf (file, "  args %u", g->target->abi.args);
      if (g->target->abi.sret != 0)
	fprintf (file, "  sret %u", g->target->abi.sret);
      if (g->closed != NULL)
	fprintf (file, "  closed: %s", g->closed);
      fprintf (file, "\n");
    }
}
