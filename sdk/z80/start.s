; The start of a program of the Z80 for CalamOS by sdcc: variables that have values, main(argc, argv), exit.
;
; It is named first in the link: the program begins at its first byte, and its areas put those of all
; objects in order. What has no values is zero from the start, and the stack returns to exit.
	.module start
	.globl	_main
	.globl	s__INITIALIZER, l__INITIALIZER, s__INITIALIZED

	.area	_CODE
__start::
	call	gsinit
	; The block of arguments: a u32 with their number, then of each a u32 with its length, and its bytes.
	ld	hl, #0
	ld	de, #0
	ld	a, #0x42		; arguments(null, 0): the block's size
	rst	0x30
	ex	de, hl
	ld	hl, #-1			; and a byte for the end of the last text
	or	a, a
	sbc	hl, de
	add	hl, sp
	ld	sp, hl
	ld	a, #0x42
	rst	0x30
	ld	hl, #0
	add	hl, sp
	ld	e, (hl)			; argc has 16 bits
	inc	hl
	ld	d, (hl)
	inc	hl
	inc	hl
	inc	hl
	ld	c, l			; bc: where the next length is
	ld	b, h
	ld	hl, #-2			; argv has one pointer more than there are arguments
	or	a, a
	sbc	hl, de
	sbc	hl, de
	add	hl, sp
	ld	sp, hl
	push	de
	push	hl
next:
	ld	a, d
	or	a, e
	jr	z, last
	push	de
	push	hl
	ld	l, c
	ld	h, b
	ld	e, (hl)
	inc	hl
	ld	d, (hl)
	dec	hl
	ld	(hl), #0		; a length is read, and where it was the text before it ends
	inc	hl
	inc	hl
	inc	hl
	inc	hl
	ld	c, l
	ld	b, h
	add	hl, de
	ex	(sp), hl
	ld	(hl), c
	inc	hl
	ld	(hl), b
	inc	hl
	pop	bc
	pop	de
	dec	de
	jr	next
last:
	xor	a, a
	ld	(bc), a
	ld	(hl), a
	inc	hl
	ld	(hl), a
	pop	de			; argv
	pop	hl			; argc
	call	_main
	ex	de, hl
; void exit(int status)
_exit::
	ld	a, #0
	rst	0x30

	.area	_HOME
	.area	_INITIALIZER
	.area	_GSINIT
gsinit:
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
	.area	_HEAP
