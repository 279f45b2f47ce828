#!/usr/bin/env python3
"""cmos-info on every malformed file that the golden cases of cmos-run have: it must find what the reader refuses, and
describe the rest.

    cmos_info_bad.py CMOS_INFO GOLDEN_FOLDER
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CMOS_INFO = GOLDEN = None
STRIDE = int(os.environ.get("CMOS_TEST_STRIDE", "1"))  # sanitized programs take a share of the files
REFUSAL = re.compile(r"cmos-run: (?P<file>[^:]+): offset 0x(?P<offset>[0-9a-f]+): (?P<rest>.*)\n")


def cases():
    for path in sorted(GOLDEN.glob("*/bad-*.txt"))[::STRIDE]:
        case = run.Case(path)
        refusal = REFUSAL.fullmatch(case.expected["STDERR"].decode("utf-8", "surrogateescape"))
        strict = "--strict" in case.run
        literal = "--entry-base=section" in case.run or "--entry-base section" in case.run
        # A CPU without an engine is no fault of the file.
        if refusal and refusal["file"] in case.files and not path.stem.startswith("bad-arch-"):
            yield path.stem, case.files[refusal["file"]], refusal, strict, literal


class Malformed(unittest.TestCase):
    def info(self, content, *options):
        with tempfile.TemporaryDirectory(prefix="cmos-info-") as folder:
            place = pathlib.Path(folder, "bad.cpe")
            place.write_bytes(content)
            return subprocess.run([CMOS_INFO, *options, "bad.cpe"], cwd=folder, capture_output=True, timeout=60,
                                  check=False)

    def test_finds_what_the_reader_refuses(self):
        count = 0
        for name, content, refusal, strict, literal in cases():
            with self.subTest(case=name):
                options = ["--strict"] * strict + ["--entry-base=section"] * literal
                done = self.info(content, "--json", "--symbols", *options)
                self.assertEqual((done.returncode, done.stderr), (1, b""))
                (described,) = json.loads(done.stdout)["files"]
                self.assertFalse(described["valid"])
                wanted = (int(refusal["offset"], 16), refusal["rest"].split(": ")[0])
                errors = [(f["offset"], f["field"]) for f in described["findings"] if f["severity"] == "error"]
                if "symbol" not in wanted[1]:  # a symbol's field can be named with its table
                    self.assertIn(wanted, errors)
                self.assertIn(wanted[0], [offset for offset, _ in errors])
                count += 1
        self.assertGreater(count, 60 // STRIDE)

    def test_json_follows_its_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        schema = json.loads((GOLDEN.parents[1] / "docs" / "info.schema.json").read_text(encoding="utf-8"))
        for name, content, _, _, _ in cases():
            with self.subTest(case=name):
                jsonschema.validate(json.loads(self.info(content, "--json", "--symbols").stdout), schema)

    def test_layout_covers_the_file(self):
        for name, content, _, _, _ in cases():
            with self.subTest(case=name):
                (described,) = json.loads(self.info(content, "--json").stdout)["files"]
                at = 0
                for part in described["layout"]:
                    self.assertEqual(part["offset"], at)
                    at += part["size"]
                self.assertEqual(at, len(content))

    def test_text_moves_no_cursor(self):
        for name, content, _, _, _ in cases():
            with self.subTest(case=name):
                text = self.info(content, "--symbols").stdout.decode("utf-8")
                self.assertTrue(all(char == "\n" or char.isprintable() for char in text))


if __name__ == "__main__":
    CMOS_INFO, GOLDEN = sys.argv[1], pathlib.Path(sys.argv[2])
    sys.path.insert(0, str(GOLDEN))
    import run

    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
