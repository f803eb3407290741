/* What the verifier is for: the same jump with nothing behind it that checks. */
	.globl	stray
	.type	stray, @function
stray:
	wrpkru
	ret
	.size	stray, .-stray
	.section .note.GNU-stack, "", @progbits
