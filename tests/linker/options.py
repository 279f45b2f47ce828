#!/usr/bin/env python3
"""Words that build systems say to a linker: each means here what it means to GNU ld and lld.

    options.py --bin build/debug/bin

Exit status: 0 as expected, 1 a difference, 77 a tool is missing.
"""
import os
import re
import shutil
import subprocess
import sys

import linking

STRIDE = int(os.environ.get("CMOS_TEST_STRIDE", "1"))  # sanitized programs take a share of the words


class Options(linking.Linking):
    def setUp(self):
        super().setUp()
        self.compile("main", "int foo(void); int main(void) { return foo(); }")
        self.compile("foo", "int foo(void) { return 3; }")
        self.compile("bar", "int bar(void) { return 4; }")
        self.call("ar", "rcs", "all.a", "foo.o", "bar.o")

    def linked(self, *words, status=3):
        text = self.link(*words)
        self.run_program(status)
        return text

    # ---- which inputs ----------------------------------------------------------------------------

    def test_states_are_pushed_and_popped(self):
        self.linked("main.o", "--push-state", "--whole-archive", "all.a", "--pop-state")
        self.assertIn("bar", self.symbols())
        self.linked("main.o", "-push-state", "-whole-archive", "-pop-state", "all.a")
        self.assertNotIn("bar", self.symbols())
        self.assertIn("--pop-state without", self.link("main.o", "--pop-state", status=2))

    def test_objects_of_a_lib_are_taken_when_they_are_needed(self):
        for words in (["main.o", "--start-lib", "foo.o", "bar.o", "--end-lib"], ["--start-lib", "bar.o", "foo.o", "--end-lib", "main.o"]):
            self.linked(*words)
            self.assertNotIn("bar", self.symbols())
        self.linked("main.o", "--whole-archive", "--start-lib", "foo.o", "bar.o", "--end-lib")
        self.assertIn("bar", self.symbols())
        self.assertIn("--start-lib without", self.link("main.o", "--start-lib", "foo.o", status=2))
        self.assertIn("--end-lib without", self.link("main.o", "--end-lib", status=2))

    def test_members_of_a_lib_may_need_each_other(self):
        self.compile("one", "int two(void); int foo(void) { return two(); }")
        self.compile("two", "int two(void) { return 9; }")
        self.linked("main.o", "--start-lib", "two.o", "one.o", "--end-lib", status=9)

    def test_the_root_of_the_system_is_put_before_folders(self):
        (self.folder / "root/lib").mkdir(parents=True)
        shutil.copy(self.folder / "all.a", self.folder / "root/lib/liball.a")
        self.linked("main.o", "--sysroot=root", "-L=/lib", "-lall")
        self.linked("main.o", "--sysroot", "root", "-L$SYSROOT/lib", "-lall")

    def test_words_come_from_files_too(self):
        (self.folder / "words").write_text("main.o 'all.a'\n--gc-sections\n")
        self.linked("@words")

    # ---- symbols ---------------------------------------------------------------------------------

    def test_required_symbols_are_looked_for_and_missed(self):
        self.linked("main.o", "--require-defined=bar", "all.a")
        self.assertIn("bar", self.symbols())
        text = self.link("main.o", "-require-defined", "nowhere", "all.a", status=1)
        self.assertIn('--require-defined: nobody defines "nowhere"', text)

    def test_wrapped_symbols(self):
        self.compile("wrap", "int __real_foo(void); int __wrap_foo(void) { return 10 * __real_foo(); }")
        self.linked("main.o", "-wrap", "foo", "wrap.o", "all.a", status=30)
        self.linked("main.o", "--wrap=foo", "wrap.o", "all.a", status=30)
        self.linked("main.o", "--wrap=unused", "all.a")
        self.assertIn("undefined symbol '__wrap_foo'", self.link("main.o", "--wrap=foo", "all.a", status=1))

    def test_symbols_are_defined_by_expressions(self):
        self.assemble("value", ".globl main\nmain: mov $x, %eax\n ret\nhere: ret\n.globl here\n")
        for text, value in (("0x10+4", 20), ("(1+2)*3-1", 8), ("1<<4|1", 17), ("~0&7", 7), ("-1+8", 7), ("010", 8), ("2*3==6?5:6", 5),
                            ("main-main+9", 9), ("here-main", 6), ("(here-main)*2", 12), ("ALIGN(5,8)", 8), ("MAX(3,4)", 4),
                            ("DEFINED(main)", 1), ("DEFINED(nowhere)", 0), ("1K/256", 4), ("y+1", 8)):
            with self.subTest(text=text):
                self.linked("value.o", "--defsym=y=7", f"--defsym=x={text}", status=value)
        for text in ("1+", "(1", "1/0", "main/0", "", "1 2"):
            with self.subTest(text=text):
                self.assertRegex(self.link("value.o", f"--defsym=x={text}", status=2), "--defsym x")
        self.assertIn('"nowhere" is not defined', self.link("value.o", "--defsym=x=nowhere*2", status=2))

    def test_definitions_may_be_many(self):
        for words in (["-z", "muldefs"], ["-zmuldefs"], ["--allow-multiple-definition"]):
            self.linked("main.o", "foo.o", "foo.o", *words)
        self.link("main.o", "foo.o", "foo.o", status=1)

    def test_undefined_symbols_may_be_allowed(self):
        self.assemble("weak", ".globl main\nmain: mov $nowhere+5, %eax\n ret\n")
        self.link("weak.o", status=1)
        self.link("weak.o", "-z", "defs", status=1)
        for words in (["-z", "undefs"], ["--unresolved-symbols=ignore-all"], ["--ignore-unresolved-symbol=nowhere"]):
            self.assertEqual(self.linked("weak.o", *words, status=5), "")
        text = self.linked("weak.o", "--warn-unresolved-symbols", status=5)
        self.assertIn("warning: weak.o: undefined symbol 'nowhere'", text)
        self.assertIn("warnings are errors", self.link("weak.o", "--warn-unresolved-symbols", "--fatal-warnings", status=1))
        self.assertEqual(self.link("weak.o", "--warn-unresolved-symbols", "-w"), "")

    def test_an_undefined_symbol_that_is_allowed_has_a_slot_of_the_offset_table(self):
        # gcc -fPIC loads every address from a slot; that of a symbol that nobody defines is 0.
        self.assemble("pic", ".globl main\nmain: mov $6, %eax\n cmpq $0, nowhere@GOTPCREL(%rip)\n je 1f\n mov $7, %eax\n1: ret\n")
        self.assertIn("undefined symbol 'nowhere'", self.link("pic.o", status=1))
        self.linked("pic.o", "--unresolved-symbols=ignore-all", status=6)

    # ---- what is told ----------------------------------------------------------------------------

    def test_inputs_are_traced(self):
        for word in ("--trace", "-t", "-trace"):
            self.assertEqual(self.linked("main.o", word, "all.a").splitlines(), ["main.o", "all.a(foo.o)"])

    def test_symbols_are_traced(self):
        for words in (["-y", "foo"], ["-yfoo"], ["--trace-symbol=foo"], ["-trace-symbol", "foo"]):
            self.assertEqual(self.linked("main.o", *words, "all.a").splitlines(),
                             ["main.o: reference to foo", "all.a(foo.o): definition of foo"])

    def test_dependencies_are_a_rule_for_make(self):
        (self.folder / "a b.o").write_bytes((self.folder / "foo.o").read_bytes())
        self.linked("main.o", "a b.o", "--dependency-file=out.d")
        text = (self.folder / "out.d").read_text()
        self.assertEqual(text, "out.cpe: \\\n  main.o \\\n  a\\ b.o\n\nmain.o:\n\na\\ b.o:\n")
        if shutil.which("make"):
            (self.folder / "Makefile").write_text("include out.d\nout.cpe:\n\t@echo linked again\n")
            self.assertNotIn("linked again", self.call("make", "out.cpe"))

    def test_the_version_is_told_and_the_link_goes_on(self):
        for word in ("-v", "-V"):
            self.assertRegex(self.linked("main.o", word, "all.a"), r"^cmos-ld \d")
            self.assertRegex(self.call("cmos-ld", word, tools=True), r"^cmos-ld \d")
        self.assertRegex(self.call("cmos-ld", "-version", tools=True), r"^cmos-ld \d")

    def test_verbose_says_who_is_linked_for_what(self):
        text = self.linked("main.o", "--verbose", "all.a")
        self.assertIn("cmos-ld: read all.a\n", text)
        self.assertIn("cmos-ld: all.a(foo.o) is linked for 'foo', which main.o refers to\n", text)
        self.assertRegex(text, r"cmos-ld: laying out: \d+\.\d ms\n")

    def test_errors_are_limited(self):
        self.assemble("many", ".globl main\nmain:\n" + "".join(f" call absent{i}\n" for i in range(9)))
        self.assertEqual(len(self.link("many.o", "--error-limit=3", status=1).splitlines()), 4)
        self.assertEqual(len(self.link("many.o", "-error-limit=0", status=1).splitlines()), 9)

    # ---- what means nothing here -----------------------------------------------------------------

    def test_what_happens_anyway_is_accepted(self):
        for words in ("--icf=none --icf=all", "--color-diagnostics --color-diagnostics=never", "--no-warn-rwx-segments --warn-common",
                      "-d -dc -dp", "--discard-locals -X", "--demangle --demangle=gnu-v3", "--compress-debug-sections=none",
                      "-static -Bstatic -Bdynamic -nostdlib", "-z now -z relro -znoexecstack -z max-page-size=4096", "--build-id=sha1 --build-id",
                      "--hash-style=gnu -hash-style sysv", "-plugin liblto_plugin.so -plugin-opt=-pass-through=-lc -flto",
                      "-m elf_x86_64 -melf_x86_64", "--as-needed --no-as-needed", "-rpath /lib -rpath=/lib --enable-new-dtags",
                      "-O2 -O 1", "--eh-frame-hdr", "--export-dynamic -E", "--sort-section=name --sort-common", "-no-pie --no-dynamic-linker"):
            with self.subTest(words=words):
                self.assertEqual(self.linked("main.o", "all.a", *words.split()), "")

    def test_an_unknown_keyword_is_a_warning(self):
        self.assertIn("warning: -z nonsense: unknown, and ignored", self.linked("main.o", "all.a", "-z", "nonsense"))

    def test_what_a_program_cannot_be_is_refused(self):
        for word in ("-shared", "--shared", "-pie", "-r", "-Ttext=0", "-Tscript.ld", "--emit-relocs", "--oformat=binary", "-EB"):
            with self.subTest(word=word):
                self.assertIn(word.split("=")[0][:2], self.link("main.o", word, "all.a", status=2))

    def test_every_word_of_other_linkers_is_known(self):
        for linker in ("ld.bfd", "ld.lld-14"):
            if not shutil.which(linker):
                continue
            text = subprocess.run([linker, "--help"], capture_output=True, text=True).stdout.split("\ni386pep:")[0].split("\ni386pe:")[0]
            for found in list(re.finditer(r"^  (?:-\w[^ ]*, )*(--?[a-zA-Z][\w-]+)", text, re.M))[::STRIDE]:
                with self.subTest(linker=linker, word=found[1]):
                    done = subprocess.run([linking.TOOLS / "cmos-ld", found[1]], cwd=self.folder, capture_output=True, text=True)
                    self.assertNotIn("unknown option", done.stderr)


if __name__ == "__main__":
    sys.exit(linking.run())
