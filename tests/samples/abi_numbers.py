#!/usr/bin/env python3
"""sdk/include/cmos_abi.h says the same as `cmos-run --list-syscalls=json`: calls, errors and named arguments.

    abi_numbers.py --bin build/debug/bin
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

HEADER = pathlib.Path(__file__).resolve().parents[2] / "sdk" / "include" / "cmos_abi.h"
# How the header's prefix is called in the table: (call, argument).
NAMED = {
    "CMOS_STDIN_": ("stdin", "style"),
    "CMOS_OPEN_": ("open", "flags"),
    "CMOS_SEEK_": ("seek", "whence"),
    "CMOS_LOCK_": ("md_lock", "mode"),
    "CMOS_QUERY_": ("query_cpe", "what"),
    "CMOS_CLOCK_": ("clock", "which"),
}


def header_numbers():
    text = HEADER.read_text(encoding="utf-8")
    found = re.findall(r"^#define (\w+) \(?(-?(?:0x)?[0-9a-f]+)\)?$", text, re.M)
    return {name: int(value, 0) for name, value in found}


def compare(what, ours, table):
    for name in sorted(set(ours) | set(table)):
        if ours.get(name) != table.get(name):
            yield f"{what} {name}: {ours.get(name, 'absent')} in {HEADER.name}, {table.get(name, 'absent')} in the table"


def with_prefix(numbers, prefix):
    return {name[len(prefix):]: value for name, value in numbers.items() if name.startswith(prefix)}


def named_arguments(numbers, table):
    for prefix, (call, argument) in NAMED.items():
        for row in table["syscalls"]:
            for one in row["arguments"]:
                if row["name"] != call or one["name"] != argument or "values" not in one:
                    continue
                ours = {name.lower().replace("_", "-"): value for name, value in with_prefix(numbers, prefix).items()}
                yield from compare(f"{call} {argument}", ours, one["values"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    tools = pathlib.Path(parser.parse_args().bin)
    listed = subprocess.run([tools / "cmos-run", "--list-syscalls=json"], capture_output=True, check=True).stdout
    table = json.loads(listed)
    numbers = header_numbers()
    problems = [
        *compare("call", with_prefix(numbers, "CMOS_SYS_"), {row["name"]: row["number"] for row in table["syscalls"]}),
        *compare("error", {n: v for n, v in numbers.items() if n.startswith("CPE_ERROR_")},
                 {row["name"]: row["value"] for row in table["errors"]}),
        *named_arguments(numbers, table),
    ]
    print("\n".join(problems) or f"{HEADER.name} agrees with the table of system calls")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
