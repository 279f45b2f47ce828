#!/usr/bin/env python3
"""Assembly of the Z80 and the 8080 by cmos-as, from source to running programs.

    small.py BUILD SOURCE

77: sdcc's assembler is not installed.
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

BIN = pathlib.Path(sys.argv[1]).resolve() / "bin"
SAMPLES = pathlib.Path(sys.argv[2]).resolve() / "samples/z80"
GREETING = b"Hello from eight bits\n"


def run(folder, *words, status=0, given=b""):
    result = subprocess.run([str(word) for word in words], cwd=folder, input=given, capture_output=True, check=False,
                            env={"PATH": os.environ["PATH"], "HOME": str(folder), "CMOS_ROOT": str(folder), "TMPDIR": str(folder)})
    if result.returncode != status:
        sys.exit(f"{words}: status {result.returncode}, {status} is expected\n{result.stdout}\n{result.stderr}")
    return result


def tool(folder, name, *words, **more):
    return run(folder, BIN / name, *words, **more)


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}:\n  found    {found!r}\n  expected {expected!r}")


def disassembled(folder, code, *options):
    """The instructions of `code`, as text."""
    header = b"\x99\x14\0\0" + struct.pack("<6H", len(code), 0, 0, 0, 0, len(code))
    (folder / "code.o").write_bytes(header + code + b"\0\0")
    lines = tool(folder, "cmos-objdump", "-d", *options, "code.o").stdout.decode().splitlines()
    rows = [re.match(r"\s*[0-9a-f]+:\t[0-9a-f ]+\t(.*)", line) for line in lines]
    return [row.group(1) for row in rows if row]


def text_of(path):
    data = path.read_bytes()
    return data[16:16 + struct.unpack_from("<H", data, 4)[0]]


def every_opcode(folder):
    """What the disassembler says of every instruction of the 8080 is assembled to the same bytes."""
    lengths = {"01": 3, "11": 3, "21": 3, "31": 3, "22": 3, "2a": 3, "32": 3, "3a": 3, "c3": 3, "cd": 3, "d3": 2, "db": 2}
    seconds = (0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0xcb, 0xd9, 0xdd, 0xed, 0xfd)
    code = b""
    for opcode in range(256):
        if opcode in seconds:
            continue
        length = lengths.get(f"{opcode:02x}", 1)
        if opcode & 0xc7 == 0x06 or opcode & 0xc7 == 0xc6:
            length = 2
        if opcode & 0xc7 in (0xc2, 0xc4):
            length = 3
        code += bytes([opcode]) + b"\x34\x12"[:length - 1]
    lines = disassembled(folder, code, "-m", "8080", "-M", "intel")
    same("instructions", len(lines), 256 - len(seconds))
    (folder / "all.asm").write_text("\t.area _CODE\n" + "".join(f"\t{line}\n" for line in lines))
    tool(folder, "cmos-as", "--arch", "8080", "--oformat=whitesmith", "all.asm")
    same("code", text_of(folder / "all.o").hex(), code.hex())


def zilogs_names_are_refused(folder):
    lines = ["ldir", "jr here", "ld a,#1", "djnz here", "exx"]
    (folder / "z.asm").write_text("\t.area _CODE\nhere:\n" + "".join(f"\t{line}\n" for line in lines))
    result = tool(folder, "cmos-as", "--arch", "8080", "z.asm", status=1)
    same("errors", result.stderr.count(b"is no instruction of the 8080"), len(lines))
    same("object", (folder / "z.cpo").exists(), False)


def programs(folder):
    """Objects, an archive, a link: to CalamOS and to CP/M, by both linkers, for both CPUs."""
    for source in ("greet.s", "print.s", "print_cpm.s"):
        tool(folder, "cmos-as", "--arch", "_Z80", "--oformat=whitesmith", SAMPLES / source,
             "-o", pathlib.Path(source).stem + ".o")
    tool(folder, "cmos-as", "--arch", "8080", "--oformat=whitesmith", SAMPLES / "greet.asm", "-o", "greet80.o")
    same("8080 and Z80", text_of(folder / "greet80.o"), text_of(folder / "greet.o"))
    tool(folder, "cmos-ar", "rc", "libprint.a", "print.o")
    tool(folder, "cmos-ar", "rc", "libprint_cpm.a", "print_cpm.o")
    same("archive", (folder / "libprint.a").read_bytes()[:2], b"\x75\xff")
    for arch, first in (("_Z80", "greet.o"), ("8080", "greet80.o")):
        tool(folder, "cmos-ld", "--oformat=cpe", "--arch", arch, first, "libprint.a", "-o", "greet.cpe")
        same(arch, tool(folder, "cmos-run", "greet.cpe", status=3).stdout, GREETING)
        tool(folder, "cmos-ld", "--oformat=com", first, "libprint_cpm.a", "-o", "greet.com")
        same("CP/M", tool(folder, "cmos-run", "--os=cpm", "greet.com", status=3).stdout, GREETING.replace(b"\n", b"\r\n"))
        tool(folder, "cmos-wslink", "-htr", "-tb0x100", "-o", "original.com", first, "libprint_cpm.a")
        same("original.com", (folder / "original.com").read_bytes(), (folder / "greet.com").read_bytes())
    # sdcc's objects, in an archive of ar's, make the same program.
    for source in ("greet.s", "print.s"):
        tool(folder, "cmos-as", "--arch", "_Z80", SAMPLES / source, "-o", pathlib.Path(source).stem + ".rel")
    tool(folder, "cmos-ar", "rc", "librel.a", "print.rel")
    tool(folder, "cmos-ld", "greet.rel", "librel.a", "-o", "rel.cpe")
    same("rel.cpe", tool(folder, "cmos-run", "rel.cpe", status=3).stdout, GREETING)


# What relocations there are: words, low and high bytes, jumps to another object and to a number, names and areas.
FIELDS = """
	.globl far, near
	.area _CODE
start:: ld hl, #word + 2
	ld a, #<far
	ld a, #>(far + 0x1ff)
	jr near
	ld bc, #0x1234
	.area _CONST
	.dw start, far - 1
	.area _DATA
word:: .ds 4
	.area _INITIALIZED
	.dw word
"""
OTHER = "\t.area _CODE\nfar:: nop\nnear:: ret\nlimit == 0x4000\n"


def objects_as_cpo(folder):
    """The same program, whichever objects and archives it is made of."""
    (folder / "fields.s").write_text(FIELDS)
    (folder / "other.s").write_text(OTHER)
    (folder / "room.s").write_text("\t.area _CODE\n\t.area _DATA\nroom:: .ds 1\n")
    for source in ("fields", "other", "room"):
        tool(folder, "cmos-as", "--arch", "_Z80", source + ".s")
        tool(folder, "cmos-as", "--arch", "_Z80", source + ".s", "-o", source + ".rel")
    tool(folder, "cmos-ar", "rcs", "libother.a", "other.cpo")
    tool(folder, "cmos-ld", "--arch", "_Z80", "fields.rel", "other.rel", "-o", "expected.cpe")
    expected = (folder / "expected.cpe").read_bytes()
    for words in (["fields.cpo", "other.cpo"], ["fields.cpo", "other.rel"], ["fields.rel", "other.cpo"], ["fields.cpo", "libother.a"]):
        tool(folder, "cmos-ld", *words, "-o", "found.cpe")
        same(" ".join(words), (folder / "found.cpe").read_bytes(), expected)
    # An area that is empty in one object stays code; a Whitesmith's program tells text from data.
    segments = [tool(folder, "cmos-ld", "--oformat=whitesmith", f"fields.{one}", f"other.{one}", f"room.{one}", "-o", one)
                and (folder / one).read_bytes() for one in ("rel", "cpo")]
    same("segments", segments[1], segments[0])
    listing = tool(folder, "cmos-objdump", "-dr", "fields.cpo").stdout.decode()
    for row in ("abs16\t_DATA+0x2", "abs-byte0\tfar", "abs-byte1\tfar+0x1ff", "pc8\tnear-0x1"):
        same(row, row in listing, True)
    names = tool(folder, "cmos-nm", "libother.a").stdout.decode().split()
    same("names", [name in names for name in ("far", "near", "limit", ".__.ABS.")], [True, True, True, False])
    tool(folder, "cmos-validate", "--strict", "fields.cpo", "libother.a")


def objects_for_both(folder):
    """An 8080's CPO is part of programs for both CPUs, a Z80's of one."""
    for source, arch in (("greet.asm", "8080"), ("print.s", "_Z80")):
        tool(folder, "cmos-as", "--arch", arch, SAMPLES / source, "-o", pathlib.Path(source).stem + ".cpo")
    tool(folder, "cmos-ld", "--arch", "_Z80", "greet.cpo", "print.cpo", "-o", "both.cpe")
    same("both.cpe", tool(folder, "cmos-run", "both.cpe", status=3).stdout, GREETING)
    result = tool(folder, "cmos-ld", "greet.cpo", "print.cpo", "-o", "none.cpe", status=1)
    same("message", result.stderr, b'cmos-ld: print.cpo: ARCH: found "_Z80", expected code for 8080\n')
    same("output", (folder / "none.cpe").exists(), False)
    (folder / "wide.asm").write_text(".text\nmain: ret\n")
    tool(folder, "cmos-as", "wide.asm")
    for words in (["greet.cpo", "wide.cpo"], ["wide.cpo", "greet.cpo"]):
        message = tool(folder, "cmos-ld", *words, "-o", "none.cpe", status=1).stderr.decode()
        same(message, "ARCH: found" in message and f"cmos-ld: {words[1]}: " in message, True)


def options(folder):
    (folder / "sub").mkdir()
    (folder / "sub/values.inc").write_text("value = 7\n")
    (folder / "one.s").write_text('\t.include "values.inc"\n\t.area _CODE\n\tld a, #value\n')
    tool(folder, "cmos-as", "--arch", "_Z80", "-I", "sub", "--listing", "one.lst", "one.s")
    same("listing", b"3E 07" in (folder / "one.lst").read_bytes(), True)
    tool(folder, "cmos-as", "--arch", "_Z80", "one.s", status=1)
    # What an included file of the source's own folder names is found from elsewhere.
    (folder / "sub/two.s").write_text('\t.include "values.inc"\n\t.area _CODE\n\tld b, #value\n')
    out = tool(folder, "cmos-as", "--arch", "_Z80", "--oformat", "whitesmith", "sub/two.s", "-o", "-").stdout
    same("output", out[16:18], b"\x06\x07")
    out = tool(folder, "cmos-as", "--arch", "_Z80", "-", "-o", "-", given=b"\t.area _CODE\n\tnop\n").stdout
    same("standard input", out[:9], b"CPO\0\1_Z80")
    out = tool(folder, "cmos-as", "--arch", "_Z80", "--oformat=rel", "-", "-o", "-", given=b"\t.area _CODE\n\tnop\n").stdout
    same("standard input", out[:3], b"XL3")
    result = tool(folder, "cmos-as", "--arch", "_Z80", "-", "-o", "-", given=b"\tbogus\n", status=1)
    same("message", result.stderr.splitlines()[0].startswith(b"<stdin>:1: error: "), True)
    same("temporary folders", list(folder.glob("cmos-as-*")), [])


def main():
    if shutil.which("sdasz80") is None:
        print("sdasz80 is not installed")
        sys.exit(77)
    tests = (every_opcode, zilogs_names_are_refused, programs, objects_as_cpo, objects_for_both, options)
    for test in tests:
        with tempfile.TemporaryDirectory() as name:
            test(pathlib.Path(name))
    print(f"{len(tests)} tests")


if __name__ == "__main__":
    main()
