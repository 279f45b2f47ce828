#!/usr/bin/env python3
"""Whatever names files, members, symbols and authors have: nothing that a tool prints moves a terminal's cursor, changes
the direction of writing or hides text, and JSON stays JSON.

    hostile_names.py BIN SDK_BIN

Every tool is given files whose names and contents are hostile, and command lines with hostile words. All bytes of
standard output and standard error are looked at.
"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

BIN = SDK_BIN = pathlib.Path()
# Colours, the title of a window, a cleared screen in one character, "right to left", no width, no UTF-8, a bell.
HOSTILE = b"n\x1b[31m\x1b]0;t\x07\xc2\x9b2J\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xff\x7f\r\b"
NAME = os.fsdecode(HOSTILE + b"\n")
PLAIN = b"n" * len(HOSTILE)
VALID = HOSTILE.replace(b"\xff", b"v")  # for formats that take nothing but UTF-8
FORBIDDEN = (set(range(0x20)) - {0x09, 0x0A} | set(range(0x7F, 0xA0)) | set(range(0x200B, 0x2010))
             | set(range(0x2028, 0x202F)) | set(range(0x2060, 0x2070)) | {0xAD, 0x61C, 0x180E, 0xFEFF})
# It writes to address 0, with a symbol of a hostile name, and makes a call that a report shows.
SOURCE = """
global _start
global SYMBOL
_start:
SYMBOL:
  xor eax, eax
  mov dword ptr [rax], 1
  ret
"""


def member(name, content):
    head = name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) + b"0".ljust(6) + b"644".ljust(8)
    return head + str(len(content)).encode().ljust(10) + b"`\n" + content + b"\n" * (len(content) % 2)


def archive(members):
    """Long names stand in a table, as GNU's ar writes them."""
    table, places = b"", []
    for name, _ in members:
        places.append(b"/%d" % len(table))
        table += name.replace(b"/", b"_") + b"/\n"
    out = b"!<arch>\n" + member(b"//", table)
    for place, (_, content) in zip(places, members):
        out += member(place, content)
    return out


class Hostile(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="cmos-test-"))
        self.addCleanup(shutil.rmtree, self.top)
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", HOME=str(self.top), CMOS_ROOT=str(self.top / "root"),
                                PATH=f"{BIN}:{SDK_BIN}:{os.environ['PATH']}")

    def run_tool(self, *command, stdin=b""):
        """What it printed, looked at."""
        program = BIN / command[0] if (BIN / command[0]).exists() else SDK_BIN / command[0]
        if not program.exists():
            self.skipTest(f"{command[0]} is not built")
        done = subprocess.run([program, *map(str, command[1:])], input=stdin, capture_output=True, timeout=120,
                              cwd=self.top, env=self.environment, check=False)
        self.assertGreaterEqual(done.returncode, 0, command)
        self.look_at(done.stdout, command)
        self.look_at(done.stderr, command)
        if "--json" in command and done.stdout:
            json.loads(done.stdout)
        return done

    def look_at(self, data, what):
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            self.fail(f"{what}: no UTF-8: {error} in {data!r}")
        found = {hex(ord(one)) for one in text if ord(one) in FORBIDDEN}
        self.assertFalse(found, f"{what}: {text!r}")

    def file(self, name, content):
        path = self.top / name
        path.write_bytes(content)
        return path

    def objects(self):
        """A CPO, an ELF object and a CPE with hostile symbols."""
        source = self.file("plain.asm", SOURCE.replace("SYMBOL", PLAIN.decode()).encode())
        done = self.run_tool("cmos-as", source, "-o", self.top / "plain.cpo")
        if done.returncode != 0:
            self.skipTest("no encoder for cmos-as")
        self.run_tool("cmos-ld", self.top / "plain.cpo", "--debug-map", "-o", self.top / "plain.cpe")
        cpo = (self.top / "plain.cpo").read_bytes().replace(PLAIN, VALID)
        cpe = bytearray((self.top / "plain.cpe").read_bytes().replace(PLAIN, VALID))
        cpe[0x19:0x1D] = bytes(4)  # no checksum
        debug = (self.top / "plain.cpe.debug").read_bytes().replace(PLAIN, HOSTILE)
        self.file(NAME + ".cpe.debug", debug)
        return self.file(NAME + ".cpo", cpo), self.file(NAME + ".cpe", bytes(cpe)), self.file(NAME + ".elf", debug)

    def test_inspecting_tools(self):
        cpo, cpe, elf = self.objects()
        lib = self.file(NAME + ".a", archive([(HOSTILE, cpo.read_bytes()), (HOSTILE + b"2", b"junk")]))
        short = self.file(NAME + "2.a", b"!<arch>\n" + member(b"\x1b[1m\xff/", b"junk"))
        junk = self.file(NAME + ".junk", HOSTILE * 20)
        author = self.file(NAME + "2.cpe", self.signed(cpe.read_bytes()))
        for path in (cpo, cpe, elf, lib, short, junk, author, self.top / (NAME + ".absent"), self.top):
            for words in (("cmos-info", "--symbols"), ("cmos-objdump", "-x", "-d", "-r", "-t", "-s"), ("cmos-nm", "-A"),
                          ("cmos-size", "-t"), ("cmos-validate",), ("cmos-info", "--json"),
                          ("cmos-objdump", "-x", "-d", "--json"), ("cmos-nm", "--json"), ("cmos-size", "--json"),
                          ("cmos-validate", "--json")):
                self.run_tool(*words, path)
            self.run_tool("cmos-nm", "--format=posix", path)
            self.run_tool("cmos-ar", "t", path)
            self.run_tool("cmos-ar", "tv", path)
            self.run_tool("cmos-ar", "t", path, NAME)
            self.run_tool("cmos-ar", "d", path, NAME)
        out = self.top / "out"
        out.mkdir()
        self.run_tool("cmos-ar", "xv", "--output", out, lib)
        self.run_tool("cmos-ar", "rcv", NAME + "new.a", cpo)

    def signed(self, cpe):
        """The same program, with author and site: after a signature's start, u32 lengths and texts."""
        return cpe + b"SIGN" + struct.pack("<I", len(HOSTILE)) + HOSTILE + struct.pack("<I", len(HOSTILE)) + HOSTILE

    def test_linker_and_packer(self):
        cpo, cpe, elf = self.objects()
        lib = self.file(NAME + ".a", archive([(HOSTILE, cpo.read_bytes())]))
        whole = ("--whole-archive", lib, "-o", NAME + "q.cpe")
        self.run_tool("cmos-ld", cpo, "-o", NAME + "p.cpe", "-Map", "-", "--cref")
        self.run_tool("cmos-ld", *whole, "--gc-sections", "--print-gc-sections")
        self.run_tool("cmos-ld", cpo, lib, "-o", "twice.cpe", "--whole-archive", lib)
        for words in (("-e", NAME), ("-u", NAME), ("-l", NAME), ("--defsym", NAME + "=" + NAME), ("-L", NAME), (cpe,),
                      (elf,), (NAME + ".absent",), ("--" + NAME,), ("-o", NAME + "/no/folder"), ("@" + NAME,)):
            self.run_tool("cmos-ld", cpo, "-o", "x.cpe", *words)
        for path in (elf, cpe, cpo, NAME + ".absent"):
            self.run_tool("cmos-pack", path, "-o", "x.cpe")
            self.run_tool("cmos-pack", path, "-o", NAME + "/no/folder")
        self.run_tool("cmos-pack", "--author", NAME, elf, "-o", "x.cpe")

    def test_assembler(self):
        bad = os.fsdecode(HOSTILE)
        source = self.file(NAME + ".asm", b"  mov " + HOSTILE + b"\n.include \"" + HOSTILE + b"\"\n" + HOSTILE + b":\n")
        self.run_tool("cmos-as", source)
        self.run_tool("cmos-as", source, "-D", bad, "-I", bad)
        self.run_tool("cmos-as", NAME + ".absent")
        self.run_tool("cmos-as", "-" + bad)
        good = self.file(NAME + "2.asm", b"global _start\n_start: ret ; " + HOSTILE + b"\n")
        self.run_tool("cmos-as", good, "--listing=-", "-o", NAME + ".cpo")
        self.run_tool("cmos-as", good, "-o", NAME + "/no/folder")

    def test_runner(self):
        _, cpe, _ = self.objects()
        done = self.run_tool("cmos-run", cpe)
        self.assertEqual(done.returncode, 139)
        self.assertIn(b"memory fault", done.stderr)
        for words in (("--trace",), ("--trace=json",), ("--report", NAME + ".json"), ("--trace-file", NAME + "/x", "--trace"),
                      ("--debug-file", NAME), ("--root", NAME), ("--mount", NAME), ("--expect-trace", NAME + ".trace"),
                      ("--expect-trace", NAME + ".trace", "--bless"), ("--timeout", NAME), ("--" + NAME,),
                      ("--overlay=" + NAME + "/none",)):
            self.run_tool("cmos-run", *words, cpe, NAME)
        report = (self.top / (NAME + ".json")).read_bytes()
        self.look_at(report, "report")
        json.loads(report)
        trace = self.file(NAME + "2.trace", b"_start: " + HOSTILE + b"\n")
        self.run_tool("cmos-run", "--expect-trace", trace, cpe)
        for path in (NAME + ".absent", "Cmos:\\sys_apps\\" + NAME, "Cmos:\\" + os.fsdecode(b"\xe2\x80\xae"),
                     self.file(NAME + ".junk", HOSTILE)):
            self.run_tool("cmos-run", path)

    def test_modules_and_cpm(self):
        magic = b"\x01\0mod\1"
        header = magic + struct.pack("<HI10H", 32, 0, *([0] * 10))
        entry = struct.pack("<HBB", 1, 6, len(VALID)) + VALID
        imports = struct.pack("<HHHH", 8 + len(entry), 1, 0, 1) + entry
        title = VALID + bytes(4 - len(VALID) % 4)
        code = struct.pack("<HHHH", 10 + len(title), 0x102, 0x68, 1) + title + bytes(2)
        names = self.file(NAME + ".mod", header + imports + code + struct.pack("<HHHHHH", 14, 3, 0, 1, 1, 1) + bytes(2))
        bad = self.file(NAME + "2.mod", header + HOSTILE)
        cpo, _, _ = self.objects()
        for path in (names, bad, cpo, NAME + ".absent"):
            for words in (("list",), ("check",), ("load",), ("load", "--cpu", NAME), ("load", "--provide", NAME),
                          ("strip", "-o", NAME + "/no/folder"), ("split", "-o", NAME), ("merge", "-o", "m.mod"),
                          ("make", "-o", "m.mod"), ("make", "-o", "m.mod", "--export", NAME), (NAME,)):
                self.run_tool("cmos-mod", *words, path)
            self.run_tool("cmos-objdump", "-x", path)
        com = self.file(NAME + ".com", b"\x11\x00\x02\x0e\x0f\xcd\x05\x00\x0e\x63\xcd\x05\x00\x76".ljust(0x100) + b"\0" + HOSTILE)
        for words in ((), ("--trace",), ("--mount", "A:=" + NAME), ("--mount", NAME), ("--trace-file", NAME + "/x", "--trace")):
            self.run_tool("cmos-run", "--os=cpm", *words, com, NAME)
            self.run_tool("cmos-run", "--os=cpm", *words, NAME + ".absent")

    def test_files(self):
        _, cpe, _ = self.objects()
        turned = "Cmos:\\data\\\u202en\u200b\ufeff"
        data = self.top / "root" / "data"
        self.run_tool("cmos-fs", "mkdir", turned)
        self.run_tool("cmos-fs", "put", cpe, turned + "\\\u2066f")
        (data / NAME).write_bytes(b"")
        for words in (("ls", "Cmos:\\data"), ("ls", "-l", "Cmos:\\data"), ("ls", "-l", turned), ("rm", turned),
                      ("cat", turned), ("get", turned, NAME), ("cat", NAME), ("install", cpe), ("put", NAME, turned),
                      ("install", "--name", "\u202ename", cpe), ("ls", "Cmos:\\sys_apps"), ("remove", "\u202ex"),
                      ("md", "show", "\u202ename"), ("md", "show", NAME), ("locks", "--all"), ("ls", turned + "\\\u2066f"),
                      (NAME,), ("--" + NAME,), ("--root", NAME, "root"), ("rm", "-r", turned)):
            self.run_tool("cmos-fs", *words)

    def test_compiler_driver(self):
        source = self.file(NAME + ".c", b"int main(void) { return 0; }\n")
        for words in ((NAME + ".absent",), ("--arch", NAME, source), ("--cc", NAME, source), ("-o",), (source, "-o", NAME)):
            self.run_tool("cmos-cc", *words)


if __name__ == "__main__":
    BIN, SDK_BIN = (pathlib.Path(one).resolve() for one in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
