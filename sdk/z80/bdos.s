; int bdos(unsigned function, unsigned argument) __sdcccall(0): any call of CP/M.
	.module bdos
	.area	_CODE
_bdos::
	ld	hl, #2
	add	hl, sp
	ld	c, (hl)
	inc	hl
	inc	hl
	ld	e, (hl)
	inc	hl
	ld	d, (hl)
	push	ix			; what sdcc's functions expect to find again
	call	5
	pop	ix
	ret
