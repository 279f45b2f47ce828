#!/usr/bin/env python3
"""Every source of the host is as clang-format 14 writes it, and no comment is wider than the page.

    formatting.py SOURCE

77: clang-format 14 is not installed; others write some things differently. `clang-format-14 -i FILE…` mends what this finds.
"""
import shutil
import subprocess
import sys

WIDTH = 100
GUESTS = ("sdk/", "samples/", "bench/guest/", "tests/emu/m68k/", "tests/real/", "tests/sdk/")


def sources(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "*.cc", "*.h"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        print("skipped: the sources are in no git repository")
        sys.exit(77)
    return [name for name in listed.stdout.splitlines() if not name.startswith(GUESTS)]


def wide_comments(root, name):
    """The formatter leaves comments alone, since it would break drawings."""
    with open(f"{root}/{name}", encoding="utf-8") as file:
        return [f"{name}:{number}" for number, line in enumerate(file, 1)
                if len(line.rstrip("\n")) > WIDTH and line.lstrip().startswith("//")]


def main():
    root = sys.argv[1]
    if shutil.which("clang-format-14") is None:
        print("skipped: clang-format-14 is not installed")
        sys.exit(77)
    names = sources(root)
    done = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *names], cwd=root, capture_output=True, text=True,
                          check=False)
    found = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "code should be clang-formatted" in line})
    wide = [place for name in names for place in wide_comments(root, name)]
    for name in found:
        print(f"{name}: is not as clang-format-14 writes it")
    for place in wide:
        print(f"{place}: the comment is wider than {WIDTH} columns")
    sys.exit(1 if found or wide else 0)


if __name__ == "__main__":
    main()
