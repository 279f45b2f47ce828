#!/usr/bin/env python3
"""C programs for the 68000 by m68k-linux-gnu-gcc, at every level of optimization, on cmos-run and on qemu-m68k: the same
output. The programs are those in m68k/.

    against_qemu_m68k.py --bin build/debug/bin [NAME…]

Exits with 77, which is a skipped test, when the compiler or the emulator is missing.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(__file__).resolve().parent / "m68k"
COMPILER = "m68k-linux-gnu-gcc"
LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
FLAGS = ["-m68000", "-ffreestanding", "-fno-builtin", "-nostdlib", "-static", "-no-pie", "-fno-pic", "-fno-stack-protector",
         "-fno-tree-loop-distribute-patterns", "-Wno-unused-function", "-Wno-builtin-declaration-mismatch",
         "-Wl,--build-id=none,--no-warn-rwx-segments"]
# The whole program as one stretch of memory from the address where the 68000 has its programs.
SYSTEMS = {"LINUX": [], "CALAMOS": ["-Wl,-N,-Ttext=0x400000"]}


def output(*command):
    done = subprocess.run(command, capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def compare(tools, folder, source, level):
    """What differs, as text."""
    made = {}
    for system, flags in SYSTEMS.items():
        made[system] = folder / f"{system}.elf"
        subprocess.run([COMPILER, level, *FLAGS, *flags, f"-D{system}", source, "-o", made[system]], check=True)
    program = folder / "program.cpe"
    subprocess.run([tools / "cmos-pack", made["CALAMOS"], "-o", program], check=True)
    expected = output("qemu-m68k", made["LINUX"])
    found = output(tools / "cmos-run", program)
    if expected[0] != 0 or len(expected[1]) < 9 or expected[2]:
        return f"qemu-m68k failed: {expected}"
    return "" if found == expected else f"expected {expected}, found {found}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of programs (default: all)")
    arguments = parser.parse_args()
    if not all(map(shutil.which, [COMPILER, "qemu-m68k"])):
        print(f"skipped: {COMPILER} or qemu-m68k is missing (packages gcc-m68k-linux-gnu, qemu-user)")
        return 77
    sources = sorted(source for source in PROGRAMS.glob("*.c") if not arguments.names or source.stem in arguments.names)
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        for source in sources:
            for level in LEVELS:
                difference = compare(arguments.bin, pathlib.Path(name), source, level)
                if difference:
                    print(f"{source.stem} {level}: {difference}")
                    bad += 1
    print(f"{len(sources)} programs at {len(LEVELS)} levels: {bad or 'no'} differences")
    return 1 if bad or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
