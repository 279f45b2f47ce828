#!/usr/bin/env python3
"""Writes seeds of fuzz_linker: pairs of objects as compilers make them, with options, and archives of them.

    fuzz/linker_seeds.py FOLDER

Needs clang 14, and GNU ar. scripts/fuzz-campaign --keep takes those that reach something new, when they lie in its state folder.
"""
import itertools
import pathlib
import subprocess
import sys
import tempfile

TARGETS = {
    "8664": ["--target=x86_64-none-elf"],
    "__86": ["--target=i386-none-elf", "-march=i686"],
    "_ARM": ["--target=armv7a-none-eabi", "-mfloat-abi=softfp", "-mfpu=vfpv3"],
    "thumb": ["--target=armv7a-none-eabi", "-mthumb", "-mfloat-abi=hard", "-mfpu=vfpv3"],
    "AR64": ["--target=aarch64-none-elf"],
}
STYLES = {
    "plain": [],
    "sections": ["-ffunction-sections", "-fdata-sections"],
    "pic": ["-fPIC", "-fcommon"],
    "debug": ["-g", "-gz=zlib"],
    "large": ["-fno-plt", "-fasynchronous-unwind-tables", "-mcmodel=large"],
    "unwind": ["-fexceptions", "-funwind-tables", "-ffunction-sections", "-fvisibility=hidden"],
}
ONE = """
extern "C" { int g(int); extern int weak __attribute__((weak)); extern int shared; int f(int);
extern char __start_own[], __stop_own[]; }
struct Static { int at; Static() : at(g(1)) {} ~Static() { shared = at; } } first, second;
struct Base { virtual int call(int) = 0; virtual ~Base() {} };
template <class T> T twice(T value) { return value + value; }
static int (*const table[])(int) = {f, g};
extern "C" __attribute__((section("own"), used)) int owned = 5;
extern "C" int f(int x) { return table[x & 1](x) + (&weak ? weak : 0) + shared + __start_own[0]; }
extern "C" void _start() { const char* text = "same text"; f(twice(text[0])); for (;;) {} }
"""
TWO = """
int common; int shared = 3; static int once; const char* texts[] = {"same text", "text", "other"};
__attribute__((weak)) int f(int x) { return x; }
__attribute__((noinline, cold)) static int slow(int x) { return x * common + once++; }
int g(int x) { switch (x) { case 1: return slow(2); case 2: return f(3); case 3: return texts[x][0]; case 9: return 4; }
  return x > 100 ? g(x - 1) : (int)(long)&common; }
__attribute__((constructor(200))) static void begin(void) { common = 1; }
__attribute__((destructor)) static void end(void) { common = 0; }
"""
ODD = """
.text
.symver old, f@@V2
.symver older, f@V1
.globl old, older, g, shared
old: older: g: .byte 0, 1, 2, 3
.section .gnu.linkonce.t.same,"ax",%progbits
.weak same
same: .byte 0, 0, 0, 0
.section .text.same,"axG",%progbits,same,comdat
.weak same2
same2: .byte 1, 2, 3, 4
.section .group,"a",%progbits
.data
.hidden shared
shared: .4byte same2, g - .
.comm common,32,8
.section .note.x,"",%note
.4byte 1
.section .ctors.100,"aw",%progbits
.4byte g, shared
.section .tdata,"awT",%progbits
.4byte 5
"""
EXPRESSIONS = [b"", b"_start + 4", b"ALIGN(_start, 0x1000) | DEFINED(nothing) ? MAX(1, 2) : -MIN(g, 4K)"]


def compile_pair(folder, target, style):
    flags = TARGETS[target] + STYLES[style] + ["-Os", "-fno-exceptions", "-ffreestanding", "-c", "-w"]
    out = []
    for name, text in (("one.cc", ONE), ("two.c", TWO)):
        (folder / name).write_text(text)
        made = folder / (name + ".o")
        subprocess.run(["clang-14", *flags, str(folder / name), "-o", str(made)], check=True)
        out.append(made)
    return out


def seed(options, rare, expression, first, second):
    head = bytes([options | 64, rare, len(expression)]) + expression
    return head + bytes([min(255, -(-256 * len(first) // (len(first) + len(second))))]) + first + second


def split(first, second):
    """The first file with so many zeros behind it that the second begins at a 256th of both."""
    for _ in range(1000):
        whole = len(first) + len(second)
        part = -(-256 * len(first) // whole)
        if part < 256 and whole * part // 256 == len(first):
            return first, second
        first += b"\0"
    return None


def odd_files(folder):
    """Names and bytes of what links reject or treat in a way of its own."""
    (folder / "odd.s").write_text(ODD)
    (folder / "two.c").write_text(TWO)

    def made(name, *command):
        path = folder / name
        path.unlink(missing_ok=True)
        subprocess.run([*command[:-1], str(path), *command[-1]], check=True, stderr=subprocess.DEVNULL)
        return path.read_bytes()

    def compiled(name, target, *flags, source="two.c"):
        return made(name, "clang-14", *TARGETS[target], "-Os", "-w", "-c", *flags, "-o", [str(folder / source)])

    out = {f"odd-{target}": compiled("b", target, source="odd.s") for target in TARGETS}
    out["bitcode"] = compiled("bitcode", "8664", "-flto")
    out["slim"] = made("slim", "gcc", "-flto", "-Os", "-w", "-c", "-o", [str(folder / "two.c")])
    out["soft"] = compiled("soft", "_ARM", "-mfloat-abi=soft")
    out["plain"] = compiled("b", "8664")
    for name, flags in (("unsorted", "rcS"), ("thin", "rcsT"), ("thin-unsorted", "rcST"), ("sorted", "rcs")):
        out[name] = made(name + ".a", "ar", flags, [str(folder / "b")])
    out["nested"] = made("nested.a", "ar", "rcs", [str(folder / "sorted.a")])
    return out


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for target, style in itertools.product(TARGETS, STYLES):
            first, second = compile_pair(folder, target, style)
            archive = folder / "lib.a"
            archive.unlink(missing_ok=True)
            subprocess.run(["ar", "rcs", str(archive), str(second)], check=True)
            for number, other in enumerate((second, archive)):
                both = split(first.read_bytes(), other.read_bytes())
                if both is None:
                    continue
                for options, rare in ((0, 0), (1, 7), (18, 0x48), (5, 0x90), (9, 0x23), (1, 0xc1), (128, 0), (129, 0x20)):
                    expression = EXPRESSIONS[(count + number) % len(EXPRESSIONS)]
                    (out / f"{target}-{style}-{count}").write_bytes(seed(options, rare, expression, *both))
                    count += 1
        for name, second in odd_files(folder).items():
            arch = name.removeprefix("odd-")
            one = compile_pair(folder, arch if arch in TARGETS else "8664", "unwind")[0].read_bytes()
            for options, rare in ((0, 0), (16, 0x41), (4, 0x40), (1, 0x86)):
                for number, both in enumerate((split(one, second), split(second, one), split(second, second))):
                    if both is not None:
                        (out / f"{name}-{number}-{options}").write_bytes(seed(options, rare, b"", *both))
                        count += 1
    print(f"{count} seeds")


if __name__ == "__main__":
    main()
