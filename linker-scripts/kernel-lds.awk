# Turn the kernel's own linker script into the one that links an image.
#
# usage: awk -f kernel-lds.awk -v program=program.lds -v symbols=OUT vmlinux.lds > ukl.lds
#
# program  the program's part, inserted before the end of the kernel's init memory
# symbols  written: `OLD NEW` per symbol that the script defines or refers to, for
#          objcopy --redefine-syms. The names are global in an image, where a
#          program may have its own `jiffies` or `_text`.
#
# Every change below must find what it changes: a kernel whose script reads
# differently fails here and not at boot.

BEGIN { RS = "\001"; PREFIX = "ukl_k_"; FILE = "*ukl-kernel.o" }

function die(what) { print "kernel-lds.awk: " FILENAME ": " what > "/dev/stderr"; failed = 1; exit 1 }

# Replace the literal old by new, everywhere in lds.
function replace(old, new,    out, i) {
	if (!index(lds, old)) die("no '" old "' in the kernel's linker script")
	out = ""
	while ((i = index(lds, old))) {
		out = out substr(lds, 1, i - 1) new
		lds = substr(lds, i + length(old))
	}
	lds = out lds
}

# Remove from the literal first up to, not including, the literal last; returns that.
function cut(first, last,    i, j, removed) {
	i = index(lds, first)
	j = index(substr(lds, i + 1), last)
	if (!i || !j) die("no '" first "' ... '" last "' in the kernel's linker script")
	removed = substr(lds, i, j)
	lds = substr(lds, 1, i - 1) substr(lds, i + j)
	return removed
}

# *(pattern) takes from the kernel's object only, and is kept under --gc-sections.
function limit_inputs(    out, i, depth, pos, c, kept, tail, inner) {
	out = ""
	while ((i = index(lds, "*("))) {
		kept = substr(lds, 1, i - 1) ~ /KEEP\($/
		out = out substr(lds, 1, i - 1)
		tail = substr(lds, i + 2)
		depth = 1
		for (pos = 1; depth; pos++) {
			c = substr(tail, pos, 1)
			if (c == "(") depth++
			else if (c == ")") depth--
			else if (c == "") die("unbalanced parentheses")
		}
		inner = FILE "(" substr(tail, 1, pos - 1)
		out = out (kept || discarding(out) ? inner : "KEEP(" inner ")")
		lds = substr(tail, pos)
	}
	lds = out lds
}
function discarding(before,    n, parts) {
	n = split(before, parts, "{")
	return parts[n - 1] ~ /\/DISCARD\/ : *$/
}

# Apply map[] to each token of lds made of symbol or section name characters.
function rename(map,    out, token) {
	out = ""
	while (match(lds, /[A-Za-z0-9_.]+/)) {
		token = substr(lds, RSTART, RLENGTH)
		out = out substr(lds, 1, RSTART - 1) (token in map ? map[token] : token)
		lds = substr(lds, RSTART + RLENGTH)
	}
	lds = out lds
}

# The kernel's output sections, so that ld places a program's own sections of
# any name beside the program's .text, .rodata and .data, not beside these.
function rename_sections(    text, name) {
	text = lds
	while (match(text, /[A-Za-z0-9_.]+ (0 )?: AT\(/)) {
		name = substr(text, RSTART, RLENGTH)
		sub(/ .*/, "", name)
		section[name] = ".kernel" (name ~ /^\./ ? "" : ".") name
		text = substr(text, RSTART + RLENGTH)
	}
	# Input patterns are protected: they are the same names in the kernel's object.
	split_inputs()
	rename(section)
	join_inputs()
}
function split_inputs(    out, i) {
	out = ""; inputs = 0
	while ((i = index(lds, FILE "("))) {
		out = out substr(lds, 1, i - 1) "@" inputs "@"
		lds = substr(lds, i)
		input[inputs++] = balanced()
	}
	lds = out lds
}
function balanced(    pos, depth, c, text) {
	depth = 0
	for (pos = 1; ; pos++) {
		c = substr(lds, pos, 1)
		if (c == "(") depth++
		else if (c == ")" && --depth == 0) break
	}
	text = substr(lds, 1, pos)
	lds = substr(lds, pos + 1)
	return text
}
function join_inputs(    out) {
	out = ""
	while (match(lds, /@[0-9]+@/)) {
		out = out substr(lds, 1, RSTART - 1) input[substr(lds, RSTART + 1, RLENGTH - 2)]
		lds = substr(lds, RSTART + RLENGTH)
	}
	lds = out lds
}

function rename_symbols(    text, name, n, list, i) {
	text = lds
	while (match(text, /[A-Za-z_][A-Za-z0-9_]* = /)) {
		if (substr(text, RSTART - 1, 1) != ":") {
			name = substr(text, RSTART, RLENGTH - 3)
			symbol[name] = PREFIX name
		}
		text = substr(text, RSTART + RLENGTH)
	}
	n = split("startup_64 jiffies_64 pcpu_hot gdt_page fixed_percpu_data irq_stack_backing_store", list, " ")
	for (i = 1; i <= n; i++) {
		if (!index(lds, list[i])) die("no symbol '" list[i] "' in the kernel's linker script")
		symbol[list[i]] = PREFIX list[i]
	}
	split_inputs()
	rename(symbol)
	join_inputs()
	# Defined by the program's part.
	symbol["__initramfs_start"] = PREFIX "__initramfs_start"
	symbol["__initramfs_size"] = PREFIX "__initramfs_size"
	for (name in symbol) print name, symbol[name] | "LC_ALL=C sort > '" symbols "'"
	close("LC_ALL=C sort > '" symbols "'")
}

# @HEX8 expr@: eight ASCII hexadecimal digits, as in a cpio header.
# @ASCII text@: one BYTE per character.
function expand(text,    out, body, kind, i, shift) {
	out = ""
	while (match(text, /@(HEX8|ASCII) [^@]*@/)) {
		out = out substr(text, 1, RSTART - 1)
		body = substr(text, RSTART + 1, RLENGTH - 2)
		kind = body; sub(/ .*/, "", kind); sub(/^[A-Z0-9]* /, "", body)
		if (kind == "HEX8")
			for (shift = 28; shift >= 0; shift -= 4)
				out = out sprintf("BYTE((((%s) >> %d) & 15) + 48 + 39 * ((((%s) >> %d) & 15) > 9)) ", body, shift, body, shift)
		else
			for (i = 1; i <= length(body); i++)
				out = out sprintf("BYTE(%d) ", index(ascii, substr(body, i, 1)) + 31)
		text = substr(text, RSTART + RLENGTH)
	}
	return out text
}

{
	lds = $0
	for (c = 32; c < 127; c++) ascii = ascii sprintf("%c", c)
	while ((getline line < program) > 0) part = part line "\n"
	if (part == "") die("cannot read '" program "'")
	split(part, pieces, "@KERNEL@\n")

	# Debug information is the program's and the kernel's alike; the program has
	# its own GOT, PLT and relocations.
	cut(" .stab 0 :", " /DISCARD/ : { *(.exitcall")
	cut(" .got.plt (INFO)", "}\n. = ASSERT")
	sub(/PROVIDE\(__ref_stack_chk_guard[^\n]*\n/, "", lds)

	# The program is the kernel's built-in initramfs.
	replace("__initramfs_start = .; KEEP(*(.init.ramfs)) . = ALIGN(8); KEEP(*(.init.ramfs.info))", "")
	replace("/DISCARD/ : { *(.exitcall.exit)", "/DISCARD/ : { *(.init.ramfs) *(.init.ramfs.info) *(.exitcall.exit)")

	# With a protection key of its own the kernel erases what it began with.
	replace("KEEP(*(.head.text))", "KEEP(*(.head.text)) head_end = .;")

	# Huge page alignment costs a small machine more memory than TLB entries.
	replace("ALIGN((1 << 21))", "ALIGN((1 << 12))")

	# What the kernel has only in memory comes before the program: its addresses, which are in the kernel's text, are
	# the same in all images then, and what make-kernel-object finds there by chance does not depend on the program.
	bss = cut(" .bss : AT(", " __end_of_kernel_reserve = ")
	sub(/ \}\n$/, " } :data\n", bss)
	replace(" .init.begin : AT(", bss " .init.begin : AT(")

	# Read-only data in a segment of its own: gaps are then not in the file.
	replace("*(__tracepoints_strings) }", "*(__tracepoints_strings) } :krodata")
	replace("} :text :note", "} :krodata :knote")
	replace("*(.__restore_ph) } :text", "*(.__restore_ph) } :krodata")
	replace("} :text = 0xcccccccc", "} :ktext = 0xcccccccc")
	replace("} :data\n", "} :kdata\n")
	replace("} :percpu", "} :kpercpu")
	replace(" :init\n", " :kinit\n")
	cut("PHDRS {", "SECTIONS")

	limit_inputs()
	rename_sections()
	rename_symbols()

	replace("SECTIONS\n{", pieces[1] "SECTIONS\n{")
	marker = " . = ALIGN((1 << 12));\n .kernel.init.end :"
	replace(marker, expand(pieces[2]) marker)
	# The rest of the program's part follows the kernel's sections.
	replace("}\n. = ASSERT((ukl_k__end", pieces[3] "}\n. = ASSERT((ukl_k__end")
	printf "%s", lds
}

END { if (failed) exit 1 }
