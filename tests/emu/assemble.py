#!/usr/bin/env python3
"""Turns programs.asm into programs.inc (bytes and labels), with LLVM's assembler. Run by hand after an edit."""
import pathlib
import re
import subprocess
import tempfile

CODE = 0x400000  # kCode of guest.h
HERE = pathlib.Path(__file__).parent
TARGETS = {
    "8664": ("x86_64", "", "kX8664"),
    "__86": ("i386", "", "kX86"),
    "_ARM": ("armv7a", "+neon,+vfp4,+trustzone,+virtualization", "kArm"),
    "thumb": ("thumbv7a", "+neon,+vfp4", "kArm"),
    "AR64": ("aarch64", "+crc,+crypto", "kArm64"),
}


def assemble(target, source):
    triple, features, _ = TARGETS[target]
    intel = ".intel_syntax noprefix\n" if target in ("8664", "__86") else ""
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder)
        (base / "a.s").write_text(intel + source + "\n")
        subprocess.run(["llvm-mc-14", f"-triple={triple}", f"-mattr={features}", "-filetype=obj", "-o", base / "a.o", base / "a.s"],
                       check=True)
        subprocess.run(["ld.lld-14", f"-Ttext={CODE:#x}", "-e", "0", "-o", base / "a", base / "a.o"], check=True)
        subprocess.run(["llvm-objcopy-14", "-O", "binary", "-j", ".text", base / "a", base / "a.bin"], check=True)
        symbols = subprocess.run(["llvm-nm-14", base / "a"], check=True, capture_output=True, text=True).stdout
        labels = {m[2]: int(m[1], 16) - CODE - int(m[1], 16) % (2 if target == "thumb" else 1) for m in re.finditer(r"^([0-9a-f]+) [tT] (\w+)$", symbols, re.M)}
        return (base / "a.bin").read_bytes(), labels


def main():
    out = ["// Made by assemble.py from programs.asm. clang-format off"]
    for section in re.split(r"^== ", (HERE / "programs.asm").read_text(), flags=re.M)[1:]:
        head, source = section.split("\n", 1)
        name, target = head.split()[:2]
        code, labels = assemble(target, source)
        data = ", ".join(f"0x{byte:02x}" for byte in code)
        text = ", ".join(f'{{"{label}", {offset}}}' for label, offset in sorted(labels.items()))
        thumb = "true" if target == "thumb" else "false"
        out.append(f'{{"{name}", &{TARGETS[target][2]}, {thumb}, {{{data}}}, {{{text}}}}},')
    (HERE / "programs.inc").write_text("\n".join(out) + "\n")


main()
