; int cmos_syscall(unsigned number, unsigned a, unsigned b, unsigned c) __sdcccall(0): any call of CalamOS.
	.module syscall
	.area	_CODE
_cmos_syscall::
	ld	hl, #2
	add	hl, sp
	ld	a, (hl)
	inc	hl
	inc	hl
	ld	e, (hl)
	inc	hl
	ld	d, (hl)
	inc	hl
	push	de
	ld	e, (hl)
	inc	hl
	ld	d, (hl)
	inc	hl
	ld	c, (hl)
	inc	hl
	ld	b, (hl)
	pop	hl
	rst	0x30
	ret
