; putchar and getchar of sdcc's C library on CP/M's console. Lines end by two characters there, in C by one.
	.module cpm_console
	.area	_CODE
; int putchar(int c): c is in hl, the result in de.
_putchar::
	ld	h, #0
	push	hl
	ld	a, l
	cp	a, #0x0a
	jr	nz, write
	ld	e, #0x0d
	call	console
	pop	hl
	push	hl
write:
	ld	e, l
	call	console
	pop	de
	ret

console:
	push	ix
	ld	c, #2
	call	5
	pop	ix
	ret

; int getchar(void): ctrl-Z is the end of the input, EOF.
_getchar::
	push	ix
	ld	c, #1
	call	5
	pop	ix
	ld	e, a
	ld	d, #0
	cp	a, #0x0d
	jr	nz, other
	ld	e, #0x0a
other:
	cp	a, #0x1a
	ret	nz
	ld	de, #-1
	ret
