#!/usr/bin/env python3
"""cmos-binfmt: the line for the kernel, and what it says when it cannot be.

    binfmt.py CMOS_BINFMT [test…]
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CMOS_BINFMT = ""


def run(*arguments):
    return subprocess.run([CMOS_BINFMT, *arguments], capture_output=True, timeout=60, check=False, text=True)


class Binfmt(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="cmos-binfmt-")
        self.addCleanup(self.temporary.cleanup)
        self.runner = self.make("cmos-run")

    def make(self, name):
        path = pathlib.Path(self.temporary.name, name)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return os.path.realpath(path)

    def test_the_line_has_the_first_bytes_of_a_cpe(self):
        done = run("--run", self.runner, "print")
        self.assertEqual((done.returncode, done.stdout), (0, f":cmos:M::CMOS\\x01::{self.runner}:F\n"))

    def test_a_link_is_followed(self):
        link = self.runner + "-link"
        os.symlink(self.runner, link)
        self.assertIn(f"::{self.runner}:F", run(f"--run={link}", "print").stdout)

    def test_what_the_kernel_would_not_take_is_refused(self):
        for name, said in (("a b", "no ':' and no space"), ("a:b", "no ':' and no space"), ("x" * 120, "at most 127 bytes")):
            done = run("--run", self.make(name), "print")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(said, done.stderr)
        done = run("--run", "/nowhere/cmos-run", "print")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no cmos-run at '/nowhere/cmos-run'", done.stderr)

    def test_wrong_usage(self):
        for arguments in ((), ("nothing",), ("print", "print"), ("--what", "print"), ("--run",)):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertTrue(done.stderr.startswith("cmos-binfmt: "))

    def test_help(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("status", "print", "register", "unregister", "install", "uninstall", "Exit status"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    CMOS_BINFMT = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
