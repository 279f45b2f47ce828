"""C++ with its standard library: programs of the project's own, compared with what they do on the host."""

import os
import tempfile
from pathlib import Path

from toolchain import ROOT, Failure, Toolchain, in_parallel, same

SOURCES = Path(__file__).parent / "cxx"
WORDS = ROOT / "samples/cxx/words.cc"
# A library is built for each, which takes a minute: one with frames that DWARF describes, and ARM's own kind.
ARCHS = os.environ.get("CMOS_CXX", "8664,_ARM").replace("all", "8664,__86,_ARM,AR64,APPL").split(",")
OPTIONS = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror"]
CASES = [("language", ()), ("language", ("uncaught",)), ("library", ("an argument",))]
INPUT = b"1 2 3 x\n"
THREADS = b"""thread: Enable multithreading to use std::thread: Not owner
async: Enable multithreading to use std::thread: Not owner
locale: locale::facet::_S_create_c_locale name not valid
1
"""
WAITS = b"the program waits for another thread, and CalamOS has none\n"
LOCKED = b"lock: Deadlock\n"
# What a program that keeps its few words in a string and a vector may take without exceptions, and with them.
SMALL, LARGE = 60_000, 250_000


def cxx(tools: Toolchain):
    for arch in ARCHS:
        tools.cxx_library(arch)
    natives = {name: tools.build_native(name, [SOURCES / f"{name}.cc"], OPTIONS, compiler="c++") for name, _ in CASES}

    def outcome(program, arguments=()):
        with tempfile.TemporaryDirectory(dir=tools.work) as files:
            output, status = tools.run(program, arguments, INPUT, files=Path(files))
            return output, status if status >= 0 else 128 - status

    expected = {case: outcome(natives[case[0]], case[1]) for case in CASES}

    def compared(arch, label, options):
        for case in CASES:
            name, arguments = case
            program = tools.build(arch, f"{label}-{name}", [SOURCES / f"{name}.cc"], [*OPTIONS, *options])
            found, status = outcome(program, arguments)
            what = f"{label}: {name} {' '.join(arguments)}"
            same(what, found, expected[case][0])
            same(what + ": exit status", b"%d" % status, b"%d" % expected[case][1])

    def threads(arch):
        program = tools.build(arch, "threads", [SOURCES / "threads.cc"], OPTIONS)
        same(f"{arch}: threads", outcome(program)[0], THREADS + LOCKED)
        found, status = outcome(program, ["wait"])
        same(f"{arch}: threads that wait", found, THREADS + WAITS)
        same(f"{arch}: their exit status", b"%d" % status, b"134")

    def without(arch):
        source = SOURCES / "small.cc"
        sizes = []
        for options in (["-fno-exceptions"], []):
            program = tools.build(arch, f"small{len(options)}", [source], [*OPTIONS, *options])
            same(f"{arch}: small.cc {options}", outcome(program)[0], b"apple fig pear\n")
            sizes.append(program.stat().st_size)
        if sizes[0] > SMALL or sizes[1] > LARGE:
            raise Failure(f"{arch}: small.cc has {sizes[0]} bytes without exceptions, {sizes[1]} with them: more than {SMALL} and {LARGE}")
        program = tools.build(arch, "small-fails", [source], [*OPTIONS, "-fno-exceptions"])
        found, status = outcome(program, ["at"])
        same(f"{arch}: at() without exceptions", found[:32] + b" %d" % status, b"error without exceptions: vector 134")

    def sample(arch):
        program = tools.build(arch, "words", [WORDS], OPTIONS)
        same(f"{arch}: words.cc", tools.run(program, ["2"], b"One two, one: TWO three; two!\n")[0], b"   3 two\n   2 one\n")
        found, status = tools.run(program, ["some"])
        same(f"{arch}: words.cc some", found + b"%d" % status, b"words: stoi\n2")

    def check(arch):
        sample(arch)
        compared(arch, arch, [])
        threads(arch)
        without(arch)
        if arch == "_ARM":
            compared(arch, "Thumb", ["--thumb"])

    in_parallel(check, ARCHS)
    return f"{len(CASES)} runs on each of {', '.join(ARCHS)}, as on the host"
