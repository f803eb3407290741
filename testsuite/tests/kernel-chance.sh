#!/usr/bin/env bash
# linker-scripts/kernel-chance: which bytes it takes for a privileged instruction within another, by which make-kernel-object
# decides where text and data of a kernel go. tests/kernel-key-attack reads the running default kernel.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

cat >chance.S <<'END'
	.section .kernel.text, "ax"
begin:	.byte 0xb8, 0x00, 0x0f, 0x30, 0x00
	.globl	ukl_k_head_end
ukl_k_head_end:
own:	wrmsr
	ds wrmsr
	wrpkru
	xrstor64 (%rdi)
	xrstor	%gs:0x1234
	xrstors64 8(%rdi)
	lgdt	(%rdi)
	lidt	%gs:0x1234
	mov	%rdi, %cr4
	ret
apart:	.byte 0xb8, 0x0f, 0xae, 0xe8, 0x00	# LFENCE
	.byte 0xb8, 0x0f, 0x22, 0xd0, 0x00	# MOV to CR2
	.byte 0xb8, 0x0f, 0xc7, 0x0f, 0x00	# CMPXCHG8B
	.byte 0xb8, 0x0f, 0x01, 0x47, 0x00	# SGDT
	ret
others:	.byte 0x48, 0x3d, 0x10, 0x0f, 0x22, 0x81
	.byte 0xb8, 0x00, 0x00, 0x0f, 0x30
	.byte 0xb8, 0x0f, 0x01, 0xd1, 0x00
	.byte 0x48, 0xbb, 0xa9, 0x6c, 0x79, 0x0f, 0x01, 0x5b, 0xf3, 0xde	# LIDT
	.byte 0xb8, 0x0f, 0xae, 0x28, 0x00
	.byte 0xb8, 0x0f, 0xc7, 0x5e, 0x00
	# The end of one instruction and the begin of the next
	.byte 0xb8, 0x00, 0x00, 0x00, 0x0f
	xor	%al, (%rax)
	ret
calls:	.byte 0xe8, 0x00, 0x0f, 0x30, 0x00
	.byte 0xe9, 0x0f, 0x01, 0xef, 0x00
	ret
END
"$cc" -c chance.S -o chance.o
"$tool-ld" --section-start=.kernel.text=0xffffffff81000000 --no-check-sections -e ukl_k_head_end chance.o -o chance

holds "it reads the text" env CROSS="$tool-" "$top/linker-scripts/kernel-chance" chance places left
holds "immediates with such bytes, and neither what is one itself nor what is before the head's end" \
	same "$(printf '%s\n' cmp mov mov movabs mov mov mov)" "$(awk -F '\t' '{ sub(/ .*/, "", $3); print $3 }' left)"
calls=$("$tool-nm" chance | awk '$3 == "calls" { print strtonum("0x" substr($1, 10)) - 0x1000000 }')
holds "calls and jumps: their places from the text's begin on" \
	same "$calls $((calls + 5))" "$(od -An -v -tu4 places | xargs)"

summary
