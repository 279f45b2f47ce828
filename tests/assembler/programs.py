#!/usr/bin/env python3
"""Programs in CBT assembly, from source to exit status: cmos-as, cmos-ld with libcmos, cmos-run.

    programs.py --bin build/debug/bin --sdk build/debug/sdk samples ARCH    samples/asm
    programs.py ... calls ARCH     every function of libcmos makes its call, and keeps the registers it promises to keep
    programs.py ... mixed ARCH     assembly, C by gcc, C by clang, an archive and libcmos in one program
    programs.py ... lines ARCH     a crash is reported with the line of the source
    programs.py ... first-program  the commands of docs/assembly.md
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
GCC = {"8664": "gcc", "__86": "gcc", "_ARM": "arm-linux-gnueabihf-gcc", "AR64": "aarch64-linux-gnu-gcc"}


class Failure(Exception):
    pass


class Bench:
    def __init__(self, arguments, folder):
        self.bin = pathlib.Path(arguments.bin).resolve()
        self.sdk = pathlib.Path(arguments.sdk).resolve()
        self.folder = pathlib.Path(folder)
        self.environment = {**os.environ, "CMOS_ROOT": str(self.folder / "root"), "LC_ALL": "C.UTF-8"}

    def run(self, *command, status=0, stdin=b""):
        words = [str(word) for word in command]
        if words[0].startswith("cmos-"):
            words[0] = str(self.bin / words[0])
        done = subprocess.run(words, cwd=self.folder, env=self.environment, input=stdin, capture_output=True, check=False,
                              timeout=120)
        if done.returncode != status:
            raise Failure(f"{shlex.join(words)}: status {done.returncode}, expected {status}\n{done.stdout.decode()}"
                          f"{done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()

    def assemble(self, source, arch, out):
        _, said = self.run("cmos-as", source, "--arch", arch, "-o", out)
        expect("messages of cmos-as", said, "")

    def link(self, out, arch, *words):
        self.run("cmos-ld", *words, "--arch", arch, "-lcmos", "-o", out)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def expect(what, found, wanted):
    if found != wanted:
        raise Failure(f"{what}: found {found!r}, expected {wanted!r}")


# ---- samples ------------------------------------------------------------------------------------


def samples(bench, arch):
    place = SOURCE / "samples" / "asm"
    bench.assemble(place / "hello.asm", arch, "hello.cpo")
    bench.link("hello.cpe", arch, "hello.cpo")
    expect("hello", bench.run("cmos-run", "hello.cpe")[0], "Hello, CalamOS\n")
    if arch != "8664":
        return
    bench.assemble(place / "echo.asm", arch, "echo.cpo")
    bench.link("echo.cpe", arch, "echo.cpo")
    expect("echo", bench.run("cmos-run", "echo.cpe", "one", "two words", "")[0], "one two words \n")
    expect("echo alone", bench.run("cmos-run", "echo.cpe")[0], "\n")
    bench.run("cmos-run", "echo.cpe", "x" * 5000, status=1)
    bench.assemble(place / "counter.asm", arch, "counter.cpo")
    bench.link("counter.cpe", arch, "counter.cpo", "--mini-disk", "4")
    for number in range(1, 12):
        expect("counter", bench.run("cmos-run", "counter.cpe")[0], f"This is run number {number}.\n")


# ---- every call ---------------------------------------------------------------------------------

# After each call: a register that must be what it was before, and the way out when it is not.
KEPT = {
    "8664": "  cmp rcx, 1\n  jne fault\n",
    "__86": "  cmp ecx, 1\n  jne fault\n",
    "_ARM": "  cmp r7, #77\n  bne fault\n",
    "AR64": "  cmp x19, #77\n  b.ne fault\n",
}
ZEROS = {
    "8664": "  mov ecx, 1\n  xor edx, edx\n  xor edi, edi\n",
    "__86": "  mov ecx, 1\n  xor edx, edx\n  xor edi, edi\n",
    "_ARM": "  mov r7, #77\n  mov r0, #1\n  mov r1, #0\n  mov r2, #0\n",
    "AR64": "  mov x19, #77\n  mov x0, #1\n  mov x1, #0\n  mov x2, #0\n",
}
FAULT = {"8664": "  ud2\n", "__86": "  ud2\n", "_ARM": "  udf #0\n", "AR64": "  udf #0\n"}


def calls(bench, arch):
    isa = "AR64" if arch == "APPL" else arch
    listed = json.loads(bench.run("cmos-run", "--list-syscalls=json")[0])["syscalls"]
    names = [row["name"] for row in listed if row["name"] != "exit"] + ["exit"]
    for prefix in ("cmos_", ""):
        text = "global start\nstart:\n"
        for name in names:
            text += ZEROS[isa] + f"  call {prefix}{name}\n" + KEPT[isa]
        text += "fault:\n" + FAULT[isa]
        bench.assemble(bench.write("calls.asm", text), arch, "calls.cpo")
        bench.link("calls.cpe", arch, "calls.cpo")
        _, trace = bench.run("cmos-run", "--trace", "calls.cpe", status=1)
        traced = re.findall(r"^(?:.*): (\w+)\(", trace, re.M)
        expect(f"calls of {prefix or 'plain'} names", traced, names)


# ---- one program of many languages ----------------------------------------------------------------

GCC_SOURCE = """
extern int from_archive(int);
extern int asm_double(int);
int counter = 1;
int from_gcc(int value) { counter += value; return from_archive(asm_double(value)) + counter; }
"""
CLANG_SOURCE = """
static const int table[4] = {10, 20, 30, 40};
int from_clang(const unsigned char* text, int length) {
  int sum = 0;
  for (int i = 0; i < length; ++i) sum += text[i] == 'x' ? table[i & 3] : 0;
  return sum;
}
"""
ARCHIVE_SOURCE = "int from_archive(int value) { return value + 100; }\n"
# from_gcc(3) = 6 + 100 + 4 = 110; from_clang("axbxx") = 20 + 40 + 10 = 70 (places 1, 3, 4); in all 180.
MIXED = {
    "8664": """
start:
  push rbx
  mov edi, 3
  call from_gcc
  mov ebx, eax
  mov rdi, offset text
  mov esi, sizeof(text)
  call from_clang
  add ebx, eax
  mov rcx, offset done
  mov edx, sizeof(done)
  xor edi, edi
  call stdout
  mov ecx, ebx
  pop rbx
  call exit
asm_double:
  lea eax, [rdi + rdi]
  ret
""",
    "__86": """
start:
  push 3
  call from_gcc
  add esp, 4
  mov ebx, eax
  push sizeof(text)
  push offset text
  call from_clang
  add esp, 8
  add ebx, eax
  mov ecx, offset done
  mov edx, sizeof(done)
  xor edi, edi
  call stdout
  mov ecx, ebx
  call exit
asm_double:
  mov eax, [esp + 4]
  add eax, eax
  ret
""",
    "_ARM": """
start:
  push {r4, lr}
  mov r0, #3
  call from_gcc
  mov r4, r0
  ldr r0, =text
  mov r1, #sizeof(text)
  call from_clang
  add r4, r4, r0
  ldr r0, =done
  mov r1, #sizeof(done)
  mov r2, #0
  call stdout
  mov r0, r4
  pop {r4, pc}
asm_double:
  add r0, r0, r0
  bx lr
""",
    "AR64": """
start:
  stp x19, x30, [sp, #-16]!
  mov w0, #3
  call from_gcc
  mov w19, w0
  adrp x0, text
  add x0, x0, :lo12:text
  mov w1, sizeof(text)
  call from_clang
  add w19, w19, w0
  ldr x0, =done
  mov x1, sizeof(done)
  mov x2, #0
  call stdout
  mov w0, w19
  ldp x19, x30, [sp], #16
  ret
asm_double:
  add w0, w0, w0
  ret
""",
}


def mixed(bench, arch):
    if not all(shutil.which(tool) for tool in (GCC[arch], "clang-14", "llvm-ar-14")):
        print(f"skipped: {GCC[arch]}, clang-14 or llvm-ar-14 is not installed")
        sys.exit(SKIPPED)
    flags = SOURCE / "sdk" / "flags"
    bench.write("gcc.c", GCC_SOURCE)
    bench.write("clang.c", CLANG_SOURCE)
    bench.write("archive.c", ARCHIVE_SOURCE)
    bench.run(GCC[arch], f"@{flags}/gcc-{arch}.txt", "-O1", "-c", "gcc.c")
    bench.run("clang-14", f"@{flags}/clang-{arch}.txt", "-O2", "-c", "clang.c")
    bench.run("clang-14", f"@{flags}/clang-{arch}.txt", "-O2", "-c", "archive.c")
    bench.run("llvm-ar-14", "rcs", "libextra.a", "archive.o")
    bench.write("main.asm", f"""
.const text bytes "axbxx"
.const done utf8 "done\\n"
extern from_gcc, from_clang
global start, asm_double
{MIXED[arch]}
""")
    bench.assemble("main.asm", arch, "main.cpo")
    bench.link("mixed.cpe", arch, "main.cpo", "gcc.o", "clang.o", "-L.", "-lextra")
    expect("mixed", bench.run("cmos-run", "mixed.cpe", status=180)[0], "done\n")


# ---- source lines -------------------------------------------------------------------------------

CRASH = {
    "8664": "  xor ecx, ecx\n  mov [rcx], eax\n  ret\n",
    "__86": "  xor ecx, ecx\n  mov [ecx], eax\n  ret\n",
    "_ARM": "  mov r1, #0\n  str r0, [r1]\n  bx lr\n",
    "AR64": "  mov x1, #0\n  str x0, [x1]\n  ret\n",
}


def lines(bench, arch):
    if "--debug-map" not in bench.run("cmos-ld", "--help")[0]:
        print("skipped: this cmos-ld writes no side file")
        sys.exit(SKIPPED)
    bench.write("main.asm", "; nothing\nglobal start\n.include \"part.asm\"\n")
    bench.write("part.asm", "start:\n" + CRASH[arch])
    bench.run("cmos-as", "-g", "main.asm", "--arch", arch)
    bench.run("cmos-ld", "main.cpo", "--debug-map", "-o", "crash.cpe")
    _, report = bench.run("cmos-run", "crash.cpe", status=139)
    expect("the report names the line", "part.asm:3" in report, True)


# ---- the documentation ----------------------------------------------------------------------------


def first_program(bench, _):
    """The commands as a reader types them: in a shell, the tools in PATH."""
    text = (SOURCE / "docs" / "assembly.md").read_text(encoding="utf-8")
    section = text.split("## Your first program", 1)[1].split("\n## ", 1)[0]
    commands = re.findall(r"^    \$ (.*)$", section, re.M)
    source = re.search(r"```asm\n(.*?)```", section, re.S)[1]
    expect("at most five commands", len(commands) <= 5, True)
    bench.write("hello.asm", source)
    bench.environment["PATH"] = f"{bench.bin}:{os.environ['PATH']}"
    shell = "set -e\n" + "\n".join(command for command in commands if not command.startswith("export PATH"))
    out, _ = bench.run("sh", "-c", shell)
    expect("output", out, "Hello, CalamOS\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="the folder of the tools")
    parser.add_argument("--sdk", required=True, help="the folder with lib/ARCH/libcmos.a")
    parser.add_argument("what", choices=["samples", "calls", "mixed", "lines", "first-program"])
    parser.add_argument("arch", nargs="?")
    arguments = parser.parse_args()
    what = {"samples": samples, "calls": calls, "mixed": mixed, "lines": lines, "first-program": first_program}[arguments.what]
    if not any((pathlib.Path(arguments.sdk) / "lib").glob("*/libcmos.a")):
        print("skipped: libcmos is not built, since neither llvm-14 nor clang-14 is installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="cmos-asm-") as folder:
        try:
            what(Bench(arguments, folder), arguments.arch)
        except Failure as failure:
            print(failure)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
