; putchar and getchar of sdcc's C library on CalamOS' console.
	.module console
	.area	_CODE
; int putchar(int c): c is in hl, the result in de. An error of the call is EOF.
_putchar::
	ld	h, #0
	push	hl
	ld	hl, #0
	add	hl, sp
	ld	de, #1
	ld	bc, #0			; in the console's own colour
	ld	a, #0x01
	rst	0x30
	pop	de
	bit	7, h
	ret	z
	ex	de, hl
	ld	de, #-1
	ret

; int getchar(void): the end of the input is -1, as EOF is.
_getchar::
	ld	hl, #0			; a line at a time, with echo, on a terminal
	ld	a, #0x02
	rst	0x30
	ex	de, hl
	ret
