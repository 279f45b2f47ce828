; greet.s for the 8080, by Intel's mnemonics; `--arch 8080` in the place of `--arch _Z80`.
	.module	greet
	.globl	print, finish

	.area	_CODE
start::
	lxi	h, text
	lxi	d, end - text
	call	print
	lda	status
	jmp	finish

	.area	_DATA
status:
	.db	3
text:
	.ascii	"Hello from eight bits\n"
end:
