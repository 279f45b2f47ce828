#!/usr/bin/env python3
"""Links every sample with ld.lld and compares what it does with the committed program, which cmos-ld has made: stdout, exit status
and trace.

    samples.py --bin build/debug/bin ARCH

Exit status: 0 equal, 1 a difference, 77 a tool is missing.
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
ROOT = HERE.parents[1]
# What depends on the clock or on chance.
VARYING = {"guess", "clock"}
INPUT = b"50\n25\nhello\nls\nq\n"


def build(arch, source, output, tools):
    environment = {**os.environ, "CMOS_PACK": str(tools / "cmos-pack"), "CMOS_SDK": str(ROOT / "sdk")}
    options = ["--no-start"] if source.suffix == ".S" else ["-O2"]
    packed = re.search(r"Packed with: (.+)", source.read_text(encoding="utf-8"))
    for word in packed[1].split() if packed else []:
        options += ["--pack", word]
    result = subprocess.run([ROOT / "sdk/bin/cmos-cc", "--linker", "lld", "--arch", arch, *options, source, "-o", output], env=environment,
                            capture_output=True, text=True)
    return result.stderr if result.returncode else None


def behaviour(program, tools, folder):
    """Everything that a user sees, with addresses only relative to symbols."""
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    # The program's own name is part of what it sees.
    place = folder / "program.cpe"
    shutil.copy(program, place)
    trace = folder / "trace"
    result = subprocess.run([tools / "cmos-run", f"--trace-file={trace}", "--max-instructions", "300000000", place, "one", "two"],
                            cwd=folder, input=INPUT, capture_output=True, timeout=120, env={**os.environ, "CMOS_ROOT": str(root)})
    masked = re.sub(r"0x[0-9a-f]{4,}", "ADDRESS", trace.read_text(encoding="utf-8", errors="replace"))
    return result.returncode, result.stdout, masked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch")
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    options = parser.parse_args()
    for tool in ("clang-14", "ld.lld-14"):
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            return 77
    tools = options.bin.resolve()
    failures, count = [], 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for source in sorted((ROOT / "samples").iterdir()):
            committed = ROOT / "samples" / "bin" / options.arch / f"{source.stem}.cpe"
            if source.suffix not in {".c", ".cc", ".S"} or not committed.exists():
                continue
            output = folder / "linked.cpe"
            complaint = build(options.arch, source, output, tools)
            if complaint:
                failures.append(f"{source.name}: {complaint}")
                continue
            count += 1
            if source.stem in VARYING:
                continue
            ours, theirs = behaviour(output, tools, folder), behaviour(committed, tools, folder)
            for what, one, two in zip(("exit status", "stdout", "trace"), ours, theirs):
                if one != two:
                    failures.append(f"{source.name}: {what}: found {one!r}, expected {two!r}")
    print("\n".join(failures) or f"{count} samples on {options.arch}")
    return 1 if failures or count == 0 else 0


sys.exit(main())
