#!/usr/bin/env python3
"""Programs of small CPUs, packed and linked, say hello and end with 42.

    small_programs.py BIN

Each is packed from a flat image and from a linked Whitesmith's program, and linked to a CPE from two objects.
"""
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

TEXT = b"hello\n"

# The 68000 has a C compiler that writes ELF; zero-filled and initialized variables are asked for.
C_SOURCE = r"""
typedef unsigned u32;
static long call(u32 n, u32 a, u32 b, u32 c) {
  register u32 d1 __asm__("d1") = a; register u32 d2 __asm__("d2") = b; register u32 d3 __asm__("d3") = c;
  register u32 d0 __asm__("d0") = n;
  __asm__ volatile("trap #0" : "+d"(d0) : "d"(d1), "d"(d2), "d"(d3) : "memory");
  return (long)d0;
}
static volatile char zeros[3000];
static volatile int most = 41;
static const char text[] = "hello\n";
void _start(void) { zeros[2999] += 1; call(1, (u32)text, sizeof text - 1, 0); call(0, (u32)(zeros[2999] + most), 0, 0); }
"""
# Per ARCH: where programs lie, whether words have 4 bytes and the most significant one first, the code, and the offsets in
# it of words that hold the text's address. The 6502 passes a pointer to three words.
PROGRAMS = {
    "_Z80": (0x100, False, "210000 110600 010000 3e01 f7 212a00 c9", [1]),
    "8080": (0x100, False, "210000 110600 010000 3e01 f7 212a00 c9", [1]),
    "8086": (0x100, False, "b80100 bb0000 b90600 ba0000 cd80 b82a00 c3", [4]),
    "_68K": (0x400000, True, "7001 223c00000000 7406 7600 4e40 702a 4e75", [4]),
    "6502": (0x200, False, "a90d a202 a001 0080 a92a a200 60 0000 0600 0000", [13]),
}


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, check=False)


def made(*words):
    result = run(*words)
    assert result.returncode == 0 and not result.stderr, (words, result)


def header(wide, text, data, base):
    words = (len(text), len(data), 0, 0, base, base + len(text))
    if wide:
        return b"\x99\x0d\x00\x00" + struct.pack(">6I", *words)
    return b"\x99\x14\x00\x00" + struct.pack("<6H", *words)


def whitesmith(wide, text, data, base, fields):
    """An object or program whose `fields` refer to data."""
    stream = b""
    end = 0
    for at in fields:
        stream += bytes([at - end, 0x48 | (2 if wide else 0)])
        end = at + (4 if wide else 2)
    return header(wide, text, data, base) + text + data + stream + b"\0\0"


def put(code, wide, fields, address):
    out = bytearray(code)
    for at in fields:
        out[at:at + (4 if wide else 2)] = struct.pack(">I" if wide else "<H", address)
    return bytes(out)


# What other assemblers write flat: the source's ending, the source, and the commands.
ASSEMBLED = {
    "8086": ("nasm", """
org 0x100
  mov ax, 1
  mov bx, text
  mov cx, 6
  mov dx, 0
  int 0x80
  mov ax, [status]
  ret
status: dw 42
text: db "hello", 10
""", (("nasm", "-f", "bin", "a.s", "-o", "a.bin"),)),
    "6502": ("ca65", """
.code
  lda #<call
  ldx #>call
  ldy #1
  brk
  .byte $80
  lda status
  ldx #0
  rts
status: .byte 42
call: .word text, 6, 0
text: .byte "hello", 10
""", (("ca65", "a.s", "-o", "a.o"), ("ld65", "-t", "none", "-S", "0x200", "a.o", "-o", "a.bin"))),
}


def assembled(tools, folder):
    """By nasm and cc65, when they are there; how many were run."""
    count = 0
    for arch, (assembler, source, commands) in ASSEMBLED.items():
        if shutil.which(assembler) is None:
            continue
        (folder / "a.s").write_text(source)
        for words in commands:
            subprocess.run(words, cwd=folder, check=True)
        made(tools / "cmos-pack", "--flat", "--arch", arch, folder / "a.bin", "-o", folder / "a.cpe")
        result = run(tools / "cmos-run", folder / "a.cpe")
        if (result.returncode, result.stdout, result.stderr) != (42, TEXT, b""):
            sys.exit(f"{assembler}: {result}")
        count += 1
    return count


def compiled(tools, folder):
    """A C program for the 68000, when there is a compiler; how many were run."""
    compiler = shutil.which("m68k-linux-gnu-gcc")
    if compiler is None:
        return 0
    (folder / "c.c").write_text(C_SOURCE)
    options = ["-m68000", "-O1", "-ffreestanding", "-fno-builtin", "-nostdlib", "-static", "-w", "-Wl,-Ttext=0x400000",
               "-Wl,-N", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments"]
    made(compiler, *options, folder / "c.c", "-o", folder / "c.elf")
    made(tools / "cmos-pack", folder / "c.elf", "-o", folder / "c.cpe")
    result = run(tools / "cmos-run", folder / "c.cpe")
    if (result.returncode, result.stdout, result.stderr) != (42, TEXT, b""):
        sys.exit(f"C for the 68000: {result}")
    return 1


def main():
    tools = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for arch, (base, wide, code, fields) in PROGRAMS.items():
            text = bytes.fromhex(code)
            linked = put(text, wide, fields, base + len(text))
            (folder / "flat").write_bytes(linked + TEXT)
            (folder / "program").write_bytes(whitesmith(wide, linked, TEXT, base, fields))
            # Of the objects, the first one's words count from its own base.
            (folder / "a.o").write_bytes(whitesmith(wide, put(text, wide, fields, len(text)), TEXT, 0, fields))
            (folder / "b.o").write_bytes(whitesmith(wide, b"\0\0", b"\0\0", 0, []))
            made(tools / "cmos-pack", "--flat", "--arch", arch, folder / "flat", "-o", folder / "flat.cpe")
            made(tools / "cmos-pack", "--arch", arch, folder / "program", "-o", folder / "packed.cpe")
            made(tools / "cmos-ld", "--oformat=cpe", "--arch", arch, folder / "a.o", folder / "b.o",
                 "-o", folder / "linked.cpe")
            for program in ("flat", "packed", "linked"):
                result = run(tools / "cmos-run", folder / f"{program}.cpe")
                if (result.returncode, result.stdout, result.stderr) != (42, TEXT, b""):
                    sys.exit(f"{arch} {program}: {result}")
        count = 3 * len(PROGRAMS) + assembled(tools, folder) + compiled(tools, folder)
    print(f"{count} programs")


if __name__ == "__main__":
    main()
