#!/usr/bin/env python3
"""Fails when the worked example of docs/architecture.md is not the file that a test compiles."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = {"docs/architecture.md": "tests/formats/registry/example.cc"}


def main():
    failed = False
    for page, source in EXAMPLES.items():
        code = (ROOT / source).read_text(encoding="utf-8")
        shown = re.findall(r"```cpp\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.S)
        if not any(one and code.endswith(one) for one in shown):
            print(f"{page} does not show {source} as it is")
            failed = True
    return 1 if failed else 0


sys.exit(main())
