#!/usr/bin/env python3
"""Installs the SDK and uses its cmos-cc as a user would: every ARCH, names with spaces, clear refusals.

    cmos_cc.py --bin build/debug/bin --build build/debug        exit 77 (skipped) without clang and lld
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
HELLO = r"""
#include <cmos.h>
int main(int argc, char** argv) {
  cmos_print(NAME);
  for (int i = 1; i < argc; ++i) cmos_print(argv[i]);
  return argc;
}
"""
DIVISION = r"""
#include <cmos.h>
int main(void) {
  volatile int64_t a = -1234567890123456789, b = 987654321;
  volatile uint64_t c = 0xffffffffffffffff, d = 3;
  volatile int32_t e = -1000000007, f = 10007;
  volatile uint32_t g = 4000000000u, h = 7;
  const int good = a / b == -1249999988 && a % b == -725308641 && c / d == 0x5555555555555555 && c % d == 0 &&
                   e / f == -99930 && e % f == -497 && g / h == 571428571 && g % h == 3;
  return good ? 42 : 1;
}
"""


class Failure(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


class User:
    def __init__(self, arguments, folder):
        self.folder = folder
        self.tools = pathlib.Path(arguments.bin).resolve()
        prefix = folder / "prefix"
        subprocess.run(["cmake", f"-DCMAKE_INSTALL_PREFIX={prefix}", "-P",
                        pathlib.Path(arguments.build) / "sdk" / "cmake_install.cmake"], check=True, capture_output=True)
        self.environment = {"PATH": os.environ["PATH"], "CMOS_PACK": str(self.tools / "cmos-pack")}
        self.compiler = prefix / "bin" / "cmos-cc"

    def cc(self, *words):
        return subprocess.run([self.compiler, *words], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, check=False)

    def run(self, *words):
        return subprocess.run([self.tools / "cmos-run", *words], cwd=self.folder, capture_output=True, text=True, check=False)

    def build_and_run(self, source, *options, words=()):
        built = self.cc(source, "-o", "out.cpe", *options)
        expect(built.returncode == 0 and not built.stderr, f"cmos-cc {source} {options}: {built.returncode} {built.stderr}")
        return self.run("out.cpe", *words)


def check(user):
    (user.folder / "a hello.c").write_text(HELLO)
    (user.folder / "division.c").write_text(DIVISION)
    for options in (["--arch", "8664"], ["--arch", "__86"], ["--arch", "_ARM"], ["--arch", "arm", "--thumb"],
                    ["--arch", "aarch64"], ["--arch=APPL"]):
        for level in ("-O0", "-O2"):
            done = user.build_and_run("a hello.c", *options, level, '-DNAME="two  words"', words=["!"])
            expect((done.returncode, done.stdout) == (2, "two  words!"), f"{options} {level}: {done}")
            done = user.build_and_run("division.c", *options, level)
            expect(done.returncode == 42, f"division {options} {level}: {done}")
    refusals = [
        ((), 2, "nothing to compile"),
        (("division.c",), 2, "no output"),
        (("division.c", "-o", "x.cpe", "--arch", "Z80"), 2, "unknown ARCH 'Z80'"),
        (("division.c", "-o"), 2, "-o needs a value"),
        (("division.txt", "-o", "x.cpe"), 2, "what is 'division.txt'?"),
        (("missing.c", "-o", "x.cpe"), 1, "missing.c"),
        (("division.c", "-o", "x.cpe", "--thumb"), 2, "ARM only"),
        (("division.c", "-o", "x.cpe", "--pack", "--entry", "--pack", "nowhere"), 1, "no symbol 'nowhere'"),
    ]
    for words, status, text in refusals:
        done = user.cc(*words)
        expect(done.returncode == status and text in done.stderr, f"cmos-cc {words}: {done}")
        expect(not (user.folder / "x.cpe").exists(), f"cmos-cc {words} wrote a file")
    expect(user.cc("--help").returncode == 0, "--help")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--build", required=True)
    arguments = parser.parse_args()
    if not any(map(shutil.which, ("clang-14", "clang"))) or not any(map(shutil.which, ("ld.lld-14", "ld.lld"))):
        print("skipped: clang and lld are not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="cmos-cc ") as folder:
        try:
            check(User(arguments, pathlib.Path(folder)))
        except Failure as failure:
            print(failure)
            return 1
    print("cmos-cc: every ARCH builds and runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
