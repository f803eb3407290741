/* Compartments: which file is in which, and where its sections go.
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
#include "filenames.h"
#include "safe-ctype.h"
#include "elf-bfd.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ldexp.h"
#include "ldlang.h"
#include "ldlex.h"
#include "plugin.h"
#undef NAME
#include "ldgram.h"
#include "ukl.h"

/* Code that runs with its caller's rights, because every compartment needs
   it and it has to find its own data: base names of archives and objects.  */
static const char *const transparent[] =
{
  "libc.a", "libm.a", "libm-*.a", "libmvec.a", "libpthread.a", "libdl.a",
  "librt.a", "libutil.a", "libanl.a", "libresolv.a", "libnss_*.a", "libcrypt.a",
  "libc_nonshared.a", "libgcc.a", "libgcc_eh.a", "libstdc++.a", "libsupc++.a",
  "libgomp.a", "libatomic.a", "libitm.a", "libgcov.a", "libukl_sys.a",
  "libukl_compartment.a", "crt1.o", "gcrt1.o", "Scrt1.o", "crti.o", "crtn.o",
  "crtbegin*.o", "crtend*.o", "crtfastmath.o", "crtprec*.o",
};

struct file
{
  bfd *abfd;
  int id;
};
static htab_t files;

static const struct bfd_link_callbacks *stock_callbacks;
static struct bfd_link_callbacks callbacks;

static hashval_t
hash_file (const void *p)
{
  return htab_hash_pointer (((const struct file *) p)->abfd);
}

static int
equal_files (const void *a, const void *b)
{
  return ((const struct file *) a)->abfd == ((const struct file *) b)->abfd;
}

static bool
match_name (const char *pattern, const char *name)
{
  return fnmatch (pattern, name, 0) == 0
	 || fnmatch (pattern, lbasename (name), 0) == 0;
}

/* PATTERN is a glob for a file, or ARCHIVE:MEMBER.  */

static bool
match_file (const char *pattern, const char *archive, const char *name)
{
  const char *colon = strchr (pattern, ':');
  char *part;
  bool found;

  if (colon == NULL)
    return match_name (pattern, archive != NULL ? archive : name);
  if (archive == NULL || name == NULL || !match_name (colon + 1, name))
    return false;
  part = xmemdup (pattern, colon - pattern, colon - pattern + 1);
  found = match_name (part, archive);
  free (part);
  return found;
}

static bool
is_transparent (const char *name)
{
  size_t i;

  for (i = 0; i < ARRAY_SIZE (transparent); i++)
    if (fnmatch (transparent[i], lbasename (name), 0) == 0)
      return true;
  return false;
}

static const char *
archive_of (bfd *abfd)
{
  return abfd->my_archive != NULL ? bfd_get_filename (abfd->my_archive) : NULL;
}

static int
find_id (bfd *abfd)
{
  const char *archive = archive_of (abfd), *name = bfd_get_filename (abfd);
  const char *file = archive != NULL ? archive : name;
  struct ukl_pattern *p, *found = NULL;

  if (abfd == ukl_object)
    return UKL_GATE;
  /* What link-time optimization made of main's objects.  */
  if (abfd->lto_output)
    return UKL_MAIN;
  if (archive != NULL
      && strcmp (lbasename (archive), "libukl_compartment.a") == 0)
    return startswith (lbasename (name), "priv_") ? UKL_GATE : UKL_SHARED;
  for (p = ukl_patterns; p != NULL; p = p->next)
    if (match_file (p->text, archive, name))
      {
	if (is_transparent (file) && p->id != UKL_SHARED)
	  {
	    if (strpbrk (p->text, "*?[") != NULL)
	      continue;
	    einfo (_("%F%P: %s: %pB serves all compartments and cannot be in"
		     " one\n"), p->where, abfd);
	  }
	if (found != NULL && found->id != p->id)
	  einfo (_("%F%P: %pB is in two compartments, `%s' (%s) and `%s' (%s):"
		   " make the patterns narrower\n"), abfd,
		 ukl_part[found->id].name, found->where,
		 ukl_part[p->id].name, p->where);
	p->used = true;
	found = p;
      }
  if (found != NULL)
    return found->id;
  return is_transparent (file) || ukl_is_kernel (abfd) ? UKL_SHARED : UKL_MAIN;
}

/* The kernel and the root file system of an image: not the program's.  */

bool
ukl_is_kernel (bfd *abfd)
{
  const char *name = lbasename (bfd_get_filename (abfd));

  return strcmp (name, "ukl-kernel.o") == 0 || strcmp (name, "ukl-rootfs.o") == 0;
}

/* The compartment of an input file.  */

int
ukl_id_of_bfd (bfd *abfd)
{
  struct file key, *f;
  void **slot;

  if (files == NULL)
    files = htab_create (64, hash_file, equal_files, NULL);
  key.abfd = abfd;
  slot = htab_find_slot (files, &key, INSERT);
  if (*slot == NULL)
    {
      f = XNEW (struct file);
      f->abfd = abfd;
      f->id = find_id (abfd);
      *slot = f;
    }
  return ((struct file *) *slot)->id;
}

#if BFD_SUPPORTS_PLUGINS
/* Link-time optimization makes one object of all that it gets, so it gets
   what is in main only.  */

static bool
keep_from_plugin (bfd *abfd)
{
  return ukl_id_of_bfd (abfd) != UKL_MAIN;
}
#endif

/* Does GROUP, a member of a section group, define a symbol that may be
   defined only once?  */

static bool
is_strong (bfd *abfd, const char *signature)
{
  Elf_Internal_Shdr *symtab = &elf_symtab_hdr (abfd);
  size_t i, n = NUM_SHDR_ENTRIES (symtab) - symtab->sh_info;
  Elf_Internal_Sym *syms;
  bool strong = false;

  syms = bfd_elf_get_elf_syms (abfd, symtab, n, symtab->sh_info, NULL, NULL, NULL);
  for (i = 0; syms != NULL && i < n; i++)
    if (ELF_ST_BIND (syms[i].st_info) == STB_GLOBAL
	&& syms[i].st_shndx != SHN_UNDEF
	&& strcmp (bfd_elf_sym_name (abfd, symtab, &syms[i], NULL), signature) == 0)
      strong = true;
  free (syms);
  return strong;
}

/* An object that only the compiler can read.  */

static void
refuse_slim (bfd *abfd)
{
  asection *sec;
  bool lto = false;

  for (sec = abfd->sections; sec != NULL; sec = sec->next)
    if (startswith (sec->name, ".gnu.lto_"))
      lto = true;
    else if (sec->size != 0 && (sec->flags & SEC_CODE) != 0)
      return;
  if (lto)
    einfo (_("%F%P: %pB: holds no machine code, only GCC's for link-time"
	     " optimization; compartments need: gcc -r -flto"
	     " -flinker-output=nolto-rel -o X.o FILES, or -ffat-lto-objects\n"),
	   abfd);
}

/* ABFD is about to be loaded.  Of a section group that several files have (an
   inline function, say), each compartment keeps a copy: the code must run
   with the rights of who calls it, as if it were really inline.  So the names
   of groups become the compartment's own.  */

void
ukl_files_loading (bfd *abfd)
{
  int id;
  asection *sec;

  if (bfd_get_flavour (abfd) != bfd_target_elf_flavour
      || (abfd->flags & (BFD_PLUGIN | DYNAMIC)) != 0 || elf_bad_symtab (abfd))
    return;
  id = ukl_id_of_bfd (abfd);
  if (id == UKL_MAIN || ukl_is_kernel (abfd))
    return;
  refuse_slim (abfd);
  for (sec = abfd->sections; sec != NULL; sec = sec->next)
    {
      const char *name;

      if ((sec->flags & SEC_GROUP) != 0 || elf_sec_group (sec) == NULL
	  || (name = elf_group_name (sec)) == NULL || strchr (name, '@') != NULL
	  || is_strong (abfd, name))
	continue;
      elf_group_name (sec) = concat (name, "@", ukl_part[id].name, NULL);
    }
}

static bool
add_member (struct bfd_link_info *info, bfd *abfd, const char *name, bfd **subsbfd)
{
  ukl_files_loading (abfd);
  return stock_callbacks->add_archive_element (info, abfd, name, subsbfd);
}

/* There will be compartments.  */

void
ukl_files_begin (void)
{
  stock_callbacks = link_info.callbacks;
  callbacks = *stock_callbacks;
  callbacks.add_archive_element = add_member;
  link_info.callbacks = &callbacks;
#if BFD_SUPPORTS_PLUGINS
  plugin_skips = keep_from_plugin;
#endif
}

static bool
has_prefix (const char *name, const char *prefix)
{
  size_t n = strlen (prefix);

  return strncmp (name, prefix, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

/* Walked by start-up code or by the C library, or made read-only after it.  */

static bool
stays (asection *sec)
{
  static const char *const names[] =
  {
    ".init", ".fini", ".preinit_array", ".init_array", ".fini_array", ".ctors",
    ".dtors", ".jcr", ".tm_clone_table", ".data.rel.ro", ".gnu.linkonce.d.rel.ro",
    ".got", ".plt", ".iplt", ".igot", ".eh_frame", ".gcc_except_table",
  };
  const char *s;
  size_t i;

  for (i = 0; i < ARRAY_SIZE (names); i++)
    if (has_prefix (sec->name, names[i]))
      return true;
  /* A set that is found by __start_NAME and __stop_NAME.  */
  for (s = sec->name; ISALNUM (*s) || *s == '_'; s++)
    ;
  return *s == '\0' && strcmp (sec->name, "COMMON") != 0;
}

/* Give the sections that are grouped names of their compartment's.  */

static void
rename_sections (bfd *abfd, int id)
{
  struct ukl_part *part = &ukl_part[id];
  asection *sec;

  for (sec = abfd->sections; sec != NULL; sec = sec->next)
    {
      const char *kind;
      bool common = (sec->flags & SEC_IS_COMMON) != 0;

      if (has_prefix (sec->name, ".ukl.shared.data")
	  || has_prefix (sec->name, ".ukl.shared.bss"))
	{
	  bfd_rename_section (sec, concat (strstr (sec->name, "bss") != NULL
					   ? ".bss" : ".data", sec->name, NULL));
	  continue;
	}
      /* Where the unwinder, whoever runs it, finds personality routines.  */
      if (strstr (sec->name, ".DW.ref.") != NULL && startswith (sec->name, ".data"))
	{
	  bfd_rename_section (sec, concat (".data.rel.ro.local", strstr (sec->name,
									 ".DW.ref."),
					   NULL));
	  continue;
	}
      if (id == UKL_SHARED || discarded_section (sec)
	  || ((sec->flags & SEC_ALLOC) == 0 && !common)
	  || (sec->flags & SEC_THREAD_LOCAL) != 0 || stays (sec))
	continue;
      if ((sec->flags & SEC_CODE) != 0)
	kind = "text", part->has_text |= sec->size != 0;
      else if ((sec->flags & SEC_READONLY) != 0)
	continue;
      else if (common || (sec->flags & SEC_LOAD) == 0)
	kind = "bss", part->has_bss |= sec->size != 0 || common;
      else
	kind = "data", part->has_data |= sec->size != 0;
      if (sec->size == 0 && !common)
	continue;
      bfd_rename_section (sec, concat (".ukl.", kind, ".", part->name,
				       *sec->name == '.' ? "" : ".", sec->name, NULL));
    }
}

/* -Wl,--compartment=NAME=A.a,B.a makes B.a an input file that follows the option,
   and not a pattern.  If it is one anyway, nobody notices; but then it is there
   twice.  */

static void
check_commas (void)
{
  lang_statement_union_type *s, *t;

  for (s = input_file_chain.head; s != NULL;
       s = (void *) s->input_statement.next_real_file)
    {
      const char *name = s->input_statement.filename;
      const char *after = ukl_policy_before (s);

      if (after == NULL || s->input_statement.the_bfd == NULL
	  || bfd_get_format (s->input_statement.the_bfd) != bfd_archive)
	continue;
      for (t = (void *) s->input_statement.next_real_file; t != NULL;
	   t = (void *) t->input_statement.next_real_file)
	/* A pass that ukl-check.c begins has been told.  */
	if (t->input_statement.filename != NULL && getenv ("UKL_LD_NUDGE") == NULL
	    && strcmp (t->input_statement.filename, name) == 0)
	  {
	    einfo (_("%P: warning: %s is an input file behind %s, not a pattern:"
		     " -Wl divides at commas; write \"%s %s\" with a space\n"),
		   name, after, after, name);
	    break;
	  }
    }
}

/* Say what a pattern that is not used should have matched.  An archive of
   which nothing is needed is enough.  */

static void
check_patterns (void)
{
  struct ukl_pattern *p;
  lang_statement_union_type *s;

  for (s = input_file_chain.head; s != NULL;
       s = (void *) s->input_statement.next_real_file)
    if (s->input_statement.the_bfd != NULL
	&& bfd_get_format (s->input_statement.the_bfd) == bfd_archive)
      for (p = ukl_patterns; p != NULL; p = p->next)
	if (match_file (p->text,
			bfd_get_filename (s->input_statement.the_bfd), NULL))
	  p->used = true;
  for (p = ukl_patterns; p != NULL; p = p->next)
    if (!p->used)
      einfo (_("%F%P: %s: `%s' matches no file of this link: it is compared with"
	       " file names and base names\n"), p->where, p->text);
}

/* All files are open: assign them.  */

void
ukl_files_assign (void)
{
  bfd *abfd;

  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    {
      int id = ukl_id_of_bfd (abfd);

      if ((abfd->flags & (BFD_PLUGIN | BFD_LINKER_CREATED | DYNAMIC)) != 0
	  || bfd_get_flavour (abfd) != bfd_target_elf_flavour
	  || ukl_is_kernel (abfd))
	continue;
      rename_sections (abfd, id);
    }
  check_patterns ();
  check_commas ();
}

/* The script.  A section without a load address is as far from its neighbour
   there as its address is, so that this works in any script.  */

static char *script;

static void ATTRIBUTE_PRINTF_1
add (const char *format, ...)
{
  va_list args;
  char *text, *old = script;

  va_start (args, format);
  text = xvasprintf (format, args);
  va_end (args);
  script = concat (old != NULL ? old : "", text, (char *) NULL);
  free (old);
  free (text);
}

static void
add_kind (const char *kind, size_t flag, unsigned int more_pages)
{
  bool any = false;
  int id;

  for (id = UKL_MAIN; id < UKL_IDS; id++)
    if (*((const bool *) &ukl_part[id] + flag))
      {
	const char *name = ukl_part[id].name;

	if (!any)
	  add ("SECTIONS {\n");
	any = true;
	add (" \".ukl.%s.%s\" : ALIGN(4096) {\n"
	     "  HIDDEN(\"ukl.%s.%s\" = .);\n"
	     "  *(.ukl.%s.%s.*)\n"
	     "  . = ALIGN(4096)%s;\n"
	     "  HIDDEN(\"ukl.%s_end.%s\" = .);\n }%s\n",
	     kind, name, kind, name, kind, name,
	     id == UKL_GATE && more_pages != 0
	     ? xasprintf (" + 4096 * %u", more_pages) : "",
	     kind, name, strcmp (kind, "text") == 0 ? " = 0xcccccccc" : "");
      }
  if (any)
    add ("} INSERT AFTER .%s;\n", kind);
}

/* Read the script as if it had come before the one of the command line, so
   that it is inserted into that.  */

static void
read_script (void)
{
  lang_output_section_statement_type *abs = (void *) lang_os_list.head;
  lang_output_section_statement_type *first, *last, *old_last;
  lang_statement_list_type list;

  old_last = (void *) ((char *) lang_os_list.tail
		       - offsetof (lang_output_section_statement_type, next));
  lang_list_init (&list);
  push_stat_ptr (&list);
  lex_string = script;
  lex_redirect (script, "compartments", 1);
  parser_input = input_script;
  yyparse ();
  lex_string = NULL;
  pop_stat_ptr ();

  /* The statements, to the front; behind the absolute section's.  */
  *list.tail = abs->header.next;
  if (abs->header.next == NULL)
    statement_list.tail = list.tail;
  abs->header.next = list.head;

  /* The output sections likewise.  */
  first = old_last->next;
  if (first == NULL || old_last == abs)
    return;
  last = (void *) ((char *) lang_os_list.tail
		   - offsetof (lang_output_section_statement_type, next));
  old_last->next = NULL;
  lang_os_list.tail = (lang_statement_union_type **) &old_last->next;
  last->next = abs->next;
  last->next->prev = last;
  abs->next = first;
  first->prev = abs;
}

/* What the script cannot say, because a section's first mention in a script
   decides where it is.  */

static const struct
{
  const char *symbol, *section;
  bool end;
  bfd_vma mask;
} bounds[] =
{
  { "ukl.text.shared", ".text", false, -1 },
  { "ukl.text_end.shared", ".text", true, -1 },
  { "ukl.data.shared", ".data", false, -1 },
  { "ukl.data_end.shared", ".data", true, -1 },
  { "ukl.bss.shared", ".bss", false, -1 },
  { "ukl.bss_end.shared", ".bss", true, -1 },
  /* What lies before it on its page is a copy of read-only data.  */
  { "__ukl_relro_start", ".tdata", false, -4096 },
};

void
ukl_define (const char *name, bfd_vma value)
{
  struct elf_link_hash_entry *h
    = elf_link_hash_lookup (elf_hash_table (&link_info), name, true, false, true);

  if (h == NULL)
    einfo (_("%F%P: out of memory: %E\n"));
  h->root.type = bfd_link_hash_defined;
  h->root.u.def.section = bfd_abs_section_ptr;
  h->root.u.def.value = value;
  h->non_elf = 0;
  h->def_regular = 1;
  h->type = STT_NOTYPE;
  h->other = (h->other & ~ELF_ST_VISIBILITY (-1)) | STV_HIDDEN;
  h->forced_local = 1;
}

/* Place the compartments' sections.  */

void
ukl_files_place (void)
{
  size_t i;

  add_kind ("text", offsetof (struct ukl_part, has_text), ukl_check_nudge ());
  add ("SECTIONS {\n"
       " .ukl.relro.end : {\n"
       "  BYTE(0)\n"
       "  . = ALIGN(4096);\n"
       "  HIDDEN(__ukl_relro_end = .);\n"
       " }\n"
       "} INSERT BEFORE .data;\n");
  add ("SECTIONS {\n"
       " .ukl.compartments : {\n"
       "  KEEP(*(.ukl.compartments))\n"
       "  . = ALIGN(8);\n"
       "  HIDDEN(\"ukl.gates\" = .);\n"
       "  *(.ukl.gates)\n"
       "  HIDDEN(\"ukl.gates_end\" = .);\n"
       "  KEEP(*(.ukl.functions))\n"
       "  KEEP(*(.ukl.function_names))\n"
       " }\n"
       " HIDDEN(\"ukl.gate_count\" = (\"ukl.gates_end\" - \"ukl.gates\") / 32);\n"
       "} INSERT AFTER .rodata;\n");
  add_kind ("data", offsetof (struct ukl_part, has_data), 0);
  add_kind ("bss", offsetof (struct ukl_part, has_bss), 0);
  if (verbose)
    info_msg ("%s", script);
  read_script ();
  for (i = 0; i < ARRAY_SIZE (bounds); i++)
    ukl_define (bounds[i].symbol, 0);
}

/* All addresses are final.  */

void
ukl_files_finish (void)
{
  size_t i;

  for (i = 0; i < ARRAY_SIZE (bounds); i++)
    {
      asection *sec = bfd_get_section_by_name (link_info.output_bfd,
					       bounds[i].section);
      bfd_vma value = 0;

      if (sec != NULL)
	value = (sec->vma + (bounds[i].end ? sec->size : 0)) & bounds[i].mask;
      ukl_define (bounds[i].symbol, value);
    }
}
