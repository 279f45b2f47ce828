"""A part of gcc's own torture tests: small programs that end with status 0 when compiler, library and machine are right."""

import os
import re
from pathlib import Path

from sources import torture_folder
from toolchain import Failure, Toolchain, in_parallel

# Every so many programs of the list, in order of name; CMOS_TORTURE=all runs them all (some two minutes per ARCH).
STRIDE = 8


def _skipped(arch: str):
    reasons = {}
    for line in (Path(__file__).parent / "torture-skip.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, archs, reason = line.split(None, 2)
            if archs == "*" or arch in archs.split(","):
                reasons[name] = reason
    return reasons


def _options(text: str):
    """The compiler options a program asks for, unless only for some targets."""
    found = re.findall(r'dg-(?:additional-)?options\s+"([^"]*)"(?!\s*\{)', text)
    return [option for options in found for option in options.split()]


def run(tools: Toolchain, arch: str) -> str:
    folder = torture_folder()
    tools.library(arch)
    programs = sorted(str(f.relative_to(folder)) for pattern in ("*.c", "ieee/*.c") for f in folder.glob(pattern))
    chosen = programs if os.environ.get("CMOS_TORTURE") == "all" else programs[::STRIDE]
    skipped = _skipped(arch)
    unknown = set(skipped) - set(programs)
    if unknown:
        raise Failure(f"torture-skip.txt names what is not there: {', '.join(sorted(unknown))}")

    def one(name):
        options = ["-O1", *_options((folder / name).read_text(encoding="latin-1"))]
        try:
            program = tools.build(arch, "torture/" + name.replace("/", "-"), [folder / name], options)
            output, status = tools.run(program, timeout=60)
            program.unlink()
        except Failure as failure:
            return f"{name}: {failure}"
        return None if status == 0 else f"{name}: exit status {status} {output[-200:]!r}"

    results = in_parallel(one, [name for name in chosen if name not in skipped])
    failures = [result for result in results if result]
    skips = sum(name in skipped for name in chosen)
    if failures:
        raise Failure(f"{len(failures)} of {len(results)} programs on {arch}:\n" + "\n".join(failures))
    return f"{len(results)} programs of {len(programs)} on {arch}, {skips} skipped (torture-skip.txt says why)"
