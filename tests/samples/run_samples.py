#!/usr/bin/env python3
"""Runs one sample on every ARCH: same stdout, same exit status, and the same system calls in the trace.

    run_samples.py --bin build/debug/bin CASE.txt...            run; exit 1 when something differs
    run_samples.py --bin build/debug/bin --bless CASE.txt...    rewrite the expected stdout, and nothing else

A case is a golden case (tests/golden/run.py says how it reads) with these differences: %{sample} stands for the folder
of the programs of the ARCH at hand, standard error is not compared (fault reports differ by registers), and comments
may say

    # ARCHS: 8664 __86      only these; else all five
    # TRACE: no             do not compare traces
"""
import argparse
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
ARCHS = ["8664", "__86", "_ARM", "AR64", "APPL"]

_spec = importlib.util.spec_from_file_location("golden", SOURCE / "tests" / "golden" / "run.py")
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)


class SampleCase(golden.Case):
    def __init__(self, path, arch):
        super().__init__(path)
        self.run = self.run.replace("%{sample}", str(SOURCE / "samples" / "bin" / arch))


def option(path, name, default):
    match = re.search(rf"^# {name}: (.*)$", pathlib.Path(path).read_text(encoding="utf-8"), re.M)
    return match[1].split() if match else default


def mask(trace):
    """What may differ between ARCHs: where the caller is, and addresses."""
    place = r"(?:\[[a-z ]+\]|[\w.$#@~]+)\+0x[0-9a-f]+|\b0x[0-9a-f]{4,}\b|\[[a-z ]+\]"
    return [re.sub(place, "ADDRESS", line) for line in trace.decode("utf-8", "replace").splitlines()]


def trace_of(case, tools):
    with tempfile.TemporaryDirectory(prefix="cmos-sample-") as folder:
        place = os.path.join(folder, "trace")
        case.run = case.run.replace("%{bin}/cmos-run", f"%{{bin}}/cmos-run --trace-file={place}", 1)
        case.execute(tools, str(SOURCE))
        return pathlib.Path(place).read_bytes()


def check_trace(path, archs, tools):
    traces = {arch: mask(trace_of(SampleCase(path, arch), tools)) for arch in archs}
    first = archs[0]
    if not traces[first]:
        yield f"{first}: the trace is empty"
    for arch in archs[1:]:
        if traces[arch] == traces[first]:
            continue
        yield f"{arch}: the trace differs from that of {first}:"
        for one, two in zip(traces[first] + [""], traces[arch] + [""]):
            if one != two:
                yield f"  {first}: {one}"
                yield f"  {arch}: {two}"


def check(path, arguments):
    archs = option(path, "ARCHS", ARCHS)
    tools = os.path.abspath(arguments.bin)
    for arch in archs:
        case = SampleCase(path, arch)
        status, stdout, stderr = case.execute(tools, str(SOURCE))
        complaints = list(case.invariants(status, stdout, stderr))
        if arguments.bless and arch == archs[0] and not complaints:
            case.bless(stdout, b"")
        else:
            complaints += golden.difference("STDOUT", case.expected["STDOUT"], stdout)
        for complaint in complaints:
            yield f"{arch}: {complaint}"
        if complaints and stderr:
            yield "  " + stderr.decode("utf-8", "replace").replace("\n", "\n  ")
    if arguments.trace and option(path, "TRACE", ["yes"]) == ["yes"]:
        yield from check_trace(path, archs, tools)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="the folder of the tools")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("--no-trace", dest="trace", action="store_false")
    parser.add_argument("cases", nargs="+")
    arguments = parser.parse_args()
    failed = 0
    for path in arguments.cases:
        try:
            complaints = list(check(path, arguments))
        except (golden.CaseError, subprocess.TimeoutExpired) as error:
            complaints = [str(error)]
        if complaints:
            failed += 1
            print(f"{path}:")
            print("\n".join("  " + line for line in complaints))
    print(f"{len(arguments.cases) - failed} of {len(arguments.cases)} samples behave alike")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
