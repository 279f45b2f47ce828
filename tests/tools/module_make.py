#!/usr/bin/env python3
"""cmos-mod make: objects of Debian's compilers and assemblers, and description files.

    module_make.py CMOS_MOD [test…]
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CMOS_MOD = ""

# Distances that only a segment of its own can hold: calls and jumps over sections, addresses in two instructions.
ARM64 = """
  .text
  .globl start
start:
  bl other
  adrp x0, value
  add x0, x0, :lo12:value
  adrp x1, value
  ldr w1, [x1, :lo12:value+4]
  ret
  .section .text.other,"ax"
  .globl other
other:
  b start
  .section .rodata
value: .word 1, 2
"""
ARM = """
  .syntax unified
  .text
  .globl start
  .arm
start:
  bl other
  bl narrow
  ldr r0, =value
  movw r1, #:lower16:(value-(.+8))
  b other
  .ltorg
  .section .text.other,"ax"
  .globl other
  .arm
  .type other,%function
other:
  bx lr
  .thumb
  .thumb_func
  .type narrow,%function
narrow:
  bl other
  b.w second
  .section .text.two,"ax"
  .thumb
  .type second,%function
  .thumb_func
second: bx lr
  nop
  .section .rodata
value: .word narrow
"""
C = """
int counter;
static int local = 7;
const char text[] = "hello";
static int helper(int x) { return x + local; }
int twice(int x) { return 2 * helper(x); }
int run(int x) { counter += twice(x) + text[x]; return counter; }
const char *names[] = {"one", text};
"""


class Case(unittest.TestCase):
    def setUp(self):
        keep = tempfile.TemporaryDirectory()
        self.addCleanup(keep.cleanup)
        self.folder = pathlib.Path(keep.name)

    def run_it(self, *words):
        return subprocess.run([str(word) for word in words], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=100, check=False)

    def tool(self, name, *words):
        return self.run_it(pathlib.Path(CMOS_MOD).parent / name, *words)

    def mod(self, *words):
        return self.run_it(CMOS_MOD, *words)

    def good(self, *words):
        done = self.mod(*words)
        self.assertEqual((done.returncode, done.stderr), (0, b""), words)
        return done.stdout.decode()

    def refusal(self, *words):
        done = self.mod(*words)
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        self.assertIn(done.returncode, (1, 2))
        self.assertFalse((self.folder / "no.mod").exists())
        return done.stderr.decode()


class Compilers(Case):
    def compiled(self, compiler, source, *options, suffix="c"):
        if not shutil.which(compiler):
            self.skipTest(f"{compiler} is not installed")
        (self.folder / f"a.{suffix}").write_text(source, encoding="utf-8")
        done = self.run_it(compiler, "-c", *options, f"a.{suffix}", "-o", "a.o")
        self.assertEqual(done.returncode, 0, done.stderr)

    def loaded(self, base, *words):
        self.good("load", "--base", hex(base), *words, "-o", "memory", "a.mod")
        return (self.folder / "memory").read_bytes()

    def words(self, memory):
        return [int.from_bytes(memory[i:i + 4], "little") for i in range(0, len(memory), 4)]

    def test_arm64(self):
        self.compiled("aarch64-linux-gnu-gcc", ARM64, suffix="S")
        self.good("make", "-o", "a.mod", "a.o")
        self.assertEqual(self.words(self.loaded(0x1230)), [
            0x94000006,  # bl other
            0x100000c0, 0x91000000,  # adr x0, value; add x0, x0, #0
            0x10000081, 0xb9400421,  # adr x1, value; ldr w1, [x1, #4]
            0xd65f03c0, 0x17fffffa, 1, 2])

    def test_arm_and_thumb(self):
        self.compiled("arm-linux-gnueabihf-gcc", ARM, suffix="S")
        self.good("make", "-o", "a.mod", "a.o")
        for base in (0x100, 0x2340):
            self.assertEqual(self.words(self.loaded(base)), [
                0xeb000004, 0xfa000004,  # bl other; blx narrow
                0xe59f0004, 0xe3001014,  # ldr r0, [pc, #4]; movw r1, #20
                0xea000000, base + 0x28, 0xe12fff1e,
                0xeffcf7ff, 0xb800f000, 0xbf004770,  # blx other; b.w second; bx lr; nop
                base + 0x1c + 1])

    def test_whole_programs(self):
        for cpu, compiler, *options in (
                ("any", "arm-linux-gnueabihf-gcc", "-O0"), ("any", "arm-linux-gnueabihf-gcc", "-O2", "-marm"),
                ("any", "aarch64-linux-gnu-gcc", "-O0"), ("any", "aarch64-linux-gnu-gcc", "-O2"), ("any", "clang-14", "-O1"),
                ("any", "clang-14", "-O0", "-m32"), ("8086", "clang-14", "-m16", "-O0"),
                ("68000", "m68k-linux-gnu-gcc", "-m68000", "-mpcrel", "-O0"), ("68000", "m68k-linux-gnu-gcc", "-O2")):
            with self.subTest(compiler=compiler, options=options):
                self.compiled(compiler, C, *options)
                self.good("make", "--cpu", cpu, "--start", "run", "-o", "a.mod", "a.o")
                self.assertEqual(self.good("check", "a.mod"), "")
                self.assertIn("procedure start ", self.good("list", "a.mod"))
                self.loaded(0x1000)

    def test_what_no_module_can_hold_is_named(self):
        self.compiled("clang-14", "int puts(const char *); int f(void) { return puts(\"x\"); }", "-O0")
        self.assertEqual(self.refusal("make", "-o", "no.mod", "a.o").split(": ", 2)[2],
                         ".text+0xc: found relocation branch32 to \"puts\", which no object defines, "
                         "expected a target in the same module, or a field of 1, 2, 4 or 8 whole bytes\n")
        self.compiled("clang-14", "__attribute__((constructor)) void f(void) {}", "-O0")
        self.assertIn("functions that are called before or after main", self.refusal("make", "-o", "no.mod", "a.o"))
        self.compiled("arm-linux-gnueabihf-gcc", "  movw r0, #:lower16:here\nhere:\n", suffix="S")
        self.assertIn("found relocation thumb-movw-abs" if "thumb" in self.refusal("make", "-o", "no.mod", "a.o")
                      else "found relocation arm-movw-abs", self.refusal("make", "-o", "no.mod", "a.o"))

    def test_an_object_calls_another_in_the_same_module(self):
        self.compiled("clang-14", "int g(void) { return 3; }", "-O1")
        (self.folder / "a.o").rename(self.folder / "b.o")
        self.compiled("clang-14", "int g(void); int f(void) { return g() + 1; }", "-O1")
        self.good("make", "-o", "a.mod", "a.o", "b.o")
        self.assertIn("export     1 procedure f (segment 1+0x0)\nexport     2 procedure g (segment 1+0x10)\n",
                      self.good("list", "a.mod"))
        overlay = self.refusal("make", "-o", "no.mod", "--overlay", "b.o", "a.o")
        self.assertIn("found relocation branch32 to \"g\", from one segment to another", overlay)


class Start(Case):
    """Where a program begins."""

    def object(self, name, symbol):
        (self.folder / name).write_bytes(
            b"XL2\nH 1 areas 1 global symbols\nA _CODE size 1 flags 0 addr 0\n"
            + b"S %s Def0000\nT 00 00 C9\nR 00 00 00 00\n" % symbol)

    def test_a_compilers_name_will_do(self):
        self.object("a.rel", b"_start")
        self.good("make", "--cpu", "z80", "-o", "a.mod", "a.rel")
        self.assertIn("procedure start (segment 1+0x0)", self.good("list", "a.mod"))
        self.assertEqual(self.tool("cmos-run", "a.mod").returncode, 0)

    def test_start_comes_before_it(self):
        self.object("a.rel", b"_start")
        self.object("b.rel", b"start")
        self.good("make", "--cpu", "z80", "-o", "a.mod", "a.rel", "b.rel")
        said = self.good("list", "a.mod")
        self.assertIn("procedure start (segment 2+0x0)", said)
        self.assertIn("procedure _start (segment 1+0x0)", said)

    def test_any_name_can_be_it(self):
        self.object("a.rel", b"_main")
        self.good("make", "--cpu", "z80", "--start", "_main", "-o", "a.mod", "a.rel")
        self.assertIn("procedure start (segment 1+0x0)", self.good("list", "a.mod"))
        self.assertIn("start \"_go\": found no definition", self.refusal("make", "--start", "_go", "--cpu", "z80", "-o", "no.mod", "a.rel"))
        self.object("b.rel", b"start")
        self.assertIn("another 'start'", self.refusal("make", "--start", "_main", "--cpu", "z80", "-o", "no.mod", "a.rel", "b.rel"))


if __name__ == "__main__":
    CMOS_MOD = os.path.abspath(sys.argv.pop(1))
    unittest.main()
