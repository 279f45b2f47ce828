#!/usr/bin/env python3
"""samples/rust: built by the commands that its README shows, with each linker, and run.

    rust.py --bin build/debug/bin --build build/debug        exit 77 (skipped) without rustc, clang or lld
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
EXPECTED = 'Hello, CalamOS\n  1: 3 squared is 9.000\n  2: -2.5 squared is 6.250\n  3: "x": invalid float literal\n'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--build", required=True)
    arguments = parser.parse_args()
    for tools in (("rustc",), ("clang-14", "clang"), ("ld.lld-14", "ld.lld")):
        if not any(map(shutil.which, tools)):
            print(f"skipped: {tools[0]} is not installed")
            return 77
    readme = (SOURCE / "samples" / "rust" / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    ((?:rustc|cmos-cc) .*)", readme, re.M)
    programs = pathlib.Path(arguments.bin).resolve()
    environment = {**os.environ, "PATH": f"{SOURCE}/sdk/bin:{programs}:{os.environ['PATH']}", "CMOS_PACK": str(programs / "cmos-pack")}
    for linker in ("lld", "cmos", "bfd"):
        with tempfile.TemporaryDirectory(prefix="cmos-rust-") as folder:
            shutil.copy(SOURCE / "samples" / "rust" / "hello.rs", folder)
            for command in commands:
                done = subprocess.run(command, shell=True, cwd=folder, env={**environment, "CMOS_LINKER": linker}, text=True,
                                      capture_output=True, check=False)
                if done.returncode != 0 or "warning" in done.stderr:
                    print(f"{linker}: {command}\nexit status {done.returncode}\n{done.stderr}")
                    return 1
            for words, status, text in ((["3", "-2.5", "x"], 3, EXPECTED), ([b"\xff"], 101, "panicked at")):
                done = subprocess.run([programs / "cmos-run", "hello.cpe", *words], cwd=folder, text=True, capture_output=True, check=False)
                if done.returncode != status or text not in done.stdout:
                    print(f"{linker}: cmos-run hello.cpe {words}: {done}")
                    return 1
    print("hello.rs: as expected with lld, cmos-ld and GNU ld")
    return 0


if __name__ == "__main__":
    sys.exit(main())
