#!/usr/bin/env python3
"""Installs the SDK and uses its cmos-cc as a user would: every ARCH, compiler and linker, names with spaces, clear refusals.

    cmos_cc.py --bin build/debug/bin --build build/debug        exit 77 (skipped) without clang and lld
"""
import argparse
import os
import pathlib
import re
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
# Code that the program has written itself: 1 before, 2 afterwards.
WRITTEN_CODE = r"""
#include <cmos.h>
void __clear_cache(void* begin, void* end);
#if defined(__aarch64__)
static volatile uint32_t code[] = {0x52800020, 0xd65f03c0}; /* mov w0, #1; ret */
enum { kTwo = 0x52800040 };
#else
static volatile uint32_t code[] = {0xe3a00001, 0xe12fff1e}; /* mov r0, #1; bx lr */
enum { kTwo = (int)0xe3a00002 };
#endif
int main(void) {
  int (*volatile function)(void) = (int (*)(void))code;
  const int before = function();
  code[0] = (uint32_t)kTwo;
  __clear_cache((void*)code, (char*)code + sizeof code);
  return before * 10 + function();
}
"""
# Constructors by priority, then in order of the source; destructors the other way round; local statics at their first use.
ORDER = r"""
#include <cmos.h>
struct Guest {
  explicit Guest(const char* name) : name_(name) { cmos_print("+"); cmos_print(name_); }
  ~Guest() { cmos_print("-"); cmos_print(name_); }
  const char* name_;
};
static Guest later("c");
__attribute__((init_priority(300))) static Guest second("b");
__attribute__((init_priority(200))) static Guest first("a");
static Guest last("d");
__attribute__((constructor(150))) static void earliest() { cmos_print("0"); }
__attribute__((destructor(150))) static void latest() { cmos_print("9"); }
static void visit() { static Guest once("e"); }
extern "C" int main() {
  cmos_print("|");
  visit();
  visit();
  cmos_print("|");
  return 0;
}
"""
ORDERED = "0+a+b+c+d|+e|-e-d-c-b-a9"


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
        self.programs = prefix / "bin"

    def cc(self, *words):
        return self.call("cmos-cc", *words)

    def call(self, name, *words):
        return subprocess.run([self.programs / name, *words], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, check=False)

    def run(self, *words):
        return subprocess.run([self.tools / "cmos-run", *words], cwd=self.folder, capture_output=True, text=True, check=False)

    def build_and_run(self, source, *options, words=()):
        built = self.cc(source, "-o", "out.cpe", *options)
        expect(built.returncode == 0 and not built.stderr, f"cmos-cc {source} {options}: {built.returncode} {built.stderr}")
        return self.run("out.cpe", *words)


ARCHS = (["--arch", "8664"], ["--arch", "__86"], ["--arch", "_ARM"], ["--arch", "arm", "--thumb"], ["--arch", "aarch64"],
         ["--arch=APPL"])
GNU = {"8664": "", "__86": "", "_ARM": "arm-linux-gnueabihf-", "arm": "arm-linux-gnueabihf-", "aarch64": "aarch64-linux-gnu-",
       "APPL": "aarch64-linux-gnu-"}


def check_archs(user):
    for options in ARCHS:
        for level in ("-O0", "-O2"):
            done = user.build_and_run("a hello.c", *options, level, '-DNAME="two  words"', words=["!"])
            expect((done.returncode, done.stdout) == (2, "two  words!"), f"{options} {level}: {done}")
            done = user.build_and_run("division.c", *options, level)
            expect(done.returncode == 42, f"division {options} {level}: {done}")


def check_compilers_and_linkers(user):
    for options in ARCHS:
        gnu = GNU[options[-1].removeprefix("--arch=") if "--thumb" not in options else "_ARM"]
        for choice in (["--cc", "gcc"], ["--linker", "bfd"], ["--cc=gcc", "--linker=bfd"],
                       ["--cc", "gcc", "--linker", "cmos"]):
            if not shutil.which(gnu + "gcc") or not shutil.which(gnu + "ld.bfd"):
                continue
            done = user.build_and_run("division.c", *options, *choice, "-O2")
            expect(done.returncode == 42, f"division {options} {choice}: {done}")
            if "--cc" in choice[0] and not shutil.which(gnu + "g++"):
                done = user.cc("order.cc", *options, *choice, "-o", "x.cpe")
                expect(done.returncode == 1 and f"apt install g++-{gnu[:-1]}" in done.stderr, f"no g++ {choice}: {done}")
                continue
            done = user.build_and_run("order.cc", *options, *choice, "-O2")
            expect((done.returncode, done.stdout) == (0, ORDERED), f"order.cc {options} {choice}: {done}")


def check_order(user):
    for options in ARCHS:
        for choice in (("-O2",), ("--linker", "cmos", "-O0")):
            done = user.build_and_run("order.cc", *options, *choice)
            expect((done.returncode, done.stdout) == (0, ORDERED), f"order.cc {options} {choice}: {done}")
    # C++ objects alone: the other name of the driver links what they need.
    expect(user.cc("-c", "order.cc").returncode == 0, "cmos-cc -c order.cc")
    done = user.call("cmos-c++", "order.o", "-o", "out.cpe")
    expect(done.returncode == 0, f"cmos-c++ order.o: {done}")
    expect(user.run("out.cpe").stdout == ORDERED, "order.o by cmos-c++")
    done = user.cc("order.o", "-o", "x.cpe")
    expect(done.returncode == 1 and "__cxa_atexit" in done.stderr, f"cmos-cc order.o: {done}")


FREESTANDING = """
#include <array>
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
static int sum(std::initializer_list<int> numbers) {
  int all = 0;
  for (int number : numbers) all += number;
  return all;
}
static_assert(std::is_same_v<std::uint8_t, unsigned char> && std::numeric_limits<int>::max() == INT_MAX);
alignas(8) static char place[16];
extern "C" int main(int, char**) {
  std::atomic<int> counter{4};
  const std::tuple<int, char> pair(sum({30, 4}), 'x');
  std::array<std::size_t, 2> sizes{1, 2};
  std::swap(sizes[0], sizes[1]);
  const int* three = new (place) int(static_cast<int>(sizes[0] + sizes[1]));
  return std::get<0>(pair) + counter.fetch_add(1) + *three + (std::exchange(sizes[0], 0) == 2);
}
"""


def check_freestanding(user):
    """Headers of C++ that need no library are there without one, and others are asked for in a sentence."""
    (user.folder / "free.cc").write_text(FREESTANDING)
    (user.folder / "stream.cc").write_text("#include <iostream>\nint main() { std::cout << 1; }\n")
    for options in ARCHS:
        for compiler in ["clang"] + (["gcc"] if options[-1] in ("8664", "__86") and shutil.which("g++") else []):
            done = user.build_and_run("free.cc", *options, "--cc", compiler, "-Wall", "-Wextra", "-Werror")
            expect(done.returncode == 42, f"free.cc {options} {compiler}: {done}")
    done = user.cc("stream.cc", "-o", "x.cpe")
    expect(done.returncode == 1 and "the C++ library and its headers are there with --libc newlib" in done.stderr, f"<iostream>: {done}")


def check_steps(user):
    folder = user.folder
    expect(user.cc("-c", "division.c", "a hello.c", '-DNAME="by parts"').returncode == 0, "-c of two sources")
    expect((folder / "division.o").read_bytes()[:4] == b"\x7fELF" and (folder / "a hello.o").exists(), "-c made no objects")
    expect(user.cc("a hello.o").returncode == 0 and user.run("a.out").stdout == "by parts", "a.out is the default output")
    expect(user.cc("-S", "division.c", "-o", "out.s").returncode == 0 and "main:" in (folder / "out.s").read_text(), "-S")
    expect("int main" in user.cc("-E", "division.c").stdout, "-E")
    done = user.cc("-c", "a hello.c", "-MD", "-MF", "x.d", "-MT", "x", "-o", "x.o", '-DNAME=""')
    expect(done.returncode == 0 and "cmos.h" in (folder / "x.d").read_text(), f"-MD: {done}")
    done = user.cc("a hello.c", "-o", "out.elf", '-DNAME=""')
    expect(done.returncode == 0 and (folder / "out.elf").read_bytes()[:4] == b"\x7fELF", f"-o out.elf: {done}")
    # A library, found by -L and -l, after what needs it.
    (folder / "lib").mkdir()
    (folder / "answer.c").write_text("int answer(void) { return 42; }\n")
    (folder / "asks.c").write_text("int answer(void);\nint main(void) { return answer(); }\n")
    expect(user.cc("-c", "answer.c", "-o", "lib/answer.o").returncode == 0, "answer.c")
    subprocess.run(["ar", "rcs", "libanswer.a", "answer.o"], cwd=folder / "lib", check=True)
    for words in (("-Llib", "asks.c", "-lanswer"), ("asks.c", "-L", "lib", "-l", "answer"), ("asks.c", "lib/libanswer.a")):
        done = user.cc(*words, "-o", "out.cpe")
        expect(done.returncode == 0 and user.run("out.cpe").returncode == 42, f"cmos-cc {words}: {done}")
    done = user.cc("asks.c", "-o", "x.cpe")
    expect(done.returncode == 1 and "answer" in done.stderr and not (folder / "x.cpe").exists(), f"an undefined symbol: {done}")
    # Commands shown, and not run.
    done = user.cc("-###", "asks.c", "-o", "y.cpe")
    expect(done.returncode == 0 and not (folder / "y.cpe").exists() and done.stderr.count("\n+ ") == 3, f"-###: {done}")
    done = user.cc("--verbose", "a hello.c", "-o", "y.cpe", '-DNAME="a b"')
    expect(done.returncode == 0 and (folder / "y.cpe").exists() and "'-DNAME=\"a b\"'" in done.stderr, f"--verbose: {done}")
    expect(user.cc("--version").stdout.startswith("cmos-cc "), "--version names the tool asked")
    expect(user.cc("-h").stdout == user.cc("--help").stdout, "-h")
    # The linker is asked as build systems ask it.
    expect("cmos-ld" in user.cc("-Wl,--version").stdout and "GNU" in user.cc("-Wl,--version").stdout, "-Wl,--version")
    expect("LLD" in user.cc("--linker", "lld", "-Wl,--version").stdout, "-Wl,--version of lld")
    # What cmos-ld does not do is linked by lld, unless a linker is named.
    for words, linker in (((), "cmos-ld"), (("-o", "y.elf"), "ld.lld"), (("-T", "some.ld"), "ld.lld"), (("-flto",), "ld.lld"),
                          (("--linker", "bfd"), "ld.bfd"), (("-g", "-s"), "cmos-ld")):
        done = user.cc("-###", "asks.c", "-o", "y.cpe", *words)
        expect(re.search(rf"^\+ \S*{re.escape(linker)}", done.stderr, re.M), f"{words}: {done.stderr}")
    # Debug information of -g is kept without another word, and reports name sources.
    (folder / "fails.c").write_text("int main(void) { *(volatile int*)8 = 1; }\n")
    user.cc("-g", "fails.c", "-o", "fails.cpe")
    done = user.run("fails.cpe")
    expect(done.returncode == 139 and "fails.c:1" in done.stderr and "these bytes came from fails.c, " in done.stderr, f"-g: {done}")
    (folder / "fails.cpe.debug").unlink()
    user.cc("-g", "-s", "fails.c", "-o", "fails.cpe")
    expect(not (folder / "fails.cpe.debug").exists(), "-g -s")
    done = user.cc("-g", "fails.c", "-o", "/dev/null")
    expect(done.returncode == 0, f"-o /dev/null: {done}")
    # Options of two words, and libraries that a program needs by habit.
    script = user.programs.parent / "share" / "cmos" / "sdk" / "lib" / "cmos.ld"
    for words in (("-u", "main"), ("-e", "_start"), ("-z", "now"), ("-B", "."), ("-T", str(script)), ("-lpthread", "-lrt", "-ldl", "-lm"),
                  ("-pthread",), ("-s",), ("-lm", "--linker", "cmos"), ("-u", "main", "-z", "now", "--linker", "cmos")):
        done = user.cc("a hello.c", *words, "-o", "out.cpe", '-DNAME="two"')
        expect(done.returncode == 0 and user.run("out.cpe").stdout == "two", f"{words}: {done}")
    expect(user.cc("a hello.c", "-u").returncode == 2, "-u without its word")
    expect("search starts here" in user.cc("-E", "-v", "division.c", "-o", "out.i").stderr, "-E -v lists the folders of headers")
    # What is linked can be started by its name.
    for words in ((), ("--linker", "cmos")):
        expect(user.cc("a hello.c", *words, "-o", "starts.cpe", '-DNAME=""').returncode == 0 and os.access(folder / "starts.cpe", os.X_OK),
               f"{words}: the program cannot be executed")
        (folder / "starts.cpe").unlink()
    expect(user.cc("-print-file-name=include").returncode == 0, "what a configure script asks")
    expect(user.cc("-Wl,-Map=out.map", "a hello.c", "-o", "out.cpe", '-DNAME=""').returncode == 0, "-Wl,")
    expect((folder / "out.map").exists(), "-Wl,-Map= wrote no map")


def check_assembly(user):
    """Sources for cmos-as: a program of them alone, and beside C."""
    folder = user.folder
    (folder / "hello.asm").write_text('.const text utf8 "from asm\\n"\nglobal start\nstart:\n  mov rcx, offset text\n'
                                      "  mov edx, sizeof(text)\n  xor edi, edi\n  call stdout\n  mov eax, ANSWER\n  ret\n")
    done = user.build_and_run("hello.asm", "-D", "ANSWER=7")
    expect((done.returncode, done.stdout) == (7, "from asm\n"), f"hello.asm: {done}")
    (folder / "twice.asm").write_text("global twice\ntwice:\n  lea eax, [rdi+rdi]\n  ret\n")
    (folder / "main.c").write_text("int twice(int);\nint main(void) { return twice(21); }\n")
    expect(user.build_and_run("main.c", "twice.asm").returncode == 42, "C beside .asm")
    expect(user.cc("-c", "twice.asm").returncode == 0, "-c twice.asm")
    expect(user.build_and_run("main.c", "twice.cpo", "--pack", "--mini-disk", "--pack", "64").returncode == 42, "C beside .cpo")
    done = user.cc("main.c", "twice.cpo", "--linker", "lld", "-o", "x.cpe")
    expect(done.returncode == 2 and "--linker cmos alone" in done.stderr, f".cpo with lld: {done}")
    (folder / "wrong.asm").write_text("start:\n  mov rcx,\n")
    done = user.cc("wrong.asm", "-o", "x.cpe")
    expect(done.returncode == 1 and "wrong.asm:2:" in done.stderr and not (folder / "x.cpe").exists(), f"wrong.asm: {done}")


def check_written_code(user):
    (user.folder / "code.c").write_text(WRITTEN_CODE)
    for options in (("--arch", "_ARM"), ("--arch", "_ARM", "--thumb"), ("--arch", "AR64"), ("--arch", "APPL")):
        built = user.cc("code.c", "-o", "code.cpe", *options)
        expect(built.returncode == 0, f"__clear_cache {options}: {built.stderr}")
        done = user.run("--no-protect", "code.cpe")
        expect(done.returncode == 12, f"code written by the program {options}: {done}")


def check_refusals(user):
    refusals = [
        ((), 2, "nothing to compile"),
        (("division.c", "-o", "x.cpe", "--arch", "Z80"), 2, "unknown ARCH 'Z80'"),
        (("division.c", "-o"), 2, "-o needs a value"),
        (("division.txt", "-o", "x.cpe"), 2, "what is 'division.txt'?"),
        (("missing.c", "-o", "x.cpe"), 1, "missing.c"),
        (("division.c", "-o", "x.cpe", "--thumb"), 2, "ARM only"),
        (("division.c", "-o", "x.cpe", "--pack", "--entry", "--pack", "nowhere"), 1, 'the symbol "nowhere" is not defined'),
        (("division.c", "-o", "x.cpe", "--cc", "no-such-compiler"), 2, "no program 'no-such-compiler'"),
        (("division.c", "-o", "x.cpe", "--linker", "no-such-linker"), 2, "no program 'no-such-linker'"),
        (("division.c", "-o", "x.cpe", "--libc", "nowhere"), 2, "no C library in 'nowhere'"),
        (("-c", "division.c", "a hello.c", "-o", "x.cpe"), 2, "one output"),
        (("-shared", "division.c", "-o", "x.cpe"), 2, "no shared libraries"),
    ]
    for words, status, text in refusals:
        done = user.cc(*words)
        expect(done.returncode == status and text in done.stderr, f"cmos-cc {words}: {done}")
        expect(not (user.folder / "x.cpe").exists(), f"cmos-cc {words} wrote a file")
    # The host's headers are never taken.
    (user.folder / "stdio.c").write_text("#include <stdio.h>\nint main(void) { return 0; }\n")
    for compiler in ("clang", "gcc"):
        done = user.cc("stdio.c", "-o", "x.cpe", "--cc", compiler)
        expect(done.returncode == 1 and "stdio.h" in done.stderr and "/usr/include" not in done.stderr and "--libc newlib" in done.stderr,
               f"stdio.h without a C library: {done}")
    expect(user.cc("--help").returncode == 0, "--help")


def check(user):
    (user.folder / "a hello.c").write_text(HELLO)
    (user.folder / "division.c").write_text(DIVISION)
    (user.folder / "order.cc").write_text(ORDER)
    for step in (check_archs, check_compilers_and_linkers, check_order, check_freestanding, check_steps, check_assembly, check_written_code, check_refusals):
        step(user)


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
