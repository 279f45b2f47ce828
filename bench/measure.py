#!/usr/bin/env python3
"""Whole-process comparisons: cmos-run against qemu-user, native code and strace, pairs interleaved in one run.

What is quoted is the ratio of medians of CPU time (user + system, of the process and its children), which holds better
than times on a busy or virtual machine. Every pair must print the same output, else it is no comparison.
"""
import argparse
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

# ARCH code, Linux target, CalamOS target, extra flags, qemu-user program
ISAS = [
    ("8664", "x86_64-linux-gnu", "x86_64-none-elf", [], "qemu-x86_64"),
    ("__86", "i386-linux-gnu", "i386-none-elf", ["-march=i686", "-msse2", "-mfpmath=sse"], "qemu-i386"),
    ("_ARM", "armv7a-linux-gnueabi", "armv7a-none-eabi", ["-mfloat-abi=softfp", "-mfpu=vfpv3"], "qemu-arm"),
    ("AR64", "aarch64-linux-gnu", "aarch64-none-elf", [], "qemu-aarch64"),
]
COMPUTE = ["integer", "mixed", "floating", "memory"]
CALLS = 1_000_000
TRACED_CALLS = 100_000
COMMON = ["-O2", "-ffreestanding", "-nostdlib", "-static", "-fno-pic", "-fno-stack-protector",
          "-fno-asynchronous-unwind-tables", "-fuse-ld=lld"]


def run(command, cwd):
    """Runs a command; returns (CPU seconds, peak KiB, standard output)."""
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
        errors = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"bench: {' '.join(map(str, command))} ended with {child.returncode}: {errors.decode(errors='replace')[-400:]}")
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss, out.read()


class Bench:
    def __init__(self, root, rounds, names):
        self.root, self.rounds, self.names = root, rounds, names
        self.work = root / "build/bench"
        self.work.mkdir(parents=True, exist_ok=True)
        self.cmos = root / "build/release/bin/cmos-run"
        self.plain = root / "build/plain/bin/cmos-run"
        self.met = True

    def build(self, workload, isa, define=""):
        """Compiles a workload for both systems; returns (linux program, CPE)."""
        arch, linux, calamos, flags, _ = isa
        source = self.root / f"bench/guest/{workload}.c"
        base = self.work / f"{workload}{define}-{arch}"
        extra = [f"-DCALLS={define}"] if define else []
        native, elf, cpe = f"{base}.linux", f"{base}.elf", f"{base}.cpe"
        subprocess.run(["clang-14", f"--target={linux}", *COMMON, *flags, *extra, source, "-o", native], check=True)
        subprocess.run(["clang-14", f"--target={calamos}", *COMMON, *flags, *extra, f"-I{self.root}/sdk/include",
                        f"-Wl,-T,{self.root}/sdk/lib/cmos.ld", "-Wno-unused-command-line-argument", source, "-o", elf],
                       check=True)
        subprocess.run([self.root / "build/release/bin/cmos-pack", elf, "-o", cpe], check=True)
        return native, cpe

    def compare(self, commands):
        """{name: command} run in turn, `rounds` times after one warm-up; returns {name: (median CPU s, median KiB)}."""
        seen = {name: [] for name in commands}
        output = None
        for round_number in range(self.rounds + 1):
            for name, command in commands.items():
                cpu, peak, text = run(command, self.work)
                if output is not None and text != output:
                    sys.exit(f"bench: {name} printed something else than its peers")
                output = text
                if round_number:
                    seen[name].append((cpu, peak))
        return {name: tuple(statistics.median(column) for column in zip(*rows)) for name, rows in seen.items()}

    def wanted(self, name):
        return not self.names or name in self.names

    def row(self, what, *cells, target=None, value=None):
        verdict = ""
        if target is not None:
            good = value <= target
            self.met &= good
            verdict = f"  {'met' if good else 'MISSED'}: at most {target:g}"
        print(f"{what:<34}" + "".join(f"{cell:>22}" for cell in cells) + verdict, flush=True)

    def compute(self):
        print("\nCompute: CPU time, ratios of medians")
        self.row("", "tuned / qemu-user", "plain / qemu-user", "tuned / native")
        every = []
        for isa in ISAS:
            ratios = []
            for workload in COMPUTE:
                native, cpe = self.build(workload, isa)
                commands = {"cmos": [self.cmos, cpe], "plain": [self.plain, cpe], "qemu": [isa[4], native]}
                if isa[0] == "8664":
                    commands["native"] = [native]
                found = self.compare(commands)
                ratio = found["cmos"][0] / found["qemu"][0]
                ratios.append(ratio)
                self.row(f"{isa[0]} {workload}", f"{ratio:.2f}", f"{found['plain'][0] / found['qemu'][0]:.2f}",
                         f"{found['cmos'][0] / found['native'][0]:.2f}" if "native" in found else "")
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            every += ratios
            self.row(f"{isa[0]} geometric mean", f"{mean:.2f}")
        mean = math.exp(statistics.fmean(map(math.log, every)))
        self.row("all, geometric mean", f"{mean:.2f}", target=1.25, value=mean)

    def hello(self):
        print("\nHello, from start to exit: CPU time of 50 runs, and peak memory")
        self.row("", "cmos / qemu", "cmos ms", "peak MiB")
        for isa in ISAS:
            native, cpe = self.build("hello", isa)
            peer = f"{isa[4]}-static"
            found = self.compare({"cmos": repeat(50, self.cmos, cpe), "qemu": repeat(50, peer, native)})
            ratio = found["cmos"][0] / found["qemu"][0]
            first = isa[0] == "8664"
            _, peak, _ = run([self.cmos, cpe], self.work)
            self.row(f"{isa[0]} against {peer}", f"{ratio:.2f}", f"{found['cmos'][0] * 20:.2f}", f"{peak / 1024:.1f}",
                     target=0.5 if first else None, value=ratio)
            if first:
                self.row(f"{isa[0]} peak memory, MiB", "", "", f"{peak / 1024:.1f}", target=8, value=peak / 1024)

    def calls(self):
        print("\nA trivial system call, dispatch included: CPU time of a million, less start-up")
        self.row("", "cmos / qemu-user", "cmos ns", "qemu ns")
        for isa in ISAS:
            many_native, many = self.build("calls", isa, str(CALLS))
            one_native, one = self.build("calls", isa, "1")
            found = self.compare({"cmos": [self.cmos, many], "qemu": [isa[4], many_native]})
            idle = self.compare({"cmos": [self.cmos, one], "qemu": [isa[4], one_native]})
            cost = {name: (found[name][0] - idle[name][0]) / CALLS * 1e9 for name in found}
            ratio = cost["cmos"] / cost["qemu"]
            self.row(isa[0], f"{ratio:.2f}", f"{cost['cmos']:.0f}", f"{cost['qemu']:.0f}", target=0.5, value=ratio)

    def budget(self):
        print("\nAn instruction budget: CPU time with --max-instructions against without")
        self.row("", "with / without")
        for isa in ISAS:
            ratios = []
            for workload in ("integer", "mixed"):
                _, cpe = self.build(workload, isa)
                found = self.compare({"with": [self.cmos, "--max-instructions", str(10**12), cpe], "without": [self.cmos, cpe]})
                ratios.append(found["with"][0] / found["without"][0])
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            self.row(f"{isa[0]} integer, mixed", f"{mean:.2f}", target=1.4, value=mean)

    def trace(self):
        print("\n--trace to a file against strace of the native program: CPU time added per call")
        native, cpe = self.build("calls", ISAS[0], str(TRACED_CALLS))
        found = self.compare({
            "cmos": [self.cmos, cpe],
            "traced": [self.cmos, "--trace", "--trace-file", "trace.txt", cpe],
            "native": [native],
            "strace": ["strace", "-o", "strace.txt", native],
        })
        ours = (found["traced"][0] - found["cmos"][0]) / TRACED_CALLS * 1e6
        theirs = (found["strace"][0] - found["native"][0]) / TRACED_CALLS * 1e6
        self.row("", "cmos / strace", "cmos µs", "strace µs")
        self.row("8664", f"{ours / theirs:.3f}", f"{ours:.2f}", f"{theirs:.2f}", target=0.05, value=ours / theirs)


def repeat(count, *command):
    """One process that runs a command `count` times, so that a tick of the clock is small beside what is measured."""
    return ["sh", "-c", f'for i in $(seq {count}); do "$@"; done', "repeat", *command]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[1])
    parser.add_argument("--quick", action="store_true", help="three rounds instead of seven")
    tables = ["compute", "hello", "calls", "budget", "trace"]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which tables: {', '.join(tables)} (default: all)")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in tables:
            parser.error(f"no table '{name}' (there are: {', '.join(tables)})")
    bench = Bench(arguments.root, 3 if arguments.quick else 7, arguments.names)
    for name in tables:
        if bench.wanted(name):
            getattr(bench, name)()
    print("\nall targets met" if bench.met else "\nsome targets were missed")
    return 0 if bench.met else 1


sys.exit(main())
