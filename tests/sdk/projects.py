#!/usr/bin/env python3
"""Configures, builds and tests a user's projects against an installed SDK, with the CMake package and the toolchain files.

    projects.py --bin build/debug/bin --build build/debug CASE        exit 77 (skipped) when something is not installed
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


class User:
    """A person with an installation in a prefix of their own, and nothing else of cmos."""

    def __init__(self, arguments, folder):
        self.folder = folder
        self.prefix = folder / "pre fix"
        self.call("cmake", f"-DCMAKE_INSTALL_PREFIX={self.prefix}", "-P",
                  pathlib.Path(arguments.build).resolve() / "sdk" / "cmake_install.cmake")
        for tool in ("cmos-run", "cmos-pack", "cmos-ld", "cmos-as"):
            (self.prefix / "bin" / tool).symlink_to(pathlib.Path(arguments.bin).resolve() / tool)
        self.package = self.prefix / "share" / "cmake" / "Cmos"

    def call(self, *words, status=0, **environment):
        done = subprocess.run([str(word) for word in words], env={**os.environ, **environment}, cwd=self.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        expect(done.returncode == status, f"{' '.join(map(str, words))}: exit status {done.returncode}\n{done.stdout[-6000:]}")
        return done.stdout

    def configure(self, source, build, *options, status=0):
        return self.call("cmake", "-S", source, "-B", build, "-G", "Ninja", *options, status=status)

    def test(self, build, *options, status=0, **environment):
        return self.call("ctest", "--test-dir", build, "--output-on-failure", *options, status=status, **environment)


def host_project(user):
    """cmos_add_executable() and cmos_add_test() in a project of the host."""
    source = user.folder / "source"
    shutil.copytree(HERE / "project", source)
    user.configure(source, "b", f"-DCMAKE_PREFIX_PATH={user.prefix}")
    user.call("cmake", "--build", "b")
    report = user.test("b")
    expect("100% tests passed" in report and "greets/_ARM" in report and "host-tool" in report, report)
    # Nothing is left to do; a header that changes is noticed; so is a flag.
    again = user.call("cmake", "--build", "b")
    expect("no work to do" in again, f"a second build works again: {again}")
    with open(source / "include" / "words.h", "a", encoding="utf-8") as header:
        header.write("#define MORE\n")
    again = user.call("cmake", "--build", "b")
    expect("greet.c" in again and "disk.c" not in again, f"a changed header: {again}")

    # What a failing test says.
    user.configure(source, "b", "-DFAILING=ON")
    user.call("cmake", "--build", "b")
    report = user.test("b", status=8)
    for text in ("FAILED: wrong-output\n\nstandard output differs (- expected, + found):\n", "    -2nd\n    +second\n",
                 "FAILED: wrong-status/APPL\n\nexit status: found 1, expected 0\n",
                 "exit status: found 139, expected 0\n\ncmos-run said:\n", "memory fault: write of 4 bytes at 0x00000000, in the null page",
                 "limit --timeout 0.2 reached", "FAILED: other-calls\n\nsystem calls are not those of ", "-000000 00 01 03 78", "again, in the same root folder:\n"):
        expect(text in report, f"a failing test does not say {text!r}:\n{report}")
    expect(sorted(set(re.findall(r"^\s*\d+ - (\S+) \(Failed\)", report, re.M))) == sorted(
        ["bytes", "crashes", "never-ends", "other-calls", "wrong-output", *(f"wrong-status/{arch}" for arch in ("8664", "__86", "_ARM", "AR64", "APPL"))]), report)
    # The expected output can be written by the test itself.
    user.test("b", "-R", "^bytes$", CMOS_BLESS="1")
    expect((source / "bytes.bin").read_bytes() == b"\0\1\2x", "CMOS_BLESS=1 did not write bytes.bin")
    user.test("b", "-R", "^bytes$")


ASSEMBLY_PROJECT = """cmake_minimum_required(VERSION 3.20)
project(p NONE)
find_package(Cmos REQUIRED)
cmos_add_executable(says SOURCES says.asm other.asm)
"""
SAYS = """.include "the words.inc"
.const blob bytes from "blob.bin"
global start
start:
  mov rcx, offset blob
  mov edx, sizeof(blob)
  xor edi, edi
  call stdout
  mov eax, STATUS
  ret
"""


def assembly_includes(user):
    """What a .asm file includes, and takes in by `bytes from`, is followed by Ninja and by make."""
    for generator in ("Ninja", "Unix Makefiles"):
        if shutil.which("ninja" if generator == "Ninja" else "make") is None:
            continue
        source, build = user.folder / f"source of {generator}", user.folder / f"build of {generator}"
        source.mkdir()
        for name, text in (("CMakeLists.txt", ASSEMBLY_PROJECT), ("says.asm", SAYS), ("the words.inc", ".define STATUS 3\n"), ("blob.bin", "one\n"),
                           ("other.asm", "other: ret\n")):
            (source / name).write_text(text)
        user.call("cmake", "-S", source, "-B", build, "-G", generator, f"-DCMAKE_PREFIX_PATH={user.prefix}")

        def program_says(status, text, *rebuilt):
            report = user.call("cmake", "--build", build)
            for name in ("says.asm", "other.asm"):
                expect((f"says: {name}" in report) == (name in rebuilt), f"{generator}: {name} in {rebuilt}? {report}")
            done = subprocess.run([str(user.prefix / "bin" / "cmos-run"), str(build / "says.cpe")], capture_output=True, text=True, check=False)
            expect((done.returncode, done.stdout) == (status, text), f"{generator}: {done}")

        def change(name, text):
            # A later time than that of what was built, however coarse the clock of the file system is.
            newest = max(path.stat().st_mtime for path in build.rglob("*") if path.is_file())
            (source / name).write_text(text)
            os.utime(source / name, (newest + 2, newest + 2))

        program_says(3, "one\n", "says.asm", "other.asm")
        program_says(3, "one\n")
        change("the words.inc", ".define STATUS 4\n")
        program_says(4, "one\n", "says.asm")
        change("blob.bin", "two\n")
        os.utime(source / "the words.inc", (1, 1))
        program_says(4, "two\n", "says.asm")
        # A file that is not needed any more may go.
        change("says.asm", SAYS.replace('.include "the words.inc"', ".define STATUS 5"))
        (source / "the words.inc").unlink()
        program_says(5, "two\n", "says.asm")


def refusals(user):
    """Mistakes in a CMakeLists.txt are told when it is read."""
    cases = [
        ("cmos_add_executable(a ARCH Z80 SOURCES a.c)", "unknown ARCH 'Z80'"),
        ("cmos_add_executable(a)", "no sources"),
        ("cmos_add_executable(a SOURCES a.c LIBC)", "no value for LIBC"),
        ("cmos_add_test(NAME t)", "CPE is missing"),
        ("cmos_add_test(NAME t CPE a.cpe EXPECT_STDERR x)", "what is 'EXPECT_STDERR;x'?"),
        ("cmos_add_test(NAME t CPE a.cpe STDIN x STDIN_FILE y)", "STDIN and STDIN_FILE exclude each other"),
        ("cmos_add_test(NAME t CPE a.cpe EXPECT_EXIT success)", "EXPECT_EXIT 'success' is not a number"),
    ]
    source = user.folder / "source"
    source.mkdir()
    for number, (line, text) in enumerate(cases):
        (source / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.20)\nproject(p NONE)\nfind_package(Cmos REQUIRED)\n{line}\n")
        report = user.configure(source, f"b{number}", f"-DCMAKE_PREFIX_PATH={user.prefix}", status=1)
        expect(text in report, f"{line}: {report}")


CXX_SOURCE = pathlib.Path("/usr/src/gcc-12")


def cross_project(user, *archs):
    """A project that is built for CalamOS as a whole, with newlib."""
    for arch in archs:
        choices = [[]]
        if arch == "8664":
            choices.append(["-DCMOS_LINKER=lld"])
            if shutil.which("g++") and shutil.which("ld.bfd"):
                choices.append(["-DCMOS_CC=gcc", "-DCMOS_LINKER=bfd"])
        for choice in choices:
            build = f"{arch}-{len(choice)}"
            # The C++ library is built for one ARCH, since that takes minutes.
            os.environ["CXXFLAGS"] = "" if arch == "8664" and CXX_SOURCE.exists() else "-nostdlib++"
            user.configure(HERE / "cross", build, f"-DCMAKE_TOOLCHAIN_FILE={user.package}/cmos-{arch}.cmake", *choice)
            user.call("cmake", "--build", build)
            expect((user.folder / build / "areas.cpe").read_bytes()[:4] == b"CMOS", f"{arch}: areas.cpe is no CPE")
            expect("100% tests passed" in user.test(build), f"{arch}: tests of the project")


def meson_project(user, *archs):
    """A project of Meson's, built with the installed cross files."""
    if not shutil.which("meson"):
        raise Skip("meson is not installed")
    path = f"{user.prefix / 'bin'}:{os.environ['PATH']}"
    for arch in archs:
        build = f"meson-{arch}"
        cross_file = user.prefix / "share" / "cmos" / "meson" / f"cmos-{arch}.ini"
        report = user.call("meson", "setup", "--cross-file", cross_file, build, HERE / "meson", PATH=path)
        expect("WARNING" not in report, f"{arch}: {report}")
        user.call("meson", "compile", "-C", build, PATH=path)
        expect("Ok:                 1" in user.call("meson", "test", "-C", build, PATH=path), f"{arch}: the project's test")


def toolchain_words(user):
    """What a user says on cmake's command line is kept, and the host stays the host's."""
    needs_newlib()
    source = user.folder / "words"
    source.mkdir()
    (source / "t.c").write_text("int main(void) { return 0; }\n")
    (source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(t C)\nfind_package(PkgConfig)\npkg_check_modules(Z zlib)\n"
        "find_package(nlohmann_json QUIET)\n"
        'message(STATUS "zlib=${Z_FOUND} json=${nlohmann_json_FOUND} ar=${CMAKE_C_COMPILER_AR}.")\n'
        "enable_testing()\nadd_executable(t t.c)\nadd_test(NAME name COMMAND t)\n"
        'add_test(NAME path COMMAND $<TARGET_FILE:t> a "" "b;c")\n')
    libc = user.folder / "a C library"
    version = (user.prefix / "share/cmos/sdk/version").read_text(encoding="utf-8").strip()
    shutil.copytree(pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / f"cmos/newlib/{version}/8664", libc)
    report = user.configure(source, "words-b", f"-DCMAKE_TOOLCHAIN_FILE={user.package}/cmos-8664.cmake", f"-DCMOS_LIBC={libc}",
                            "-DCMAKE_CROSSCOMPILING_EMULATOR=cmos-run;--timeout;5")
    expect(re.search(r"zlib= json=0 ar=.*ar", report), report)
    tests = (user.folder / "words-b" / "CTestTestfile.cmake").read_text(encoding="utf-8")
    expect(re.search(r'\[=\[name\]=\] "cmos-run" "--timeout" "5" ".*t.cpe"\)', tests), tests)
    expect(re.search(r'\[=\[path\]=\] "cmos-run" "--timeout" "5" ".*t.cpe" "a" "" "b;c"\)', tests), tests)


def homeless(user):
    """Without a home the C library is in a folder of the user's own beside other temporary files."""
    version = (user.prefix / "share/cmos/sdk/version").read_text(encoding="utf-8").strip()
    caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    own = user.folder / "tmp" / f"cmos-{os.getuid()}"
    shutil.copytree(caches / "cmos/newlib" / version / "8664", own / "newlib" / version / "8664")
    own.chmod(0o700)
    (user.folder / "home.c").write_text('#include <stdio.h>\nint main(void) { puts("no home"); return 0; }\n')
    said = user.call(user.prefix / "bin/cmos-cc", "--libc", "newlib", "home.c", "-o", "home.cpe",
                     HOME="", XDG_CACHE_HOME="", TMPDIR=str(user.folder / "tmp"))
    expect(said == "", f"nothing is built again, and nothing is said: {said}")
    expect(user.call(user.prefix / "bin/cmos-run", "home.cpe") == "no home\n", "the program runs")


def needs_newlib():
    if not pathlib.Path("/usr/src/newlib/newlib-3.3.0.tar.xz").exists() or not shutil.which("llvm-ar-14"):
        raise Skip("newlib-source or llvm-14 is not installed")


def cross(user):
    needs_newlib()
    cross_project(user, "8664", "__86", "_ARM", "AR64", "APPL")
    toolchain_words(user)
    homeless(user)
    meson_project(user, "8664", "AR64")


CASES = {"host-project": host_project, "assembly-includes": assembly_includes, "refusals": refusals, "toolchain-files": cross}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("case", choices=CASES)
    arguments = parser.parse_args()
    for tools in (("clang-14", "clang"), ("ld.lld-14", "ld.lld"), ("ninja",)):
        if not any(map(shutil.which, tools)):
            print(f"skipped: {tools[0]} is not installed")
            return SKIPPED
    with tempfile.TemporaryDirectory(prefix="cmos sdk ") as folder:
        try:
            CASES[arguments.case](User(arguments, pathlib.Path(folder)))
        except Skip as reason:
            print(f"skipped: {reason}")
            return SKIPPED
        except Failure as failure:
            print(failure)
            return 1
    print(f"{arguments.case}: as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main())
