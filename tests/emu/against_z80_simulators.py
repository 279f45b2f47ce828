#!/usr/bin/env python3
"""Random instructions of the Z80 and the 8080 on cmos-run and on the simulators sz80 (ucsim 0.6.4) and altairz80 (simh 3.8-1):
the same registers, flags and memory after each piece of one to three instructions.

    against_z80_simulators.py --bin build/release/bin [--count 40] [--seed 1]

What is compared with whom:

* Z80, altairz80: everything, what Zilog's manual does not document too, but for bits 3 and 5 of the flags after the instructions of
  ALTAIRZ80_OPEN.
* Z80, sz80: all but bits 3 and 5, which it does not have, and what SZ80_WRONG says.
* 8080, altairz80: all but the bits of the flags that an 8080 has fixed, and auxiliary carry, which altairz80 has as the Z80
  does: rlc and dad change it, though Intel's manual says that only carry is affected. daa, which depends on it, is left out.
* 8080's auxiliary carry and daa: the Z80's half carry of altairz80, which is the same after additions, and the opposite after
  subtractions, which the 8080 makes by adding the complement.

Exits with 77, which is a skipped test, when a simulator is missing.
"""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from z80_pieces import DATA, PUSHED, Pieces, word

START, END, TOP = 0x100, DATA - 0x100, 0xE000  # the code and its end, the end of the stack that takes the registers
LOWEST = DATA + 0x200
INTERFACE = 0xEFFF  # where sz80 takes what is to be written
CARRY, PARITY, UNDOCUMENTED, HALF, FIXED = 0x01, 0x04, 0x28, 0x10, 0x2A
F, EVERYTHING = 0xFF, 0xFFFF

# Instructions whose results in sz80 contradict Zilog's "Z80 CPU User Manual" (UM0080): the first bytes, a mask on the last of
# them, which bits of af are left out. More than af is wrong where the mask says EVERYTHING: those are not compared.
SZ80_WRONG = [
    ((0x17,), 0xF7, F),  # rla, rra: "S, Z and P/V are not affected", and are
    ((0x27,), 0xFF, F),  # daa: carry after subtractions is not that of the manual's table
    ((0x05,), 0xC7, HALF),  # dec r, dec (hl): H is not the borrow from bit 4
    ((0x88,), 0xE8, HALF),  # adc, sbc: H is not the carry or borrow of bit 3 when carry comes in
    ((0xCE,), 0xEF, HALF),
    ((0xA0,), 0xF8, HALF),  # and: "H is set", and is reset
    ((0xE6,), 0xFF, HALF),
    ((0xCB, 0x00), 0xC0, PARITY),  # rotations and shifts: P/V is not the parity of the result
    ((0xCB, 0x40), 0xC0, 0x84),  # bit: S and P/V, which the manual leaves open
    ((0xED, 0x42), 0xC7, HALF),  # adc, sbc hl: H is not that of bit 11 when carry comes in
    ((0xED, 0x67), 0xF7, F),  # rrd, rld: S, Z and P/V are not those of a
    ((0xED, 0xA0), 0xE4, EVERYTHING),  # cpd and cpdr count hl up; C is "not affected" by any of them, and is by cpi and cpd
]

# bit n,(hl) takes the two bits from a register that programs do not see, which altairz80 does not have; ld a,i takes them from a.
ALTAIRZ80_OPEN = [((0xCB, 0x46), 0xC7, UNDOCUMENTED), ((0xED, 0x57), 0xFF, UNDOCUMENTED)]


class Machine:
    """The three ways to execute code from START on; each gives the bytes from `low` to TOP."""

    def __init__(self, tools, folder):
        self.cmos, self.folder = tools / "cmos-run", folder
        (folder / "sz80.cfg").write_text("expr sp_limit=0\n")

    def cmos_run(self, cpu, code, low):
        end = START + len(code)
        tail = [0x31, 0x00, 0xF0, 0x21, *word(low), 0x5E, 0x0E, 2, 0xE5, 0xCD, 5, 0, 0xE1, 0x23, 0x7C, 0xFE, TOP >> 8, 0xC2, *word(end + 6),
                0xC3, 0, 0]
        program = self.folder / "a.com"
        program.write_bytes(code + bytes(tail))
        return subprocess.run([self.cmos, "--os=cpm", "--cpu", cpu, program], stdout=subprocess.PIPE, check=True, timeout=60).stdout

    def sz80(self, _, code, low):
        end = START + len(code)
        tail = [0x21, *word(low), 0x3E, ord("w"), 0x32, *word(INTERFACE), 0x7E, 0x32, *word(INTERFACE), 0x23, 0x7C, 0xFE, TOP >> 8,
                0xC2, *word(end + 3), 0x3E, ord("s"), 0x32, *word(INTERFACE), 0x18, 0xFE]
        (self.folder / "a.ihx").write_text(intel_hex(code + bytes(tail)))
        out = self.folder / "out"
        out.unlink(missing_ok=True)
        nothing, held = os.pipe()  # sz80 ends when its input does
        subprocess.run(["sz80", "-b", "-q", "-G", "-C", "sz80.cfg", "-I", f"if=rom[{INTERFACE}],out=out", "a.ihx"], cwd=self.folder,
                       stdin=nothing, stdout=subprocess.DEVNULL, check=True, timeout=60)
        os.close(nothing)
        os.close(held)
        return out.read_bytes()

    def altairz80(self, cpu, code, low):
        (self.folder / "b.com").write_bytes(code + b"\x76")
        commands = f"set cpu {cpu}\nload b.com {START:x}\ng {START:x}\nex {low:x}-{TOP - 1:x}\nq\n"
        (self.folder / "b.ini").write_text(commands)
        shown = subprocess.run(["altairz80", "b.ini"], cwd=self.folder, capture_output=True, text=True, check=True, timeout=60).stdout
        lines = [line.split(":\t") for line in shown.splitlines()]
        return bytes(int(line[1], 16) for line in lines if len(line) == 2 and len(line[0]) == 4)


def intel_hex(code):
    lines = []
    for where, data in ((0, bytes([0xC3, *word(START)])), (START, code)):
        for i in range(0, len(data), 32):
            part = data[i:i + 32]
            record = bytes([len(part)]) + (where + i).to_bytes(2, "big") + b"\0" + part
            lines.append(":" + (record + bytes([-sum(record) & 0xFF])).hex().upper())
    return "\n".join([*lines, ":00000001FF\n"])


def program(pieces):
    """(code, pieces), as many as fit."""
    code = [0xF3, 0x31, *word(TOP), 0x21, 0, 0, 0xE5, 0xF1]
    if pieces.cpu == "z80":
        code += [0x08, 0xE5, 0xF1, 0xD9, 0x21, 0, 0, 0x11, 0, 0, 0x01, 0, 0, 0xD9]  # the other set of registers, too
    made, size = [], 2 * len(PUSHED[pieces.cpu])
    while START + len(code) < END and TOP - (len(made) + 1) * size > LOWEST:
        made.append(pieces.piece(START + len(code)))
        code += made[-1][2]
    return bytes(code), made


def states(cpu, run, code, count):
    """Registers by name after each piece."""
    names = PUSHED[cpu]
    size = 2 * len(names)
    found = run(cpu, code, TOP - count * size)
    if len(found) != count * size:
        sys.exit(f"{run.__name__}: {len(found)} bytes instead of {count * size}")
    words = [found[i] | found[i + 1] << 8 for i in range(0, len(found), 2)]
    return [dict(zip(names, words[len(words) - (i + 1) * len(names):])) for i in range(count)]


def wrong(subject, table):
    """What is not compared of af after this instruction."""
    if subject[0] in (0xDD, 0xFD):
        subject = subject[1:2] + subject[3:4] if subject[1] == 0xCB else subject[1:]
    for first, mask, bits in table:
        if subject[:len(first) - 1] == bytes(first[:-1]) and len(subject) >= len(first) and subject[len(first) - 1] & mask == first[-1]:
            return bits
    return 0


class Comparison:
    def __init__(self, name, cpu, simulator, simulated=None, ignored=0, known=(), kinds=None, undocumented=False, inverted=0):
        self.name, self.cpu, self.simulator, self.simulated = name, cpu, simulator, simulated or cpu
        self.ignored, self.known, self.kinds, self.undocumented, self.inverted = ignored, known, kinds, undocumented, inverted
        self.compared = self.left = 0

    def run(self, machine, seed):
        """What differs, as text."""
        pieces = Pieces(random.Random(seed), self.cpu, self.undocumented, self.kinds)
        code, made = program(pieces)
        ours = states(self.cpu, machine.cmos_run, code, len(made))
        names = PUSHED[self.cpu]
        run = getattr(machine, self.simulator)
        theirs = states(self.cpu, lambda _, *rest: run(self.simulated, *rest), code, len(made))
        for (subjects, body, _), own, other in zip(made, ours, theirs):
            doubtful = [wrong(subject, self.known) for subject in subjects]
            # A doubtful flag is input of whatever follows it.
            if EVERYTHING in doubtful or any(doubtful[:-1]):
                self.left += 1
                continue
            self.compared += 1
            mask = EVERYTHING & ~self.ignored & ~(doubtful[-1] if doubtful else 0)
            differs = [f"{name} {own[name]:04x}, {self.simulator} {other[name]:04x}" for name in names
                       if (own[name] ^ other[name] ^ (self.inverted if name == "af" else 0)) & (mask if name == "af" else EVERYTHING)]
            if differs:
                return f"{self.name}, seed {seed}: {body.hex(' ')}: {'; '.join(differs)}"
        return ""


COMPARISONS = [
    Comparison("Z80", "z80", "altairz80", known=ALTAIRZ80_OPEN, undocumented=True),
    Comparison("Z80", "z80", "sz80", ignored=UNDOCUMENTED, known=SZ80_WRONG),
    Comparison("8080", "8080", "altairz80", ignored=FIXED | HALF, known=[((0x27,), 0xFF, EVERYTHING)]),
    Comparison("8080's additions", "8080", "altairz80", "z80", FIXED | PARITY, kinds=["adding"]),
    Comparison("8080's subtractions", "8080", "altairz80", "z80", FIXED | PARITY, kinds=["subtracting"], inverted=HALF),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--count", type=int, default=40, help="programs of each comparison")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    missing = [name for name in ("sz80", "altairz80") if shutil.which(name) is None]
    if missing:
        print(f"skipped: there is no {' and no '.join(missing)} (packages sdcc-ucsim, simh)")
        return 77
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(arguments.bin.resolve(), pathlib.Path(folder))
        for comparison in COMPARISONS:
            for seed in range(arguments.seed, arguments.seed + arguments.count):
                difference = comparison.run(machine, seed)
                if difference:
                    print(difference)
                    bad += 1
            print(f"{comparison.name}, {comparison.simulator}: {comparison.compared} pieces compared, {comparison.left} left out")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
