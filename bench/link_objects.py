"""Objects for the table `link`: about 50 MB, with what big programs have: many small functions that call each other across
files, each with its own sections, data with pointers, strings that occur again and again, COMDAT functions, archives."""
import subprocess

FILES = 280
FUNCTIONS = 150  # in each file
IN_ARCHIVE = 70  # the last so many files form one library

FUNCTION = """
  .section .text.f{n},"ax",@progbits
  .p2align 4
  .globl function_with_a_long_name_{n}
  .type function_with_a_long_name_{n},@function
function_with_a_long_name_{n}:
  push %rbx
  call function_with_a_long_name_{a}
  call function_with_a_long_name_{b}
  lea data_of_a_function_{n}(%rip), %rdi
  lea .Ls{n}(%rip), %rsi
  mov data_of_a_function_{c}(%rip), %rax
  add $1, %rax
  call inline_function_{i}
  lea data_of_a_function_{a}+8(%rip), %rdx
  call function_with_a_long_name_{c}
  movabs $data_of_a_function_{b}, %rcx
  .fill 60, 1, 0x90
  pop %rbx
  ret
  .size function_with_a_long_name_{n}, .-function_with_a_long_name_{n}
  .section .data.d{n},"aw",@progbits
  .p2align 3
  .globl data_of_a_function_{n}
  .type data_of_a_function_{n},@object
data_of_a_function_{n}:
  .quad function_with_a_long_name_{b}, data_of_a_function_{a}+8, .Ls{n}
  .fill 40, 1, 0x11
  .size data_of_a_function_{n}, .-data_of_a_function_{n}
  .section .rodata.str1.1,"aMS",@progbits,1
.Ls{n}:
  .asciz "a message that is in many files: {m}"
"""
INLINE = """
  .section .text.inline_function_{i},"axG",@progbits,inline_function_{i},comdat
  .weak inline_function_{i}
  .type inline_function_{i},@function
inline_function_{i}:
  .fill 30, 1, 0x90
  ret
"""
START = """
  .text
  .globl _start
_start:
  call function_with_a_long_name_0
  ret
"""


def source(number):
    total = FILES * FUNCTIONS
    first = number * FUNCTIONS
    text = [START if number == 0 else ""]
    for n in range(first, first + FUNCTIONS):
        text.append(FUNCTION.format(n=n, a=(n * 7 + 1) % total, b=(n * 31 + 5) % total, c=(n + 1) % total, i=n % 40, m=n % 3000))
    text += [INLINE.format(i=i) for i in range(40)]
    return "".join(text)


def make(folder):
    """(arguments of a link, bytes); made once."""
    folder.mkdir(parents=True, exist_ok=True)
    objects = [folder / f"{i:03}.o" for i in range(FILES)]
    library = folder / "liblast.a"
    if not library.exists():
        for i, output in enumerate(objects):
            subprocess.run(["as", "-o", str(output)], input=source(i), text=True, check=True)
        subprocess.run(["ar", "rcs", str(library), *map(str, objects[-IN_ARCHIVE:])], check=True)
    size = sum(one.stat().st_size for one in objects)
    return [*objects[:-IN_ARCHIVE], library], size
