; A counter on the mini-disk: each run adds 1, and no run's count is lost. x86-64.
;
;     cmos-as counter.asm && cmos-ld counter.cpo -lcmos --mini-disk 4 -o counter.cpe
;     cmos-run counter.cpe; cmos-run counter.cpe

.arch 8664
.include "cmos_abi.asm"              ; CMOS_LOCK_WAIT and the other numbers

.var count u32
.var digits bytes[16]
.const before utf8 "This is run number "
.const after utf8 ".\n"
.const failed utf8 "counter: the mini-disk cannot be used\n"

global start
start:
  mov ecx, CMOS_LOCK_WAIT
  call md_lock                       ; from here on other runs wait
  test rax, rax
  js .failed
  xor ecx, ecx                       ; from the start of the mini-disk
  mov rdx, offset count
  mov edi, sizeof(count)
  call md_read
  cmp rax, sizeof(count)
  jne .failed
  inc dword [count]
  call md_write                      ; the same three arguments
  cmp rax, sizeof(count)
  jne .failed
  call md_unlock                     ; saves it
  test rax, rax
  js .failed
  mov rcx, offset before
  mov edx, sizeof(before)
  call show
  mov eax, [count]
  call show_number
  mov rcx, offset after
  mov edx, sizeof(after)
  call show
  xor eax, eax
  ret
.failed:
  mov rcx, offset failed
  mov edx, sizeof(failed)
  call show
  mov eax, 1
  ret

; Shows rdx bytes from rcx.
show:
  xor edi, edi
  jmp cmos_stdout                    ; which returns to show's caller

; Shows eax in decimal.
show_number:
  mov rcx, offset digits + sizeof(digits)
  mov esi, 10
.digit:
  xor edx, edx
  div esi
  add dl, '0'
  dec rcx
  mov [rcx], dl
  test eax, eax
  jnz .digit
  mov rdx, offset digits + sizeof(digits)
  sub rdx, rcx
  jmp show

extern cmos_stdout
