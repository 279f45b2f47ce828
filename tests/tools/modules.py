#!/usr/bin/env python3
"""Modules under cmos-run: fat modules on every CPU, libraries, overlays, budgets, faults, refusals.

    modules.py CMOS_RUN [test…]
"""
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest

from module_file import BYTE, DATA, OVERLAY, POINTER, PROCEDURE, TEXT, Segment, module

CMOS_RUN = ""
EXIT, STDOUT, GROW, OVERLAY_CALL = 0, 1, 0x40, 0x44
CPUS = ("8080", "z80", "68000", "8086", "6500")
BLOCKS = 900  # ordinal of a 6502's argument blocks


class Code:
    """Machine code of one CPU with its references to ordinals: (ordinal, type, offset)."""

    def __init__(self, cpu):
        self.cpu, self.bytes, self.references = cpu, b"", []
        self.blocks, self.block_references = b"", []

    def _add(self, before, ordinal, after=b"", addend=0):
        self.bytes += before
        self.references.append((ordinal, POINTER, len(self.bytes)))
        order = "big" if self.cpu == "68000" else "little"
        self.bytes += addend.to_bytes(4 if self.cpu == "68000" else 2, order) + after

    def system(self, number, *arguments):
        """A CalamOS call; an argument is a number, or the ordinal of an address as a list of one."""
        arguments = list(arguments) + [0] * (3 - len(arguments))
        if self.cpu == "6500":
            return self._system_6502(number, arguments)
        opcodes = {"8080": (b"\x3e%c", b"\x21", b"\x11", b"\x01", b"\xf7"), "z80": (b"\x3e%c", b"\x21", b"\x11", b"\x01", b"\xf7"),
                   "68000": (b"\x70%c", b"\x22\x3c", b"\x24\x3c", b"\x26\x3c", b"\x4e\x40"),
                   "8086": (b"\xb8%c\0", b"\xbb", b"\xb9", b"\xba", b"\xcd\x80")}[self.cpu]
        self.bytes += opcodes[0] % number
        for opcode, value in zip(opcodes[1:4], arguments):
            if isinstance(value, list):
                self._add(opcode, value[0])
            elif self.cpu == "68000":
                self.bytes += opcode + value.to_bytes(4, "big")
            else:
                self.bytes += opcode + value.to_bytes(2, "little")
        self.bytes += opcodes[4]
        return self

    def _system_6502(self, number, arguments):
        """The block of three words, and the word that holds its address, lie in data: an address has no halves here."""
        begin = len(self.blocks)
        self.block_references.append((BLOCKS, POINTER, begin))
        self.blocks += (begin + 2).to_bytes(2, "little")
        for value in arguments:
            if isinstance(value, list):
                self.block_references.append((value[0], POINTER, len(self.blocks)))
            self.blocks += (0 if isinstance(value, list) else value).to_bytes(2, "little")
        self._add(b"\xad", BLOCKS, addend=begin)      # lda
        self._add(b"\xae", BLOCKS, addend=begin + 1)  # ldx
        self.bytes += b"\xa0" + bytes([number]) + b"\x00\x80"  # ldy; brk $80
        return self

    def call(self, ordinal):
        before, after = {"8080": (b"\xcd", b""), "z80": (b"\xcd", b""), "68000": (b"\x4e\xb9", b""),
                         "8086": (b"\xb8", b"\xff\xd0"), "6500": (b"\x20", b"")}[self.cpu]
        self._add(before, ordinal, after)
        return self

    def leave(self):
        self.bytes += {"8080": b"\xc9", "z80": b"\xc9", "68000": b"\x4e\x75", "8086": b"\xc3", "6500": b"\x60"}[self.cpu]
        return self

    def undefined(self):
        """What no CPU of this kind has; the Z80 and the 8080 have everything but an end of halt."""
        self.bytes += {"8080": b"\x76", "z80": b"\x76", "68000": b"\x4a\xfc", "8086": b"\x0f\xff", "6500": b"\x02"}[self.cpu]
        return self

    def segments(self, number, kind=TEXT, name="text"):
        out = [Segment(number, kind, self.bytes + b"\0" * (len(self.bytes) % 2), self.cpu, name, self.references)]
        if self.blocks:
            out.append(Segment(number + 500, DATA, self.blocks, self.cpu, "blocks", self.block_references))
        return out

    def exports(self, number):
        return [(number + 500, BLOCKS, 0, BYTE, "")] if self.blocks else []


def fat(build, cpus=CPUS, name="start", data=b"", **more):
    """A module with `build(code)` for each CPU under an exported name, and common data as ordinal 2."""
    segments, exports = [], []
    for i, cpu in enumerate(cpus):
        code = Code(cpu)
        build(code)
        segments += code.segments(10 + i)
        exports += [(10 + i, 1, 0, PROCEDURE, name)] + code.exports(10 + i)
    if data:
        segments.append(Segment(2, DATA, data, None, "data"))
        exports.append((2, 2, 0, BYTE, ""))
    return module(segments, exports=exports, **more)


class Modules(unittest.TestCase):
    def setUp(self):
        keep = tempfile.TemporaryDirectory()
        self.addCleanup(keep.cleanup)
        self.folder = pathlib.Path(keep.name)

    def save(self, name, content):
        (self.folder / name).write_bytes(content)
        return name

    def run_it(self, *words):
        return subprocess.run([CMOS_RUN, "--root", self.folder / "root", *words], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=100, check=False)

    def hello(self, cpus=CPUS):
        text = b"Hello from a fat module\n"
        return self.save("hello.mod", fat(lambda code: code.system(STDOUT, [2], len(text)).system(EXIT, 5), cpus, data=text))

    def test_a_fat_module_prints_the_same_on_all_its_cpus(self):
        file = self.hello()
        for cpu in CPUS:
            done = self.run_it("--cpu", cpu, file)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (5, b"Hello from a fat module\n", b""), cpu)
        self.assertEqual(self.run_it(file).returncode, 5, "the first that has an engine")

    def test_it_does_so_wherever_it_is_loaded(self):
        file = self.hello()
        draw = random.Random(7)
        for cpu in CPUS:
            for _ in range(5):
                base = hex(draw.randrange(0x200, 0xe000) & ~1)
                done = self.run_it("--cpu", cpu, "--base", base, file)
                self.assertEqual((done.returncode, done.stdout), (5, b"Hello from a fat module\n"), (cpu, base, done.stderr))

    def library(self, cpu):
        text = b"from the library\n"
        main = Code(cpu).call(7).system(EXIT, 3)
        greet = Code(cpu).system(STDOUT, [2], len(text)).leave()
        self.save("main.mod", module(main.segments(1), imports=[(7, PROCEDURE, "greet")],
                                     exports=[(1, 1, 0, PROCEDURE, "start")] + main.exports(1), stack=(64, 200), heap=(16, 96)))
        self.save("lib.mod", module(greet.segments(1) + [Segment(2, DATA, text, None, "data")],
                                    exports=[(1, 1, 0, PROCEDURE, "greet"), (2, 2, 0, BYTE, "")] + greet.exports(1), stack=(0, 40)))
        return text

    def test_a_program_calls_its_library(self):
        for cpu in CPUS:
            text = self.library(cpu)
            done = self.run_it("main.mod", "lib.mod")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (3, text, b""), cpu)
            alone = self.run_it("main.mod", "--", "lib.mod")
            self.assertEqual(alone.returncode, 126, cpu)
            self.assertIn(b"no module that exports it", alone.stderr)

    def test_the_map_tells_addresses_and_what_was_used(self):
        self.library("z80")
        done = self.run_it("--map", "main.mod", "lib.mod")
        said = done.stderr.decode()
        self.assertIn("main.mod:text (text)", said)
        self.assertRegex(said, r"greet of lib.mod, for main.mod")
        stack = re.search(r"stack: (\d+) bytes, (\d+) used \(the modules need 64 and ask for 240\)", said)
        self.assertTrue(stack, said)
        self.assertTrue(2 <= int(stack[2]) <= int(stack[1]) <= 240, said)
        self.assertIn("heap: 96 bytes, 0 used (the modules need 16 and ask for 96)", said)
        more = self.run_it("--map", "--stack-size", "1K", "--heap-size", "2K", "main.mod", "lib.mod").stderr.decode()
        self.assertRegex(more, r"stack: 10\d\d bytes")
        self.assertIn("heap: 2048 bytes, 0 used", more)

    def test_a_report_tells_what_was_used(self):
        self.library("z80")
        done = self.run_it("--report", "report.json", "--map", "main.mod", "lib.mod")
        budgets = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))["budgets"]
        used = int(re.search(r"stack: \d+ bytes, (\d+) used", done.stderr.decode())[1])
        self.assertGreaterEqual(used, 2)
        self.assertEqual(budgets["heap"], {"minimum": 16, "requested": 96, "size": 96, "used": 0})
        self.assertEqual({**budgets["stack"], "size": 0}, {"minimum": 64, "requested": 240, "size": 0, "used": used})
        self.assertTrue(used <= budgets["stack"]["size"] <= 240)

    def test_the_heap_is_its_area_and_no_more(self):
        for cpu in CPUS:
            code = Code(cpu).system(GROW, 40).system(GROW, 100).system(EXIT, 0)
            self.save("heap.mod", module(code.segments(1), exports=[(1, 1, 0, PROCEDURE, "start")] + code.exports(1), heap=(16, 96)))
            done = self.run_it("--map", "--trace", "heap.mod")
            said = done.stderr.decode()
            self.assertIn("heap: 96 bytes, 40 used", said, cpu)
            self.assertIn("CPE_ERROR_NO_MEMORY", said, cpu)

    def test_overlays_take_turns(self):
        for cpu in CPUS:
            texts = (b"the first\n", b"and the second\n")
            main = Code(cpu)
            for number in (0, 1, 0):
                main.system(OVERLAY_CALL, number).call(20 + number)
            main.system(OVERLAY_CALL, 2).system(EXIT, 0)
            segments, exports = main.segments(1), [(1, 1, 0, PROCEDURE, "start")] + main.exports(1)
            for i, text in enumerate(texts):
                code = Code(cpu).system(STDOUT, [30 + i], len(text)).leave()
                # The blocks of a 6502 are data of the one ordinal that main has: a second overlay there would need its own.
                if code.blocks:
                    code.references = [(BLOCKS + 1 + i, kind, at) for _, kind, at in code.references]
                    code.block_references = [(BLOCKS + 1 + i if o == BLOCKS else o, kind, at) for o, kind, at in code.block_references]
                    exports.append((502 + i, BLOCKS + 1 + i, 0, BYTE, ""))
                segments += code.segments(2 + i, OVERLAY, f"part{i}")
                segments.append(Segment(40 + i, DATA, text, None, f"text{i}"))
                exports += [(2 + i, 20 + i, 0, PROCEDURE, f"part{i}"), (40 + i, 30 + i, 0, BYTE, "")]
            self.save("parts.mod", module(segments, exports=exports))
            done = self.run_it("--trace=overlay", "parts.mod")
            self.assertEqual(done.stdout, texts[0] + texts[1] + texts[0], (cpu, done.stderr))
            self.assertIn(b"overlay(2) = -1 CPE_ERROR_INVALID", done.stderr, cpu)

    def test_a_fault_is_told_by_module_segment_and_offset(self):
        for cpu in CPUS:
            main = Code(cpu).call(7)
            bad = Code(cpu).undefined()
            self.save("main.mod", module(main.segments(1), imports=[(7, PROCEDURE, "go")], exports=[(1, 1, 0, PROCEDURE, "start")]))
            self.save("bad.mod", module(bad.segments(1, name="broken"), exports=[(1, 1, 0, PROCEDURE, "go")]))
            done = self.run_it("main.mod", "bad.mod")
            self.assertEqual(done.returncode, 132, (cpu, done.stderr))
            self.assertIn(b"bad.mod:broken", done.stderr, cpu)

    def test_limits_count_exactly(self):
        for cpu in CPUS:
            file = self.hello((cpu,))
            done = self.run_it("--max-instructions", "2", file)
            self.assertEqual((done.returncode, done.stdout), (124, b""), cpu)
            self.assertIn(b"--max-instructions 2", done.stderr, cpu)

    def test_arguments_follow_the_modules(self):
        self.library("z80")
        done = self.run_it("--trace", "main.mod", "lib.mod", "one", "lib.mod")
        self.assertEqual(done.returncode, 3)

    def test_what_cannot_run_is_refused_by_name(self):
        for cpu, name in (("6800", b"6800"), ("56000", b"56000")):
            segment = Segment(1, TEXT, b"\0\0", cpu, "text")
            self.save("no.mod", module([segment], exports=[(1, 1, 0, PROCEDURE, "start")]))
            done = self.run_it("no.mod")
            self.assertEqual(done.returncode, 126, cpu)
            self.assertIn(name, done.stderr)
        self.save("no.mod", module(Code("z80").leave().segments(1)))
        done = self.run_it("no.mod")
        self.assertEqual(done.returncode, 126)
        self.assertIn(b"no procedure 'start'", done.stderr)
        self.save("cut.mod", fat(lambda code: code.leave())[:-3])
        done = self.run_it("cut.mod")
        self.assertEqual((done.returncode, done.stdout), (126, b""))
        self.assertIn(b"cut.mod: offset 0x", done.stderr)
        done = self.run_it("--cpu", "z81", self.hello())
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"no such CPU", done.stderr)
        done = self.run_it("--stack-size", "70000", self.hello())
        self.assertEqual(done.returncode, 124 if b"limit" in done.stderr else 126)


SDCC = (b"XL3\nH 2 areas 2 global symbols\nM h\nS .__.ABS. Def000000\nS greet Ref000000\n"
        b"A _CODE size A flags 0 addr 0\nS start Def000000\nA _DATA size 2 flags 0 addr 0\n"
        b"T 00 00 00 CD 00 00 22 01 00\nR 00 00 00 00 02 04 01 00 00 07 01 00\n"
        b"T 06 00 00 18 FE C9 00\nR 00 00 00 00\n")
O65 = (b"\1\0o65\0\0\x10" + struct.pack("<9H", 0x1000, 6, 0x400, 2, 0x4000, 0, 4, 2, 0) + b"\0"
       + b"\x20\0\0\xa5\x04\x60" + b"\0\x10" + b"\1\0greet\0" + b"\2\x80\0\0\3\x25\0" + b"\1\x82\0"
       + b"\1\0start\0\2\0\x10")


class Objects(unittest.TestCase):
    """Objects of other assemblers become modules, which list what they need."""

    def setUp(self):
        keep = tempfile.TemporaryDirectory()
        self.addCleanup(keep.cleanup)
        self.folder = pathlib.Path(keep.name)

    def mod(self, *words):
        return subprocess.run([os.path.join(os.path.dirname(CMOS_RUN), "cmos-mod"), *words], cwd=self.folder, timeout=100,
                              capture_output=True, check=False)

    def loaded(self, cpu, content, *provided):
        (self.folder / "object").write_bytes(content)
        made = self.mod("make", "--cpu", cpu, "-o", "a.mod", "object")
        self.assertEqual((made.returncode, made.stderr), (0, b""))
        self.assertEqual(self.mod("check", "a.mod").returncode, 0)
        done = self.mod("load", "--base", "0x300", *provided, "-o", "memory", "a.mod")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return (self.folder / "memory").read_bytes()

    def refused(self, cpu, content):
        (self.folder / "object").write_bytes(content)
        made = self.mod("make", "--cpu", cpu, "-o", "no.mod", "object")
        self.assertEqual(made.stderr.count(b"\n"), 1, made.stderr)
        self.assertNotEqual(made.returncode, 0)
        self.assertFalse((self.folder / "no.mod").exists())
        return made.stderr

    def test_sdccs(self):
        memory = self.loaded("z80", SDCC, "--provide", "greet=0xf000")
        self.assertEqual(memory[:10].hex(), "cd00f0220b0318fec900")
        self.assertIn(b"sdcc's object", self.refused("6500", SDCC))
        low = SDCC.replace(b"T 00 00 00 CD 00 00 22 01 00\nR 00 00 00 00 02 04", b"T 00 00 00 3E 00 00 00 22 01 00\nR 00 00 00 00 0B 04").replace(
            b"00 07 01 00", b"00 08 01 00")
        self.assertIn(b"the low byte of an address", self.refused("z80", low))

    def test_o65(self):
        memory = self.loaded("6500", O65, "--provide", "greet=0xf000")
        self.assertEqual(memory[0x300:0x308].hex(), "2000f0a500600003")
        self.assertIn(b"for an o65 object", self.refused("z80", O65))
        self.assertIn(b"high byte of an address", self.refused("6500", O65.replace(b"\x80\0\0\3", b"\x40\0\0\0\3")))
        for size in range(6, len(O65)):
            self.refused("6500", O65[:size])


if __name__ == "__main__":
    CMOS_RUN = os.path.abspath(sys.argv.pop(1))
    unittest.main()
