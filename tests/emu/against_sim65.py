#!/usr/bin/env python3
"""Random programs for the 6502 on cmos-run and on cc65's sim65: the same registers, flags and memory at the end.
Without decimal mode, of which sim65 2.19 keeps more than eight bits: small_instructions_test.cc has that.

    against_sim65.py --bin build/debug/bin [--count 40]

Exits with 77, which is a skipped test, when there is no sim65.
"""
import argparse
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

LOAD, DATA, SIZE, RETURN = 0x200, 0x4000, 0x205, 0x203
REGISTERS = DATA + 0x200
IMMEDIATE = [0x09, 0x29, 0x49, 0x69, 0xA9, 0xC9, 0xE9, 0xA2, 0xA0, 0xC0, 0xE0]
ZERO_PAGE = [0x05, 0x25, 0x45, 0x65, 0x85, 0xA5, 0xC5, 0xE5, 0x06, 0x26, 0x46, 0x66, 0x86, 0xA6, 0xC6, 0xE6, 0x24,
             0x84, 0xA4, 0xC4, 0xE4]
ZERO_PAGE_X = [0x15, 0x35, 0x55, 0x75, 0x95, 0xB5, 0xD5, 0xF5, 0x16, 0x36, 0x56, 0x76, 0xD6, 0xF6, 0x94, 0xB4]
ABSOLUTE = [one + 8 for one in ZERO_PAGE]
# sim65 2.19 does not know 0x3e, rol absolute,x.
ABSOLUTE_X = [one + 8 for one in ZERO_PAGE_X if one not in (0x94, 0x36)]
ABSOLUTE_Y = [0x19, 0x39, 0x59, 0x79, 0x99, 0xB9, 0xD9, 0xF9, 0xBE]
INDEXED = [0x01, 0x21, 0x41, 0x61, 0x81, 0xA1, 0xC1, 0xE1]
IMPLIED = [0x0A, 0x2A, 0x4A, 0x6A, 0x18, 0x38, 0xB8, 0x8A, 0x98, 0xA8, 0xAA, 0xBA, 0x88, 0xCA, 0xC8, 0xE8, 0xEA]
BRANCHES = [0x10, 0x30, 0x50, 0x70, 0x90, 0xB0, 0xD0, 0xF0]


def word(value):
    return [value & 0xFF, value >> 8]


def one_instruction(dice):
    """Whatever it does stays in page 0 from 0x20 on and in the data."""
    kind = dice.randrange(11)
    if kind == 0:
        return [dice.choice(IMMEDIATE), dice.randrange(256)]
    if kind == 1:
        return [dice.choice(ZERO_PAGE), dice.randrange(0x20, 0x100)]
    if kind == 2:
        return [0xA2, dice.randrange(0x80), dice.choice(ZERO_PAGE_X), dice.randrange(0x20, 0x80)]
    if kind == 3:
        return [dice.choice(ABSOLUTE)] + word(DATA + dice.randrange(0x100))
    if kind == 4:
        return [dice.choice(ABSOLUTE_X)] + word(DATA + dice.randrange(0x100))
    if kind == 5:
        return [dice.choice(ABSOLUTE_Y)] + word(DATA + dice.randrange(0x100))
    if kind == 6:
        return [0xA2, 2 * dice.randrange(8), dice.choice(INDEXED), 0x10]
    if kind == 7:
        return [dice.choice(INDEXED) + 0x10, 0x10 + 2 * dice.randrange(8)]
    if kind == 8:
        return [dice.choice(BRANCHES), 2, dice.choice([0xA9, 0xA0]), dice.randrange(256)]
    if kind == 9:
        return dice.choice([[0x48, 0x68], [0x08, 0x28], [0x48, 0x28, 0xD8], [0x08, 0x68], [0x20] + word(RETURN)])
    return [dice.choice(IMPLIED)]


def program(dice, size, ending):
    """Page 0 and the data are filled first, the same for both."""
    code = [0x4C] + word(LOAD + 4) + [0x60, 0xA2, 0xFF, 0x9A, 0xD8]
    for i in range(8):
        code += [0xA9, dice.randrange(256), 0x85, 0x10 + 2 * i, 0xA9, DATA >> 8, 0x85, 0x11 + 2 * i]
    code += [0xA2, 0x20, 0x8A, 0x69, dice.randrange(256), 0x95, 0x00, 0xE8, 0xD0, 0xF8]
    code += [0xA2, 0x00, 0x8A, 0x49, dice.randrange(256), 0x9D] + word(DATA) + [0x9D] + word(DATA + 0x100)
    code += [0xE8, 0xD0, 0xF4]
    code += [0xA9, dice.randrange(256), 0xA2, dice.randrange(256), 0xA0, dice.randrange(256)]
    for _ in range(size):
        code += one_instruction(dice)
    code += [0x08, 0x8D] + word(REGISTERS) + [0x68, 0x8D] + word(REGISTERS + 1) + [0x8E] + word(REGISTERS + 2)
    code += [0x8C] + word(REGISTERS + 3) + [0xBA, 0x8E] + word(REGISTERS + 4) + [0xD8]
    return bytes(code + ending(LOAD + len(code)))


def for_sim65(at):
    """write(1, DATA, SIZE) by its C convention, exit(0)."""
    stack = at + 8 + 4 + 3 + 2 + 3
    code = [0xA9, stack & 0xFF, 0x85, 0x00, 0xA9, stack >> 8, 0x85, 0x01]
    code += [0xA9, SIZE & 0xFF, 0xA2, SIZE >> 8, 0x20, 0xF7, 0xFF, 0xA9, 0x00, 0x4C, 0xF9, 0xFF]
    return code + word(DATA) + [1, 0]


def for_cmos(at):
    block = at + 8 + 8
    call = lambda number, place: [0xA9, place & 0xFF, 0xA2, place >> 8, 0xA0, number, 0x00, 0x80]
    return call(1, block) + call(0, block + 4) + word(DATA) + word(SIZE) + [0] * 6


def cpe(code):
    code = code.ljust(REGISTERS + 0x100 - LOAD, b"\0")
    code += bytes(-(len(code) + 4) % 16)
    section = struct.pack("<I", 0) + code
    head = b"CMOS\x016502" + struct.pack("<IIII", 0, 0, 0, len(section))
    mini_disk = bytes(5)
    crc = zlib.crc32(head + bytes(4) + section + mini_disk)
    return head + struct.pack("<I", crc) + section + mini_disk


def output(command):
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=6502)
    arguments = parser.parse_args()
    sim65 = shutil.which("sim65")
    if sim65 is None:
        print("skipped: there is no sim65 (package cc65)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        theirs, ours = pathlib.Path(folder, "a.prg"), pathlib.Path(folder, "a.cpe")
        for seed in range(arguments.seed, arguments.seed + arguments.count):
            head = b"sim65\x02\x00\x00" + bytes(word(LOAD) + word(LOAD))
            theirs.write_bytes(head + program(random.Random(seed), 400, for_sim65))
            ours.write_bytes(cpe(program(random.Random(seed), 400, for_cmos)))
            expected, found = output([sim65, theirs]), output([arguments.bin / "cmos-run", ours])
            if expected != found:
                where = [hex(DATA + i) for i in range(SIZE) if expected[i:i + 1] != found[i:i + 1]]
                print(f"seed {seed}: differs at {', '.join(where[:8])}")
                print(f"  a p x y sp of sim65 {expected[-5:].hex(' ')}, of cmos {found[-5:].hex(' ')}")
                return 1
    print(f"{arguments.count} programs: no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
