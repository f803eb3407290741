/* --rootfs: folders that an image has in its root file system.
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
#include <errno.h>
#include <sys/stat.h>
#include "bfd.h"
#include "bfdlink.h"
#include "libiberty.h"
#include "hashtab.h"
#include "elf-bfd.h"
#include "ctf-api.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "ldexp.h"
#include "ldlang.h"
#include "ukl.h"

/* The object that holds the archive, and the section that program.lds puts
   behind the root file system of every image: an archive there may replace
   files of those before it.  */
#define OBJECT_NAME "rootfs"
#define SECTION_NAME ".init.ramfs.files"

/* What the kernel maps of an image, KERNEL_IMAGE_SIZE, less some for the kernel
   and the program.  */
#define MOST (448u << 20)

/* The longest name that init/initramfs.c of the kernel reads: PATH_MAX, with
   the zero.  */
#define LONGEST 4096

struct file
{
  char *path;			/* In the guest, without the first slash.  */
  char *source;
  unsigned int mode;		/* Of stat: type and permissions.  */
  char *data;			/* Of a file; a link's target.  */
  size_t size;
};

static struct file *files;
static size_t count, room, total;
static htab_t by_path;

static hashval_t
hash_index (const void *p)
{
  return htab_hash_string (files[(size_t) p - 1].path);
}

static int
equal_index (const void *a, const void *b)
{
  return strcmp (files[(size_t) a - 1].path, files[(size_t) b - 1].path) == 0;
}

static void ATTRIBUTE_NORETURN
refuse (const char *file, const char *why)
{
  einfo (_("%F%P: --rootfs: %s: %s\n"), file, why);
  abort ();
}

/* The contents of the regular file F.  */

static void
read_contents (struct file *f)
{
  FILE *in = fopen (f->source, "rb");

  if (in == NULL)
    refuse (f->source, xstrerror (errno));
  f->data = xmalloc (f->size + 1);
  if (fread (f->data, 1, f->size + 1, in) != f->size || ferror (in))
    refuse (f->source, ferror (in) ? xstrerror (errno) : "changed while it was read");
  fclose (in);
}

static void
read_target (struct file *f)
{
  char target[LONGEST];
  ssize_t n = readlink (f->source, target, sizeof (target));

  if (n < 0)
    refuse (f->source, xstrerror (errno));
  if (n == sizeof (target))
    refuse (f->source, "the link's target is too long");
  f->data = xmemdup (target, n, n + 1);
  f->size = n;
}

/* SOURCE appears as PATH.  What an earlier folder had there is replaced.  */

static void
add_entry (char *source, char *path)
{
  struct stat st;
  struct file f = { path, source, 0, NULL, 0 }, *old;
  void **slot;

  if (lstat (source, &st) != 0)
    refuse (source, xstrerror (errno));
  f.mode = st.st_mode;
  if (strlen (path) >= LONGEST || strcmp (path, "TRAILER!!!") == 0)
    refuse (source, "the kernel does not unpack a file of this name");
  if (S_ISREG (st.st_mode))
    {
      if (st.st_size > MOST || total + st.st_size > MOST)
	refuse (source, "too large: an image holds 448 MiB of files");
      f.size = st.st_size;
      total += f.size;
      read_contents (&f);
    }
  else if (S_ISLNK (st.st_mode))
    read_target (&f);
  else if (!S_ISDIR (st.st_mode))
    refuse (source, "neither file, folder nor symbolic link");

  if (count == room)
    files = xrealloc (files, (room = 2 * room + 64) * sizeof (*files));
  files[count] = f;
  if (by_path == NULL)
    by_path = htab_create (256, hash_index, equal_index, NULL);
  slot = htab_find_slot (by_path, (void *) (count + 1), INSERT);
  if (*slot == NULL)
    {
      *slot = (void *) ++count;
      return;
    }
  old = &files[(size_t) *slot - 1];
  if (S_ISDIR (old->mode) != S_ISDIR (f.mode))
    einfo (_("%F%P: --rootfs: of %s and %s one is a folder, the other is not\n"),
	   old->source, source);
  total -= S_ISREG (old->mode) ? old->size : 0;
  free (old->data);
  *old = f;
}

static void
add_folder (const char *folder, const char *prefix)
{
  DIR *dir = opendir (folder);
  struct dirent *d;

  if (dir == NULL)
    refuse (folder, errno == ENOTDIR ? "not a folder" : xstrerror (errno));
  while ((errno = 0, d = readdir (dir)) != NULL)
    {
      char *source, *path;
      struct stat st;

      if (strcmp (d->d_name, ".") == 0 || strcmp (d->d_name, "..") == 0)
	continue;
      source = concat (folder, "/", d->d_name, NULL);
      path = concat (prefix, d->d_name, NULL);
      add_entry (source, path);
      if (lstat (source, &st) == 0 && S_ISDIR (st.st_mode))
	add_folder (source, concat (path, "/", NULL));
    }
  if (errno != 0)
    refuse (folder, xstrerror (errno));
  closedir (dir);
}

/* What is in the folder DIR will appear below / in the guest.  All is read at
   once: what is wrong ends the link before it has written anything.  */

void
ukl_option_rootfs (const char *dir)
{
  add_folder (dir, "");
}

static int
compare_paths (const void *a, const void *b)
{
  return strcmp (((const struct file *) a)->path, ((const struct file *) b)->path);
}

/* An entry of a newc archive, see buffer-format.rst in the kernel's
   Documentation/driver-api/early-userspace: owned by root, its date is 0.  */

static void
put_entry (struct ukl_bytes *b, size_t inode, const struct file *f)
{
  char header[111];
  size_t name = strlen (f->path) + 1;

  sprintf (header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
	   (unsigned int) inode, f->mode, 0, 0, S_ISDIR (f->mode) ? 2 : 1, 0,
	   (unsigned int) f->size, 0, 0, 0, 0, (unsigned int) name, 0);
  ukl_put (b, header, 110);
  ukl_put (b, f->path, name);
  ukl_put (b, NULL, -b->size & 3);
  if (f->size != 0)
    ukl_put (b, f->data, f->size);
  ukl_put (b, NULL, -b->size & 3);
}

static void
put_archive (struct ukl_bytes *b)
{
  static const struct file trailer = { .path = (char *) "TRAILER!!!" };
  size_t i;

  qsort (files, count, sizeof (*files), compare_paths);
  for (i = 0; i < count; i++)
    put_entry (b, i + 1, &files[i]);
  put_entry (b, 0, &trailer);
}

/* An object file whose section SECTION_NAME is ARCHIVE.  */

static void
put_object (struct ukl_bytes *b, const struct ukl_bytes *archive)
{
  static const char names[] = "\0" SECTION_NAME "\0.note.GNU-stack\0.shstrtab";
  enum { STACK = sizeof (SECTION_NAME) + 1, STRINGS = STACK + sizeof (".note.GNU-stack") };
  static const unsigned char ident[16]
    = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT };
  const struct { unsigned int name, type, flags; bfd_vma offset, size, align; } sections[] =
    {
      { 0, SHT_NULL, 0, 0, 0, 0 },
      { 1, SHT_PROGBITS, SHF_ALLOC, 64, archive->size, 4 },
      { STACK, SHT_PROGBITS, 0, 64, 0, 1 },
      { STRINGS, SHT_STRTAB, 0, 64 + archive->size, sizeof (names), 1 },
    };
  size_t i, fill = -(archive->size + sizeof (names)) & 7;

  ukl_put (b, ident, 16);
  ukl_put4 (b, ET_REL | EM_X86_64 << 16);
  ukl_put4 (b, EV_CURRENT);
  ukl_put8 (b, 0), ukl_put8 (b, 0);
  ukl_put8 (b, 64 + archive->size + sizeof (names) + fill);
  ukl_put4 (b, 0);
  ukl_put4 (b, 64);		/* Size of the header; no program headers.  */
  ukl_put4 (b, 64 << 16);
  ukl_put4 (b, ARRAY_SIZE (sections) | (ARRAY_SIZE (sections) - 1) << 16);
  ukl_put (b, archive->data, archive->size);
  ukl_put (b, names, sizeof (names));
  ukl_put (b, NULL, fill);
  for (i = 0; i < ARRAY_SIZE (sections); i++)
    {
      ukl_put4 (b, sections[i].name);
      ukl_put4 (b, sections[i].type);
      ukl_put8 (b, sections[i].flags);
      ukl_put8 (b, 0);
      ukl_put8 (b, sections[i].offset);
      ukl_put8 (b, sections[i].size);
      ukl_put8 (b, 0);
      ukl_put8 (b, sections[i].align);
      ukl_put8 (b, 0);
    }
}

/* All files are open: the folders' archive becomes one of them.  */

void
ukl_rootfs_add (void)
{
  struct ukl_bytes archive = { NULL, 0, 0 }, *object;
  lang_input_statement_type *entry;
  bfd *abfd;

  /* A plain ELF program has no root file system.  */
  if (files == NULL || !ukl_has_kernel ())
    return;
  put_archive (&archive);
  object = XCNEW (struct ukl_bytes);
  put_object (object, &archive);
  free (archive.data);
  entry = lang_add_input_file (OBJECT_NAME, lang_input_file_is_fake_enum, NULL);
  abfd = ukl_open_bytes (OBJECT_NAME, object);
  if (abfd == NULL || !bfd_check_format (abfd, bfd_object))
    einfo (_("%F%P: internal error: cannot read the files of --rootfs: %E\n"));
  entry->the_bfd = abfd;
  entry->flags.loaded = true;
  ldlang_add_file (entry);
  if (!bfd_link_add_symbols (abfd, &link_info))
    einfo (_("%F%P: %pB: error adding symbols: %E\n"), abfd);
}
