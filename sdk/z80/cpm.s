; The start of a program of the Z80 for CP/M by sdcc: zeros, variables that have values, main(argc, argv), exit.
;
; It is named first in the link, with --oformat=com. Arguments are the words of the command's tail, at most 31;
; argv[0] is an empty text, since CP/M does not tell the command's name.
	.module cpm
	.globl	_main
	.globl	s__INITIALIZER, l__INITIALIZER, s__INITIALIZED, s_bss, l_bss

bdos = 5
tail = 0x80
most_words = 32

	.area	_CODE
__start::
	ld	hl, (bdos + 1)		; below the BDOS
	ld	sp, hl
	call	gsinit
	; The tail is copied: its place is the first record that files are read to.
	ld	hl, #tail
	ld	c, (hl)
	ld	b, #0
	inc	hl
	ld	de, #words
	ld	a, c
	or	a, a
	jr	z, copied
	ldir
copied:
	xor	a, a
	ld	(de), a
	ld	hl, #no_name
	ld	(arguments), hl
	ld	hl, #words
	ld	de, #arguments + 2
	ld	b, #1			; argc
between:
	ld	a, (hl)
	or	a, a
	jr	z, split
	cp	a, #0x21
	jr	nc, word
	inc	hl
	jr	between
word:
	ld	a, b
	cp	a, #most_words
	jr	nc, split
	inc	b
	ex	de, hl
	ld	(hl), e
	inc	hl
	ld	(hl), d
	inc	hl
	ex	de, hl
inside:
	inc	hl
	ld	a, (hl)
	or	a, a
	jr	z, split
	cp	a, #0x21
	jr	nc, inside
	ld	(hl), #0
	inc	hl
	jr	between
split:
	xor	a, a
	ld	(de), a
	inc	de
	ld	(de), a
	ld	l, b
	ld	h, a
	ld	de, #arguments
	call	_main
	ex	de, hl
; void exit(int status): CP/M 3 keeps it, and CP/M 2.2 knows no call of that number.
; Files that are open then are closed by what the library says.
_exit::
	push	hl
	ld	hl, (___cpm_at_exit)
	ld	a, h
	or	a, l
	call	nz, at_exit
	pop	de
	ld	c, #108
	call	bdos
	jp	0
at_exit:
	jp	(hl)

	.area	_HOME
	.area	_INITIALIZER
	.area	_GSINIT
gsinit:
	ld	hl, #s_bss
	ld	bc, #l_bss
zeros:
	ld	a, b
	or	a, c
	jr	z, cleared
	ld	(hl), #0
	inc	hl
	dec	bc
	jr	zeros
cleared:
	ld	bc, #l__INITIALIZER
	ld	a, b
	or	a, c
	jr	z, initialized
	ld	de, #s__INITIALIZED
	ld	hl, #s__INITIALIZER
	ldir
initialized:
	; Objects have statements of their own here.
	.area	_GSFINAL
	ret

	.area	_DATA
	.area	_INITIALIZED
	.area	_BSEG
	.area	_BSS
no_name:
	.ds	1
___cpm_at_exit::
	.ds	2
words:
	.ds	128
arguments:
	.ds	2 * (most_words + 1)
	.area	_HEAP
