#!/usr/bin/env python3
"""--expect-trace across linkers and layouts: expect_trace.py BIN"""
import json
import pathlib
import sys
import tempfile

import guests
from guests import expect

PARENT = r"""
#include <cmos.h>
static unsigned char long_text[300];
static const char unnamed[] = "Cmos:\\data\\child.cpe";
__attribute__((noinline)) static void talk(const char* text) { cmos_print(text); }
int main(void) {
  for (unsigned i = 0; i < sizeof long_text; ++i) long_text[i] = (unsigned char)('a' + i % 26);
  talk("from the parent\n");
  cmos_stdout(long_text, sizeof long_text, 0);
  char* heap = (char*)cmos_grow(4096);
  heap[0] = 1;
  cmos_stdout((void*)0x10, 1, 0);
  cmos_stdout(unnamed + 1, ~0ul / 2, 0);
  return (int)cmos_exec_cpe(unnamed, sizeof unnamed - 1, 0);
}
"""
CHILD = r"""
#include <cmos.h>
int main(void) { cmos_print(TEXT); return 3; }
"""
# Comes first in the other layout: everything moves.
FILLER = "char filler_data[5000] = {1}; const char filler_text[3000] = {2}; int filler(void) { return filler_data[0]; }\n"


def build(work, tools, arch, linker, name, sources, options=()):
    folder = work / f"{arch}-{linker}-{name}"
    folder.mkdir()
    objects = []
    for number, source in enumerate(sources):
        path = folder / f"{number}.c"
        path.write_text(source, encoding="utf-8")
        objects.append(guests.compile_c("clang", arch, path, folder / f"{number}.o", "-O1", *options))
    for part in ("start.c", "builtins.c"):
        objects.append(guests.compile_c("clang", arch, guests.SDK / "lib" / part, folder / f"{part}.o", "-O1"))
    if linker == "ld":
        objects.reverse()
    elf = guests.link(linker, arch, objects, folder / "app.elf", "-u", "filler")
    guests.run([tools / "cmos-pack", elf, "-o", folder / "app.cpe", "--arch", arch])
    return folder / "app.cpe"


def trace(tools, work, program, golden, *options, status=3):
    report = work / "report.json"
    result = guests.run([tools / "cmos-run", "--root", work / "root", "--expect-trace", golden, "--report", report, *options,
                         program], status=status)
    return result, json.loads(report.read_text(encoding="utf-8"))["expected_trace"]


def check(tools, work, arch):
    golden = work / f"{arch}.trace"
    data = work / "root/data"
    data.mkdir(parents=True, exist_ok=True)

    def child(text, linker="lld"):
        program = build(work, tools, arch, linker, f"child-{text}", [CHILD], [f'-DTEXT="{text}\\n"'])
        (data / "child.cpe").write_bytes(program.read_bytes())

    child("hello")
    first = build(work, tools, arch, "lld", "parent", [PARENT])
    second = build(work, tools, arch, "ld", "parent", [FILLER, PARENT])
    expect(first.read_bytes() != second.read_bytes(), "the layouts are the same")
    _, said = trace(tools, work, first, golden, "--bless")
    expect(said["result"] == "written", "--bless", said)
    text = golden.read_text(encoding="utf-8")
    for part in ("[2] +++ started Cmos:\\data\\child.cpe +++", "[2] main", "...{crc32 ", "grow(4096) = <heap", "stdout(0x10, 1, null)",
                 "+++ exited with 3 +++"):
        expect(part in text, f"{arch}: the trace has no {part}", text)

    result, said = trace(tools, work, second, golden)
    expect(said == {"file": str(golden), "result": "same", "difference": None}, f"{arch}: another layout", result.stderr)
    result, _ = trace(tools, work, second, golden, "--trace")
    expect("stdout(\"from the parent\\n\"" in result.stderr, "--trace at once", result.stderr)

    child("changed")
    result, said = trace(tools, work, second, golden, status=123)
    wanted = 'argument 1: expected "hello\\n", found "changed\\n"'
    expect(wanted in result.stderr and said["difference"]["what"] == wanted, f"{arch}: a changed argument", result.stderr)
    expect(said["difference"]["found"].startswith("[2] "), "the process that differs", result.stderr)
    # What the user has written into the file outlives --bless.
    golden.write_text(text.replace("# ", "").replace("[2] main", "# a child\n[2] *main"), encoding="utf-8")
    trace(tools, work, second, golden, "--bless", "--quiet")
    expect("# a child\n" in golden.read_text(encoding="utf-8"), "a comment is lost", golden.read_text(encoding="utf-8"))
    trace(tools, work, first, golden)


def main():
    tools = pathlib.Path(sys.argv[1]).resolve()
    if not guests.have("clang-14", "ld.lld-14", *(command[0] for command in guests.LD.values())):
        print("skipped: clang-14, lld-14 or a GNU ld is not installed")
        return 77
    for arch in guests.ARCHS:
        with tempfile.TemporaryDirectory() as work:
            check(tools, pathlib.Path(work), arch)
    print("same traces by lld and ld on", *guests.ARCHS)
    return 0


try:
    sys.exit(main())
except guests.Failure as failure:
    sys.exit(f"FAILED: {failure}")
