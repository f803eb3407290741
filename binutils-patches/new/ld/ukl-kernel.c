/* --kernel: which of the installed kernels an image gets.
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
#include <dirent.h>
#include <sys/stat.h>
#include "bfd.h"
#include "bfdlink.h"
#include "libiberty.h"
#include "filenames.h"
#include "elf-bfd.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ukl.h"

/* The compiler names the files of the kernel "cloud" in a link.  Those of the
   kernel NAME have the same names in the folder ukl/NAME beside them.  */

#define FOLDER "ukl"
#define DEFAULT_KERNEL "cloud"

static const char *kernel = DEFAULT_KERNEL;
static bool seen;

static bool
is_there (const char *name)
{
  struct stat st;

  return stat (name, &st) == 0 && S_ISREG (st.st_mode);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The kernels beside cloud's, as ", NAME, NAME".  */

static char *
list_kernels (const char *folder)
{
  DIR *dir = opendir (folder);
  struct dirent *d;
  char **names = NULL, *text = xstrdup ("");
  size_t n = 0, i;

  while (dir != NULL && (d = readdir (dir)) != NULL)
    if (d->d_name[0] != '.'
	&& is_there (concat (folder, "/", d->d_name, "/ukl-kernel.o", NULL)))
      {
	names = xrealloc (names, (n + 1) * sizeof (*names));
	names[n++] = xstrdup (d->d_name);
      }
  if (dir != NULL)
    closedir (dir);
  if (n != 0)
    qsort (names, n, sizeof (*names), compare_names);
  for (i = 0; i < n; i++)
    text = concat (text, ", ", names[i], NULL);
  return text;
}

void
ukl_option_kernel (const char *name)
{
  if (*name == '\0'
      || name[strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
    einfo (_("%F%P: --kernel: bad name `%s': a kernel's name has small letters,"
	     " digits, _ or -\n"), name);
  if (seen && strcmp (name, kernel) != 0)
    einfo (_("%F%P: --kernel=%s must come before the kernel's files\n"), name);
  kernel = name;
}

/* FILE is on the command line.  Return what is meant.  */

const char *
ukl_kernel_file (const char *file)
{
  const char *base = lbasename (file);
  char *folder, *instead;
  bool is_kernel = strcmp (base, "ukl-kernel.o") == 0;

  if (!is_kernel && strcmp (base, "ukl-rootfs.o") != 0 && strcmp (base, "ukl.lds") != 0)
    return file;
  seen = true;
  if (strcmp (kernel, DEFAULT_KERNEL) == 0)
    return file;
  folder = concat (xmemdup (file, base - file, base - file + 1), FOLDER, NULL);
  instead = concat (folder, "/", kernel, "/", base, NULL);
  if (is_there (instead))
    return instead;
  if (is_kernel)
    einfo (_("%F%P: --kernel: no kernel `%s' is installed, only " DEFAULT_KERNEL
	     "%s; `toolchain-build.sh kernel FRAGMENT %s' builds one\n"),
	   kernel, list_kernels (folder), kernel);
  /* A kernel without a root file system of its own.  */
  return file;
}

/* Is a kernel in this link?  */

bool
ukl_has_kernel (void)
{
  return seen;
}
