"""Builds programs for CalamOS and for the host, and runs both."""

import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sources import Unavailable, cache_folder

ROOT = Path(__file__).resolve().parents[2]


class Failure(Exception):
    """A program does not build, or does not do what it should."""


class Toolchain:
    def __init__(self, cmos_run: str, cmos_pack: str, work: Path, linker: str = "cmos"):
        self.cmos_run = cmos_run
        self.work = work
        self.environment = {**os.environ, "CMOS_PACK": cmos_pack, "CMOS_LINKER": linker, "CMOS_SDK": str(ROOT / "sdk"), "LC_ALL": "C"}
        for tool in ("clang-14", "ld.lld-14", "cc"):
            if not shutil.which(tool):
                raise Unavailable(f"{tool} is not installed")
        self.libraries = {}

    def library(self, arch: str) -> Path:
        """The C library for an ARCH, built when it is not in the cache."""
        arch = {"APPL": "AR64"}.get(arch, arch)
        if arch not in self.libraries:
            # Where cmos-cc keeps it: it is built once for all.
            folder = cache_folder() / "newlib" / (ROOT / "sdk/version").read_text(encoding="utf-8").strip() / arch
            result = subprocess.run([ROOT / "sdk/newlib/build.sh", arch, folder], stderr=subprocess.PIPE, text=True)
            if result.returncode == 2:  # something is not installed
                raise Unavailable(result.stderr.strip())
            if result.returncode:
                raise Failure(result.stderr.strip())
            self.libraries[arch] = folder
        return self.libraries[arch]

    def cxx_library(self, arch: str) -> None:
        """The C++ library for an ARCH, in the C library's folder."""
        command = [ROOT / "sdk/libstdcxx/build.sh", {"APPL": "AR64"}.get(arch, arch), self.library(arch)]
        result = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if result.returncode == 2:
            raise Unavailable(result.stderr.strip())
        if result.returncode:
            raise Failure(result.stderr.strip())

    def build(self, arch: str, name: str, files, options=(), cwd=None) -> Path:
        """A program for CalamOS, by the SDK's own driver."""
        output = self.work / arch / f"{name}.cpe"
        output.parent.mkdir(parents=True, exist_ok=True)
        command = [ROOT / "sdk/bin/cmos-cc", "--arch", arch, "--libc", self.library(arch), "-w", *options, *files, "-o", output]
        result = subprocess.run(command, cwd=cwd, env=self.environment, capture_output=True, text=True, errors="replace")
        if result.returncode:
            raise Failure(f"{arch}/{name} does not build:\n{result.stderr.strip()[-2000:]}")
        return output

    def build_native(self, name: str, files, options=(), cwd=None, libraries=("-lm",), compiler="cc") -> Path:
        output = self.work / "native" / name
        output.parent.mkdir(parents=True, exist_ok=True)
        command = [compiler, "-O1", "-w", *options, *files, "-o", output, *libraries]
        result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace")
        if result.returncode:
            raise Failure(f"native {name} does not build:\n{result.stderr.strip()[-2000:]}")
        return output

    def run(self, program: Path, arguments=(), stdin: bytes = b"", timeout: float = 300, files: Path = None):
        """(standard output with standard error, as the guest has only one; exit status). `files`: where it may leave some."""
        if program.suffix == ".cpe" and files is None:
            with tempfile.TemporaryDirectory(dir=self.work) as own:
                return self.run(program, arguments, stdin, timeout, Path(own))
        # Line by line, or the two outputs of a native program come in another order.
        command = ["stdbuf", "-oL", program, *arguments]
        if program.suffix == ".cpe":
            command = [self.cmos_run, "--root", files, program, *arguments]
        try:
            result = subprocess.run(command, input=stdin, cwd=files, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"{program.name} {' '.join(arguments)}: not done after {timeout:g} s") from None
        return result.stdout, result.returncode


def in_parallel(function, items):
    """Two at a time, in order; the first failure is raised."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


def same(what: str, found: bytes, expected: bytes):
    """Fails with the first line that differs."""
    if found == expected:
        return
    ours, theirs = found.split(b"\n"), expected.split(b"\n")
    for number, (a, b) in enumerate(zip(ours, theirs), 1):
        if a != b:
            raise Failure(f"{what}: line {number}: found {a[:200]!r}, expected {b[:200]!r}")
    raise Failure(f"{what}: found {len(ours)} lines, expected {len(theirs)}")
