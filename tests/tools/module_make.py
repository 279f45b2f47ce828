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


HELLO = """# One file for four CPUs
platform cmos
stack 64 256
import print procedure

cpu z80
segment text main
  start:
    3e01 21 pointer:.text 11 0600 01 0000 f7 21 0000 c9   # ld a, stdout …; rst 30h; ld hl, 0; ret
  .text: "hello\\n"
end

cpu 68000
segment text main
  start:
    7001 223c pointer:.text 243c 00000006 263c 00000000 4e40 7000 4e75
  .text: "hello\\n"
end

cpu 6800 2
segment text main
  start: bd pointer:print ce pointer:.here+1
  .here: 20 displacement:.here 39
end

cpu 56000
segment text main
  required
  origin 0x200
  start: 4c pointer:start 00*4
end
segment zpdata
  counter: zeros:2
end
segment rodata table
  big-endian
  table: wyde:counter+0x101 tetra:start-1
end
segment text-overlay one
  one: 60
end
"""


class Descriptions(Case):
    def description(self, text, name="a.desc"):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def test_one_file_makes_a_fat_module(self):
        self.good("make", "--description", self.description(HELLO), "-o", "a.mod")
        self.assertEqual(self.good("check", "a.mod"), "")
        for cpu in ("z80", "68000"):
            done = self.tool("cmos-run", "--cpu", cpu, "a.mod")
            self.assertEqual((done.returncode, done.stdout), (0, b"hello\n"), done.stderr)
        said = self.good("list", "a.mod")
        self.assertIn("    3 text         6800.2       9      -      2 main\n    4 text         56000        7    200      1 main\n"
                      "    5 zpdata       56000        2      -      0 -\n    6 rodata       56000        6      -      2 table\n"
                      "    7 text-overlay 56000        1      -      0 one\n", said)
        self.assertRegex(said, r"import +\d+ procedure print\n")

    def test_what_no_engine_runs_is_made_checked_dumped_and_refused_by_name(self):
        self.good("make", "--description", self.description(HELLO), "-o", "a.mod")
        for cpu in ("6800", "56000"):
            self.good("split", "--cpu", cpu, "-o", "b.mod", "a.mod")
            self.assertEqual(self.good("check", "b.mod"), "")
            dump = self.tool("cmos-objdump", "-h", "-t", "-r", "-s", "b.mod")
            self.assertEqual((dump.returncode, dump.stderr), (0, b""))
            self.assertIn(b"main", dump.stdout)
            done = self.tool("cmos-run", "b.mod")
            self.assertEqual((done.returncode, done.stdout), (126, b""))
            self.assertIn(cpu.encode(), done.stderr)
        # b.mod is the 56000's.
        loaded = self.good("load", "--base", "0x300", "-o", "memory", "--map", "b.mod")
        self.assertIn("00000000 00000002        2 b.mod:segment 5 (zpdata)", loaded)
        memory = (self.folder / "memory").read_bytes()
        self.assertEqual(memory[0x200:0x207].hex(), "4c000200000000")
        self.assertEqual(memory[0x301:0x307].hex(), "0101000001ff")

    def test_objects_lie_beside_it(self):
        (self.folder / "sub").mkdir()
        rel = b"XL2\nH 1 areas 1 global symbols\nA _CODE size 4 flags 0 addr 0\nS _go Def0000\nS greet Ref0000\nT 00 00 CD 00 00 C9\nR 00 00 00 00 02 03 01 00\n"
        (self.folder / "sub/a.rel").write_bytes(rel)
        (self.folder / "sub/b.rel").write_bytes(rel.replace(b"_go", b"_part"))
        self.description("cpu z80\nstart _go\nobject a.rel\noverlay b.rel\nabsolute greet 0xf000\nheap 1 2\n", "sub/a.desc")
        self.good("make", "--description", "sub/a.desc", "-o", "a.mod")
        said = self.good("list", "a.mod")
        self.assertIn("text-overlay z80", said)
        self.assertIn("procedure start (segment 1+0x0)", said)
        self.assertIn("byte      greet (0xf000)", said)
        self.assertNotIn("import", said)
        self.assertIn("        2 heap", self.good("load", "a.mod"))

    def test_options(self):
        text = "cpu z80 3\nmodel \"Z80 B\"\nplatform cpm\nplatform \"my os\"\noption 7 \"x\" 00ff\nsegment data\n  00\nend\n"
        self.good("make", "--description", self.description(text), "-o", "a.mod")
        header = (self.folder / "a.mod").read_bytes()[32:]
        self.assertTrue(header.startswith(b"\1\7\4\3Z80 B\2\3cpm\2\5my os\7\3x\0\xff"), header)

    def test_it_replaces_what_the_command_line_says(self):
        self.description("stack 10\nexport b wyde\nsegment data\n  a: 01\n  b: 0203\nend\n")
        self.good("make", "--cpu", "6800", "--stack", "5:6", "--heap", "7", "--description", "a.desc", "-o", "a.mod")
        self.assertIn("export     2 wyde      b (segment 1+0x1)\n", self.good("list", "a.mod"))
        self.assertNotIn(" a (", self.good("list", "a.mod"))
        budgets = self.tool("cmos-objdump", "-p", "a.mod").stdout.decode()
        for name, value in (("minimum stack", 10), ("requested stack", 10), ("minimum heap", 7), ("requested heap", 7)):
            self.assertRegex(budgets, f"{name}.* {value}\\b")

    def test_what_is_wrong_is_told_by_its_line(self):
        inside = "segment text a\n  %s\nend\n"
        for text, line, said in (
                ("cpu z81\n", 1, "a CPU: 8080"), ("cpu z80 256\n", 1, "a number up to 0xff"), ("cpu\n", 1, "cpu CPU [STEPPING]"),
                ("\n\nsegments text\n", 3, "segment"), ("segment code\n", 1, "text, data, rodata, zpdata or text-overlay"),
                ("segment text a b\n", 1, "segment TYPE [NAME]"), ("stack 5 4\n", 1, "ascending"), ("heap 65536\n", 1, "at most 65535"),
                ("stack x\n", 1, "ascending"), ("import a\n", 1, "import NAME TYPE"), ("import a pointer\n", 1, "byte, wyde"),
                ("export a word\n", 1, "byte, wyde"), ("option 2 61\n", 1, "3 to 255"), ("option 3 6\n", 1, "hexadecimal"),
                ("option 3 00*256\n", 1, "at most 255 bytes"), ("option 256\n", 1, "a number up to 0xff"), ("required now\n", 1, "required"),
                ("absolute a 65536\n", 1, "a number up to 0xffff"), ("absolute a 1\nabsolute a 2\n", 2, "one, before"),
                ("segment text\nend\ncpu z80\n", 3, "the CPU before"), ("cpu z80\nsegment text\n a: 00\n", 3, "expected end"), ("model \"a\n", 1, 'a \" at its end'.replace("\\", "")),
                ("model \"\\q\"\n", 1, "\\n"), (inside % "6", 2, "bytes in hexadecimal"), (inside % "origin", 2, "bytes in hexadecimal"),
                (inside % "origin x", 2, "origin ADDRESS"), (inside % "origin 0x100000000", 2, "origin ADDRESS"),
                (inside % "00*65535 00", 2, "at most 65535 in a segment"), (inside % "00*99999999999999999999", 2, "bytes in hexadecimal"),
                (inside % "zeros:65536", 2, "a number up to 0xffff"), (inside % "a: a:", 2, "one"), (inside % "string:a", 2, "bytes in hexadecimal"),
                (inside % "wyde:a+", 2, "NAME+NUMBER"), (inside % "wyde:.a", 3, "one, for names with a dot"), (inside % ":a", 2, "bytes in hexadecimal")):
            if "origin\n" in text:
                said = "origin ADDRESS"
            refusal = self.refusal("make", "-o", "no.mod", "--description", self.description(text))
            self.assertIn(f"a.desc: line {line}: found ", refusal, text)
            self.assertIn(said, refusal, text)

    def test_what_is_wrong_in_the_whole(self):
        for text, said in (
                ("cpu z80\nstart go\nsegment text\nend\n", "start \"go\": found no definition"),
                ("export a\nsegment text\nend\n", "export \"a\": found no definition"),
                ("object none.o\n", "none.o"), ("cpu z80\nsegment text\n a: 00\nend\ncpu z80\nsegment text\n a: 00\nend\n", "second one for the same CPU"),
                ("cpu z80\nsegment text\n a: 20 displacement:b 00*200 b: 00\nend\n", "does not fit 1 bytes")):
            self.assertIn(said, self.refusal("make", "-o", "no.mod", "--description", self.description(text)), text)
        self.assertIn("for several CPUs", self.refusal("make", "-o", "no.mod", "--description", self.description(HELLO), "a.o"))
        self.assertIn("OBJECT or --description", self.refusal("make", "-o", "no.mod"))
        self.assertIn("none.desc", self.refusal("make", "-o", "no.mod", "--description", "none.desc"))

    def test_names_that_are_no_text_and_labels_outside_are_refused(self):
        for text, said in (
                (b"cpu 6800 1\nmodel \xf5x\nsegment text\nend\n", "extended cpuid: found \"\\xf5x\", expected a name in UTF-8"),
                (b"platform \xf5x\nsegment text\nend\n", "platform: found \"\\xf5x\", expected a name in UTF-8"),
                (b"segment text\n a\xf5: 00\nend\n", "name: found \"a\\xf5\", expected 0 to 255 bytes of UTF-8 without NUL"),
                (b"import a\xf5 procedure\nsegment text\n pointer:a\xf5\nend\n", "expected 1 to 255 bytes of UTF-8 without NUL")):
            (self.folder / "a.desc").write_bytes(text)
            self.assertIn(said, self.refusal("make", "-o", "no.mod", "--description", "a.desc"), text)
        # Two bytes of text whose label `f` says that it lies at 0x1000.
        label = b"\x01\0f\0\x02" + (0x2000).to_bytes(2, "little")
        header = b"\x01\0o65\0\0\0" + b"".join(word.to_bytes(2, "little") for word in (0x1000, 2, 0, 0, 0, 0, 0, 0, 0)) + b"\0"
        (self.folder / "a.o65").write_bytes(header + b"\xea\x60" + b"\0\0" + b"\0\0" + label)
        self.assertIn("\"f\": found 0x1000, expected at most 0x2, where its segment ends",
                      self.refusal("make", "--cpu", "6502", "-o", "no.mod", "a.o65"))

    def test_cut_and_changed_descriptions_never_crash(self):
        step = int(os.environ.get("CMOS_TEST_STRIDE", "1")) * 40
        for size in range(0, len(HELLO), step):
            for text in (HELLO[:size], HELLO[:size] + "\0\"" + HELLO[size + 2:]):
                done = self.mod("make", "-o", "cut.mod", "--description", self.description(text))
                self.assertIn(done.returncode, (0, 1, 2), text)
                self.assertLessEqual(done.stderr.count(b"\n"), 1, done.stderr)
                if done.returncode == 0:
                    self.assertEqual(self.mod("check", "cut.mod").returncode, 0, text)


SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples/modules"
CPUS = ("8080", "z80", "68000", "8086", "6500")


class Samples(Case):
    def made(self, *names):
        for name in names:
            self.good("make", "--description", SAMPLES / f"{name}.desc", "-o", f"{name}.mod")
            self.assertEqual(self.good("check", f"{name}.mod"), "")
        return [f"{name}.mod" for name in names]

    def run_on(self, cpu, modules, *options):
        done = self.tool("cmos-run", "--cpu", cpu, *options, *modules)
        self.assertEqual(done.returncode, 0, (cpu, done.stderr))
        return done

    def test_hello_says_the_same_on_five_cpus(self):
        modules = self.made("hello")
        for cpu in CPUS:
            for base in ("0x200", "0x4322"):
                done = self.run_on(cpu, modules, "--base", base)
                self.assertEqual((done.stdout, done.stderr), (b"Hello from one file for five CPUs\n", b""), cpu)

    def test_a_program_calls_its_library_on_five_cpus(self):
        modules = self.made("main", "library")
        for cpu in CPUS:
            self.assertEqual(self.run_on(cpu, modules).stdout, b"greetings from the library\n", cpu)

    def test_overlays_take_turns(self):
        modules = self.made("overlays")
        first, second = b"this is the first overlay\n", b"and this the second\n"
        for cpu in ("z80", "68000"):
            self.assertEqual(self.run_on(cpu, modules).stdout, first + second + first, cpu)

    def test_budgets_are_shown(self):
        done = self.run_on("z80", self.made("budgets"), "--map")
        self.assertIn(b"stack: 253 bytes, 34 used (the modules need 64 and ask for 256)\n"
                      b"heap: 96 bytes, 40 used (the modules need 48 and ask for 96)\n", done.stderr)
        more = self.run_on("z80", ["budgets.mod"], "--map", "--heap-size", "1K")
        self.assertIn(b"heap: 1024 bytes, 40 used", more.stderr)


class Documentation(Case):
    def test_the_worked_description_is_true(self):
        """docs/module-format.md: indented lines behind "$ " are commands, the rest what they print."""
        page = (SAMPLES.parents[1] / "docs/module-format.md").read_text(encoding="utf-8")
        example = page.split("## A program from nothing")[1].split("\n## ")[0]
        lines = [line[4:] for line in example.split("\n") if line.startswith("    ")]
        text, commands = [], []
        for line in lines:
            if line.startswith("$ "):
                commands.append((line[2:].split("  #")[0].split(), []))
            elif commands:
                commands[-1][1].append(line)
            else:
                text.append(line)
        (self.folder / "count.desc").write_text("\n".join(text) + "\n", encoding="utf-8")
        self.assertGreaterEqual(len(commands), 4)
        for (tool, *words), expected in commands:
            done = self.tool(tool, *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            # In which order a terminal has the two streams, tests/installed/pages.py sees.
            self.assertEqual(sorted((done.stdout + done.stderr).decode().splitlines()), sorted(expected), (tool, words))


if __name__ == "__main__":
    CMOS_MOD = os.path.abspath(sys.argv.pop(1))
    unittest.main()
