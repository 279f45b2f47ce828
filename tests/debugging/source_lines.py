#!/usr/bin/env python3
"""Source lines, link origins and backtraces in fault reports, for every compiler, linker and ISA: source_lines.py BIN"""
import json
import pathlib
import sys
import tempfile

import guests
from guests import expect

MAIN = r"""#include <cmos.h>
int helper(int n);
int main(void) {
  cmos_print("about to fail\n");
  return helper(3) + 1;
}
"""
HELPER = r"""static int* volatile nowhere = 0;
static const int limits[4] = {10, 20, 30, 40};
int counter;

__attribute__((noinline)) static int store(int* where, int value) {
  *where = value + limits[value & 3];  /* fails here */
  return value;
}

#ifdef WRITE_CONST
__attribute__((noinline)) static int overwrite(void) {
  *(volatile int*)&limits[1] = 5;  /* fails here */
  return limits[1];
}
int helper(int n) { return overwrite() + n; }
#else
int helper(int n) {
  counter = n;
  return store(nowhere, n) + counter;
}
#endif
"""
FAILING = [number for number, line in enumerate(HELPER.splitlines(), 1) if "fails here" in line]


class Case:
    def __init__(self, tools, work, arch, compiler, *options):
        self.tools, self.arch, self.compiler = tools, arch, compiler
        self.folder = work / "-".join((arch, compiler, *options)).replace("=", "-")
        self.folder.mkdir()
        (self.folder / "main.c").write_text(MAIN, encoding="utf-8")
        (self.folder / "helper.c").write_text(HELPER, encoding="utf-8")
        self.objects = [
            guests.compile_c(compiler, arch, self.folder / f"{name}.c", self.folder / f"{name}.o", "-g", "-O1",
                             "-fomit-frame-pointer", *options)
            for name in ("main", "helper")]
        self.objects += [
            guests.compile_c(compiler, arch, guests.SDK / f"lib/{name}.c", self.folder / f"{name}.o", "-O1")
            for name in ("start", "builtins")]
        self.name = f"{arch} {compiler} {' '.join(options)}"

    def by_cmos_ld(self):
        guests.run(["ar", "rc", "libhelp.a", "helper.o"], cwd=self.folder)
        guests.run([self.tools / "cmos-ld", "main.o", "start.o", "builtins.o", "-L.", "-lhelp", "--debug-map", "-o", "app.cpe"],
                   cwd=self.folder)

    def by_pack(self, linker):
        guests.link(linker, self.arch, self.objects, self.folder / "app.elf")
        guests.run([self.tools / "cmos-pack", "app.elf", "--debug-map", "-o", "app.cpe", "--arch", self.arch], cwd=self.folder)

    def run(self, *options, status=139):
        # Lines are relative to the current folder.
        result = guests.run([self.tools / "cmos-run", "--root", "root", "--report", "report.json", *options, "app.cpe"],
                            cwd=self.folder, status=status)
        return result.stderr, json.loads((self.folder / "report.json").read_text(encoding="utf-8"))["state"]

    def check_lines(self, line):
        text, state = self.run()
        source = state["place"]["source"]
        expect(source and source["file"].endswith("helper.c") and source["line"] == line, f"{self.name}: the line", text)
        expect("fails here" in (state["source_text"] or ""), f"{self.name}: the line's text", text)
        expect(f"helper.c:{line}\n" in text and f"{line} | *" in text, f"{self.name}: the report", text)
        frames = [frame["source"] for frame in state["backtrace"]]
        files = [frame["file"].rsplit("/", 1)[-1] for frame in frames if frame]
        expect(files[:3] == ["helper.c", "helper.c", "main.c"], f"{self.name}: the backtrace", text)
        expect(frames[2]["line"] == 5, f"{self.name}: the caller's line", text)
        return text, state

    def check_readers(self, address):
        """What people have beside us reads the file too."""
        said = guests.run(["addr2line", "-e", "app.cpe.debug", "-f", address], cwd=self.folder).stdout
        expect(f"helper.c:{FAILING[0]}" in said and "store" in said, f"{self.name}: addr2line", said)
        noise = guests.run(["readelf", "-a", "-W", "--debug-dump=info", "app.cpe.debug"], cwd=self.folder).stderr
        expect(not noise.strip(), f"{self.name}: readelf", noise)
        listing = guests.run(["llvm-objdump-14", "-d", "-S", "app.cpe.debug"], cwd=self.folder).stdout
        expect("fails here" in listing, f"{self.name}: objdump -S", listing[:2000])


def check_ld(case):
    case.by_cmos_ld()
    text, state = case.check_lines(FAILING[0])
    origin = state["origin"]
    # gcc and clang put functions into sections of their own, and the compiler may call it store.isra.0.
    expect(origin["kind"] == "section" and origin["file"].endswith("libhelp.a(helper.o)")
           and origin["section"].startswith(".text.store"), f"{case.name}: the origin", origin)
    expect("these bytes came from" in text and ", .text.store" in text, f"{case.name}: the origin in words", text)
    case.check_readers(state["place"]["address"])
    traced, _ = case.run("--trace=stdout", "--trace-lines")
    expect('(main.c:4)' in traced or "cmos.h:" in traced, f"{case.name}: --trace-lines", traced)
    silent, state = case.run("--no-debug-file")
    expect("helper.c" not in silent and state["place"]["source"] is None, f"{case.name}: --no-debug-file", silent)


def check_stale(case):
    program = case.folder / "app.cpe"
    whole = program.read_bytes()
    guests.run([case.tools / "cmos-ld", "main.o", "start.o", "builtins.o", "-L.", "-lhelp", "--author", "somebody else",
                "--no-debug-map", "-o", "app.cpe"], cwd=case.folder)
    text, state = case.run()
    expect("app.cpe.debug: belongs to another version" in text and state["place"]["source"] is None, "a stale side file", text)
    program.write_bytes(whole)
    side = case.folder / "app.cpe.debug"
    good = side.read_bytes()
    for cut in (0, 10, 64, len(good) // 2, len(good) - 1):
        side.write_bytes(good[:cut])
        text, state = case.run()
        expect("warning: app.cpe.debug: offset 0x" in text and "memory fault" in text, f"cut to {cut} bytes", text)
    side.unlink()
    text, _ = case.run()
    expect("warning" not in text, "no side file", text)
    text, _ = case.run("--debug-file", "app.cpe.debug")
    expect("app.cpe.debug: No such file" in text, "a side file that was asked for", text)
    side.write_bytes(good)


def check_const_write(tools, work):
    case = Case(tools, work, "8664", "gcc", "-DWRITE_CONST")
    case.by_cmos_ld()
    text, state = case.run()
    relocations = state["origin"]["relocations"]
    expect(len(relocations) == 1 and relocations[0]["type"] == "pc32", "the relocation of the instruction", text)
    expect("relocation pc32 against `" in text, "the relocation in words", text)
    touched = state["touched_origin"]
    expect(touched["section"].startswith(".rodata") and "what was touched came from" in text, "what was touched", text)


def main():
    tools = pathlib.Path(sys.argv[1]).resolve()
    needed = ("clang-14", "ld.lld-14", "llvm-objdump-14", *guests.GCC.values())
    if not guests.have(*needed):
        print("skipped: one of these is not installed:", *needed)
        return 77
    for arch in guests.ARCHS:
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder).resolve()
            for compiler in ("gcc", "clang"):
                case = Case(tools, work, arch, compiler)
                check_ld(case)
                if (arch, compiler) == ("8664", "gcc"):
                    check_stale(case)
                case.by_pack("lld" if compiler == "clang" else "ld")
                _, state = case.check_lines(FAILING[0])
                expect(state["origin"] is None, f"{case.name}: origins of another linker", state["origin"])
                older = Case(tools, work, arch, compiler, "-gdwarf-4")
                older.by_cmos_ld()
                older.check_lines(FAILING[0])
            if arch == "8664":
                check_const_write(tools, work)
    print("lines, origins and backtraces by gcc and clang on", *guests.ARCHS)
    return 0


try:
    sys.exit(main())
except guests.Failure as failure:
    sys.exit(f"FAILED: {failure}")
