#!/usr/bin/env python3
"""cmos-as under make: dependency files, outputs that are inputs, standard output, warnings as failures.

    make_options.py BIN
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop()).resolve()
SOURCE = '.include "part one.asm"\n.const text bytes from "text.bin"\nglobal start\nstart:\n  mov rcx, offset text\n  part\n  ret\n'
PART = ".macro part\n  nop\n.endm\n"


class MakeOptions(unittest.TestCase):
    def setUp(self):
        # pylint: disable-next=consider-using-with
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.folder = pathlib.Path(self.place.name)
        self.write("main.asm", SOURCE)
        self.write("part one.asm", PART)
        self.write("text.bin", "abc")

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name):
        return (self.folder / name).read_bytes()

    def run_as(self, *words, status=0):
        done = subprocess.run([str(BIN / "cmos-as"), *words], cwd=self.folder, capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return done

    def test_a_rule_names_every_file_that_was_read(self):
        self.run_as("-MD", "main.asm")
        rule = self.read("main.d").decode()
        self.assertEqual(rule.split("\n\n")[0].rstrip("\n"), "main.cpo: \\\n  main.asm \\\n  part\\ one.asm \\\n  text.bin")
        self.assertIn("\npart\\ one.asm:\n", rule)
        self.assertNotIn("\nmain.asm:\n", rule)

    def test_the_rule_can_lie_elsewhere_and_make_something_else(self):
        for words in (["-MD", "-MF", "x.d", "-MT", "it.o"], ["-MMD", "-MFx.d", "-MQ", "it.o"], ["--depfile", "x.d", "-MTit.o"]):
            self.run_as(*words, "main.asm", "-o", "main.o")
            self.assertTrue(self.read("x.d").decode().startswith("it.o: \\\n"), words)
            (self.folder / "x.d").unlink()

    def test_make_reads_the_rule(self):
        self.write("Makefile", f"all: main.cpo\nmain.cpo: main.asm\n\t{BIN}/cmos-as -MD main.asm\n\t@echo built\n-include main.d\n")
        def make():
            done = subprocess.run(["make", "-s"], cwd=self.folder, capture_output=True, check=True, timeout=120)
            return b"built" in done.stdout
        self.assertTrue(make())
        self.assertFalse(make())
        later = (self.folder / "main.cpo").stat().st_mtime + 5
        os.utime(self.folder / "part one.asm", (later, later))
        self.assertTrue(make())

    def test_standard_output_has_the_same_bytes(self):
        self.run_as("main.asm")
        self.assertEqual(self.run_as("main.asm", "-o", "-").stdout, self.read("main.cpo"))
        self.run_as("-MD", "main.asm", "-o", "-", status=2)

    def test_an_input_is_never_overwritten(self):
        for words in (["-o", "main.asm"], ["-o", "part one.asm"], ["-o", "./text.bin"], ["--listing", "main.asm"], ["--depfile", "text.bin"]):
            done = self.run_as("main.asm", *words, status=2)
            self.assertIn(b"is an input: it would be overwritten", done.stderr)
            self.assertEqual(self.read("main.asm").decode(), SOURCE)
            self.assertEqual(self.read("part one.asm").decode(), PART)
            self.assertEqual(self.read("text.bin"), b"abc")

    def test_a_warning_can_be_a_failure(self):
        self.write("warn.asm", ".var x u32\nf:\n  mov rax, x\n")
        self.run_as("warn.asm")
        (self.folder / "warn.cpo").unlink()
        self.run_as("-Werror", "warn.asm", status=1)
        self.assertFalse((self.folder / "warn.cpo").exists())

    def test_what_is_left_of_the_preprocessor_is_a_source(self):
        self.run_as("main.asm")
        self.write("left.asm", self.run_as("-E", "main.asm").stdout.decode())
        self.run_as("left.asm", "-o", "left.cpo")
        self.assertEqual(self.read("left.cpo"), self.read("main.cpo"))

    def test_after_an_error_the_old_file_is_there(self):
        self.run_as("main.asm", "-MD")
        before = self.read("main.cpo"), self.read("main.d")
        self.write("main.asm", SOURCE + "  nonsense\n")
        self.run_as("main.asm", "-MD", status=1)
        self.assertEqual((self.read("main.cpo"), self.read("main.d")), before)


if __name__ == "__main__":
    unittest.main()
