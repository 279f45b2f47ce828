#!/usr/bin/env python3
"""cmos-ar and the host: nothing is half-written, nothing is written elsewhere.

    archives.py BIN_FOLDER
"""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

import objects

TOOLS = None


class Archives(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="cmos-ar-")
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / "a.o").write_bytes(objects.elf().data)
        (self.folder / "b.cpo").write_bytes(objects.cpo().data)
        (self.folder / "bad.cpo").write_bytes(objects.cpo().data[:60])

    def tearDown(self):
        self.temporary.cleanup()

    def run_tool(self, *words, status=0, **more):
        done = subprocess.run([TOOLS / words[0], *words[1:]], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              check=False, **more)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def ar(self, *words, status=0, **more):
        return self.run_tool("cmos-ar", *words, status=status, **more)

    def test_keeps_the_old_archive_when_something_fails(self):
        self.assertEqual(self.ar("rs", "lib.a", "a.o", "b.cpo").stderr, "cmos-ar: creating lib.a\n")
        before = (self.folder / "lib.a").read_bytes()
        for words in (("rcs", "lib.a", "a.o", "missing.o"), ("rcs", "lib.a", "bad.cpo"), ("rcs", "lib.a", "."),
                      ("m", "lib.a", "nothing"), ("ra", "nothing", "lib.a", "a.o")):
            with self.subTest(words=words):
                self.ar(*words, status=1)
                self.assertEqual((self.folder / "lib.a").read_bytes(), before)
        # A full disk.
        (self.folder / "large").write_bytes(b"x" * 100_000)
        self.ar("rcs", "lib.a", "large", status=1,
                preexec_fn=lambda: (resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)), ignore_file_size_signal()))
        self.assertEqual((self.folder / "lib.a").read_bytes(), before)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.o", "b.cpo", "bad.cpo", "large", "lib.a"])

    def test_extracts_nothing_elsewhere(self):
        outside = self.folder / "outside"
        names = [b"../outside", b"/tmp/cmos-outside", b"sub/outside", b"..", b"."]
        table = b"".join(name + b"/\n" for name in names)
        data = bytearray(b"!<arch>\n")

        def member(name, content):
            data.extend(name.ljust(16) + b"0".ljust(12) + b"0     0     644     " + str(len(content)).encode().ljust(10) +
                        b"`\n" + content + b"\n" * (len(content) % 2))

        member(b"//", table)
        for name in names:
            member(b"/%d" % table.index(name + b"/\n"), b"bad")
        member(b"good/", b"good")
        (self.folder / "lib.a").write_bytes(data)
        work = self.folder / "work"
        work.mkdir()
        done = self.ar("x", "lib.a", "--output", "work", status=1)
        self.assertEqual(done.stderr.count("it would be written somewhere else"), len(names))
        self.assertEqual(os.listdir(work), ["good"])
        self.assertFalse(outside.exists())

    def test_names_of_members_move_no_cursor(self):
        data = bytes(objects.archive([("\x1b[2J", b"text")]).data)
        (self.folder / "lib.a").write_bytes(data)
        for words in (("cmos-nm", "lib.a"), ("cmos-validate", "--strict", "lib.a")):
            done = self.run_tool(*words, status=1)
            self.assertIn("\\x1b[2J", done.stdout + done.stderr)
            self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_follows_no_link_when_extracting(self):
        self.ar("rcs", "lib.a", "a.o")
        work = self.folder / "work"
        work.mkdir()
        target = self.folder / "target"
        target.write_text("mine")
        (work / "a.o").symlink_to(target)
        self.ar("x", "lib.a", "--output", "work")
        self.assertEqual(target.read_text(), "mine")
        self.assertEqual((work / "a.o").read_bytes(), (self.folder / "a.o").read_bytes())

    def test_equal_inputs_make_equal_archives(self):
        self.ar("rcs", "one.a", "a.o", "b.cpo")
        os.utime(self.folder / "a.o", (1, 1))
        os.chmod(self.folder / "b.cpo", 0o600)
        self.ar("rcs", "two.a", "a.o", "b.cpo")
        self.assertEqual((self.folder / "one.a").read_bytes(), (self.folder / "two.a").read_bytes())
        self.ar("rcsU", "three.a", "a.o", "b.cpo")
        self.assertIn(" 1 00:00 1970 a.o\nrw-------", self.ar("tv", "three.a", env={"TZ": "UTC"}).stdout)

    def test_updates_what_is_newer(self):
        os.utime(self.folder / "a.o", (1000, 1000))
        self.ar("rcsU", "lib.a", "a.o")
        self.assertEqual(self.ar("ruUv", "lib.a", "a.o").stdout, "")
        os.utime(self.folder / "a.o", (2000, 2000))
        self.assertEqual(self.ar("ruUv", "lib.a", "a.o").stdout, "r - a.o\n")

    def test_keeps_dates_when_asked(self):
        os.utime(self.folder / "a.o", (1000, 1000))
        self.ar("rcsU", "lib.a", "a.o")
        self.ar("xo", "lib.a", "--output", ".")
        self.assertEqual((self.folder / "a.o").stat().st_mtime, 1000)

    def test_index_knows_both_formats(self):
        self.ar("-r", "-c", "-s", "lib.a", "a.o", "b.cpo", "a.o")
        listed = self.run_tool("cmos-nm", "-s", "lib.a").stdout.split("\n\n")[0]
        self.assertEqual(listed, "\nArchive index:\nmain in a.o\nvalue in a.o\nweak in a.o\nstart in b.cpo")
        self.ar("qS", "lib.a", "a.o")
        done = self.run_tool("cmos-validate", "lib.a")
        self.assertIn("warning: offset 0x0: symbol index: found none", done.stdout)
        self.assertIn("note: ", done.stdout)
        self.run_tool("cmos-validate", "--strict", "lib.a", status=1)
        self.ar("s", "lib.a")
        self.run_tool("cmos-validate", "--strict", "lib.a")

    def test_a_stale_index_is_found(self):
        self.ar("rcs", "lib.a", "a.o")
        content = (self.folder / "lib.a").read_bytes()
        (self.folder / "lib.a").write_bytes(content.replace(b"main\0value", b"mein\0value", 1))
        done = self.run_tool("cmos-validate", "lib.a", status=1)
        self.assertIn("[archive-index-incomplete", done.stdout)
        self.assertIn("[archive-index-stale", done.stdout)

    def test_thin_archives_cannot_be_changed(self):
        subprocess.run(["ar", "rcT", "thin.a", "a.o"], cwd=self.folder, check=True)
        self.assertEqual(self.ar("t", "thin.a").stdout, "a.o\n")
        for words in (("r", "thin.a", "b.cpo"), ("d", "thin.a", "a.o"), ("s", "thin.a"), ("x", "thin.a")):
            self.assertIn("thin archive", self.ar(*words, status=1).stderr)
        (self.folder / "a.o").unlink()
        self.assertIn("No such file", self.run_tool("cmos-nm", "thin.a", status=1).stderr)


def ignore_file_size_signal():
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


if __name__ == "__main__":
    TOOLS = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1])
