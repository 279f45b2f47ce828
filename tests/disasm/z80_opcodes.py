#!/usr/bin/env python3
"""cmos-objdump against z80dasm on every opcode, prefixes included: the same instruction, byte for byte."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
ORIGIN = 0x100
SLOT = 8  # bytes for each opcode; what is left are nops
OPERANDS = bytes([0x05, 0x12, 0x34])

# What z80dasm calls otherwise, with why ours is right.
OTHER_NAMES = [
    (re.compile(r"^sli "), "sll "),  # two names of one undocumented instruction
    (re.compile(r"^(.*) & ld (\w),.*"), r"\1,\2"),  # the copy of a result
    (re.compile(r"^(bit \d,\(.*\)),\w$"), r"\1"),  # bit has no result that could be copied
]


def opcodes():
    """Every opcode with its operands."""
    for code in range(256):
        if code not in (0xCB, 0xDD, 0xED, 0xFD):
            yield bytes([code]) + OPERANDS
        yield bytes([0xCB, code])
        yield bytes([0xED, code]) + OPERANDS[1:]
        for prefix in (0xDD, 0xFD):
            if code != 0xCB:
                yield bytes([prefix, code]) + OPERANDS
            yield bytes([prefix, 0xCB, 0xFE, code])


def number(text):
    return str(int(text, 16))


def normal(text, address):
    """One spelling: no spaces but one, numbers in decimal, relative targets as addresses."""
    text = re.sub(r"\s*;.*", "", text).strip().lower()
    text = re.sub(r"\s+", " ", text)
    text = text.replace(", ", ",")
    text = re.sub(r"\$([+-]\d+)", lambda m: str((address + int(m[1])) & 0xFFFF), text)
    text = re.sub(r"\b0x([0-9a-f]+)", lambda m: number(m[1]), text)
    text = re.sub(r"\b([0-9a-f]+)h\b", lambda m: number(m[1]), text)
    for pattern, name in OTHER_NAMES:
        text = pattern.sub(name, text)
    return text


def theirs(image, folder):
    path = folder / "code.bin"
    path.write_bytes(image)
    out = subprocess.run(["z80dasm", "-a", "-u", "-g", hex(ORIGIN), path], capture_output=True, text=True, check=True)
    lines = {}
    for line in out.stdout.splitlines():
        match = re.match(r"^\t(.*?)\t*;.*?([0-9a-f]{4})$", line)
        if match:
            lines[int(match[2], 16)] = normal(match[1], int(match[2], 16))
    return lines


def ours(image, objdump, folder):
    header = bytes([0x99, 0x94, 0, 0]) + b"".join(
        value.to_bytes(2, "little") for value in (len(image), 0, 0, 0, ORIGIN, ORIGIN + len(image)))
    path = folder / "code.ws"
    path.write_bytes(header + image)
    out = subprocess.run([objdump, "-d", "-z", path], capture_output=True, text=True, check=True)
    lines = {}
    for line in out.stdout.splitlines():
        match = re.match(r"^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", line)
        if match:
            text = re.sub(r" <.*>", "", match[2]).replace("\t", " ")
            lines[int(match[1], 16)] = normal(text, int(match[1], 16))
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments = parser.parse_args()
    if shutil.which("z80dasm") is None:
        print("skipped: no z80dasm")
        return SKIPPED
    codes = list(opcodes())
    image = b"".join(code.ljust(SLOT, b"\0") for code in codes)
    with tempfile.TemporaryDirectory() as name:
        expected = theirs(image, pathlib.Path(name))
        found = ours(image, pathlib.Path(arguments.bin) / "cmos-objdump", pathlib.Path(name))
    wrong = 0
    data = 0
    mirrors = 0
    for index, code in enumerate(codes):
        address = ORIGIN + index * SLOT
        a, b = expected.get(address, "none"), found.get(address, "none")
        if a.startswith("defb") and b.startswith(".byte"):
            data += 1
        elif code[0] == 0xED and a.startswith("defb") and re.match(r"neg|retn|im |ld \(\d+\),hl|ld hl,\(", b):
            mirrors += 1  # undocumented codes of instructions that z80dasm does not list
        elif a != b:
            wrong += 1
            print(f"{code.hex(' ')}: z80dasm {a!r}, cmos-objdump {b!r}")
    print(f"{len(codes)} opcodes, {data} of them data to both, {mirrors} undocumented mirrors, {wrong} differences")
    return 1 if wrong else 0


sys.exit(main())
