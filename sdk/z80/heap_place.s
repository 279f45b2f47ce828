; The memory between a CP/M program's variables and its stack, to which 8 KiB below the BDOS are left.
	.module heap_place
	.globl	s_bss, l_bss

bdos = 5
stack = 8192

	.area	_CODE
; char *__cpm_heap_begin(void): the result is in de, as that of the next one.
___cpm_heap_begin::
	ld	hl, #s_bss
	ld	de, #l_bss
	add	hl, de
	ex	de, hl
	ret

; char *__cpm_heap_end(void)
___cpm_heap_end::
	ld	hl, (bdos + 1)
	ld	de, #-stack
	add	hl, de
	ex	de, hl
	ret
