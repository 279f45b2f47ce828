"""Programs that nobody of this project wrote, compared with what they do on the host or with their own known results."""

import bz2
import gzip
import re
import tempfile
import zlib as python_zlib
from pathlib import Path

from cpm import jbigkit
from cxx import cxx
from headers import headers
from sources import source
from toolchain import Toolchain, in_parallel, same

ARCHS = ("8664", "__86", "_ARM", "AR64")
SCRIPTS = Path(__file__).parent / "scripts"


def _builds(tools: Toolchain, archs, *arguments, **options):
    for arch in archs:
        tools.library(arch)
    return dict(zip(archs, in_parallel(lambda arch: tools.build(arch, *arguments, **options), archs)))


# ---- Lua ---------------------------------------------------------------------------------------------------------------------

# As in Lua's own makefile for a plain ISO C system.
LUA_OPTIONS = ["-O2", "-DLUA_COMPAT_5_3"]
# Lua 5.1's own demonstration scripts, with the arguments of their README.
LUA_SCRIPTS = [("bisect",), ("cf",), ("echo", "a", "b c"), ("factorial",), ("fibfor",), ("hello",), ("life",), ("printf",), ("readonly",),
               ("sieve",), ("sort",), ("env",), ("globals",)]
# Interactive: each line answered, errors shown, statements continued, the end by end of input.
LUA_SESSION = b"1 + 1\nx = 21\nreturn x * 2, 'two'\nfor i = 1, 3 do\n  io.write(i, ' ')\nend\nprint()\nnil + 1\n= 'old style'\nio.read()\ntyped\n)\nprint('bye')"


def lua_sources():
    folder = source("lua5.4", patches="cve") / "src"  # the others are about Debian's folders
    return folder, sorted(f.name for f in folder.glob("*.c") if f.name != "luac.c")


def build_lua(tools: Toolchain, archs):
    folder, files = lua_sources()
    return _builds(tools, archs, "lua", files, [*LUA_OPTIONS, "--pack", "--symbols=global"], cwd=folder)


def lua(tools: Toolchain):
    scripts = source("lua5.1") / "test"
    folder, files = lua_sources()
    programs = build_lua(tools, ARCHS)
    native = tools.build_native("lua", files, LUA_OPTIONS, cwd=folder)

    cases = [((), LUA_SESSION), (("-v", "-"), (SCRIPTS / "check.lua").read_bytes()), (("-e", "print(...)", "-"), b"error('ends with it')"),
             (("-",), b"os.exit(42)"), (("-",), b"io.stderr:write('to stderr\\n') for l in io.lines() do print(#l) end")]
    for name, *arguments in LUA_SCRIPTS:
        # One shows 2000 generations, one the date.
        text = (scripts / f"{name}.lua").read_bytes().replace(b"gen>2000", b"gen>60").replace(b"os.date()", b"'today'")
        cases.append((("-", *arguments), text))
    expected = [tools.run(native, *case) for case in cases]

    def check(arch):
        for (arguments, script), (output, status) in zip(cases, expected):
            what = f"{arch}: lua {' '.join(arguments)} < {script[:40]!r}..."
            found, found_status = tools.run(programs[arch], arguments, script)
            # Messages start with the name the program was started by.
            same(what, found.replace(b"Cmos:\\sys_apps\\lua:", b"lua:"), output.replace(str(native).encode() + b":", b"lua:"))
            same(what + ": exit status", b"%d" % found_status, b"%d" % status)
    in_parallel(check, ARCHS)
    return f"{len(cases)} scripts and sessions on each of {', '.join(ARCHS)}"


# ---- zlib --------------------------------------------------------------------------------------------------------------------

def _without_sizes(text: bytes) -> bytes:
    """Structures, and with them what zlib says of its flags and its memory, are smaller where pointers are."""
    return re.sub(rb"(compile flags = 0x|allocated: |: )[0-9a-f]+|[0-9]+ (allocated|bytes|high water)", rb"\1.. \2", text)


def zlib(tools: Toolchain):
    folder = source("zlib")
    library = sorted(f.name for f in folder.glob("*.c"))
    # example.c writes a gz file unless it is told that zlib cannot.
    example = dict(files=["test/example.c", *library], options=["-O2", "-I.", "-DNO_GZCOMPRESS"], cwd=folder)
    minigzip = dict(files=["test/minigzip.c", *library], options=["-O2", "-I."], cwd=folder)
    cover = dict(files=["test/infcover.c", *library], options=["-O2", "-I."], cwd=folder)
    data = b"".join(f.read_bytes() for f in sorted(folder.glob("*.c")))

    for name, recipe in (("example", example), ("infcover", cover)):
        output, status = tools.run(tools.build_native(name, **recipe))
        for arch, program in _builds(tools, ARCHS, name, **recipe).items():
            found, found_status = tools.run(program)
            same(f"{arch}: zlib's {name}", _without_sizes(found), _without_sizes(output))
            same(f"{arch}: zlib's {name}: exit status", b"%d" % found_status, b"%d" % status)
    for arch, program in _builds(tools, ARCHS, "minigzip", **minigzip).items():
        packed, _ = tools.run(program, stdin=data)
        same(f"{arch}: minigzip, unpacked by another zlib", gzip.decompress(packed), data)
        same(f"{arch}: minigzip -d", tools.run(program, ["-d"], gzip.compress(data))[0], data)
    return f"example, infcover and minigzip ({len(data)} bytes, crc {python_zlib.crc32(data):08x}) on each of {', '.join(ARCHS)}"


# ---- bzip2 -------------------------------------------------------------------------------------------------------------------

def bzip2(tools: Toolchain):
    folder = source("bzip2")
    files = ["blocksort.c", "huffman.c", "crctable.c", "randtable.c", "compress.c", "decompress.c", "bzlib.c", "bzip2.c"]
    programs = _builds(tools, ARCHS, "bzip2", files, ["-O2"], cwd=folder)
    # bzip2's own test, of `make test`: the packed bytes are part of the source.
    cases = [("-1", "sample1.ref", "sample1.bz2"), ("-2", "sample2.ref", "sample2.bz2"), ("-3", "sample3.ref", "sample3.bz2"),
             ("-d", "sample1.bz2", "sample1.ref"), ("-d", "sample2.bz2", "sample2.ref"), ("-ds", "sample3.bz2", "sample3.ref")]

    def check(arch):
        for option, given, wanted in cases:
            found, status = tools.run(programs[arch], [option], (folder / given).read_bytes())
            same(f"{arch}: bzip2 {option} < {given}", found, (folder / wanted).read_bytes())
            same(f"{arch}: bzip2 {option} < {given}: exit status", b"%d" % status, b"0")
        damaged = bytearray(bz2.compress(b"some text " * 100))
        damaged[40] ^= 1
        found, status = tools.run(programs[arch], ["-d"], bytes(damaged))
        same(f"{arch}: bzip2 -d of damaged data: exit status", b"%d" % status, b"2")
    in_parallel(check, ARCHS)
    return f"{len(cases) + 1} runs on each of {', '.join(ARCHS)}"


# ---- MuJS, a JavaScript interpreter ----------------------------------------------------------------------------------------------

def mujs(tools: Toolchain):
    folder = source("mujs")
    recipe = dict(files=["one.c", "main.c"], options=["-O2", "-I."], cwd=folder)
    native = tools.build_native("mujs", **recipe)
    script = (SCRIPTS / "check.js").read_bytes()
    output, status = tools.run(native, stdin=script)
    for arch, program in _builds(tools, ARCHS, "mujs", **recipe).items():
        found, found_status = tools.run(program, stdin=script)
        same(f"{arch}: mujs < check.js", found, output)
        same(f"{arch}: mujs < check.js: exit status", b"%d" % found_status, b"%d" % status)
    return f"check.js on each of {', '.join(ARCHS)}"


# ---- our own: the C library's files and the rest of it ---------------------------------------------------------------------------

LIBRARY = Path(__file__).parent / "libc"
# What Apple silicon and Thumb code share with another ARCH is the library, not the program.
VARIANTS = [(arch, arch, ()) for arch in ARCHS] + [("APPL", "APPL", ()), ("thumb", "_ARM", ("--thumb",))]


def libc(tools: Toolchain):
    cases = [("files", ()), ("fenv", ()), ("posix", ("no such file",)), ("language", ("one", "two  words", "")), ("language", ("abort", "-")), ("language", ("_exit", "-"))]
    warnings = ["-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"]
    for arch in ARCHS:
        tools.library(arch)

    def outcome(program, arguments):
        with tempfile.TemporaryDirectory(dir=tools.work) as files:
            output, status = tools.run(program, arguments, b"the input\n", files=Path(files))
            # A shell shows a native program's signal like this.
            return output, status if status >= 0 else 128 - status

    def check(variant):
        label, arch, options = variant
        for name, arguments in cases:
            program = tools.build(arch, f"{label}-{name}", [LIBRARY / f"{name}.c"], [*warnings, *options])
            found, status = outcome(program, arguments)
            what = f"{label}: {name} {' '.join(arguments)}"
            # Messages start with the name the program was started by.
            same(what, found.replace(f"{label}-{name}:".encode(), f"{name}:".encode()), expected[name, arguments][0])
            same(what + ": exit status", b"%d" % status, b"%d" % expected[name, arguments][1])

    natives = {name: tools.build_native(name, [LIBRARY / f"{name}.c"], ["-D_GNU_SOURCE"]) for name, _ in cases}
    expected = {(name, arguments): outcome(natives[name], arguments) for name, arguments in cases}
    in_parallel(check, VARIANTS)
    return f"{len(cases)} runs on each of {', '.join(label for label, _, _ in VARIANTS)}, as on the host"


PROGRAMS = {"libc": libc, "headers": headers, "cxx": cxx, "lua": lua, "zlib": zlib, "bzip2": bzip2, "mujs": mujs, "jbigkit": jbigkit}
