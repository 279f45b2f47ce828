#!/usr/bin/env python3
"""The inspecting tools against binutils, on objects that the installed compilers make: nm's letters, readelf's
relocations, size's numbers, archives that each side reads of the other.

    compare_binutils.py BIN_FOLDER
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = None
# Where each run is dear (tests/CMakeLists.txt), one object in so many is looked at.
STRIDE = int(os.environ.get("CMOS_TEST_STRIDE", "1"))
C = """
int common_x; static int bss_y; int data_z = 3; const char ro[] = "hi"; extern int ext;
__attribute__((weak)) int weakf(void) { return ext; }
extern __attribute__((weak)) int wu(void);
__attribute__((weak)) int wobj = 7;
static const char *const names[] = {"one", "two"};
__attribute__((noinline)) static int helper(int a) { return a + bss_y + data_z; }
const char *name(int n) { return names[n]; }
int main(int c, char **v) { bss_y = c; return helper(c) + weakf() + (wu ? wu() : 0) + ro[c] + common_x; }
"""
CXX = """
template <class T> T twice(T a) { return a + a; }
int g() { return twice<int>(3); }
inline int counter() { static int v; return ++v; }
int h() { return counter(); }
struct Init { Init(); ~Init(); int x; } init;
namespace a { namespace b { int f(const char *, int *) { return init.x; } } }
"""
# compiler, its binutils' prefix
COMPILERS = [
    ("gcc", ""), ("gcc -m32", ""), ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-"),
    ("arm-linux-gnueabihf-gcc", "arm-linux-gnueabihf-"), ("arm-linux-gnueabihf-gcc -marm", "arm-linux-gnueabihf-"),
    ("clang-14 --target=x86_64-none-elf", ""), ("clang-14 --target=i386-none-elf", ""),
    ("clang-14 --target=armv7a-none-eabi -mthumb", "arm-linux-gnueabihf-"),
    ("clang-14 --target=aarch64-none-elf", "aarch64-linux-gnu-"),
]
FLAGS = ["-O1 -fcommon", "-O0 -g", "-Os -ffunction-sections -fdata-sections -fno-pic"]


def output_bytes(*words, cwd=None):
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, timeout=120, check=False,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"})
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stderr.decode()}")
    return done.stdout


def modern(text):
    """binutils 2.40 call two ARM relocations by the names of a former ABI."""
    for old, new in (("R_ARM_GOTPC", "R_ARM_BASE_PREL"), ("R_ARM_GOT32", "R_ARM_GOT_BREL")):
        text = text.replace(old + " " * 6, new + " " * (6 + len(old) - len(new))).replace(old, new)
    return text


def output(*words, cwd=None):
    return modern(output_bytes(*words, cwd=cwd).decode())


class Compare(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="cmos-dump-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.objects = []  # (path, prefix)
        for number, (compiler, prefix) in enumerate(COMPILERS):
            program, *more = compiler.split()
            if not shutil.which(program) or not shutil.which(prefix + "nm"):
                continue
            for which, flags in enumerate(FLAGS):
                for suffix, source in ((".c", C), (".cc", CXX)):
                    if suffix == ".cc" and not program.startswith("clang"):
                        continue
                    text = cls.folder / f"s{suffix}"
                    text.write_text(source)
                    path = cls.folder / f"o{number}{which}{suffix}.o"
                    output(program, *more, *flags.split(), "-c", text, "-o", path)
                    cls.objects.append((path, prefix))

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def same(self, ours, theirs):
        self.assertEqual(output(*ours), output(*theirs))

    def each(self, check):
        self.assertTrue(self.objects)
        for path, prefix in self.objects[::STRIDE]:
            with self.subTest(object=path.name):
                check(path, prefix)

    def some(self, path, options):
        """Every third of the options, other ones for the next object: each meets many objects, few objects meet all."""
        return options[[one for one, _ in self.objects].index(path) // STRIDE % 3::3]

    def test_nm(self):
        def check(path, prefix):
            for options in self.some(path, ((), ("-n",), ("-r",), ("-n", "-r"), ("-S",), ("-g",), ("-u",), ("-P",), ("-p",), ("-C",),
                            ("-S", "--size-sort"), ("--size-sort",), ("-f", "sysv"), ("-A",), ("--defined-only",),
                            ("-a",), ("-j",))):
                if "-C" in options and prefix == "" and path.name.endswith(".cc.o"):
                    options = ("-C", "-p")  # sorting by demangled or mangled names is a matter of taste
                self.same((TOOLS / "cmos-nm", *options, path), (prefix + "nm", *options, path))
        self.each(check)

    def test_size(self):
        def check(path, prefix):
            for options in self.some(path, ((), ("-x",), ("-o",), ("-A",), ("-A", "-x"), ("-t",), ("--common",), ("-B", "-d"))):
                if "-A" in options and path.suffixes[0] == ".cc":
                    continue  # binutils move groups before the sections that they found first
                self.same((TOOLS / "cmos-size", *options, path), (prefix + "size", *options, path))
        self.each(check)

    def test_headers(self):
        def check(path, prefix):
            for options in self.some(path, (("-h",), ("-t",), ("-r",), ("-s",), ("-h", "-j", ".text"), ("-t", "--special-syms"), ("-tC",))):
                if options[0] in ("-h", "-s") and path.suffixes[0] == ".cc":
                    continue
                self.same((TOOLS / "cmos-objdump", *options, path), (prefix + "objdump", *options, path))
        self.each(check)

    def test_relocations_as_readelf_lists_them(self):
        row = re.compile(r"^([0-9a-f]{8,16})\s+[0-9a-f]+\s+(R_\S+)\s+[0-9a-f]*\s*(.*)$", re.M)
        def check(path, prefix):
            theirs = []
            for offset, kind, value in row.findall(output(prefix + "readelf", "-rW", path)):
                name, sign, addend = (value.rpartition(" + ") if " + " in value else
                                      value.rpartition(" - ") if " - " in value else (value, "", "0"))
                theirs.append((int(offset, 16), kind, name.strip(), (-1 if "-" in sign else 1) * int(addend or "0", 16)))
            document = json.loads(output(TOOLS / "cmos-objdump", "-r", "--json", path))
            ours = [(int(one["offset"], 16), one["type"], one["symbol"] or "", one["addend"] or 0)
                    for one in document["files"][0]["relocations"]]
            self.assertTrue(ours)
            self.assertEqual(sorted(ours), sorted(theirs))
        self.each(check)

    def test_code_lines_up(self):
        """Every instruction begins where binutils say, with the same bytes, label and relocations."""
        def check(path, prefix):
            def shape(text):
                lines = []
                for line in text.splitlines():
                    if match := re.match(r"^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t", line + "\t"):
                        if set(match[2]) - set("0 "):  # binutils leave more zeros out, also relocated ones
                            lines.append((match[1], match[2]))
                    elif re.match(r"^[0-9a-f]{8,16} <|^\t\t\t[0-9a-f]+: R_|^Disassembly", line):
                        lines.append(line)
                return lines
            ours = shape(output(TOOLS / "cmos-objdump", "-dr", path))
            self.assertGreater(len(ours), 10)
            self.assertEqual(ours, shape(output(prefix + "objdump", "-dr", path)))
        self.each(check)

    def test_archives(self):
        paths = [path for path, prefix in self.objects if prefix == ""][:4]
        (self.folder / "a name of more than fifteen bytes.txt").write_text("no object\n")
        members = [*paths, self.folder / "a name of more than fifteen bytes.txt"]
        ours, theirs = self.folder / "ours.a", self.folder / "theirs.a"
        output(TOOLS / "cmos-ar", "rcs", ours, *members)
        output("ar", "rcsD", theirs, *members)
        self.assertEqual(ours.read_bytes(), theirs.read_bytes())
        for options in ("t", "tv"):
            self.same((TOOLS / "cmos-ar", options, theirs), ("ar", options, ours))
        self.assertEqual(output_bytes(TOOLS / "cmos-ar", "p", theirs, paths[1].name), paths[1].read_bytes())
        for tool in (TOOLS / "cmos-ar", "ar"):
            place = self.folder / "out"
            place.mkdir()
            output(tool, "x", ours if tool == "ar" else theirs, cwd=place)
            for one in members:
                self.assertEqual((place / one.name).read_bytes(), one.read_bytes())
            shutil.rmtree(place)

    def test_changing_an_archive(self):
        paths = [path for path, prefix in self.objects if prefix == ""][:4]
        names = [path.name for path in paths]
        steps = [("rcs", *paths[:2]), ("r", paths[2]), ("q", paths[3]), ("dv", names[1]), ("rv", paths[0]),
                 ("mv", names[0]), ("rbv", names[2], None, paths[1]), ("rav", names[2], None, paths[0]),
                 ("mav", names[0], None, names[3]), ("d", names[0]), ("rcv", *paths)]
        ours, theirs = self.folder / "step1.a", self.folder / "step2.a"
        for step in steps:
            letters, *words = step
            def command(tool, archive):
                if None in words:
                    at = words.index(None)
                    return output(tool, letters, words[0], archive, *words[at + 1:])
                return output(tool, letters, archive, *words)
            with self.subTest(step=letters):
                self.assertEqual(command(TOOLS / "cmos-ar", ours), command("ar", theirs))
                self.assertEqual(ours.read_bytes(), theirs.read_bytes())

    def test_thin_archives_are_read(self):
        paths = [path for path, prefix in self.objects if prefix == ""][:2]
        output("ar", "rcT", "thin.a", *[path.name for path in paths], cwd=self.folder)
        thin, thick = self.folder / "thin.a", self.folder / "thick.a"
        output("ar", "rcs", thick, *paths)
        for tool, *options in (("cmos-nm",), ("cmos-size",), ("cmos-objdump", "-h"), ("cmos-ar", "t"), ("cmos-ar", "p")):
            self.assertEqual(output_bytes(TOOLS / tool, *options, thin).replace(b"thin.a", b"thick.a"),
                             output_bytes(TOOLS / tool, *options, thick))

    def test_the_index(self):
        paths = [path for path, prefix in self.objects if prefix == ""][:3]
        library = self.folder / "index.a"
        output("ar", "rcs", library, *paths)
        theirs = output("nm", "-s", library).split("\n\n")[0]
        ours = output(TOOLS / "cmos-nm", "-s", library).split("\n\n")[0]
        self.assertEqual(ours, theirs)
        self.assertIn(": archive, no findings", output(TOOLS / "cmos-validate", library))


if __name__ == "__main__":
    TOOLS = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1])
