#!/usr/bin/env python3
"""Builds the C samples with gcc and GNU ld as sdk/README.md says, packs and runs them: same output as the cases say.

    toolchains.py --bin build/debug/bin ARCH        exit 77 (skipped) when that compiler is not installed
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
SOURCE = HERE.parents[1]
SDK = SOURCE / "sdk"
SKIPPED = 77
TOOLCHAINS = {
    "8664": ("gcc", ["ld", "-m", "elf_x86_64"]),
    "__86": ("gcc", ["ld", "-m", "elf_i386"]),
    "_ARM": ("arm-linux-gnueabihf-gcc", ["arm-linux-gnueabihf-ld"]),
    "AR64": ("aarch64-linux-gnu-gcc", ["aarch64-linux-gnu-ld"]),
}


def step(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"{' '.join(map(str, command))}\nexit status {done.returncode}\n{done.stderr}")


def pack_options(source):
    """What the source says of itself: "Packed with: --mini-disk 4"."""
    found = re.search(r"Packed with: (.+)", source.read_text(encoding="utf-8"))
    return found[1].split() if found else []


def build(arch, level, tools, folder):
    compiler, linker = TOOLCHAINS[arch]

    def compile_c(source):
        output = folder / (source.stem + ".o")
        step([compiler, f"@{SDK}/flags/gcc-{arch}.txt", f"-I{SDK}/include", level, "-Wall", "-Wextra", "-c", source,
              "-o", output])
        return output

    runtime = [compile_c(SDK / "lib" / name) for name in ("start.c", "builtins.c")]
    names = []
    for source in sorted((SOURCE / "samples").glob("*.c")):
        elf = folder / (source.stem + ".elf")
        step([*linker, f"@{SDK}/flags/ld.txt", "-T", SDK / "lib" / "cmos.ld", compile_c(source), *runtime, "-o", elf])
        step([pathlib.Path(tools) / "cmos-pack", elf, *pack_options(source), "-o",
              folder / (source.stem + ".cpe")])
        names.append(source.stem)
    return names


def run_cases(names, tools, folder):
    sys.path.insert(0, str(HERE))
    import run_samples  # noqa: the module needs no package

    failed = []
    for path in sorted((HERE / "cases").glob("*.txt")):
        case = run_samples.golden.Case(path)
        if not any(f"/{name}.cpe" in case.run for name in names):
            continue
        case.run = case.run.replace("%{sample}", str(folder))
        status, stdout, stderr = case.execute(tools, str(SOURCE))
        complaints = [*case.invariants(status, stdout, stderr),
                      *run_samples.golden.difference("STDOUT", case.expected["STDOUT"], stdout)]
        failed += [f"{path.name}: {line}" for line in complaints]
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("arch", choices=TOOLCHAINS)
    arguments = parser.parse_args()
    tools = os.path.abspath(arguments.bin)
    compiler, linker = TOOLCHAINS[arguments.arch]
    if not shutil.which(compiler) or not shutil.which(linker[0]):
        print(f"skipped: {compiler} or {linker[0]} is not installed")
        return SKIPPED
    failed = []
    for level in ("-O0", "-O2"):
        with tempfile.TemporaryDirectory(prefix="cmos-toolchain-") as folder:
            names = build(arguments.arch, level, tools, pathlib.Path(folder))
            failed += [f"{level} {line}" for line in run_cases(names, tools, pathlib.Path(folder))]
    print("\n".join(failed) or f"gcc and ld for {arguments.arch}: all C samples behave as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
