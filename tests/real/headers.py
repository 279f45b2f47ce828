"""The C library's headers: each compiles as the first one, and what it declares links."""

import re
import shutil
import subprocess
from pathlib import Path

from toolchain import ROOT, Failure, Toolchain, in_parallel

ARCHS = ("8664", "__86", "_ARM", "AR64")
# Parts of others, which say so.
INTERNAL = re.compile(r"machine/|bits/")
# In C++, gcc's own is for C++23.
NOT_OF_GXX = {"stdatomic.h"}
# In gcc's and clang's own header these are macros, whose names are known to the compiler as functions.
MACROS = re.compile(r"atomic_|__builtin_")
GNU = {"_ARM": "arm-linux-gnueabihf-", "AR64": "aarch64-linux-gnu-"}
FUNCTION = re.compile(r"[|`]-FunctionDecl .*? (\w+) '[^']*'(?::'[^']*')?( extern)?$")


def headers(tools: Toolchain):
    for arch in ARCHS:
        tools.library(arch)
    counts = in_parallel(lambda arch: _of(tools, arch), ARCHS)
    return ", ".join(f"{arch}: {headers} headers with {functions} functions" for arch, (headers, functions) in zip(ARCHS, counts))


def _of(tools: Toolchain, arch: str):
    folder = tools.work / "headers" / arch
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    include = tools.library(arch) / "include"
    names = [name for name in sorted(file.relative_to(include).as_posix() for file in include.rglob("*.h")) if not INTERNAL.match(name)]
    for name in names:
        stem = name.replace("/", "_")[:-2]
        for suffix in ("c", "cc"):
            (folder / f"{stem}.{suffix}").write_text(f"#include <{name}>\n")
    for compiler in ("clang", "gcc"):
        for suffix, program in (("c", "gcc"), ("cc", "g++")):
            if compiler == "gcc" and not shutil.which(GNU.get(arch, "") + program):
                continue
            skipped = NOT_OF_GXX if (compiler, suffix) == ("gcc", "cc") else set()
            files = [name.replace("/", "_")[:-1] + suffix for name in names if name not in skipped]
            _cc(tools, arch, folder, "--cc", compiler, "-nostdlib++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *files)
    return len(names), _link(tools, arch, folder, names)


def _link(tools: Toolchain, arch: str, folder: Path, names) -> int:
    """A program that takes the address of every function; the first header that declares one is named."""
    owner, sources = {}, []
    for number, name in enumerate(names):
        own = []
        for line in _cc(tools, arch, folder, "-D_GNU_SOURCE", "-fsyntax-only", "-Xclang", "-ast-dump", "-fno-color-diagnostics",
                        name.replace("/", "_")[:-1] + "c").splitlines():
            found = FUNCTION.match(line)
            if found and found[1] not in owner and not MACROS.match(found[1]) and " implicit " not in line:
                owner[found[1]] = name
                own.append(found[1])
        if own:
            lines = ["#define _GNU_SOURCE", f"#include <{name}>", *(f"#undef {one}" for one in own),
                     f"void* functions{number}[] = {{" + ", ".join(f"(void*)&{one}" for one in own) + "};"]
            (folder / f"links{number}.c").write_text("\n".join(lines) + "\n")
            sources.append(number)
    tables = [f"functions{number}" for number in sources]
    (folder / "main.c").write_text("".join(f"extern void* {table}[];\n" for table in tables)
                                   + "int main(int argc, char** argv) {\n  (void)argv;\n"
                                   + "".join(f"  if ({table}[argc - 1] == 0) return 1;\n" for table in tables) + "  return 0;\n}\n")
    _cc(tools, arch, folder, "-O0", "-w", "--ld", "--error-limit=0", "main.c", *(f"links{number}.c" for number in sources), "-o", "all.cpe")
    output, status = tools.run(folder / "all.cpe")
    if status:
        raise Failure(f"{arch}: the program with all functions ends with {status}: {output[:200]!r}")
    return len(owner)


def _cc(tools: Toolchain, arch: str, folder: Path, *words) -> str:
    command = [ROOT / "sdk/bin/cmos-cc", "--arch", arch, "--libc", tools.library(arch), "--linker", "lld", *words]
    result = subprocess.run(command, cwd=folder, env=tools.environment, capture_output=True, text=True, errors="replace")
    if result.returncode:
        missing = sorted(set(re.findall(r"undefined symbol: (\S+)", result.stderr)))
        why = f"not there: {' '.join(missing)}" if missing else result.stderr.strip()[-2000:]
        raise Failure(f"{arch}: {' '.join(map(str, words[:6]))}: {why}")
    return result.stdout
