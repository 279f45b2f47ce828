"""samples/lua: the Lua interpreter that is committed as built, so that users need no compiler."""

import shutil
import subprocess

from programs import build_lua
from sources import version
from toolchain import ROOT, Failure, Toolchain

ARCHS = ("8664", "AR64")
VERSIONS = ROOT / "samples/lua/built-from.txt"


def _built_from() -> str:
    newlib = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "newlib-source"], capture_output=True, text=True).stdout
    clang = subprocess.run(["clang-14", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    return f"lua5.4 {version('lua5.4')}\nnewlib {newlib}\n{clang}\n"


def update(tools: Toolchain) -> str:
    for arch, program in build_lua(tools, ARCHS).items():
        target = ROOT / "samples/bin" / arch / "lua.cpe"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(program, target)
    VERSIONS.write_text(_built_from())
    return f"samples/bin/{{{','.join(ARCHS)}}}/lua.cpe"


def check(tools: Toolchain) -> str:
    programs = build_lua(tools, ARCHS)
    if VERSIONS.read_text() != _built_from():
        return "the committed programs were built from other versions: not compared"
    for arch, program in programs.items():
        if program.read_bytes() != (ROOT / "samples/bin" / arch / "lua.cpe").read_bytes():
            raise Failure(f"samples/bin/{arch}/lua.cpe differs from a new build; update-lua-sample replaces it")
    return f"a build gives the committed bytes for {', '.join(ARCHS)}"
