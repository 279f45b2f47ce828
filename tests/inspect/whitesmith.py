#!/usr/bin/env python3
"""cmos-ar on Whitesmith's archives: their bytes, their order, and that they stay in their format."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

OBJECT = bytes.fromhex("9914" + "0000" * 7 + "0000")
HEADER = 16


def member(name, contents):
    return name.encode().ljust(14, b"\0") + len(contents).to_bytes(2, "little") + contents


def archive(*members):
    return b"\x75\xff" + b"".join(member(*one) for one in members) + b"\0\0"


class Tool:
    def __init__(self, path, folder):
        self.path = path
        self.folder = folder

    def run(self, *words, status=0):
        done = subprocess.run([self.path, *words], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == status, (words, done)
        return done.stdout + done.stderr


def check(tool, folder):
    objects = {name: OBJECT + bytes(size) for name, size in {"a.o": 0, "b.o": 1, "c.o": 2}.items()}
    for name, contents in objects.items():
        (folder / name).write_bytes(contents)
    library = folder / "lib.a"

    def expect(*names):
        assert library.read_bytes() == archive(*[(name, objects[name]) for name in names]), names

    tool.run("rc", "lib.a", "b.o", "a.o")
    expect("b.o", "a.o")  # in the order of the command line, at odd offsets
    tool.run("q", "lib.a", "c.o")
    expect("b.o", "a.o", "c.o")
    assert tool.run("t", "lib.a") == "b.o\na.o\nc.o\n"
    (folder / "a.o").write_bytes(OBJECT + b"\x1a")
    objects["a.o"] = OBJECT + b"\x1a"
    tool.run("r", "lib.a", "a.o")
    expect("b.o", "a.o", "c.o")
    (folder / "out").mkdir()
    tool.run("x", "lib.a", "--output", "out")
    for name, contents in objects.items():
        assert (folder / "out" / name).read_bytes() == contents, name
    tool.run("d", "lib.a", "a.o")
    expect("b.o", "c.o")
    # Any file may be a member of an archive that exists; a new one of other files is an ar archive.
    (folder / "text").write_bytes(b"hello")
    objects["text"] = b"hello"
    tool.run("q", "lib.a", "text")
    expect("b.o", "c.o", "text")
    tool.run("rc", "other.a", "a.o", "text")
    assert (folder / "other.a").read_bytes().startswith(b"!<arch>\n")
    # What does not fit is refused, and the archive is as it was.
    (folder / "a-name-of-15.ch").write_bytes(OBJECT)
    assert "1 to 14 bytes" in tool.run("q", "lib.a", "a-name-of-15.ch", status=1)
    (folder / "large").write_bytes(bytes(65536))
    assert "at most 65535" in tool.run("q", "lib.a", "large", status=1)
    expect("b.o", "c.o", "text")
    # UNIX's archives can be read only.
    old = b"\x6d\xff" + b"a.o".ljust(14, b"\0") + len(OBJECT).to_bytes(2, "little") + OBJECT
    (folder / "v6.a").write_bytes(old)
    assert tool.run("t", "v6.a") == "a.o\n"
    assert "can be read" in tool.run("q", "v6.a", "b.o", status=1)
    assert (folder / "v6.a").read_bytes() == old


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check(Tool(pathlib.Path(arguments.bin).resolve() / "cmos-ar", folder), folder)
    print("Whitesmith's archives: as they should be")
    return 0


sys.exit(main())
