#!/usr/bin/env python3
"""Each installed header compiles by itself and without warnings: in C++20 by g++ and clang, those of C also in C11.

    headers.py TREE SOURCE
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
CXX = [["g++", "-std=c++20"], ["clang++-14", "-std=c++20"]]
C = [["gcc", "-std=c11", "-pedantic"], ["clang-14", "-std=c11", "-pedantic"]]
C_HEADERS = {"cmos/cmos.h"}


def compile_alone(include, header, command, folder):
    """The compiler's complaint about a file that has this header and nothing else; empty when there is none."""
    suffix = "c" if command in C else "cc"
    stem = f"{header.replace('/', '-')}-{command[0]}"
    source = f"{stem}.{suffix}"
    (folder / source).write_text(f"#include <{header}>\n", encoding="utf-8")
    # A compiler cache, if there is one, knows headers that have not changed, in a source that is called as before.
    cache = ["ccache"] if shutil.which("ccache") else []
    run = subprocess.run([*cache, *command, *WARNINGS, "-I", include, "-c", source, "-o", f"{stem}.o"],
                         capture_output=True, text=True, cwd=folder)
    return f"{header} ({command[0]}):\n{run.stderr}" if run.returncode else ""


def main():
    include = pathlib.Path(sys.argv[1]).resolve() / "include"
    headers = sorted(str(path.relative_to(include)) for path in (include / "cmos").rglob("*.h"))
    if not C_HEADERS <= set(headers) or "cmos/runtime/process/process.h" not in headers:
        print(f"{include}: headers are missing")
        return 1
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(compile_alone, include, header, command, pathlib.Path(folder))
                for header in headers for command in CXX + (C if header in C_HEADERS else [])]
        complaints = [job.result() for job in jobs]
    failed = [complaint for complaint in complaints if complaint]
    print("\n".join(failed) or f"{len(headers)} headers compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
