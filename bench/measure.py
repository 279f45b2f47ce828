#!/usr/bin/env python3
"""Whole-process comparisons: cmos-run against qemu-user, native code and strace, pairs interleaved in one run.

What is quoted is the ratio of medians of CPU time (user + system, of the process and its children), which holds better
than times on a busy or virtual machine. Every pair must print the same output, else it is no comparison.
"""
import argparse
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import assembly_source
import link_objects
import whitesmith_objects
import workloads

# ARCH code, Linux target, CalamOS target, extra flags, qemu-user program
ISAS = [
    ("8664", "x86_64-linux-gnu", "x86_64-none-elf", [], "qemu-x86_64"),
    ("__86", "i386-linux-gnu", "i386-none-elf", ["-march=i686", "-msse2", "-mfpmath=sse"], "qemu-i386"),
    ("_ARM", "armv7a-linux-gnueabi", "armv7a-none-eabi", ["-mfloat-abi=softfp", "-mfpu=vfpv3"], "qemu-arm"),
    ("AR64", "aarch64-linux-gnu", "aarch64-none-elf", [], "qemu-aarch64"),
]
CALLS = 1_000_000
TRACED_CALLS = 100_000
COMMON = ["-O2", "-ffreestanding", "-nostdlib", "-static", "-fno-pic", "-fno-stack-protector",
          "-fno-asynchronous-unwind-tables", "-fuse-ld=lld"]


def run(command):
    """Runs a command; returns (CPU seconds, standard output). Started without copying this process: what a copy would
    cost, and its size, would count as the command's. Its input is a pipe in which nothing comes, since sz80 ends when
    the input does."""
    with tempfile.TemporaryFile() as out:
        command = [str(word) for word in command]
        program = shutil.which(command[0]) or command[0]
        nothing, held = os.pipe()
        child = os.posix_spawn(program, command, os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, out.fileno(), 1)])
        _, status, usage = os.wait4(child, 0)
        os.close(nothing)
        os.close(held)
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"bench: {' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, out.read()


def peak_mib(command):
    """Peak resident memory, as a small process sees it of its child."""
    ended = subprocess.run(["/usr/bin/time", "-f", "%M", *map(str, command)], capture_output=True, check=True)
    return int(ended.stderr.split()[-1]) / 1024


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

    def compare(self, commands, rounds=None):
        """{name: command} run in turn, `rounds` times after one warm-up; returns {name: median CPU s}."""
        rounds = rounds or self.rounds
        seen = {name: [] for name in commands}
        output = None
        for round_number in range(rounds + 1):
            for name, command in commands.items():
                cpu, text = run(command)
                if output is not None and text != output:
                    sys.exit(f"bench: {name} printed something else than its peers")
                output = text
                if round_number:
                    seen[name].append(cpu)
        return {name: statistics.median(times) for name, times in seen.items()}

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
        programs = workloads.Programs(self.cmos.parent, self.work) if workloads.available() else None
        every = {}
        for isa in ISAS:
            ratios = {f"{isa[0]} {name}": self.compute_row(isa, name, *self.build(name, isa)) for name in workloads.WORKLOADS}
            for name in workloads.PROGRAMS if programs else []:
                ratios[f"{isa[0]} {name}"] = self.compute_row(isa, name, *programs.build(name, isa[0]))
            self.summary(isa[0], ratios)
            every.update(ratios)
        self.summary("all", every, target=1.25)

    def compute_row(self, isa, name, native, cpe, arguments=()):
        commands = {"cmos": [self.cmos, "--here", cpe, *arguments], "qemu": [isa[4], native, *arguments]}
        if self.plain.exists():
            commands["plain"] = [self.plain, "--here", cpe, *arguments]
        if isa[0] == "8664":
            commands["native"] = [native, *arguments]
        found = self.compare(commands)
        ratio = found["cmos"] / found["qemu"]
        self.row(f"{isa[0]} {name}", f"{ratio:.2f}", f"{found['plain'] / found['qemu']:.2f}" if "plain" in found else "",
                 f"{found['cmos'] / found['native']:.2f}" if "native" in found else "")
        return ratio

    def summary(self, of, ratios, target=None):
        mean = math.exp(statistics.fmean(map(math.log, ratios.values())))
        self.row(f"{of}: geometric mean", f"{mean:.2f}", target=target, value=mean)
        worst = max(ratios, key=ratios.get)
        self.row(f"{of}: worst, {worst.split()[-1]}" if of != "all" else f"all: worst, {worst}", f"{ratios[worst]:.2f}")

    def hello(self):
        print("\nHello, from start to exit: CPU time and peak memory")
        self.row("", "cmos / qemu", "cmos ms", "peak MiB")
        for isa in ISAS:
            native, cpe = self.build("hello", isa)
            peer = f"{isa[4]}-static"
            found = self.compare({"cmos": [self.cmos, cpe], "qemu": [peer, native]}, rounds=20 * self.rounds)
            ratio = found["cmos"] / found["qemu"]
            peak = peak_mib([self.cmos, cpe])
            first = isa[0] == "8664"
            self.row(f"{isa[0]} against {peer}", f"{ratio:.2f}", f"{found['cmos'] * 1000:.2f}", f"{peak:.1f}",
                     target=0.5 if first else None, value=ratio)
            if first:
                self.row(f"{isa[0]} peak memory, MiB", "", "", f"{peak:.1f}", target=8, value=peak)

    def calls(self):
        print("\nA trivial system call, dispatch included: CPU time of a million, less start-up")
        self.row("", "cmos / qemu-user", "cmos ns", "qemu ns")
        for isa in ISAS:
            many_native, many = self.build("calls", isa, str(CALLS))
            one_native, one = self.build("calls", isa, "1")
            found = self.compare({"cmos": [self.cmos, many], "qemu": [isa[4], many_native]})
            idle = self.compare({"cmos": [self.cmos, one], "qemu": [isa[4], one_native]})
            cost = {name: (found[name] - idle[name]) / CALLS * 1e9 for name in found}
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
                ratios.append(found["with"] / found["without"])
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            self.row(f"{isa[0]} integer, mixed", f"{mean:.2f}", target=1.4, value=mean)

    def files(self):
        print("\nFiles against native code: CPU time of 100 MB read in 64 KiB pieces, of 200,000 pairs of open and close")
        (self.work / "bench.dat").write_bytes(bytes(100_000_000))
        self.row("", "cmos / native")
        for workload, target in (("reading", 2), ("opening", 3)):
            native, cpe = self.build(workload, ISAS[0])
            mounted = [self.cmos, "--mount", f"Cmos:\\bench={self.work}:ro", cpe]
            found = self.compare({"cmos": mounted, "native": [native]})
            ratio = found["cmos"] / found["native"]
            self.row(f"8664 {workload}", f"{ratio:.2f}", target=target, value=ratio)
        (self.work / "bench.dat").unlink()

    def link(self):
        inputs, size = link_objects.make(self.work / "link")
        print(f"\nLinking {size / 1e6:.0f} MB of objects: CPU time (both processors), and from start to end")
        response = self.work / "link/inputs.txt"
        response.write_text("\n".join(map(str, inputs)))
        linkers = {"cmos-ld": [self.cmos.parent / "cmos-ld"], "ld.bfd": ["ld.bfd"], "ld.gold": ["ld.gold"], "ld.lld": ["ld.lld-14"]}
        commands = {name: [*command, "-static", "--gc-sections", f"@{response}", "-o", self.work / f"link/{name}.out"]
                    for name, command in linkers.items()}
        walls = {name: [] for name in commands}
        cpus = {name: [] for name in commands}
        for number in range(self.rounds + 1):
            for name, command in commands.items():
                started = time.monotonic()
                cpu, _ = run(command)
                if number:
                    walls[name].append(time.monotonic() - started)
                    cpus[name].append(cpu)
        wall = {name: statistics.median(times) for name, times in walls.items()}
        cpu = {name: statistics.median(times) for name, times in cpus.items()}
        self.row("", "CPU cmos-ld / it", "time cmos-ld / it", "its ms")
        self.row("cmos-ld", "", "", f"{wall['cmos-ld'] * 1000:.0f}")
        for name, target in (("ld.bfd", 1), ("ld.gold", 1), ("ld.lld", 2)):
            ratio = cpu["cmos-ld"] / cpu[name]
            self.row(name, f"{ratio:.2f}", f"{wall['cmos-ld'] / wall[name]:.2f}", f"{wall[name] * 1000:.0f}", target=target, value=ratio)

    def assembly(self):
        print("\nAssembling 100,000 lines: CPU time (cmos-as with its encoder)")
        self.row("", "cmos-as / it", "without read-back", "cmos-as ms", "its ms")
        for arch, name, command, target in (("8664", "nasm", ["nasm", "-f", "elf64"], 1.5),
                                            ("AR64", "GNU as", ["aarch64-linux-gnu-as"], None)):
            files = [self.work / f"assembly-{arch}.{ending}" for ending in ("asm", "s")]
            for file, text in zip(files, assembly_source.source(arch)):
                file.write_text(text)
            own = [self.cmos.parent / "cmos-as", "--arch", arch, files[0], "-o", self.work / "assembly.cpo"]
            found = self.compare({"own": own, "fast": [*own, "--no-verify"], "theirs": [*command, files[1], "-o", self.work / "assembly.o"]})
            ratio = found["own"] / found["theirs"]
            self.row(f"{arch} against {name}", f"{ratio:.2f}", f"{found['fast'] / found['own']:.2f}", f"{found['own'] * 1000:.0f}",
                     f"{found['theirs'] * 1000:.0f}", target=target, value=ratio)

    def bytecode(self):
        print("\nCOIL's bytecode against Lua 5.4: CPU time")
        self.row("", "cbcrun / lua5.4", "cbcrun ms", "lua ms")
        tools = self.cmos.parent
        for name in ("loop", "fib"):
            source, coil, cbc = (self.root / f"bench/guest/{name}.casm", self.work / f"{name}.coil", self.work / f"{name}.cbc")
            subprocess.run([tools / "casm", source, "-o", coil], check=True)
            subprocess.run([tools / "coil2cbc", coil, "-o", cbc], check=True)
            found = self.compare({"cbc": [tools / "cbcrun", cbc], "lua": ["lua5.4", source.with_suffix(".lua")]})
            ratio = found["cbc"] / found["lua"]
            self.row(name, f"{ratio:.2f}", f"{found['cbc'] * 1000:.0f}", f"{found['lua'] * 1000:.0f}", target=1, value=ratio)

    def coil(self):
        print("\nCOIL's native code (coilp -O2) against gcc -O1, both run natively: CPU time")
        self.row("", "coilp / gcc", "coilp ms", "gcc ms")
        tools = self.cmos.parent
        for name, size in (("calls", 36), ("memory", 4_000_000), ("floats", 1000)):
            kernel, base = self.root / f"bench/guest/kernel_{name}", self.work / f"kernel_{name}"
            coil, assembly = base.with_suffix(".coil"), base.with_suffix(".s")
            subprocess.run([tools / "casm", kernel.with_suffix(".casm"), "-o", coil], check=True)
            subprocess.run([tools / "coilp", "-O2", "-S", coil, "-o", assembly], check=True)
            # coilp's addresses are of 32 bits, as CalamOS' programs have them.
            for source, program in ((assembly, f"{base}.coilp"), (kernel.with_suffix(".c"), f"{base}.gcc")):
                subprocess.run(["gcc", "-O1", "-no-pie", "-fno-pic", "-ffp-contract=off", source, self.root / "bench/guest/kernel_main.c", "-o", program],
                               check=True)
            found = self.compare({"coilp": [f"{base}.coilp", size], "gcc": [f"{base}.gcc", size]})
            ratio = found["coilp"] / found["gcc"]
            self.row(name, f"{ratio:.2f}", f"{found['coilp'] * 1000:.0f}", f"{found['gcc'] * 1000:.0f}", target=2.5, value=ratio)

    def whitesmith(self):
        print("\nWhitesmith's objects: 2,000 with 65,000 relocations linked, 1,000 dumped: seconds from start to end")
        self.row("", "s")
        tools, out = self.cmos.parent, self.work / "whitesmith.out"
        for cpu, size, flags in (("68000", 4, []), ("Z80", 2, ["-db0"])):
            inputs, objects = whitesmith_objects.make(self.work / f"whitesmith-{cpu}", size)
            ld = ["-Ttext=0", "-Tdata=0"] if flags else []
            for what, limit, command in (("cmos-wslink", 0.5, ["cmos-wslink", *flags, "-o", out, *inputs]),
                                         ("cmos-ld", 0.5, ["cmos-ld", *ld, "-o", out, *inputs]),
                                         ("cmos-objdump -x", 1, ["cmos-objdump", "-x", *objects[:1000]]),
                                         ("cmos-objdump -dr", 1, ["cmos-objdump", "-dr", *objects[:1000]])):
                seen = []
                for _ in range(self.rounds + 1):
                    started = time.monotonic()
                    run([tools / command[0], *command[1:]])
                    seen.append(time.monotonic() - started)
                value = statistics.median(seen[1:])
                self.row(f"{cpu} {what}", f"{value:.3f}", target=limit, value=value)

    def z80(self):
        print("\nA program of the Z80 by sdcc against sdcc's simulator sz80: CPU time")
        if shutil.which("sz80") is None:
            print("SKIPPED: there is no sz80 (package sdcc-ucsim)")
            return
        source, rel, theirs, com = self.root / "bench/guest/z80.c", *(self.work / f"z80.{end}" for end in ("rel", "ihx", "com"))
        subprocess.run(["sdcc", "-mz80", "-c", source, "-o", rel], check=True)
        subprocess.run(["sdcc", "-mz80", "-DSZ80", source, "-o", theirs], check=True)
        subprocess.run([self.cmos.parent / "cmos-ld", "--oformat=com", "-l", ":cpm.rel", rel, "-lcpm", "-L", "/usr/share/sdcc/lib/z80",
                        "-l", ":z80.lib", "-o", com], check=True)
        sz80 = 'rm -f z80.txt; sz80 -q -b -G -I "if=rom[0xefff],out=z80.txt" z80.ihx >z80.log; cat z80.txt'
        found = self.compare({"cmos": [self.cmos, "--os=cpm", com], "sz80": ["sh", "-c", sz80]})
        ratio = found["cmos"] / found["sz80"]
        self.row("", "cmos / sz80", "cmos ms", "sz80 ms")
        self.row("_Z80", f"{ratio:.2f}", f"{found['cmos'] * 1000:.0f}", f"{found['sz80'] * 1000:.0f}", target=1, value=ratio)

    def trace(self):
        print("\n--trace to a file against strace of the native program: CPU time added per call")
        native, cpe = self.build("calls", ISAS[0], str(TRACED_CALLS))
        found = self.compare({
            "cmos": [self.cmos, cpe],
            "traced": [self.cmos, "--trace", "--trace-file", self.work / "trace.txt", cpe],
            "native": [native],
            "strace": ["strace", "-o", self.work / "strace.txt", native],
        })
        ours = (found["traced"] - found["cmos"]) / TRACED_CALLS * 1e6
        theirs = (found["strace"] - found["native"]) / TRACED_CALLS * 1e6
        self.row("", "cmos / strace", "cmos µs", "strace µs")
        self.row("8664", f"{ours / theirs:.3f}", f"{ours:.2f}", f"{theirs:.2f}", target=0.05, value=ours / theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[1])
    parser.add_argument("--quick", action="store_true", help="three rounds instead of seven")
    tables = ["compute", "hello", "calls", "budget", "files", "trace", "link", "assembly", "bytecode", "coil",
              "whitesmith", "z80"]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which tables: {', '.join(tables)} (default: all)")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in tables:
            parser.error(f"no table '{name}' (there are: {', '.join(tables)})")
    (arguments.root / "build/bench").mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.root / "build/bench")
    bench = Bench(arguments.root, 3 if arguments.quick else 7, arguments.names)
    for name in tables:
        if bench.wanted(name):
            getattr(bench, name)()
    print("\nall targets met" if bench.met else "\nsome targets were missed")
    return 0 if bench.met else 1


sys.exit(main())
