#!/usr/bin/env python3
"""One program of everything: assembly by cmos-as, C by gcc, C by clang, an archive, a thin archive, libcmos.

    mixed.py --bin build/debug/bin --build build/debug

Exit status: 0 well, 1 not, 77 a tool is missing.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ASSEMBLY = """; The entry: calls C, prints with libcmos, ends with what C has returned.
.const message utf8 "mixed\\n"
global start
start:
  sub rsp, 8
  mov rcx, offset message
  mov edx, sizeof(message)
  xor edi, edi
  call cmos_stdout
  call by_gcc
  add rsp, 8
  ret
"""
BY_GCC = "int by_clang(int); int in_thin(void); int by_gcc(void) { return by_clang(3) + in_thin(); }\n"
BY_CLANG = "int in_archive(int); int by_clang(int n) { return in_archive(n) * 10; }\n"
IN_ARCHIVE = "int table[] = {1, 2, 3, 4}; int in_archive(int n) { return table[n]; }\n"
IN_THIN = "int in_thin(void) { return 2; }\n"
C = ["-O1", "-ffreestanding", "-fno-pic", "-fno-asynchronous-unwind-tables", "-c"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    options = parser.parse_args()
    tools, libraries = options.bin.resolve(), options.build.resolve() / "sdk/lib"
    for tool in ("gcc", "clang-14", "ar"):
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            return 77
    if not (libraries / "8664/libcmos.a").exists() or not (tools / "cmos-as").exists():
        print("libcmos or cmos-as is not built")
        return 77
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)

        def call(*words, status=0):
            result = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, timeout=120)
            if result.returncode != status:
                sys.exit(f"{' '.join(map(str, words))}: status {result.returncode}\n{result.stdout}{result.stderr}")
            return result

        for name, text in (("start.asm", ASSEMBLY), ("gcc.c", BY_GCC), ("clang.c", BY_CLANG), ("archive.c", IN_ARCHIVE), ("thin.c", IN_THIN)):
            (folder / name).write_text(text)
        call(tools / "cmos-as", "start.asm", "-o", "start.cpo")
        call("gcc", *C, "-fcf-protection=none", "gcc.c")
        for name in ("clang", "archive", "thin"):
            call("clang-14", "--target=x86_64-none-elf", *C, f"{name}.c")
        call("ar", "rcs", "libone.a", "archive.o")
        (folder / "parts").mkdir()
        (folder / "thin.o").rename(folder / "parts/thin.o")
        call("ar", "rcsT", "libtwo.a", "parts/thin.o")
        for order in (["start.cpo", "gcc.o", "clang.o"], ["clang.o", "gcc.o", "start.cpo"]):
            call(tools / "cmos-ld", *order, "-L", ".", "-L", libraries, "-lone", "-ltwo", "-lcmos", "-o", "mixed.cpe")
            ran = call(tools / "cmos-run", "mixed.cpe", status=42)
            if ran.stdout != "mixed\n":
                sys.exit(f"found {ran.stdout!r}, expected 'mixed'")
        call(tools / "cmos-ld", *order, "-L", ".", "-L", libraries, "-lone", "-ltwo", "-lcmos", "-o", "again.cpe", "--threads", "1")
        if (folder / "again.cpe").read_bytes() != (folder / "mixed.cpe").read_bytes():
            sys.exit("the number of threads changes the output")
        (folder / "parts/thin.o").unlink()
        gone = call(tools / "cmos-ld", *order, "-L", ".", "-L", libraries, "-lone", "-ltwo", "-lcmos", "-o", "no.cpe", status=1)
        if "parts/thin.o: No such file" not in gone.stderr or (folder / "no.cpe").exists():
            sys.exit(f"a missing member of a thin archive: {gone.stderr}")
    print("mixed: well")
    return 0


sys.exit(main())
