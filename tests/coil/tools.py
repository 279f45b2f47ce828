#!/usr/bin/env python3
"""casm, coildis and the validators as their users call them: every option, the environment, settings, exit statuses.

    tools.py BIN_FOLDER
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = None
SOURCE = """; the document's own example
PROC 0x01                     ; CPU processor
ARCH 0x01, 0x03               ; x86-64 architecture

SECTION .text, 0x01 | 0x04
SYM main, TYPE_PARAM0=GLOB
    SCOPEE
    VAR #1, TYPE_INT32, 42
    ; ...
    SCOPEL
    RET
"""
TABLES = """SECTION .text, 5
STRUCT point, TYPE_INT32, x, TYPE_FP64, y
SYM add, TYPE_PARAM0=GLOB, TYPE_ABICTL=ABICTL_STANDARD=x86_64_sysv
    SCOPEE
    VAR #1, TYPE_INT32
    VAR #2, TYPE_INT32+CONST, 4
    VAR #3, TYPE_INT32, 0
    MOV #1, TYPE_ABICTL=ABICTL_PARAM=x86_64_sysv, 0
    SCOPEE
    VAR #1, TYPE_PTR=TYPE_INT32, table
    SCOPEL
    RET TYPE_ABICTL=ABICTL_RET=x86_64_sysv, #3
    SCOPEL
SECTION .data, 0x0E
table: DATA TYPE_INT32, 1, 2, 3
"""


class Tools(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="cmos-coil-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        (self.folder / "home").mkdir()
        self.write("a.casm", SOURCE)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def run_tool(self, *words, status=0, says="", **environment):
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "LC_ALL": "C.UTF-8", **environment}
        done = subprocess.run([TOOLS / words[0], *words[1:]], cwd=self.folder, capture_output=True, text=True, env=clean,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, status, (words, done))
        self.assertIn(says, done.stdout + done.stderr, words)
        return done.stdout + done.stderr

    def bytes_of(self, name):
        return (self.folder / name).read_bytes()

    def test_the_documents_example(self):
        self.run_tool("casm", "a.casm")
        coil = self.bytes_of("a.coil")
        self.assertEqual(len(coil), 141)
        self.assertEqual(coil[0x60:0x6d].hex(), "b101102001b0021020011020" + "03")
        self.run_tool("coilvalidate", "-l", "strict", "a.coil", says="0 errors")
        self.run_tool("coildis", "a.coil", "-o", "b.casm")
        self.run_tool("casm", "b.casm", "-o", "b.coil")
        self.assertEqual(self.bytes_of("b.coil"), coil)

    def test_includes_and_definitions(self):
        (self.folder / "inc").mkdir()
        self.write("inc/more.casm", SOURCE)
        self.write("m.casm", 'IF WANTED == 0x10\nINCLUDE "more.casm"\nELSE\nSECTION .text, 5\nRET\nENDIF\n')
        self.run_tool("casm", "m.casm", "-D", "WANTED=16", "-I", "inc")
        self.run_tool("casm", "a.casm")
        self.assertEqual(self.bytes_of("m.coil"), self.bytes_of("a.coil"))
        self.run_tool("casm", "m.casm", "-DWANTED=0b10000", COIL_INCLUDE_PATH="none:inc")
        self.assertEqual(self.bytes_of("m.coil"), self.bytes_of("a.coil"))
        self.run_tool("casm", "m.casm", "-D", "WANTED")
        self.assertNotEqual(self.bytes_of("m.coil"), self.bytes_of("a.coil"))
        self.run_tool("casm", "m.casm", "-D", "WANTED=16", status=5, says="m.casm:2:9: error: more.casm is not found")
        self.run_tool("casm", "m.casm", "-D", "WANTED=many", status=2, says="the value is no number")

    def test_settings(self):
        self.write("r.casm", "SECTION .text, 5\nMOV TYPE_RGP=X1, 1\n")
        self.run_tool("casm", "r.casm", status=5)
        self.run_tool("casm", "r.casm", "-t", "cpu-arm-64")
        self.run_tool("casm", "r.casm", COIL_TARGET="0x010202")
        self.write(".coilconfig", "# settings\ntarget = cpu-arm-64\ndebug_level = 2\n")
        self.run_tool("casm", "r.casm")
        self.assertEqual(self.bytes_of("r.coil")[7] & 4, 4)
        self.run_tool("casm", "r.casm", "-g0")
        self.assertEqual(self.bytes_of("r.coil")[7] & 4, 0)
        self.run_tool("casm", "r.casm", "-t", "cpu-x86-64", status=5)
        self.write(".coilconfig", "\nanything = 1\n")
        self.run_tool("casm", "r.casm", status=2, says=".coilconfig:2: key: found anything")
        (self.folder / ".coilconfig").unlink()
        self.write("home/.coilconfig", "target = cpu-arm-64\n")
        self.run_tool("casm", "r.casm")
        self.run_tool("casm", "a.casm", status=2, says="debug level 9", COIL_DEBUG_LEVEL="9")
        self.run_tool("casm", "a.casm", status=2, says="optimization 7", COIL_OPTIMIZATION="7")
        self.run_tool("casm", "a.casm", status=2, says="expected 0 to 255", COIL_PROCESSOR_TYPE="300")
        self.run_tool("casm", "a.casm", status=2, says="target bad", COIL_TARGET="bad")
        self.run_tool("casm", "a.casm", COIL_OPTIONS="-g -o 'two words.coil'", COIL_FEATURES="SSE,AVX")
        self.assertEqual(self.bytes_of("two words.coil")[7] & 4, 4)

    def test_batch(self):
        self.write("batch", '# two files\na.casm -o one.coil\n\na.casm --endian big -o "the other.coil"\n')
        self.run_tool("casm", "-b", "batch")
        self.assertEqual(self.bytes_of("one.coil")[7], 1)
        self.assertEqual(self.bytes_of("the other.coil")[7], 9)
        self.write("batch", "missing.casm\na.casm -o last.coil\n")
        self.run_tool("casm", "-b", "batch", status=3, says="missing.casm")
        self.assertTrue((self.folder / "last.coil").exists())
        self.write("batch", 'a.casm -o "x\n')
        self.run_tool("casm", "-b", "batch", status=2, says="batch:1")
        self.run_tool("casm", "-b", "batch", "a.casm", status=2, says="give no FILE")
        self.run_tool("casm", "-b", "nothing", status=3)

    def test_warnings(self):
        self.write("w.casm", "SECTION .text, 5\nunused: RET\n")
        self.run_tool("casm", "w.casm", says="warning: 'unused' is never used [unused-label]")
        for quiet in ("none", "no-unused-label"):
            self.assertEqual(self.run_tool("casm", "w.casm", "-W", quiet), "")
        self.run_tool("casm", "w.casm", "-W", "none", "-W", "error")
        (self.folder / "w.coil").unlink()
        self.run_tool("casm", "w.casm", "-W", "error", status=5, says="warnings are failures")
        self.assertFalse((self.folder / "w.coil").exists())
        self.run_tool("casm", "w.casm", "-W", "typo", status=2, says="no such warning")

    def test_all_is_written_or_nothing(self):
        self.run_tool("casm", "a.casm", "-o", "out.coil", "-g", "--split-debug", "--listing", "out.lst")
        before = {name: self.bytes_of(name) for name in ("out.coil", "out.coild", "out.lst")}
        self.write("a.casm", SOURCE.replace("42", "43"))
        (self.folder / "folder").mkdir()
        self.run_tool("casm", "a.casm", "-o", "out.coil", "--split-debug", "--listing", "folder", status=4)
        self.run_tool("casm", "a.casm", "-o", "out.coil", "--split-debug", "--listing", "no/where", status=4)
        self.assertEqual({name: self.bytes_of(name) for name in before}, before)
        (self.folder / "dir.coild").mkdir()
        self.run_tool("casm", "a.casm", "-o", "dir.coil", "--split-debug", status=4)
        self.assertEqual(sorted(path.name for path in self.folder.glob("dir*")), ["dir.coild"])

    def test_debug_tables(self):
        self.write("t.casm", TABLES)
        self.run_tool("casm", "t.casm", "-g")
        self.run_tool("coilvalidate", "-l", "strict", "t.coil", says="0 errors")
        shown = self.run_tool("cmos-objdump", "-p", "t.coil")
        counts = dict(line.split(None, 1) for line in shown.splitlines() if line.startswith("  "))
        for table, least in {"sources": 1, "lines": 10, "types": 6, "fields": 2, "variables": 5, "scopes": 2, "functions": 1}.items():
            self.assertGreaterEqual(int(counts[table]), least, table)
        self.run_tool("casm", "t.casm", "-g1")
        shown = self.run_tool("cmos-objdump", "-p", "t.coil")
        counts = dict(line.split(None, 1) for line in shown.splitlines() if line.startswith("  "))
        self.assertEqual((counts["variables"], counts["scopes"]), ("0", "0"))
        self.assertGreater(int(counts["lines"]), 0)

    def test_split_debug_is_found_again(self):
        self.run_tool("casm", "a.casm", "-g", "-o", "whole.coil")
        self.run_tool("casm", "a.casm", "-o", "split.coil", "--split-debug")
        self.run_tool("casm", "a.casm", "-o", "plain.coil")
        self.assertEqual(self.bytes_of("split.coil"), self.bytes_of("plain.coil"))
        self.run_tool("coilvalidate", "split.coild", says="coild, thorough: 0 errors")
        def lines(*words):
            return [line for line in self.run_tool("coildis", "-c", *words).splitlines() if "a.casm:" in line]

        whole = lines("whole.coil")
        self.assertIn("a.casm:8", whole[-3])
        self.assertEqual(lines("split.coil"), whole)
        (self.folder / "split.coild").rename(self.folder / "other.coild")
        self.assertNotIn("a.casm:8", self.run_tool("coildis", "-c", "split.coil"))
        self.assertIn("a.casm:8", self.run_tool("coildis", "-c", "--debug-file", "other.coild", "split.coil"))
        self.write("t.casm", TABLES)
        self.run_tool("casm", "t.casm")
        self.run_tool("coildis", "-c", "--debug-file", "other.coild", "t.coil", status=5, says="another object")
        self.run_tool("coildis", "--debug-file", "none.coild", "t.coil", status=3)

    def test_coildis(self):
        self.run_tool("casm", "a.casm", "-g")
        text = self.run_tool("coildis", "-a", "-r", "-s", "-c", "-f", "coil", "a.coil")
        self.assertIn("; 00000018  1603900001030003202a000000  a.casm:8", text)
        self.assertIn('global | function        "main"', text)
        if (TOOLS / "coil2cbc").exists():
            self.run_tool("coil2cbc", "a.coil")
            self.run_tool("coildis", "-r", "a.cbc", says="1000  ret")
        self.run_tool("coildis", "-f", "cbc", "a.coil", status=5, says="found coil, expected cbc")
        self.run_tool("coildis", "a.coil", "-o", "no/where", status=4)
        self.run_tool("coildis", "missing.coil", status=3)
        self.run_tool("coildis", status=2)

    def test_validators(self):
        self.run_tool("casm", "a.casm")
        good = self.bytes_of("a.coil")
        (self.folder / "bad.coil").write_bytes(good[:-1] + b"\1" + b"tail")
        self.run_tool("coilvalidate", "bad.coil", status=5, says="trailing-bytes")
        self.assertEqual(self.run_tool("coilvalidate", "-e", "bad.coil", status=5).count("error:"), 1)
        document = json.loads(self.run_tool("coilvalidate", "--json", "-s", "-l", "strict", "a.coil"))
        self.assertEqual((document["valid"], document["level"], document["statistics"]["instructions"]), (True, "strict", 7))
        self.run_tool("coilvalidate", "-s", "a.coil", says="instructions  7")
        self.run_tool("coilvalidate", "-f", "coilo", "a.coil", status=5, says="magic")
        self.run_tool("cbcvalidate", "a.coil", status=5, says="magic")
        self.run_tool("coilvalidate", "-l", "fierce", "a.coil", status=2)
        self.run_tool("coilvalidate", "missing", status=3)
        self.run_tool("coilvalidate", status=2, says="no file given")
        self.assertGreater(self.run_tool("coilvalidate", "--list-rules").count("\n"), 50)

    def test_versions_and_help(self):
        for tool in ("casm", "coildis", "coilvalidate", "cbcvalidate"):
            self.assertEqual(self.run_tool(tool, "-v"), self.run_tool(tool, "--version"))
            self.run_tool(tool, "-h", says="Usage:")

    def test_refusals(self):
        self.run_tool("casm", "--load-extension", "x.so", "a.casm", status=2)
        self.run_tool("casm", "-O", "9", "a.casm", status=2)
        self.run_tool("casm", "missing.casm", status=3)
        self.run_tool("casm", "a.casm", "-o", "no/where.coil", status=4)


if __name__ == "__main__":
    TOOLS = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1])
