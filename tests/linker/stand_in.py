#!/usr/bin/env python3
"""Lets cmos-cc link with cmos-ld: name this as CMOS_LD and as CMOS_PACK, and cmos-ld as CMOS_LINKER.

As the linker it writes down its arguments instead of an ELF file; as the packer it hands them to cmos-ld, together with
its own options, which cmos-ld has too.
"""
import json
import os
import pathlib
import subprocess
import sys


def as_linker(words):
    at = words.index("-T")
    script = words[at + 1]
    rest = words[:at] + words[at + 2:]
    at = rest.index("-o")
    output = rest[at + 1]
    pathlib.Path(output).write_text(json.dumps({"script": script, "words": rest[:at] + rest[at + 2:]}))
    return 0


def as_packer(words):
    saved = json.loads(pathlib.Path(words[0]).read_text())
    return subprocess.run([os.environ["CMOS_LINKER"], *saved["words"], *words[1:]]).returncode


def main():
    words = sys.argv[1:]
    if words == ["--version"]:
        print("cmos-ld, in place of a linker and cmos-pack")
        return 0
    return as_linker(words) if "-T" in words else as_packer(words)


sys.exit(main())
