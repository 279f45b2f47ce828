#!/usr/bin/env python3
"""Objects as compilers and assemblers really write them, linked as GNU ld and lld link them: each test is one kind.

    kinds.py --bin build/debug/bin

Exit status: 0 as expected, 1 a difference, 77 a tool is missing.
"""
import shutil
import sys

import linking
from linking import COMPILERS


class Kinds(linking.Linking):
    # ---- debug information -----------------------------------------------------------------------

    FAULT = "int poke(int* p) { return *p + 1; }\nint main(void) { return poke((int*)0); }\n"

    def lines_with(self, *options, arch="8664"):
        self.compile("fault", self.FAULT, "-g", "-fno-inline", *options, arch=arch)
        self.link("fault.o", "--debug-map")
        return self.run_program(139)

    def test_compressed_debug_sections_link_and_give_lines(self):
        for arch in COMPILERS:
            if not shutil.which(COMPILERS[arch][0]):
                continue
            for style in ("-gz", "-gz=zlib-gnu", "-gz=none"):
                with self.subTest(arch=arch, style=style):
                    self.assertIn("fault.c:1", self.lines_with(style, arch=arch))

    def test_compressed_sections_cost_nothing_without_a_debug_map(self):
        self.compile("fault", self.FAULT, "-g", "-gz")
        self.assertEqual(self.link("fault.o"), "")

    def test_damaged_compression_is_said_and_the_program_linked(self):
        self.compile("fault", self.FAULT, "-g", "-gz")
        data = bytearray((self.folder / "fault.o").read_bytes())
        at = data.index(b"\x78\x9c") if b"\x78\x9c" in data else data.index(b"\x78\x5e")
        data[at + 4:at + 12] = bytes(8)
        (self.folder / "fault.o").write_bytes(data)
        text = self.link("fault.o", "--debug-map")
        self.assertRegex(text, r"warning: fault\.o: .*section \.debug_\w+: .*expected a zlib stream of \d+ bytes; the program has no source lines of it")
        self.link("fault.o")

    # ---- names -----------------------------------------------------------------------------------

    VERSIONS = (".globl f1, f2\nf1: mov $1, %eax\n ret\nf2: mov $2, %eax\n ret\n.symver f1, f@V1\n.symver f2, f@@V2\n")

    def test_the_default_version_defines_the_plain_name(self):
        self.assemble("versions", self.VERSIONS)
        self.assemble("main", ".globl main\nmain: jmp f\n")
        self.call("ar", "rcs", "versions.a", "versions.o")
        for where in ("versions.o", "versions.a"):
            with self.subTest(where=where):
                self.link("main.o", where)
                self.run_program(2)

    def test_each_version_can_be_asked_for(self):
        self.assemble("versions", self.VERSIONS)
        self.call("ar", "rcs", "versions.a", "versions.o")
        for version, value in (("V1", 1), ("V2", 2)):
            for where in ("versions.o", "versions.a"):
                with self.subTest(version=version, where=where):
                    self.assemble("main", f".globl main\nmain: jmp g\n.symver g, f@{version}\n")
                    self.link("main.o", where)
                    self.run_program(value)

    def test_a_version_that_nobody_has_is_told_with_those_that_there_are(self):
        self.assemble("versions", self.VERSIONS)
        self.assemble("main", ".globl main\nmain: jmp g\n.symver g, f@V3\n")
        text = self.link("main.o", "versions.o", status=1)
        self.assertIn("undefined symbol 'f@V3'", text)
        self.assertIn("'f@@V2'", text)

    def test_a_hidden_version_is_no_definition_of_the_plain_name(self):
        self.assemble("versions", ".globl f1\nf1: ret\n.symver f1, f@V1\n")
        self.assemble("main", ".globl main\nmain: jmp f\n")
        self.assertIn("undefined symbol 'f'", self.link("main.o", "versions.o", status=1))

    def test_one_place_may_have_the_name_with_and_without_version(self):
        self.assemble("both", ".globl f\nf: mov $5, %eax\n ret\n.symver f, f@@V1\n")
        self.assemble("main", ".globl main\nmain: jmp f\n")
        self.link("main.o", "both.o")
        self.run_program(5)

    def test_hidden_labels_stay_in_the_table_of_symbols(self):
        self.assemble("main", ".globl main, label\n.hidden label\nmain: jmp label\nnop\nlabel: ret\n")
        self.link("main.o")
        self.assertIn("label", self.symbols())

    # ---- groups and order ------------------------------------------------------------------------

    ONCE = '.section .gnu.linkonce.t.f,"ax",@progbits\n.weak f\nf: mov $1, %eax\n ret\n'
    COMDAT = '.section .text.f,"axG",@progbits,f,comdat\n.weak f\nf: mov $2, %eax\n ret\n'
    MAIN = ".globl main\nmain: jmp f\n"

    def test_old_and_new_groups_of_one_name_know_each_other(self):
        self.assemble("main", self.MAIN)
        self.assemble("once", self.ONCE)
        self.assemble("comdat", self.COMDAT)
        for first, second, value in (("once", "comdat", 1), ("comdat", "once", 2)):
            with self.subTest(first=first):
                self.link("main.o", f"{first}.o", f"{second}.o", "--map", "out.map")
                self.run_program(value)
                self.assertRegex((self.folder / "out.map").read_text(), rf"duplicate +{second}\.o")

    def test_a_group_that_defines_more_than_the_old_one_is_kept(self):
        self.assemble("main", ".globl main\nmain: jmp g\n")
        self.assemble("once", self.ONCE)
        self.assemble("comdat", self.COMDAT + ".weak g\ng: mov $7, %eax\n ret\n")
        self.link("main.o", "once.o", "comdat.o")
        self.run_program(7)

    def test_a_group_without_comdat_lives_or_goes_together(self):
        text = ('.section .text.a,"axG",@progbits,g\n.globl a\na: ret\n.section .data.b,"awG",@progbits,g\n.globl b\nb: .long 1\n'
                '.section .text.c,"axG",@progbits,h\n.globl c\nc: ret\n.section .data.d,"awG",@progbits,h\n.globl d\nd: .long 1\n')
        self.assemble("main", ".globl main\nmain: call a\n xor %eax, %eax\n ret\n" + text)
        self.link("--gc-sections", "main.o")
        self.assertTrue({"a", "b"} <= self.symbols())
        self.assertFalse({"c", "d"} & self.symbols())

    ORDERED = """
.section .text.f1,"ax",@progbits
.globl main
main: mov $__start_meta, %eax
 mov {offset}(%rax), %eax
 ret
.section .text.f2,"ax",@progbits
f2: ret
.section meta,"ao",@progbits,.text.f2
.quad 2
.section meta,"ao",@progbits,.text.f1
.quad 1
.section meta,"a",@progbits
.quad 7
"""

    def test_sections_that_describe_others_have_their_order_after_the_rest(self):
        for index, value in enumerate((7, 1, 2)):
            self.assemble("main", self.ORDERED.format(offset=8 * index))
            self.link("main.o")
            self.run_program(value)

    def test_the_bounds_of_a_section_do_not_keep_what_describes_dead_code(self):
        text = """
.section .text.f1,"ax",@progbits
.globl main
main: mov $__stop_meta, %eax
 sub $__start_meta, %eax
 ret
.section .text.f2,"ax",@progbits
.globl dead
dead: ret
.section meta,"ao",@progbits,.text.f2
.quad 2
.section meta,"ao",@progbits,.text.f1
.quad 1
"""
        self.assemble("main", text)
        self.link("--gc-sections", "main.o")
        self.run_program(8)
        self.assertNotIn("dead", self.symbols())

    def test_start_stop_gc_keeps_only_what_is_referred_to(self):
        text = ('.globl main\nmain: mov $__stop_meta, %eax\n sub $__start_meta, %eax\n ret\n'
                '.section meta,"a",@progbits\n.quad 1\n')
        self.assemble("main", text)
        for words, size in (([], 8), (["-z", "nostart-stop-gc"], 8), (["-z", "start-stop-gc"], 0)):
            self.link("--gc-sections", *words, "main.o")
            self.run_program(size)

    def start(self, arch="8664"):
        sdk = linking.ROOT / "sdk"
        self.call(*COMPILERS[arch], *linking.C, f"-I{sdk}/include", f"-I{sdk}/lib", "-c", sdk / "lib/start.c", "-o", "start.o")

    def test_constructors_of_old_style_run_from_their_end(self):
        text = """
int seq; static void c1(void) { seq = seq * 10 + 1; } static void c2(void) { seq = seq * 10 + 2; }
static void c3(void) { seq = seq * 10 + 3; }
__attribute__((aligned(sizeof(void*)), section(".ctors"), used)) static void (*const t[])(void) = {c3, c2};
__attribute__((aligned(sizeof(void*)), section(".ctors.65435"), used)) static void (*const e[])(void) = {c1};
int main(void) { return seq; }
"""
        for arch in COMPILERS:
            if not shutil.which(COMPILERS[arch][0]):
                continue
            with self.subTest(arch=arch):
                self.start(arch)
                self.compile("main", text, arch=arch)
                self.link("start.o", "main.o")
                self.run_program(123)

    # ---- what cannot be --------------------------------------------------------------------------

    def test_thread_local_variables_are_named(self):
        self.compile("tls", "__thread int counter; int main(void) { return counter; }")
        text = self.link("tls.o", status=1)
        self.assertIn("thread-local variable", text)
        self.assertIn("'counter'", text)

    def test_what_is_left_out_may_have_thread_local_variables(self):
        self.compile("tls", "__thread int counter; int unused(void) { return counter; } int main(void) { return 3; }",
                     "-ffunction-sections", "-fdata-sections")
        self.link("--gc-sections", "tls.o")
        self.run_program(3)

    def test_float_arguments_of_arm_have_to_fit(self):
        if not shutil.which(COMPILERS["_ARM"][0]):
            self.skipTest("no compiler for ARM")
        self.compile("hard", "double g(double x); int main(void) { return g(2) == 5; }", "-march=armv7-a+fp",
                     "-mfloat-abi=hard", arch="_ARM")
        self.compile("soft", "double g(double x) { return 5; }", "-march=armv7-a", "-mfloat-abi=soft", arch="_ARM")
        self.assemble("none", ".globl h\nh: bx lr\n", "-march=armv7-a", "-mfloat-abi=soft", arch="_ARM")
        text = self.link("hard.o", "soft.o", status=1)
        self.assertIn("soft.o", text)
        self.assertIn("hard.o", text)
        self.assertIn("VFP registers", text)
        self.assertFalse((self.folder / "out.cpe").exists())
        self.compile("hard2", "double g(double x) { return 5; }", "-march=armv7-a+fp", "-mfloat-abi=hard", arch="_ARM")
        self.link("hard.o", "hard2.o", "none.o")
        self.run_program(1)
        self.link("--no-warn-mismatch", "hard.o", "soft.o")

    def test_bytecode_is_refused_by_name(self):
        self.compile("main", "int foo(void); int main(void) { return foo(); }")
        self.compile("lto", "int foo(void) { return 3; }", "-flto")
        text = self.link("main.o", "lto.o", status=1)
        self.assertIn("lto.o: holds LTO bytecode of gcc and no code", text)
        self.call("ar", "rcs", "lto.a", "lto.o")
        self.assertRegex(self.link("main.o", "lto.a", status=1), r"lto\.a\(lto\.o\)\S* (holds )?LTO bytecode")
        self.compile("fat", "int foo(void) { return 3; }", "-flto", "-ffat-lto-objects")
        self.link("main.o", "fat.o")
        self.run_program(3)
        (self.folder / "bitcode.o").write_bytes(b"BC\xc0\xde5\x14\0\0")
        self.assertIn("bitcode.o: holds LLVM bitcode (-flto)", self.link("main.o", "bitcode.o", status=1))

    def test_an_archive_in_an_archive_is_said(self):
        self.compile("main", "int main(void) { return 0; }")
        self.call("ar", "rcs", "inner.a", "main.o")
        self.call("ar", "rcs", "outer.a", "inner.a")
        text = self.link("main.o", "--whole-archive", "outer.a", status=1)
        self.assertIn("outer.a(inner.a)", text)
        self.assertIn("an archive inside an archive", text)

    # ---- messages --------------------------------------------------------------------------------

    def test_cxx_names_are_shown_as_declarations(self):
        self.assemble("main", ".globl main\nmain: call _ZNK1A1gEPKcm\n ret\n")
        self.assertIn("undefined symbol 'A::g(char const*, unsigned long) const'", self.link("main.o", status=1))
        self.assertIn("undefined symbol '_ZNK1A1gEPKcm'", self.link("--no-demangle", "main.o", status=1))
        self.assemble("twice", ".globl main, _Z1fi\nmain: ret\n_Z1fi: ret\n")
        self.assemble("other", ".globl _Z1fi\n_Z1fi: ret\n")
        self.assertIn('symbol "f(int)": found a second definition', self.link("twice.o", "other.o", status=1))

    def test_a_missing_extern_c_is_guessed(self):
        self.assemble("main", ".globl main, _Z3foov\nmain: call foo\n_Z3foov: ret\n")
        self.assertIn("'foo()' is defined: is one of them missing extern \"C\"?", self.link("main.o", status=1))

    def test_other_cpus_are_named(self):
        self.compile("main", "int main(void) { return 0; }")
        data = bytearray((self.folder / "main.o").read_bytes())
        data[18:20] = b"\xf3\x00"
        (self.folder / "riscv.o").write_bytes(data)
        self.assertIn("found 243 (RISC-V)", self.link("riscv.o", status=1))

    def test_modules_hold_no_thread_local_storage(self):
        self.compile("tls", "__thread int counter; int get(void) { return counter; }")
        text = self.call("cmos-mod", "make", "-o", "tls.mod", "tls.o", status=1, tools=True)
        self.assertIn("relocation R_X86_64_TPOFF32", text)
        self.assertFalse((self.folder / "tls.mod").exists())


if __name__ == "__main__":
    sys.exit(linking.run())
