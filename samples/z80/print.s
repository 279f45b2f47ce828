; Console and end of a program by CalamOS' calls, for the Z80 and the 8080.
	.module	print
	.area	_CODE

; Writes de bytes at hl.
print::
	ld	bc, #0			; in the console's own colour
	ld	a, #1			; stdout
	rst	0x30
	ret

; Ends the program with the status in a.
finish::
	ld	l, a
	ld	h, #0
	ld	a, #0			; exit
	rst	0x30
