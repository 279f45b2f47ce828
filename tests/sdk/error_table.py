#!/usr/bin/env python3
"""Every error of the system calls has a row in the C library's table of errno numbers."""
import pathlib
import re
import sys

SDK = pathlib.Path(__file__).resolve().parents[2] / "sdk"
errors = set(re.findall(r"#define (CPE_ERROR_\w+)", (SDK / "include/cmos_abi.h").read_text(encoding="utf-8")))
rows = re.findall(r"\[-(CPE_ERROR_\w+)\] = E\w+,", (SDK / "newlib/system/errors.c").read_text(encoding="utf-8"))
if not errors or sorted(errors) != sorted(rows):
    print(f"errors.c and cmos_abi.h differ: {sorted(errors ^ set(rows)) or 'a row twice'}")
    sys.exit(1)
