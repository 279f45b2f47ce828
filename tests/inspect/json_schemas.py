#!/usr/bin/env python3
"""What the inspecting tools write with --json follows the schemas of docs/, and every rule is in --list-rules.

    json_schemas.py BIN_FOLDER PROJECT_ROOT
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import objects

TOOLS = ROOT = None
COMMANDS = [
    ("cmos-objdump", "-x", "-s", "-d", "-r"), ("cmos-objdump", "-D"), ("cmos-objdump", "-f", "-C"), ("cmos-nm", "-a", "-s"),
    ("cmos-nm", "--special-syms"), ("cmos-size",), ("cmos-validate",), ("cmos-validate", "--strict"),
]


class Schemas(unittest.TestCase):
    def setUp(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        self.jsonschema = jsonschema

    def schema(self, tool):
        return json.loads((ROOT / "docs" / f"{tool.removeprefix('cmos-')}.schema.json").read_text(encoding="utf-8"))

    def check(self, words, files, cwd):
        done = subprocess.run([TOOLS / words[0], "--json", *words[1:], *files], cwd=cwd, capture_output=True, timeout=120,
                              check=False)
        document = json.loads(done.stdout)
        self.jsonschema.validate(document, self.schema(words[0]))
        return document

    def inputs(self, folder):
        cpo, elf = bytes(objects.cpo().data), bytes(objects.elf().data)
        named = objects.elf().with_field("strtab bytes", objects.elf().data[slice(*self.stretch())].replace(b"main", b"\xff\n\x1b["))
        files = {"a.cpo": cpo, "b.o": elf, "c.o": named, "cut.o": elf[:100], "bad.cpo": cpo[:50],
                 "lib.a": bytes(objects.archive([("a.cpo", cpo), ("b.o", elf), ("text.txt", b"text")]).data)}
        for name, content in files.items():
            pathlib.Path(folder, name).write_bytes(content)
        samples = sorted(path for path in (ROOT / "samples" / "bin").glob("*/*.cpe") if path.stat().st_size < 4096)
        return list(files) + [str(path) for path in samples[::7]]

    @staticmethod
    def stretch():
        offset, size = objects.elf().fields["strtab bytes"]
        return offset, offset + size

    def test_documents(self):
        with tempfile.TemporaryDirectory(prefix="cmos-json-") as folder:
            files = self.inputs(folder)
            for words in COMMANDS:
                with self.subTest(command=words):
                    document = self.check(words, files, folder)
                    self.assertGreater(len(document["files"]), 5)
            self.check(("cmos-ar", "t"), ["lib.a"], folder)

    def test_rules(self):
        document = self.check(("cmos-validate", "--list-rules"), [], ".")
        listed = [(one["rule"], one["spec"], one["severity"]) for one in document["rules"]]
        declared = []
        formats = {one["format"] for one in document["rules"]} - {"any"}
        # Archives of Whitesmith's and of UNIX share the rules of one folder, each with a row of its own in the list.
        folders = {name for name in formats if (ROOT / f"formats/{name}").is_dir()}
        # So do the four of COIL, whose table says the level of each as well: those of the level strict are coilvalidate's.
        self.assertEqual(formats - folders, {"unix-archive", "whitesmith-archive", "coilo", "cbc", "coild"})
        rows = re.findall(r'\{\{"([^"]+)", "([^"]+)", k(\w+)\}, 0x[0-9a-f]+, k(Basic|Thorough|Strict),',
                          (ROOT / "formats/coil/rules.cc").read_text(encoding="utf-8"))
        self.assertGreater(len(rows), 50)
        declared += [(rule, spec, severity) for rule, spec, severity, level in rows if level != "Strict"]
        folders.remove("coil")
        for path in [*(ROOT / f"formats/{name}/rules.h" for name in sorted(folders)), ROOT / "inspect/rules.h"]:
            text = path.read_text(encoding="utf-8")
            declared += re.findall(r'inline constexpr Rule \w+\{"([^"]+)",\s*"([^"]+)",\s*k(\w+)\}', text)
            self.assertEqual(len(re.findall(r"constexpr Rule ", text)),
                             len(re.findall(r"inline constexpr Rule \w+\{", text)))
        severities = {"Error": "error", "Warning": "warning", "Hint": "note"}
        self.assertEqual(sorted(set(listed)), sorted((rule, spec, severities[severity]) for rule, spec, severity in declared))
        self.assertGreater(len(listed), 80)


if __name__ == "__main__":
    TOOLS, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=sys.argv[:1])
