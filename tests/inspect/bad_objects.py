#!/usr/bin/env python3
"""Malformed objects and archives, one fault each: every inspecting tool ends with 1 and says where the fault is.

    bad_objects.py BIN_FOLDER GOLDEN_FOLDER
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import objects

TOOLS = GOLDEN = None
MAX = (1 << 64) - 1
# Where each run is dear (tests/CMakeLists.txt), one tool in so many looks at each fault.
STRIDE = int(os.environ.get("CMOS_TEST_STRIDE", "1"))
COMMANDS = {
    "cmos-objdump": ("-x", "-d", "-r", "-s"),
    "cmos-objdump --json": ("-x", "-D", "-r", "-s"),
    "cmos-nm": ("-a", "-s"),
    "cmos-size": ("-A",),
    "cmos-validate": (),
    "cmos-ar": ("rcs", "new.a"),
}

# field -> wrong values
CPO = {
    "version": (0,), "flags": (4, 7, 0x83), "header size": (0, 31, 64, MAX), "code size": (17, 400, MAX),
    "data size": (0, 58, 400, MAX), "symbol table": (0, 32, 0x6a, MAX),
    "greeting kind": (2,), "greeting type": (0, 11), "greeting alignment": (0, 3), "greeting length": (0, 9, MAX),
    "greeting stored": (9, 7, MAX), "counter alignment": (6,),
    "greeting": (b"gre\xffting",), "symbol start": (b"st\xc0rt",),
    "symbol count": (2, 4, MAX), "symbol start length": (0, 4, MAX), "start symbol type": (3,),
    "start symbol section": (2,), "start symbol offset": (17, MAX), "start symbol size": (17,),
    "stdout symbol offset": (1,), "stdout symbol size": (1,), "stdout location length": (8, MAX),
    "relocation count": (1, 3, MAX), "relocation 0 section": (2,), "relocation 0 type": (0, 31, 32, 255),
    "relocation 0 offset": (13, 16, MAX), "relocation 0 symbol": (3,), "relocation 1 offset": (9, 12),
    "optional count": (2, MAX), "optional name length": (5, MAX), "optional bytes length": (5, MAX),
}
ELF = {
    "class": (0, 3), "ident version": (0,), "e_version": (2,), "e_ehsize": (52,),
    "e_shoff": (1, MAX), "e_shentsize": (40, 0), "e_shnum": (200,), "e_shstrndx": (9,),
    "text name": (1000, MAX), "text offset": (MAX, 1 << 40), "text size": (MAX, 1 << 30), "text align": (3,),
    "rela size": (47,), "rela entsize": (16, 0), "rela link": (1, 99), "rela info": (0, 99),
    "rela 0 offset": (13, 16, MAX), "rela 0 info": (9 << 32 | 4,), "rela 1 offset": (14,),
    "group size": (7, 0), "group link": (1,), "group info": (0, 6), "group member": (0, 99),
    "symtab size": (143,), "symtab entsize": (16, 0), "symtab link": (1, 99), "symtab info": (0, 1, 7),
    "strtab size": (1,), "symbol 2 name": (1000, MAX), "symbol 2 section": (9, 0xfeff), "symbol 1 info": (0x11,),
    "symbol 3 info": (0x01,), "strtab bytes": None,
}
ARCHIVE = {
    "magic": (b"!<arch>\r",), "0 end": (b"``",), "0 size": (b"9999999999", b"-1        ", b"abc       ", b"          "),
    "0 mtime": (b"x           ",), "0 mode": (b"9       ",), "0 uid": (b"-1    ",), "1 name": (b"/5".ljust(16), b" " * 16),
    "1 size": (b"999       ",),
}
# Files of somebody else, or of tomorrow: an archive may hold them, as it may hold any file.
FOREIGN = {"b.cpo": {"version": (2, 255)}, "b.o": {"byte order": (2,), "e_machine": (8, 243)}}
# Legal, but nothing that the linker could use: the printers show it.
UNUSABLE = {"rela 0 info": (3 << 32 | 23, 4 << 32 | 99), "symbol 3 info": (0x1a,), "text flags": (0x406,)}


def faults(image, table):
    for field, values in table.items():
        for value in values or (image.data[slice(*(image.fields[field][0], sum(image.fields[field])))][:-1] + b"x",):
            yield f"{field} = {value!r}", image.with_field(field, bytes(value) if isinstance(value, (bytes, bytearray)) else value)


def cuts(image):
    size = len(image.data)
    for at in sorted({1, 3, 5, 9, 20, 31, 33, 63, size // 2, size - 20, size - 1}):
        yield f"cut at {at}", bytes(image.data[:at])


class BadObjects(unittest.TestCase):
    def run_tool(self, folder, command, name):
        words = command.split()
        options = COMMANDS[command]
        return subprocess.run([TOOLS / words[0], *words[1:], *options, name], cwd=folder, capture_output=True,
                              timeout=60, check=False)

    turn = 0

    def refused(self, case, content, name, tools=COMMANDS):
        for command in tools:
            BadObjects.turn += 1
            if BadObjects.turn % STRIDE:
                continue
            with self.subTest(case=case, tool=command), tempfile.TemporaryDirectory(prefix="cmos-bad-") as folder:
                pathlib.Path(folder, name).write_bytes(content)
                done = self.run_tool(folder, command, name)
                self.assertEqual(done.returncode, 1, done.stderr)
                said = (done.stdout if command == "cmos-validate" else done.stderr).decode()
                place = r"(new\.a\()?" + re.escape(name) + r"(\([^)]*\))?\)?: (error: )?offset 0x[0-9a-f]+: "
                self.assertRegex(said, place)
                self.assertTrue(all(char == "\n" or char.isprintable() for char in said))
                self.assertFalse(pathlib.Path(folder, "new.a").exists())

    def test_objects(self):
        count = 0
        for image, table, name in ((objects.cpo(), CPO, "b.cpo"), (objects.elf(), ELF, "b.o")):
            for case, content in faults(image, table):
                self.refused(f"{name}: {case}", content, name)
                count += 1
        self.assertGreater(count, 80)

    def test_foreign_objects(self):
        for image, name in ((objects.cpo(), "b.cpo"), (objects.elf(), "b.o")):
            for case, content in faults(image, FOREIGN[name]):
                self.refused(case, content, name, [one for one in COMMANDS if one != "cmos-ar"])

    def test_cut_objects(self):
        for image, name, magic in ((objects.cpo(), "b.cpo", 4), (objects.elf(), "b.o", 4)):
            for case, content in cuts(image):
                # What is too short to be known is any file to ar.
                tools = COMMANDS if len(content) >= magic else [one for one in COMMANDS if one != "cmos-ar"]
                self.refused(f"{name}: {case}", content, name, tools)

    def test_archives(self):
        good = objects.archive([("b.o", bytes(objects.elf().data)), ("c.cpo", bytes(objects.cpo().data))])
        tools = [one for one in COMMANDS if one != "cmos-ar"]
        for case, content in faults(good, ARCHIVE):
            self.refused(f"archive: {case}", content, "lib.a", tools)
        for image, table, name in ((objects.cpo(), CPO, "b.cpo"), (objects.elf(), ELF, "b.o")):
            for case, content in list(faults(image, table))[::5]:
                if content.startswith((b"CPO\0", b"\x7fELF")):
                    library = objects.archive([(name, content)])
                    self.refused(f"member {name}: {case}", bytes(library.data), "lib.a", tools)

    def test_good_ones_are_fine(self):
        library = objects.archive([("b.o", bytes(objects.elf().data)), ("c.cpo", bytes(objects.cpo().data))])
        for image, name in ((objects.cpo(), "b.cpo"), (objects.elf(), "b.o"), (library, "lib.a")):
            for command in COMMANDS:
                with self.subTest(file=name, tool=command), tempfile.TemporaryDirectory(prefix="cmos-bad-") as folder:
                    pathlib.Path(folder, name).write_bytes(image.data)
                    done = self.run_tool(folder, command, name)
                    self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_what_the_linker_cannot_use_is_shown_and_reported(self):
        for case, content in faults(objects.elf(), UNUSABLE):
            with self.subTest(case=case), tempfile.TemporaryDirectory(prefix="cmos-bad-") as folder:
                pathlib.Path(folder, "b.o").write_bytes(content)
                for command in COMMANDS:
                    done = self.run_tool(folder, command, "b.o")
                    self.assertEqual(done.returncode, 1 if command == "cmos-validate" else 0, done.stderr)

    def test_bad_executables(self):
        count = 0
        for path in sorted(GOLDEN.glob("*/bad-*.txt")):
            case = run.Case(path)
            refusal = re.match(rb"cmos-run: ([^:]+): offset 0x", case.expected["STDERR"])
            if not refusal or "--strict" in case.run or "entry-base" in case.run or path.stem.startswith("bad-arch-"):
                continue
            content = case.files.get(refusal[1].decode())
            if content is None or not content.startswith(b"CMOS"):
                continue
            self.refused(path.stem, content, "b.cpe", [one for one in COMMANDS if one != "cmos-ar"])
            count += 1
        self.assertGreater(count, 60)


if __name__ == "__main__":
    TOOLS, GOLDEN = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    sys.path.insert(0, str(GOLDEN))
    import run

    unittest.main(argv=sys.argv[:1])
