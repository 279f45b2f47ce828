#!/usr/bin/env python3
"""Builds projects that nobody here wrote, with the words of docs/testing.md alone, and runs their own tests: cJSON (CMake),
fribidi (Meson), popt (configure) and jansson (autoreconf and configure), from Debian's sources.

    foreign.py --bin build/release/bin --build build/release        exit 77 (skipped) when something cannot be had
"""
import argparse
import os
import pathlib
import re
import shutil
import sys
import tempfile

import projects
from projects import Failure, Skip, User, expect

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "real"))
from sources import Unavailable, source  # noqa: E402

ARCHS = ("8664", "AR64")


def with_path(user):
    return f"{user.prefix / 'bin'}:{os.environ['PATH']}"


def start_by_name(place, *options):
    """A script in a program's place, as docs/testing.md has it for hosts whose kernel does not know CPEs."""
    place.rename(place.with_suffix(".cpe"))
    words = " ".join(f"'{word}'" for word in options)
    place.write_text(f'#!/bin/sh\nexec cmos-run {words} "{place}.cpe" "$@"\n')
    place.chmod(0o755)


def cjson(user, arch):
    """All 19 programs, of which parse_examples reads files beside it."""
    build = f"cjson-{arch}"
    user.configure(source("cjson"), build, f"-DCMAKE_TOOLCHAIN_FILE={user.package}/cmos-{arch}.cmake",
                   f"-DCMAKE_CROSSCOMPILING_EMULATOR={user.prefix}/bin/cmos-run;--here")
    user.call("cmake", "--build", build)
    report = user.test(build)
    expect(re.search("100% tests passed, 0 tests failed out of (19|[2-9]\\d)", report), f"cJSON, {arch}: {report}")


def fribidi(user, arch):
    """All of its tests, which are given files by their absolute paths."""
    build = f"fribidi-{arch}"
    folder = user.folder / "fribidi"
    if not folder.exists():
        shutil.copytree(source("fribidi"), folder, symlinks=True)
    wrapper = user.folder / "wrapper.ini"
    mount = f"Cmos:\\{user.folder.parts[1]}=/{user.folder.parts[1]}"
    wrapper.write_text(f"[binaries]\nexe_wrapper = ['cmos-run', '--mount', '{mount}']\n")
    cross_file = user.prefix / "share" / "cmos" / "meson" / f"cmos-{arch}.ini"
    user.call("meson", "setup", "--cross-file", cross_file, "--cross-file", wrapper, "-Ddocs=false", build, folder, PATH=with_path(user))
    user.call("meson", "compile", "-C", build, PATH=with_path(user))
    start_by_name(user.folder / build / "bin" / "fribidi", "--mount", mount)
    report = user.call("meson", "test", "-C", build, PATH=with_path(user))
    expect(re.search(r"Ok: +[1-9]", report) and re.search(r"Fail: +0", report), f"fribidi, {arch}: {report}")


def popt(user, arch):
    """Its script starts programs by their names: small scripts in their places do so by cmos-run."""
    folder = user.folder / f"popt-{arch}"
    shutil.copytree(source("popt"), folder, symlinks=True)  # with times: what is generated is not made again
    host = {"8664": "x86_64", "AR64": "aarch64"}[arch]
    shell = f"cd '{folder}' && ./configure --host={host}-none-elf --disable-shared --disable-nls CC='cmos-cc --arch {arch} --libc newlib'"
    user.call("sh", "-c", f"{shell} && make && make -C tests test1 test2 test3 tdict", PATH=with_path(user))
    for program in ("test1", "test2", "test3", "tdict"):
        start_by_name(folder / "tests" / program, "--here", "--env", "HOME=.", "--env", "POSIX_ME_HARDER", "--env", "POSIXLY_CORRECT")
    report = user.call("sh", "-c", f"cd '{folder}/tests' && sh ./testit.sh", PATH=with_path(user))
    # Some start a program of the host (exec), two print argv[0], which is a path of CalamOS.
    failed = set(map(int, re.findall(r"^FAIL: test1 - (\d+):", report, re.M)))
    expect(report.count("PASS") >= 55 and failed == {20, 21, 22, 23, 58, 59} and "FAIL test3" not in report, f"popt, {arch}: {report}")


def jansson(user, arch):
    """Built outside of its sources, which its tests read by their absolute paths."""
    folder, build = user.folder / "jansson", user.folder / f"jansson-{arch}"
    if not folder.exists():
        shutil.copytree(source("jansson"), folder, symlinks=True)
        user.call("autoreconf", "-fi", folder)
    build.mkdir()
    host = {"8664": "x86_64", "AR64": "aarch64"}[arch]
    make = f"cd '{build}' && make && make -C test check TESTS="
    user.call("sh", "-c", f"cd '{build}' && '{folder}/configure' --host={host}-none-elf --disable-shared "
                          f"CC='cmos-cc --arch {arch} --libc newlib' && {make}", PATH=with_path(user))
    mount = f"Cmos:\\{user.folder.parts[1]}=/{user.folder.parts[1]}"
    settings = ["JSON_INDENT", "JSON_REAL_PRECISION", "JSON_COMPACT", "JSON_ENSURE_ASCII", "JSON_PRESERVE_ORDER", "JSON_SORT_KEYS",
                "HASHSEED", "STRIP"]
    programs = [build / "test/bin/json_process", *sorted((build / "test/suites/api").glob("test_*"))]
    for program in programs:
        if program.suffix == "" and program.is_file():
            start_by_name(program, "--here", "--mount", mount, *(word for name in settings for word in ("--env", name)))
    report = user.call("sh", "-c", f"make -C '{build}/test' check VERBOSE=1 || true", PATH=with_path(user))
    # One writes into a pipe, at its end.
    failed = set(re.findall(r"^(\S+)\.\.\. FAILED$", report, re.M))
    expect(report.count("... ok\n") >= 125 and failed == {"test_dump.c"} and "pipe() failed" in report, f"jansson, {arch}: {report}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--build", required=True)
    arguments = parser.parse_args()
    for tool in ("clang-14", "ninja", "meson", "make", "autoreconf", "automake", "libtoolize"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            return projects.SKIPPED
    with tempfile.TemporaryDirectory(prefix="cmos-foreign-") as folder:
        try:
            projects.needs_newlib()
            user = User(arguments, pathlib.Path(folder))
            for arch in ARCHS:
                for one in (cjson, fribidi, popt, jansson):
                    one(user, arch)
        except (Skip, Unavailable) as reason:
            print(f"skipped: {reason}")
            return 1 if os.environ.get("CMOS_REAL") == "required" else projects.SKIPPED
        except Failure as failure:
            print(f"FAIL: {failure}")
            return 1
    print(f"ok: cJSON, fribidi, popt and jansson on {', '.join(ARCHS)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
