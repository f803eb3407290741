/* Prototypes of what GCC knows about compartments, see ukl.cc.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors.

This file is part of GCC.

GCC is free software; you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation; either version 3, or (at your option)
any later version.

GCC is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.

You should have received a copy of the GNU General Public License
along with GCC; see the file COPYING3.  If not see
<http://www.gnu.org/licenses/>.  */

#ifdef TREE_CODE
extern tree ukl_handle_shared_attribute (tree *, tree, tree, int, bool *);
extern tree ukl_handle_gate_attribute (tree *, tree, tree, int, bool *);
extern void ukl_output_abi_record (FILE *, const char *, tree);
extern section *ukl_get_variable_section (tree);
#endif
