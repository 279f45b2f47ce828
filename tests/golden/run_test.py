#!/usr/bin/env python3
"""Tests of the golden runner itself."""
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zlib

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
import run  # noqa: E402


def assemble(text):
    return run.Assembler().assemble(text)


class Notation(unittest.TestCase):
    def test_bytes_and_text(self):
        self.assertEqual(assemble('43 4d4F "a\\n\\x00\\"\\\\é"  # comment "x'), b'CMOa\n\0"\\\xc3\xa9')

    def test_numbers_wrap(self):
        self.assertEqual(assemble("u8:-1 u16:0x102 u32:-1 u64:1"),
                         b"\xff\x02\x01\xff\xff\xff\xff\x01" + bytes(7))

    def test_repeats(self):
        self.assertEqual(assemble('90*3 "ab"*2 0102*2'), b"\x90\x90\x90abab\1\2\1\2")

    def test_groups(self):
        self.assertEqual(assemble("u8:@body u8:&body u8:@body-1 ff body={ 01 len32{ 02 { 03*2 } } }"),
                         b"\x08\x04\x07\xff\x01\x03\0\0\0\2\3\3")

    def test_alignment_counts_from_the_group(self):
        self.assertEqual(assemble("ff { 01 align:4 02 align:4 }"), b"\xff\1\0\0\0\2\0\0\0")

    def test_crc_and_cut(self):
        sum_ = zlib.crc32(b"ab\0\0\0\0c").to_bytes(4, "little")
        self.assertEqual(assemble('"ab" crc "c"'), b"ab" + sum_ + b"c")
        self.assertEqual(assemble('"ab" crc "c" cut:3'), b"ab" + sum_[:1])

    def test_mistakes(self):
        for text in ("4", "xyz", "u32:@nowhere", "{", "}", "u32:", '"open', "4x"):
            with self.assertRaises((run.CaseError, ValueError), msg=text):
                assemble(text)

    def test_output_lines_round_trip(self):
        for data in (b"", b"\n", b"a", b"a\n\nb", b"\x1b[0m\\ \xff\xc3\xa9\t\n", "\u200b\n".encode()):
            self.assertEqual(run.block_bytes(run.block_lines(data)), data)


CASE = """# kept
RUN: python3 %t/tool.py one 'two words'
STATUS: {status}
MUST: {must}
TEXT tool.py
|import sys
|print(sys.argv[1:], sys.stdin.read())
|print('err', file=sys.stderr)
|sys.exit(3)
STDIN
>input
STDOUT
|old
# also kept
"""


class Runner(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.case = pathlib.Path(self.folder.name, "case.txt")

    def tearDown(self):
        self.folder.cleanup()

    def run_case(self, *options):
        return subprocess.run([sys.executable, HERE / "run.py", "--bin", "/nowhere", *options, self.case],
                              capture_output=True, text=True, check=False)

    def test_bless_rewrites_output_only(self):
        self.case.write_text(CASE.format(status=3, must="two words"))
        self.assertEqual(self.run_case().returncode, 1)
        self.assertEqual(self.run_case("--bless").returncode, 0)
        self.assertEqual(self.run_case().returncode, 0)
        expected = CASE.format(status=3, must="two words").replace("STDOUT\n|old\n", "")
        self.assertEqual(self.case.read_text(),
                         expected + "STDOUT\n|['one', 'two words'] input\nSTDERR\n|err\n")

    def test_bless_never_hides_a_wrong_status(self):
        self.case.write_text(CASE.format(status=4, must="two"))
        result = self.run_case("--bless")
        self.assertEqual(result.returncode, 1)
        self.assertIn("exit status 3, expected 4", result.stdout)
        self.assertEqual(self.case.read_text(), CASE.format(status=4, must="two"))

    def test_bless_never_drops_a_must(self):
        self.case.write_text(CASE.format(status=3, must="never printed"))
        self.assertEqual(self.run_case("--bless").returncode, 1)
        self.assertIn("|old", self.case.read_text())

    def test_unknown_directives_are_refused(self):
        self.case.write_text("RUN: true\nSTATSU: 3\n")
        self.assertIn("not a directive", self.run_case().stdout)


if __name__ == "__main__":
    unittest.main()
