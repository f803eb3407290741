/* Executable stacks of x86_64-ukl-linux-gnu programs.
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


/* A stack that is executable, for programs that ask for one: -z execstack, or an object whose
   section .note.GNU-stack says so, as GCC writes it for a nested function whose address is
   taken.  PHDRS in a linker script keeps ld from writing PT_GNU_STACK itself; program.lds does,
   by a symbol.  */

#include "sysdep.h"
#include "bfd.h"
#include "bfdlink.h"
#include "libiberty.h"
#include "ld.h"
#include "ldmain.h"
#include "ldmisc.h"
#include "elf-bfd.h"
#include "ukl.h"

/* The first object that asks for it, or null.  */

static bfd *
asking (void)
{
  bfd *abfd;

  for (abfd = link_info.input_bfds; abfd != NULL; abfd = abfd->link.next)
    {
      asection *sec = bfd_get_section_by_name (abfd, ".note.GNU-stack");

      if (sec != NULL && (sec->flags & SEC_CODE) != 0)
	return abfd;
    }
  return NULL;
}

/* To be called once bfd_elf_size_dynamic_sections has made up its mind.  */

void
ukl_stack_flags (void)
{
  if (bfd_link_relocatable (&link_info)
      || (elf_stack_flags (link_info.output_bfd) & PF_X) == 0)
    return;
  if (ukl_active)
    {
      bfd *abfd = asking ();

      if (abfd != NULL)
	einfo (_("%F%P: %pB: needs an executable stack, which a program with compartments does not have; "
		 "do not take the address of a nested function, or mark assembly with .section .note.GNU-stack\n"), abfd);
      if (link_info.execstack)
	einfo (_("%F%P: a program with compartments has no executable stack; leave out -z execstack\n"));
      /* Assembly that says nothing: ld takes the worst, and here it gets the best.  */
      return;
    }
  ukl_define ("ukl_k_exec_stack", 1);
}
