#!/usr/bin/env python3
"""Shows that the differential tester finds what emu/unicorn/tuned/ mends: without_mends.py BUILD_FOLDER [SINGLES [NAME…]]

Each mend is taken out of a copy of cmos-cpu-differ, which is linked with a copy of libcmos_emu.a in which Unicorn calls
its own functions. The copy must find differences. Nothing else is changed, and nothing of this is installed.
Exit status: 0 all were found, 1 some were not.
"""
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

# What is taken out, on which --arch it shows, the library's functions, and, for what is rare, what finds it.
MENDS = [
    ("SSE sums and products", "8664", r"helper_(add|sub|mul|div)(ss|sd|ps|pd)_"),
    ("SSE minimum, maximum, root", "8664", r"helper_(min|max|sqrt)(ss|sd|ps|pd)_"),
    ("SSE comparisons", "8664", r"helper_(cmp\w+|u?comi)(ss|sd|ps|pd)_"),
    ("SSE conversions", "8664", r"helper_cvt"),
    ("SSE rounding", "8664", r"helper_round"),
    ("SSE scalar products", "8664", r"helper_dpp"),
    ("SSE horizontal", "8664", r"helper_(hadd|hsub|addsub)p"),
    ("SSE reciprocals", "8664", r"helper_r(cp|sqrt)[ps]s_"),
    ("string comparison", "8664", r"helper_pcmp"),
    ("integer horizontal", "8664", r"helper_ph"),
    ("x87 arithmetic", "8664", r"helper_f(add|sub|subr|mul|div|divr)_ST0_FT0"),
    ("x87 stores", "8664", r"helper_f(st|ist|bst)[a-z]*_ST0"),
    ("x86 bytes of code", "8664", r"cpu_ldub_code_x86_64"),
    ("x86 alignment", "8664", r"tcg_gen_qemu_(ld|st)_i64_x86_64"),
    ("ARM fixed point", "_ARM", r"helper_vfp_\w+_arm", ["--seed", "102", "--singles", "100000"]),
    ("ARM alignment", "_ARM", r"tcg_gen_qemu_(ld|st)_i(32|64)_arm"),
    ("Thumb alignment", "thumb", r"tcg_gen_qemu_(ld|st)_i(32|64)_arm"),
    ("ARM64 alignment", "AR64", r"tcg_gen_qemu_(ld|st)_i64_aarch64"),
    ("ARM64 minimum, maximum in memory", "APPL", r"tcg_gen_atomic_fetch"),
    ("ARM64 complex products", "APPL", r"helper_gvec_fcmlah_idx", ["--seed", "9", "--singles", "100000"]),
]


def symbols(path, *options):
    lines = subprocess.run(["nm", "--format=posix", *options, path], check=True, capture_output=True, text=True).stdout
    return {line.split()[0] for line in lines.splitlines()}


def without(library, pattern, folder):
    """A copy of libcmos_emu.a whose Unicorn calls its own functions again; those functions."""
    copy = folder / "libcmos_emu.a"
    copy.write_bytes(library.read_bytes())
    subprocess.run(["ar", "x", copy, "unicorn.o"], cwd=folder, check=True)
    unicorn = folder / "unicorn.o"
    defined = symbols(unicorn, "--defined-only")
    names = (name.removeprefix("__wrap_") for name in symbols(unicorn, "--undefined-only") if name.startswith("__wrap_"))
    taken = sorted(name for name in names if re.match(pattern, name))
    # What no mend calls has kept its name, and is seen in there alone.
    own = {name: f"__real_{name}" if f"__real_{name}" in defined else name for name in taken}
    words = [f"--redefine-sym=__wrap_{name}={mine}" for name, mine in own.items()]
    words += [f"--globalize-symbol={mine}" for mine in own.values()]
    subprocess.run(["objcopy", *words, unicorn], check=True)
    subprocess.run(["ar", "r", copy, unicorn], check=True, stderr=subprocess.DEVNULL)
    return copy, taken


def link(build, pattern, output):
    """Links a copy of the tester; the functions whose mend it lacks."""
    commands = subprocess.run(["ninja", "-C", build, "-t", "commands", "cmos-cpu-differ"], check=True,
                              capture_output=True, text=True).stdout
    library, taken = without(pathlib.Path(build) / "emu/libcmos_emu.a", pattern, output.parent)
    words = [str(library) if word == "emu/libcmos_emu.a" else word for word in shlex.split(commands.splitlines()[-1])]
    begin = words.index("&&") + 1
    words = words[begin:words.index("&&", begin)]
    words[words.index("-o") + 1] = str(output)
    subprocess.run(words, cwd=build, check=True, stderr=subprocess.DEVNULL)
    return taken


def main():
    build, singles = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "100000"
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "differ"
        for name, arch, pattern, *more in MENDS:
            if sys.argv[3:] and name not in sys.argv[3:]:
                continue
            taken = link(build, pattern, copy)
            words = [copy, "--arch", arch, "--singles", singles, "--sequences", "20000" if more else "0", "--alike", "0"]
            run = subprocess.run(words + (more[0] if more else []), capture_output=True, text=True)
            last = run.stdout.splitlines()[-1] if run.stdout else f"ended by {run.returncode}"
            found = bool(taken) and run.returncode not in (0, 77)
            missed += not found
            print(f"{'found' if found else 'MISSED'}  {name} ({len(taken)} functions): {last}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
