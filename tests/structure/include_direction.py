#!/usr/bin/env python3
"""Fails when an #include runs against the folder table: who may include whom is the architecture."""
import pathlib
import re
import sys

ALLOWED = {
    "base": set(),
    "arch": {"base"},
    "relocation": {"base", "arch"},
    "object": {"base", "arch", "relocation"},
    "formats": {"base", "arch", "relocation", "object"},
    "sandbox": {"base"},
    "linker": {"base", "arch", "relocation", "object", "formats"},
    "assembler": {"base", "arch", "relocation", "object", "formats", "disasm"},
    "coil": {"base", "arch", "relocation", "object", "formats"},
    "symbolize": {"base", "sandbox", "arch", "relocation", "object", "formats"},
    "disasm": {"base", "arch"},
    "inspect": {"base", "arch", "relocation", "object", "formats", "disasm"},
    "emu": {"base", "arch", "formats"},  # a bytecode engine knows its format
    "loader": {"base", "arch", "formats", "emu"},
    "vfs": {"base"},
    "minidisk": {"base", "vfs"},
    "syscalls": {"base", "arch", "emu", "vfs", "minidisk"},
    "runtime": {"base", "arch", "formats", "symbolize", "disasm", "emu", "loader", "vfs", "minidisk", "syscalls"},
    "capi": {"base", "arch", "formats", "loader", "vfs", "syscalls", "runtime"},
    "tools": {"base", "sandbox", "arch", "relocation", "object", "formats", "symbolize", "linker", "assembler", "coil", "disasm", "inspect", "emu", "loader", "vfs", "minidisk", "syscalls", "runtime"},
}
# Only these files may see a wrapped library's header.
LIBRARY_HOMES = {"unicorn/": "emu/", "capstone/": "disasm/", "CLI/": "tools/", "spdlog/": "tools/", "elfutils/": "symbolize/"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def may_see(own, other):
    """A format knows itself and what all formats share; the table of formats knows all of them."""
    return len(other) == 2 or own[1] in (other[1], "registry")


def violations(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        folder = relative.parts[0]
        if folder not in ALLOWED or path.suffix not in {".h", ".cc"}:
            continue
        for kind, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if kind == '"':
                target = name.split("/")[0]
                if target not in ALLOWED or not (root / name).is_file():
                    yield f"{relative}: \"{name}\" is not a path from the project's root"
                elif target != folder and target not in ALLOWED[folder]:
                    yield f"{relative}: {folder}/ may not include {target}/ ({name})"
                elif folder == "formats" and target == "formats" and not may_see(relative.parts, name.split("/")):
                    yield f"{relative}: a format may not include another one ({name})"
            for prefix, home in LIBRARY_HOMES.items():
                if name.startswith(prefix) and not str(relative).startswith(home):
                    yield f"{relative}: <{name}> belongs in {home} alone"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    found = list(violations(root))
    print("\n".join(found) or "include directions: clean")
    return 1 if found else 0


sys.exit(main())
