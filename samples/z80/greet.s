; A program of the Z80 for CalamOS and CP/M: what differs is in a library, one for each.
;
;   cmos-as --arch _Z80 --oformat=whitesmith greet.s
;   cmos-as --arch _Z80 --oformat=whitesmith print.s      and print_cpm.s
;   cmos-ar rc libprint.a print.o                         and libprint_cpm.a print_cpm.o
;   cmos-ld --oformat=cpe greet.o libprint.a -o greet.cpe
;   cmos-ld --oformat=com greet.o libprint_cpm.a -o greet.com
	.module	greet
	.globl	print, finish

	.area	_CODE
start::
	ld	hl, #text
	ld	de, #end - text
	call	print
	ld	a, (status)
	jp	finish

	.area	_DATA
status:
	.db	3
text:
	.ascii	"Hello from eight bits\n"
end:
