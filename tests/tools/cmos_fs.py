#!/usr/bin/env python3
"""cmos-fs: every command and its errors, mini-disks while another process holds one, links that lead out.

    cmos_fs.py CMOS_FS [test…]
"""
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

CMOS_FS = ""


def program(minidisk=0, backup=b"", lock=0):
    """A CPE for x86-64 that does nothing."""
    section = bytes(4) + b"\xc3" + b"\x90" * 11
    header = b"CMOS\1" + b"8664" + struct.pack("<IIIII", minidisk, 0, 0, len(section), 0)
    return header + section + struct.pack("<BI", lock, len(backup)) + backup


class Root(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cmos-fs-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = self.folder / "root"

    def host(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def run_fs(self, *arguments, **environment):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CMOS_ROOT": str(self.root),
                       **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}, **environment}
        return subprocess.run([CMOS_FS, *arguments], cwd=self.folder, env=environment, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)

    def does(self, *arguments):
        """Standard output of a command that succeeds silently."""
        done = self.run_fs(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    def fails(self, *arguments, says, status=1):
        done = self.run_fs(*arguments)
        message = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout), (status, b""), message)
        self.assertRegex(message, r"\Acmos-fs: [^\n]+\n\Z")
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, message)

    def install(self, name="app", **shape):
        return self.does("install", self.host(name + ".cpe", program(**shape)))

    def files(self):
        """Every file of the root but the lock files."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*")
                      if path.is_file() and path.relative_to(self.root).parts[0] != "locks")

    def hold(self, identity):
        """Takes a mini-disk's lock as a running program does, in this process."""
        path = self.root / "locks" / identity
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        # struct flock: type, whence, start, length, pid
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        os.write(fd, b"%d\n" % os.getpid())
        self.addCleanup(lambda: os.close(fd))
        return fd


class Programs(Root):
    def test_install_shows_where(self):
        self.assertEqual(self.install("hello"), b"Cmos:\\sys_apps\\hello\n")
        self.assertEqual(self.does("ls", "Cmos:\\sys_apps"), b"hello\n")
        self.assertEqual(self.does("cat", "Cmos:\\sys_apps\\hello"), program())

    def test_name_of_ones_own(self):
        self.assertEqual(self.does("install", self.host("x.cpe", program()), "--name", "tool"),
                         b"Cmos:\\sys_apps\\tool\n")
        self.fails("install", "x.cpe", "--name", "a\\b", says=["a\\\\b", "no program's name"], status=2)
        self.fails("install", "x.cpe", "--name", "..", says="no program's name", status=2)

    def test_replacing_needs_force(self):
        self.install()
        other = self.host("app.cpe", program(minidisk=8))
        self.fails("install", other, says=["Cmos:\\sys_apps\\app", "--force"])
        self.assertEqual(self.does("cat", "Cmos:\\sys_apps\\app"), program())
        self.does("install", "--force", other)
        self.assertEqual(self.does("cat", "Cmos:\\sys_apps\\app"), program(minidisk=8))

    def test_refuses_what_is_no_program(self):
        self.fails("install", self.host("bad.cpe", b"CMOX" + program()[4:]),
                   says=["bad.cpe: offset 0x0: magic: found \"CMOX\", expected \"CMOS\""])
        self.fails("install", self.host("cut.cpe", program()[:30]), says="cut.cpe: offset 0x15: code section size")
        self.fails("install", "gone.cpe", says="gone.cpe: ")
        self.fails("install", str(self.folder), says=str(self.folder))
        self.assertFalse(self.root.exists())

    def test_warnings_are_told(self):
        done = self.run_fs("install", self.host("app.cpe", program(lock=1)))
        self.assertEqual((done.returncode, done.stdout), (0, b"Cmos:\\sys_apps\\app\n"))
        self.assertIn("warning: ", done.stderr.decode())
        self.assertIn("stale mark", done.stderr.decode())

    def test_remove_keeps_the_minidisk(self):
        self.install(minidisk=4)
        self.does("md", "import", "app", self.host("content", b"abcd"))
        self.assertEqual(self.does("remove", "app"), b"the mini-disk stays in Cmos:\\sys_apps\\app\\md\n")
        self.assertEqual(self.files(), ["sys_apps/app/md"])
        self.does("md", "export", "app", "out")
        self.assertEqual((self.folder / "out").read_bytes(), b"abcd")
        self.install(minidisk=4)
        self.assertEqual(self.does("remove", "--minidisk", "Cmos:\\sys_apps\\app"), b"")
        self.assertEqual(self.files(), [])

    def test_remove_with_a_minidisk_in_use(self):
        self.install(minidisk=4)
        self.does("md", "reset", "app")
        self.hold("sys_apps/app/md")
        self.fails("remove", "--minidisk", "app", says=["Cmos:\\sys_apps\\app\\md", "in use"])
        self.assertEqual(self.files(), ["sys_apps/app/md", "sys_apps/app/program.cpe"])

    def test_remove_names_what_stays_in_data(self):
        self.install(minidisk=4, backup=b"scores")
        self.does("md", "reset", "app")
        self.assertEqual(self.does("remove", "--minidisk", "app"), b"the mini-disk stays in Cmos:\\data\\scores\n")

    def test_remove_suggests(self):
        self.install("hello")
        self.fails("remove", "helo", says=["Cmos:\\sys_apps\\helo", "did you mean 'Cmos:\\sys_apps\\hello'?"])


class Files(Root):
    def test_put_and_get(self):
        content = bytes(range(256)) * 1000
        self.does("put", self.host("in", content), "Cmos:\\data\\x")
        self.assertEqual(self.does("cat", "cmos:\\data\\x"), content)
        self.does("get", "x", "out")
        self.assertEqual((self.folder / "out").read_bytes(), content)
        self.does("put", self.host("in", b"short"), "x")
        self.assertEqual(self.does("cat", "x"), b"short")

    def test_list(self):
        self.assertEqual(self.does("ls"), b"data\nsys_apps\n")
        self.assertEqual(self.does("ls", "Cmos:\\data"), b"")
        self.assertFalse(self.root.exists())
        self.does("mkdir", "Cmos:\\data\\b")
        self.does("put", self.host("in", b"123"), "Cmos:\\data\\a")
        self.assertEqual(self.does("ls", "Cmos:\\data"), b"a\nb\n")
        self.assertEqual(self.does("ls", "Cmos:\\data\\a"), b"Cmos:\\data\\a\n")
        self.install(minidisk=5)
        rows = [line.split() for line in (self.does("ls", "-l", "Cmos:\\data")
                                          + self.does("ls", "-l", "Cmos:\\sys_apps")
                                          + self.does("ls", "-l", "Cmos:\\sys_apps\\app")).decode().splitlines()]
        self.assertEqual([(row[0], row[1], row[-1]) for row in rows],
                         [("file", "3", "a"), ("folder", "-", "b"), ("program", str(len(program())), "app"),
                          ("mini-disk", "5", "md")])

    def test_remove(self):
        self.does("mkdir", "b")
        self.does("put", self.host("in", b""), "b\\a")
        self.fails("rm", "b", says=["Cmos:\\data\\b", "not empty"])
        self.does("rm", "b\\a")
        self.does("rm", "b")
        self.fails("rm", "b", says=["Cmos:\\data\\b", "no such"])
        self.fails("rm", "Cmos:\\data", says="refused")
        self.install()
        self.fails("rm", "Cmos:\\sys_apps\\app", says=["Cmos:\\sys_apps\\app", "install and remove"])

    def test_errors_name_the_path(self):
        self.does("put", self.host("in", b"x"), "notes")
        self.fails("cat", "nots", says=["Cmos:\\data\\nots", "did you mean 'Cmos:\\data\\notes'?"])
        self.fails("put", "in", "a\\b", says=["Cmos:\\data\\a\\b", "there is no Cmos:\\data\\a"])
        self.fails("put", "gone", "a", says="gone: ")
        self.fails("put", "in", "Cmos:\\data", says=["Cmos:\\data: ", "folder"])
        self.fails("put", "in", "Cmos:\\sys_apps\\x", says="Cmos:\\sys_apps\\x: ")
        self.fails("put", "in", "notes\\a", says="no folder")
        self.fails("mkdir", "notes", says="there already")
        self.fails("cat", "Cmos:\\data", says="it is a folder")
        self.fails("get", "notes", "no/such/folder", says="no/such/folder")
        self.fails("ls", "Cmos:\\nowhere", says="Cmos:\\nowhere")
        self.assertEqual(self.files(), ["data/notes"])

    def test_malformed_paths_are_wrong_usage(self):
        self.host("in", b"x")
        self.fails("put", "in", "Cmos:datax", says=["Cmos:datax", "quotes"], status=2)
        self.fails("cat", "data/x", says=["data/x", "separated by '\\'"], status=2)
        self.fails("cat", "a\nb", says="a\\nb", status=2)
        self.fails("cat", "x" * 256, says="1 to 255 bytes", status=2)

    def test_failed_get_keeps_the_host_file(self):
        out = self.host("out", b"before")
        self.fails("get", "gone", out, says="Cmos:\\data\\gone")
        self.assertEqual((self.folder / "out").read_bytes(), b"before")

    def test_full_output(self):
        self.does("put", self.host("in", b"x" * 100000), "x")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([CMOS_FS, "--root", str(self.root), "cat", "x"], stdout=full,
                                  stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output: ", done.stderr)


class Minidisks(Root):
    def test_round_trip(self):
        self.install(minidisk=40)
        content = bytes(range(100, 140))
        self.does("md", "import", "app", self.host("content", content))
        self.does("md", "export", "app", "out")
        self.assertEqual((self.folder / "out").read_bytes(), content)
        self.assertEqual(self.does("cat", "Cmos:\\sys_apps\\app\\md"), content)
        self.does("md", "import", "app", self.host("content", b"short"))
        self.assertEqual(self.does("cat", "Cmos:\\sys_apps\\app\\md"), b"short".ljust(40, b"\0"))
        self.does("md", "reset", "app")
        self.does("md", "export", "app", "out")
        self.assertEqual((self.folder / "out").read_bytes(), bytes(40))

    def test_show(self):
        self.install(minidisk=70, backup=b"scores")
        shown = self.does("md", "show", "app").decode()
        self.assertIn("kept in  Cmos:\\data\\scores (nothing written yet)\n", shown)
        self.assertEqual(self.files(), ["sys_apps/app/program.cpe"])
        self.does("md", "import", "app", self.host("content", b"hello\x1b[2J"))
        self.assertEqual(self.does("md", "show", "app").decode().splitlines(), [
            "program  app", "size     70 bytes", "kept in  Cmos:\\data\\scores", "in use   no", "",
            "00000000  68 65 6c 6c 6f 1b 5b 32  4a 00 00 00 00 00 00 00  |hello.[2J.......|",
            "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|", "*",
            "00000040  00 00 00 00 00 00                                 |......|", "00000046"])

    def test_too_long(self):
        self.install(minidisk=4)
        self.fails("md", "import", "app", self.host("long", b"12345"),
                   says=["long: size: found 5 bytes, expected at most 4 bytes"])
        self.assertEqual(self.files(), ["sys_apps/app/program.cpe"])

    def test_a_refused_backing_file_can_be_reset(self):
        self.install(minidisk=4)
        (self.root / "sys_apps/app/md").write_bytes(b"too long")
        self.fails("md", "show", "app", says=["Cmos:\\sys_apps\\app\\md", "found 8 bytes, expected at most 4 bytes"])
        self.fails("md", "export", "app", "out", says="found 8 bytes")
        self.does("md", "reset", "app")
        self.assertEqual(self.does("cat", "Cmos:\\sys_apps\\app\\md"), bytes(4))

    def test_errors(self):
        self.install("none")
        self.fails("md", "show", "none", says=["Cmos:\\sys_apps\\none", "no mini-disk"])
        self.fails("md", "show", "nne", says="did you mean 'Cmos:\\sys_apps\\none'?")
        self.fails("md", "show", "a/b", says="no program's name", status=2)
        self.fails("md", "import", "none", "gone", says="no mini-disk")

    def test_while_another_process_holds_it(self):
        self.install(minidisk=4, backup=b"scores")
        self.does("md", "import", "app", self.host("content", b"abcd"))
        self.assertEqual(self.does("locks"), b"")
        self.assertRegex(self.does("locks", "--all").decode(), r"\Afree +Cmos:\\data\\scores\n\Z")
        held = self.hold("data/scores")
        by = f"process {os.getpid()}"
        self.assertRegex(self.does("locks").decode(), rf"\A{by} +Cmos:\\data\\scores\n\Z")
        self.assertIn(f"in use   by {by}\n", self.does("md", "show", "app").decode())
        for change in [("reset", "app"), ("import", "app", "content")]:
            self.fails("md", *change, says=["Cmos:\\data\\scores", f"in use by {by}"])
        self.fails("cat", "scores", says=["Cmos:\\data\\scores", "in use by a mini-disk"])
        self.fails("put", "content", "scores", says="in use by a mini-disk")
        self.fails("rm", "scores", says="in use by a mini-disk")
        exported = self.run_fs("md", "export", "app", "out")
        self.assertEqual((exported.returncode, (self.folder / "out").read_bytes()), (0, b"abcd"))
        self.assertIn("flushed last", exported.stderr.decode())
        # A holder that dies is none.
        fcntl.fcntl(held, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_UNLCK, os.SEEK_SET, 0, 0, 0))
        self.assertEqual(self.does("locks"), b"")
        self.does("md", "reset", "app")


class Escapes(Root):
    """Links planted in the root that lead out: nothing outside is read, written, made or removed."""

    def setUp(self):
        super().setUp()
        self.outside = self.folder / "outside"
        self.outside.mkdir()
        (self.outside / "secret").write_bytes(b"secret")
        (self.root / "data").mkdir(parents=True)
        self.host("in", b"evil")
        self.addCleanup(self.assert_untouched)

    def assert_untouched(self):
        self.assertEqual([path.name for path in self.outside.iterdir()], ["secret"])
        self.assertEqual((self.outside / "secret").read_bytes(), b"secret")

    def test_links_in_data(self):
        (self.root / "data/folder").symlink_to(self.outside)
        (self.root / "data/up").symlink_to("../../outside")
        (self.root / "data/file").symlink_to(self.outside / "secret")
        for name in ("folder", "up"):
            self.fails("cat", name + "\\secret", says="leads out of the root")
            self.fails("put", "in", name + "\\new", says="leads out of the root")
            self.fails("mkdir", name + "\\new", says="leads out of the root")
            self.fails("rm", name + "\\secret", says="leads out of the root")
            self.fails("ls", name, says="leads out of the root")
        self.fails("cat", "file", says="leads out of the root")
        self.fails("get", "file", "out", says="leads out of the root")
        self.assertFalse((self.folder / "out").exists())
        self.does("put", "in", "file")  # replaces the link
        self.assertEqual(self.does("cat", "file"), b"evil")
        self.assert_untouched()

    def test_branches_that_are_links(self):
        (self.root / "sys_apps").symlink_to(self.outside)
        (self.root / "locks").symlink_to(self.outside)
        self.fails("install", self.host("app.cpe", program(minidisk=4)), says="Cmos:\\sys_apps\\app")
        self.fails("md", "reset", "secret", says="secret")
        self.fails("remove", "secret", says="secret")

    def test_backing_files_that_are_links(self):
        self.install(minidisk=6)
        self.install("other", minidisk=6, backup=b"scores")
        (self.root / "sys_apps/app/md").symlink_to(self.outside / "secret")
        (self.root / "data/scores").symlink_to(self.outside / "secret")
        for name in ("app", "other"):
            self.fails("md", "show", name, says="inside the root")
            self.fails("md", "export", name, "out", says="inside the root")
        self.does("md", "reset", "app")
        self.does("md", "import", "other", "in")
        self.assertFalse((self.root / "data/scores").is_symlink())

    def test_the_way_aside_is_a_link(self):
        (self.root / "data/:aside").symlink_to(self.outside)
        self.fails("put", "in", "x", says="Cmos:\\data\\x")

    def test_dots_stay_inside(self):
        self.fails("cat", "..\\..\\outside\\secret", says="no such")
        self.fails("cat", "Cmos:\\..\\..\\outside\\secret", says="no such")
        self.does("put", "in", "Cmos:\\..\\data\\x")
        self.assertEqual(self.files(), ["data/x"])


class CommandLine(Root):
    def test_root(self):
        self.assertEqual(self.does("root"), f"{self.root}\n".encode())
        self.assertEqual(self.does("--root", "/a", "root"), b"/a\n")
        self.assertEqual(self.does("root", "--root=/a"), b"/a\n")
        self.assertEqual(self.run_fs("root", CMOS_ROOT="", XDG_DATA_HOME="/x").stdout, b"/x/calamos\n")
        self.assertEqual(self.run_fs("root", CMOS_ROOT="", HOME="/h").stdout, b"/h/.local/share/calamos\n")
        self.assertEqual(self.run_fs("root", CMOS_ROOT="", HOME="").returncode, 2)

    def test_the_root_is_a_file(self):
        self.fails("--root", self.host("file", b""), "put", "file", "x",
                   says=["file: root: cannot use the folder", "it is no folder"])

    def test_wrong_usage(self):
        self.fails(says="no command; one of install, ", status=2)
        self.fails("md", says="no command; one of show, ", status=2)
        self.fails("instal", "x", says="did you mean 'install'?", status=2)
        self.fails("md", "exprt", says="did you mean 'export'?", status=2)
        self.fails("quux", says="one of install, ", status=2)
        self.fails("install", "--forc", "x", says="did you mean '--force'?", status=2)
        self.fails("install", says="FILE is required", status=2)
        self.fails("put", "x", says="PATH is required", status=2)
        self.fails("cat", "a", "b", says="unexpected argument 'b'", status=2)

    def test_help(self):
        for words, part in ((["--help"], "Examples"), (["install", "--help"], "--force"),
                            (["md", "--help"], "import"), (["md", "import", "-h"], "HOSTFILE")):
            self.assertIn(part, self.does(*words).decode())
        self.assertRegex(self.does("--version").decode(), r"\Acmos-fs \d+\.\d+\.\d+\n\Z")


if __name__ == "__main__":
    CMOS_FS = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
