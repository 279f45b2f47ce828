"""What the linker's tests in Python share: a folder, compilers of every ARCH, cmos-ld and cmos-run."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
C = ["-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-O1", "-w"]
COMPILERS = {"8664": ["gcc", "-fcf-protection=none"], "__86": ["gcc", "-m32", "-fcf-protection=none"],
             "_ARM": ["arm-linux-gnueabihf-gcc"], "AR64": ["aarch64-linux-gnu-gcc"]}
TOOLS = pathlib.Path()


class Linking(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def call(self, *words, status=0, tools=False):
        command = [str(TOOLS / words[0]) if tools else words[0], *map(str, words[1:])]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def compile(self, name, text, *options, arch="8664", language="c"):
        source = self.folder / f"{name}.{language}"
        source.write_text(text)
        self.call(*COMPILERS[arch], *(C if language == "c" else []), *options, "-c", source, "-o", f"{name}.o")
        return f"{name}.o"

    def assemble(self, name, text, *options, arch="8664"):
        return self.compile(name, text, *options, arch=arch, language="s")

    def link(self, *words, status=0):
        return self.call("cmos-ld", *words, "-o", "out.cpe", status=status, tools=True)

    def run_program(self, status):
        return self.call("cmos-run", "out.cpe", status=status, tools=True)

    def symbols(self):
        return {line.split()[2] for line in self.call("cmos-nm", "out.cpe", tools=True).splitlines() if len(line.split()) == 3}


def run():
    global TOOLS
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    options, rest = parser.parse_known_args()
    TOOLS = options.bin.resolve()
    machine = subprocess.run(["gcc", "-dumpmachine"], capture_output=True, text=True).stdout if shutil.which("gcc") else ""
    if not re.search("x86_64", machine):
        print("no gcc for x86-64")
        return 77
    return 0 if unittest.main("__main__", argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1
