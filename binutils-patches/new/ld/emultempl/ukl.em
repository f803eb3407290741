# This shell script emits a C file. -*- C -*-
# Copyright (C) 2026 the x86_64-ukl-linux-gnu authors.
#
# This file is part of the GNU Binutils.
#
# This program is free software; you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation; either version 3 of the License, or
# (at your option) any later version.
#
# This program is distributed in the hope that it will be useful,
# but WITHOUT ANY WARRANTY; without even the implied warranty of
# MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
# GNU General Public License for more details.
#
# You should have received a copy of the GNU General Public License
# along with this program; see the file COPYING3.  If not see
# <http://www.gnu.org/licenses/>.

# Compartments, kernels and root file systems: the hooks of an x86-64 emulation that call ukl-*.c.
source_em ${srcdir}/emultempl/elf-x86.em
fragment <<EOF

#include "ukl.h"

static bool
ukl_recognized_file (lang_input_statement_type *entry)
{
  if (ukl_active && bfd_get_format (entry->the_bfd) == bfd_object)
    ukl_files_loading (entry->the_bfd);
  return ldelf_load_symbols (entry);
}

static void
ukl_after_open (void)
{
  gld${EMULATION_NAME}_after_open ();
  ukl_abi_keep ();
  ukl_rootfs_add ();
  if (!ukl_active)
    return;
  ukl_policy_finish ();
  ukl_files_assign ();
  ukl_scan ();
  ukl_object_add ();
  ukl_scan_apply ();
  ukl_files_place ();
}

static void
ukl_before_allocation (void)
{
  gld${EMULATION_NAME}_before_allocation ();
  ukl_stack_flags ();
  if (!ukl_active)
    return;
  ukl_scan_done ();
  ukl_object_shrink ();
  ukl_check_move ();
}

static void
ukl_finish (void)
{
  if (ukl_active)
    {
      ukl_files_finish ();
      ukl_object_finish ();
      ukl_check_later ();
    }
  finish_default ();
}

static void
ukl_extra_map (bfd *abfd ATTRIBUTE_UNUSED,
	       struct bfd_link_info *info ATTRIBUTE_UNUSED, FILE *file)
{
  if (ukl_active)
    ukl_report_map (file);
}

EOF
LDEMUL_EXTRA_MAP_FILE_TEXT=ukl_extra_map
LDEMUL_RECOGNIZED_FILE=ukl_recognized_file
LDEMUL_AFTER_OPEN=ukl_after_open
LDEMUL_BEFORE_ALLOCATION=ukl_before_allocation
LDEMUL_FINISH=ukl_finish
