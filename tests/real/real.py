#!/usr/bin/env python3
"""Builds and runs real programs on CalamOS: one of PROGRAMS, or a part of gcc's torture tests.

Exit status: 0 all is well, 1 something differs, 77 what is needed from outside cannot be had (with CMOS_REAL=required: 1).
"""

import argparse
import os
import sys
import time
from pathlib import Path

import archives
import samples
import torture
from programs import PROGRAMS
from sources import Unavailable
from toolchain import Failure, Toolchain


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=[*PROGRAMS, "archives", "torture", "lua-sample", "update-lua-sample"])
    parser.add_argument("--arch", default="8664", help="of the torture tests")
    parser.add_argument("--linker", choices=["lld", "bfd", "cmos"], default="cmos", help="that links the programs")
    parser.add_argument("--cmos-run", required=True)
    parser.add_argument("--cmos-pack", required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for what is built")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        tools = Toolchain(options.cmos_run, options.cmos_pack, options.work.resolve(), options.linker)
        if options.what == "torture":
            report = torture.run(tools, options.arch)
        elif options.what == "archives":
            report = archives.run(tools)
        elif options.what == "lua-sample":
            report = samples.check(tools)
        elif options.what == "update-lua-sample":
            report = samples.update(tools)
        else:
            report = PROGRAMS[options.what](tools)
    except Unavailable as reason:
        print(f"SKIP {options.what}: {reason}")
        return 1 if os.environ.get("CMOS_REAL") == "required" else 77
    except Failure as failure:
        print(f"FAIL {options.what}: {failure}")
        return 1
    print(f"ok {options.what}: {report} ({time.monotonic() - started:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
