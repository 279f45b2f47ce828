"""The static libraries of Debian's -dev packages, each linked whole: cmos-ld keeps every symbol that GNU ld keeps."""

import subprocess
from pathlib import Path

from sources import Unavailable, binary
from toolchain import Failure

PACKAGES = [
    "libbz2-dev", "libcurl4-openssl-dev", "libelf-dev", "libevent-dev", "libexpat1-dev", "libffi-dev", "libfreetype-dev", "libfuse3-dev",
    "libgmp-dev", "libgsl-dev", "liblua5.4-dev", "liblzma-dev", "libncurses-dev", "libpcre2-dev", "libpng-dev", "libreadline-dev",
    "libsqlite3-dev", "libssl-dev", "libxml2-dev", "libyaml-dev", "libzstd-dev", "zlib1g-dev",
]
# What linkers define themselves, each for its own format.
OWN = {"_end", "_edata", "__bss_start", "end", "edata", "etext", "_etext", "__etext", "_GLOBAL_OFFSET_TABLE_", "__executable_start", "__dso_handle"}


def call(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, errors="replace", timeout=120)


def symbols(listing: str) -> set:
    """Global names, without versions."""
    words = [line.split() for line in listing.splitlines()]
    return {one[-1].split("@")[0] for one in words if len(one) >= 3 and (one[-2].isupper() or one[-2] in "uvw")} - OWN


def compare(archive: Path, tools: Path, work: Path) -> str:
    """What is wrong, "" when no symbol is missing, "thread-local" when both the archive and cmos-ld say so."""
    allowed = ["--unresolved-symbols=ignore-all", "-z", "muldefs"]
    whole = ["--whole-archive", archive]
    theirs = call("ld.bfd", "-m", "elf_x86_64", "-static", "-e", "0", *allowed, "--defsym", "__dso_handle=0", *whole, "-o", work / "bfd")
    ours = call(tools / "cmos-ld", "--arch", "8664", "--defsym", "start_here=0x400000", "-e", "start_here", *allowed, "-w", *whole, "-o", work / "cmos.cpe")
    if theirs.returncode:
        return f"ld: {theirs.stderr}"
    if "thread-local" in ours.stderr:
        return "thread-local"
    if ours.returncode:
        return f"cmos-ld ends with {ours.returncode}: {ours.stderr}"
    expected, found = symbols(call("nm", work / "bfd").stdout), symbols(call(tools / "cmos-nm", work / "cmos.cpe").stdout)
    # A CPE's table has local names, too, and does not say which they are.
    missing = sorted(expected - found)
    return f"{len(missing)} symbols are missing: {', '.join(missing[:9])}" if missing else ""


def run(toolchain) -> str:
    tools = Path(toolchain.cmos_run).parent
    toolchain.work.mkdir(parents=True, exist_ok=True)
    linked, left_out, problems = 0, [], []
    for package in PACKAGES:
        archives = [one for one in sorted(binary(package).rglob("*.a")) if not one.is_symlink()]
        if not archives:
            raise Unavailable(f"{package} has no static library")
        for archive in archives:
            result = compare(archive, tools, toolchain.work)
            if result == "thread-local":
                left_out.append(archive.name)
            elif result:
                problems.append(f"{package}, {archive.name}: {result}")
            else:
                linked += 1
    if problems:
        raise Failure("\n".join(problems))
    return f"{linked} archives of {len(PACKAGES)} packages; with thread-local variables: {', '.join(left_out) or 'none'}"
