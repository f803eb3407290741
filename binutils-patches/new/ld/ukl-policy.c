/* Compartments: the options, the policy file and the rights that follow.
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
#include <errno.h>
#include "bfd.h"
#include "bfdlink.h"
#include "libiberty.h"
#include "elf-bfd.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ldexp.h"
#include "ldlang.h"
#include "safe-ctype.h"
#include "ukl.h"

#define DEFAULT_STACK (256 * 1024)
#define RUNTIME ":libukl_compartment.a"

struct ukl_part ukl_part[UKL_IDS];
struct ukl_pattern *ukl_patterns;
struct ukl_function_line *ukl_functions;
bool ukl_active, ukl_allow_wx, ukl_verify = true;

/* Who mentioned a compartment first.  */
static const char *mentioned[UKL_IDS];

/* libc's functions that the runtime stands in for.  */
static const char *const wrapped[] =
{
  "main", "pthread_create", "__pthread_create", "vfork", "sigaltstack", "__libc_sigaction",
  "setjmp", "_setjmp", "__sigsetjmp",
  "longjmp", "_longjmp", "siglongjmp", "__longjmp_chk",
  "pkey_set", "pkey_alloc", "pkey_free", "backtrace",
  "__clone_internal", "__nptl_deallocate_stack", "__pthread_unwind",
  "__pthread_unwind_next",
};

/* What gates refer to, and what sets the compartments up.  */
static const char *const wanted[] =
{
  "__ukl_compartment_init", "__ukl_gate", "__ukl_gate_stack",
  "__ukl_gate_personality", "__ukl_gate_rethrow",
};

/* The first option: the runtime joins the link.  Its functions may be wanted
   by files that come later on the command line only, hence the undefined
   symbols.  */

static void
activate (void)
{
  size_t i;

  /* --no-warnings hides errors, too, and makes a program all the same.  */
  config.no_warnings = false;
  if (ukl_active)
    return;
  ukl_active = true;
  ukl_part[UKL_SHARED].name = "shared";
  ukl_part[UKL_MAIN].name = "main";
  ukl_part[UKL_GATE].name = "gate";
  for (i = 0; i < UKL_IDS; i++)
    ukl_part[i].stack_size = DEFAULT_STACK;
  for (i = 0; i < ARRAY_SIZE (wrapped); i++)
    {
      add_wrap (wrapped[i]);
      ldlang_add_undef (concat ("__wrap_", wrapped[i], (char *) NULL), true);
    }
  for (i = 0; i < ARRAY_SIZE (wanted); i++)
    ldlang_add_undef (wanted[i], true);
  ukl_files_begin ();
  lang_add_input_file (RUNTIME, lang_input_file_is_l_enum, NULL);
}

/* The id of NAME.  A name that was not seen before is a new compartment; it
   must get a pattern from somewhere.  */

static int
part_id (const char *where, const char *name, bool must_be_named)
{
  int id;

  if (*name == '\0' || strlen (name) > 32
      || name[strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_-")] != '\0')
    einfo (_("%F%P: %s: bad name `%s': a compartment's name has 1 to 32 letters,"
	     " digits, _ or -\n"), where, name);
  if (strcmp (name, "shared") == 0 || strcmp (name, "gate") == 0
      || (must_be_named && strcmp (name, "main") == 0))
    einfo (_("%F%P: %s: `%s' is not a compartment that can be named here\n"),
	   where, name);
  if (strcmp (name, "main") == 0)
    return UKL_MAIN;
  for (id = UKL_FIRST; id <= UKL_LAST && ukl_part[id].name != NULL; id++)
    if (strcmp (ukl_part[id].name, name) == 0)
      return id;
  if (id > UKL_LAST)
    einfo (_("%F%P: %s: `%s' is one compartment too many: there are protection"
	     " keys for %d\n"), where, name, UKL_LAST - UKL_FIRST + 1);
  ukl_part[id].name = xstrdup (name);
  mentioned[id] = where;
  return id;
}

static void
add_pattern (const char *where, int id, const char *text)
{
  struct ukl_pattern **end, *p;

  for (end = &ukl_patterns; *end != NULL; end = &(*end)->next)
    if ((*end)->id == id && strcmp ((*end)->text, text) == 0)
      return;
  p = XCNEW (struct ukl_pattern);
  p->text = xstrdup (text);
  p->where = where;
  p->id = id;
  *end = p;
}

/* Where the input files end at each --compartment.  */

static struct option
{
  struct option *next;
  lang_statement_union_type **end;
  const char *where;
} *options;

/* The --compartment that FILE follows on the command line, or NULL.  */

const char *
ukl_policy_before (lang_statement_union_type *file)
{
  struct option *o;

  for (o = options; o != NULL; o = o->next)
    if (*o->end == file)
      return o->where;
  return NULL;
}

/* --compartment=NAME=PATTERN[,PATTERN...]; -Wl divides at commas, so a space will
   do, too.  */

void
ukl_option_compartment (const char *arg)
{
  const char *where = concat ("--compartment=", arg, (char *) NULL);
  char *copy = xstrdup (arg), *pattern = strchr (copy, '='), *next;
  struct option *o = XNEW (struct option);
  int id;

  if (pattern == NULL || pattern[1] == '\0')
    einfo (_("%F%P: %s: no files: write --compartment=NAME=PATTERN[,PATTERN...]\n"),
	   where);
  *pattern++ = '\0';
  activate ();
  o->end = input_file_chain.tail;
  o->where = where;
  o->next = options;
  options = o;
  id = part_id (where, copy, true);
  for (; pattern != NULL; pattern = next)
    {
      next = strpbrk (pattern, ", ");
      if (next != NULL)
	*next++ = '\0';
      if (*pattern == '\0')
	einfo (_("%F%P: %s: an empty pattern: remove the extra comma or space\n"), where);
      add_pattern (where, id, pattern);
    }
  free (copy);
}

/* SIZE, SIZEK or SIZEM in bytes; 0 if TEXT is none.  */

static unsigned long
parse_size (const char *text)
{
  char *end;
  unsigned long value;

  if (!ISDIGIT (*text))
    return 0;
  value = strtoul (text, &end, 10);
  if (value >= 1ul << 32)
    return 0;
  if (*end == 'K')
    value <<= 10, end++;
  else if (*end == 'M')
    value <<= 20, end++;
  return *end == '\0' && value < 1ul << 32 ? value : 0;
}

/* The directives.  WORD[0] is the directive, WORD[COUNT] is NULL.  */

static void
do_compartment (const char *where, char **word, int count)
{
  int i, id = part_id (where, word[1], false);

  for (i = 2; i < count; i++)
    add_pattern (where, id, word[i]);
}

static void
do_trust (const char *where, char **word, int count ATTRIBUTE_UNUSED)
{
  int id = part_id (where, word[1], true);

  if (strcmp (word[2], "trusted") != 0 && strcmp (word[2], "untrusted") != 0)
    einfo (_("%F%P: %s: `%s': write trusted or untrusted\n"), where, word[2]);
  ukl_part[id].trusted = word[2][0] == 't';
}

static void
do_stack (const char *where, char **word, int count ATTRIBUTE_UNUSED)
{
  int id = part_id (where, word[1], true);
  unsigned long size = parse_size (word[2]);

  if (size < 16384 || size > 1ul << 30)
    einfo (_("%F%P: %s: `%s': a stack has 16K to 1024M\n"), where, word[2]);
  ukl_part[id].stack_size = (size + 4095) & -4096ul;
}

static void
add_globs (struct ukl_enter **list, char **word)
{
  for (; *word != NULL; word++)
    {
      struct ukl_enter *e = XCNEW (struct ukl_enter);
      e->glob = xstrdup (*word);
      e->next = *list;
      *list = e;
    }
}

static void
do_enter (const char *where, char **word, int count ATTRIBUTE_UNUSED)
{
  add_globs (&ukl_part[part_id (where, word[1], false)].enter, word + 2);
}

static void
do_keep (const char *where, char **word, int count ATTRIBUTE_UNUSED)
{
  add_globs (&ukl_part[part_id (where, word[1], false)].keep, word + 2);
}

static void
do_reach (const char *where, char **word, int count)
{
  int id = part_id (where, word[1], false), other = part_id (where, word[2], false);
  int right = UKL_WRITE;

  if (count == 4 && strcmp (word[3], "read") == 0)
    right = UKL_READ;
  else if (count == 4 && strcmp (word[3], "write") != 0)
    einfo (_("%F%P: %s: `%s': write read or write\n"), where, word[3]);
  if (right > ukl_part[id].reach[other])
    ukl_part[id].reach[other] = right;
}

static void
do_function (const char *where, char **word, int count)
{
  struct ukl_function_line *f = XCNEW (struct ukl_function_line);
  int i;

  f->name = xstrdup (word[1]);
  f->where = where;
  for (i = 2; i < count; i++)
    {
      unsigned int *to = NULL;
      char *value = strchr (word[i], '='), *end;
      unsigned long n;

      if (startswith (word[i], "args="))
	to = &f->args;
      else if (startswith (word[i], "sret="))
	to = &f->sret;
      if (to == NULL)
	einfo (_("%F%P: %s: `%s': write args=BYTES or sret=BYTES\n"), where, word[i]);
      n = strtoul (value + 1, &end, 10);
      if (!ISDIGIT (value[1]) || *end != '\0' || n > 1 << 20)
	einfo (_("%F%P: %s: `%s': not a number of bytes up to 1048576\n"), where,
	       word[i]);
      if (to == &f->args && n % 8 != 0)
	einfo (_("%F%P: %s: `%s': arguments on the stack take a multiple of 8"
		 " bytes\n"), where, word[i]);
      *to = n;
    }
  f->next = ukl_functions;
  ukl_functions = f;
}

static void
do_transparent (const char *where, char **word, int count)
{
  int i;

  for (i = 1; i < count; i++)
    add_pattern (where, UKL_SHARED, word[i]);
}

static void
do_clear_vectors (const char *where, char **word, int count ATTRIBUTE_UNUSED)
{
  ukl_part[part_id (where, word[1], false)].clear_vectors = true;
}

static void
do_allow_wx (const char *where ATTRIBUTE_UNUSED, char **word ATTRIBUTE_UNUSED,
	     int count ATTRIBUTE_UNUSED)
{
  ukl_allow_wx = true;
}

static const struct directive
{
  const char *name;
  int least, most;		/* Words behind it; most 0: any number.  */
  const char *usage;
  void (*run) (const char *, char **, int);
} directives[] =
{
  { "compartment", 2, 0, "compartment NAME PATTERN...", do_compartment },
  { "trust", 2, 2, "trust NAME trusted|untrusted", do_trust },
  { "stack", 2, 2, "stack NAME SIZE[K|M]", do_stack },
  { "enter", 2, 0, "enter NAME FUNCTION...", do_enter },
  { "keep", 2, 0, "keep NAME FUNCTION...", do_keep },
  { "reach", 2, 3, "reach NAME OTHER [read|write]", do_reach },
  { "function", 2, 3, "function NAME args=BYTES [sret=BYTES]", do_function },
  { "transparent", 1, 0, "transparent PATTERN...", do_transparent },
  { "clear-vectors", 1, 1, "clear-vectors NAME", do_clear_vectors },
  { "allow-wx", 0, -1, "allow-wx", do_allow_wx },
};

static void
policy_line (const char *where, char *line)
{
  char **word = XNEWVEC (char *, strlen (line) / 2 + 2);
  const struct directive *d = directives;
  int count = 0;
  char *p;

  p = strchr (line, '#');
  if (p != NULL)
    *p = '\0';
  for (p = strtok (line, " \t\r\n\f"); p != NULL; p = strtok (NULL, " \t\r\n\f"))
    word[count++] = p;
  word[count] = NULL;
  if (count > 0)
    {
      while (d < directives + ARRAY_SIZE (directives)
	     && strcmp (d->name, word[0]) != 0)
	d++;
      if (d == directives + ARRAY_SIZE (directives))
	einfo (_("%F%P: %s: unknown word `%s': a line begins with compartment,"
		 " trust, stack, enter, keep, reach, function, transparent,"
		 " clear-vectors or allow-wx\n"), where, word[0]);
      if (count - 1 < d->least)
	einfo (_("%F%P: %s: `%s': words are missing: write %s\n"), where,
	       word[count - 1], d->usage);
      if (d->most != 0 && count - 1 > (d->most < 0 ? 0 : d->most))
	einfo (_("%F%P: %s: `%s' is too much: write %s\n"), where,
	       word[1 + (d->most < 0 ? 0 : d->most)], d->usage);
      d->run (where, word, count);
    }
  free (word);
}

/* --compartment-policy=FILE  */

void
ukl_option_policy (const char *file)
{
  FILE *f = fopen (file, "r");
  char *line = NULL;
  size_t room = 0, length = 0;
  int number = 1, c;

  if (f == NULL)
    einfo (_("%F%P: --compartment-policy: cannot open %s: %s\n"), file,
	   xstrerror (errno));
  activate ();
  do
    {
      c = getc (f);
      if (length + 1 >= room)
	line = XRESIZEVEC (char, line, room += 256);
      if (c != EOF && c != '\n')
	{
	  if (c == '\0')
	    einfo (_("%F%P: %s:%d: a NUL byte: this is not a text file\n"), file,
		   number);
	  line[length++] = c;
	  continue;
	}
      line[length] = '\0';
      policy_line (xasprintf ("%s:%d", file, number), line);
      length = 0;
      number++;
    }
  while (c != EOF);
  if (ferror (f))
    einfo (_("%F%P: --compartment-policy: cannot read %s: %s\n"), file,
	   xstrerror (errno));
  fclose (f);
  free (line);
}

/* All options are read: who may reach what.  */

void
ukl_policy_finish (void)
{
  int id, other, key;

  config.no_warnings = false;
  if (bfd_link_relocatable (&link_info) || bfd_link_dll (&link_info)
      || bfd_link_pie (&link_info))
    einfo (_("%F%P: --compartment: only a link of a program at fixed addresses can"
	     " make compartments: leave out -r, -shared and -pie\n"));
  if (link_info.emitrelocations)
    einfo (_("%F%P: --compartment: gates have no relocations to emit: leave out"
	     " --emit-relocs\n"));
  for (id = 0; id < UKL_IDS; id++)
    {
      struct ukl_part *part = &ukl_part[id];
      struct ukl_pattern *p;

      if (part->name == NULL)
	continue;
      if (id >= UKL_FIRST && id <= UKL_LAST)
	{
	  for (p = ukl_patterns; p != NULL && p->id != id; p = p->next)
	    ;
	  if (p == NULL)
	    einfo (_("%F%P: %s: no compartment `%s': name its files with"
		     " --compartment=%s=PATTERN\n"), mentioned[id], part->name,
		   part->name);
	}
      part->rights[0] = UKL_WRITE;
      if (id == UKL_GATE)
	for (key = 0; key <= UKL_GATE; key++)
	  part->rights[key] = UKL_WRITE;
      else
	part->rights[UKL_GATE] = UKL_READ;
      if (id == UKL_SHARED || id == UKL_GATE)
	continue;
      part->rights[id] = UKL_WRITE;
      for (other = UKL_MAIN; other <= UKL_LAST; other++)
	if (ukl_part[other].name != NULL && other != id)
	  {
	    if (!ukl_part[other].trusted && (id == UKL_MAIN || part->trusted))
	      part->rights[other] = UKL_WRITE;
	    if (part->reach[other] > part->rights[other])
	      part->rights[other] = part->reach[other];
	  }
    }
  /* A pass that ukl-check.c begins has been told.  */
  if (ukl_part[UKL_LAST].name != NULL && getenv ("UKL_LD_NUDGE") == NULL)
    einfo (_("%P: warning: %d compartments leave no key for the registers that"
	     " signals and setjmp save: all compartments can read them; with one"
	     " less they are secret\n"), UKL_LAST - UKL_FIRST + 1);
  for (id = 0; id < UKL_IDS; id++)
    if (ukl_part[id].name != NULL)
      {
	for (key = 0; key < 16; key++)
	  if (ukl_part[id].rights[key] == UKL_NONE)
	    ukl_part[id].pkru |= UKL_AD (key);
	  else if (ukl_part[id].rights[key] == UKL_READ)
	    ukl_part[id].pkru |= UKL_WD (key);
	/* Closed like the kernel's other key, which is all that the kernel opens
	   when it is entered, but for reads of this one.  */
	ukl_part[id].pkru |= UKL_WD (UKL_READ_ONLY_KEY);
	for (other = UKL_MAIN; other < id; other++)
	  if (ukl_part[other].name != NULL
	      && ukl_part[other].pkru == ukl_part[id].pkru)
	    einfo (_("%F%P: compartments `%s' and `%s' may reach the same memory:"
		     " put them into one, or remove a reach line\n"),
		   ukl_part[other].name, ukl_part[id].name);
      }
}

bool
ukl_may_read (int id, int other)
{
  return ukl_part[id].rights[other] >= UKL_READ;
}

bool
ukl_may_write (int id, int other)
{
  return ukl_part[id].rights[other] >= UKL_WRITE;
}

const char *
ukl_rights_name (int right)
{
  return right == UKL_WRITE ? "write" : right == UKL_READ ? "read" : "none";
}
