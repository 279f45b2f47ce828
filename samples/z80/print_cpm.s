; Console and end of a program by CP/M's calls, for the Z80 and the 8080.
	.module	print_cpm
bdos = 5
console_output = 2
set_status = 108			; of CP/M 3

	.area	_CODE
; Writes de bytes at hl; lines end by two characters.
print::
	ld	a, d
	or	a, e
	ret	z
	ld	a, (hl)
	cp	a, #0x0a
	jp	nz, plain
	ld	c, #0x0d
	call	put
plain:
	ld	c, (hl)
	call	put
	inc	hl
	dec	de
	jp	print

; Writes c, and keeps hl and de.
put:
	push	hl
	push	de
	ld	e, c
	ld	c, #console_output
	call	bdos
	pop	de
	pop	hl
	ret

; Ends the program with the status in a.
finish::
	ld	e, a
	ld	d, #0
	ld	c, #set_status
	call	bdos
	jp	0
