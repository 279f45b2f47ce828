#!/usr/bin/env python3
"""C programs of sdcc, linked with the SDK's start-up code and libraries for the Z80, on CalamOS and CP/M.

    z80.py BUILD SOURCE

77: sdcc is not installed.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(sys.argv[2]).resolve()
LIBRARY = "/usr/share/sdcc/lib/z80"
LINKS = {
    "cpe": ["-l", ":start.rel", "-lcmos"],
    "com": ["--oformat=com", "-l", ":cpm.rel", "-lcpm"],
}


def run(folder, *words, given=b"", status=0):
    environment = {"PATH": os.environ["PATH"], "CMOS_PACK": str(BUILD / "bin/cmos-pack"),
                   "CMOS_ROOT": str(folder / "root"), "HOME": str(folder)}
    result = subprocess.run([str(word) for word in words], cwd=folder, input=given, capture_output=True, check=False,
                            env=environment)
    if result.returncode != status:
        sys.exit(f"{words}: status {result.returncode}, {status} is expected\n{result.stdout}\n{result.stderr}")
    return result.stdout


def compile_c(folder, source, options=()):
    run(folder, "sdcc", "-mz80", *options, "-I", SOURCE / "sdk/include", "-c", source, "-o", folder / f"{source.stem}.rel")


def link(folder, name, ending, more=()):
    out = folder / f"{name}.{ending}"
    run(folder, BUILD / "bin/cmos-ld", *LINKS[ending][:-1], folder / f"{name}.rel", LINKS[ending][-1], "-L", LIBRARY,
        "-l", ":z80.lib", "-o", out, *more)
    return out


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}:\n  found    {found!r}\n  expected {expected!r}")


def words(folder):
    """One program on two systems: arguments, heap, variables with values, console, status."""
    compile_c(folder, SOURCE / "samples/z80/words.c")
    program = link(folder, "words", "cpe")
    text = b"one two three\nTWO\nother"
    same("words.cpe", run(folder, BUILD / "bin/cmos-run", program, given=text), b"t 3\no 2\n")
    same("words.cpe 3", run(folder, BUILD / "bin/cmos-run", program, "3", given=text), b"t 3\n")
    run(folder, BUILD / "bin/cmos-run", program, given=b"", status=1)
    program = link(folder, "words", "com")
    found = run(folder, BUILD / "bin/cmos-run", "--os=cpm", program, "3", given=text)
    # The console shows what it reads, but for the ends of lines.
    same("words.com 3", found, text.replace(b"\n", b"") + b"t 3\r\n")
    run(folder, BUILD / "bin/cmos-run", "--os=cpm", program, given=b"", status=1)


def files(folder):
    compile_c(folder, SOURCE / "samples/z80/note.c")
    program = link(folder, "note", "cpe")
    same("note.cpe", run(folder, BUILD / "bin/cmos-run", program), b"a note of eight bits\n")
    compile_c(folder, SOURCE / "samples/z80/record.c")
    program = link(folder, "record", "com")
    (folder / "drive").mkdir()
    found = run(folder, BUILD / "bin/cmos-run", "--os=cpm", "--mount", f"A:={folder / 'drive'}", program)
    same("record.com", found, b"0: record 0\r\n1: record 1\r\n")
    written = (folder / "drive/RECORD.TXT").read_bytes()
    same("RECORD.TXT", written, b"".join((b"record %d\r\n\0" % i).ljust(128, b"\x1a") for i in range(2)))


FILES = b"""closed 0
appended 0
line 7 of twenty
line 19 of twenty
lines 21
end 1
items 3
-70000 12 beef
word 1
word,z
nothing -1
read only -1
error 1
place 700
wrong 0
written 3
read 5
byte 135
byte 10
byte 26
byte 255
byte 163
pushed 1
size 1024
renamed 0
old 1
removed 0
again -1
none 1
bad 1
memory 1
joined 1
grown 1
too much 1
"""


def c_files(folder):
    """The files of C programs on CP/M: <stdio.h> of the SDK, and the heap."""
    compile_c(folder, SOURCE / "tests/sdk/cpm_files.c", ["-I", SOURCE / "sdk/include/_Z80"])
    program = link(folder, "cpm_files", "com")
    drive = folder / "drive_of_files"
    drive.mkdir()
    found = run(folder, BUILD / "bin/cmos-run", "--os=cpm", "--mount", f"A:={drive}", program, status=3)
    same("cpm_files.com", found, FILES.replace(b"\n", b"\r\n"))
    # What exit found open is closed, and only whole records are there.
    same("LEFT.TXT", (drive / "LEFT.TXT").read_bytes(), b"left open\r\n".ljust(128, b"\x1a"))
    text = b"".join(b"line %d of twenty\r\n" % i for i in range(20)) + b"-70000 12x beef word,z\r\n"
    same("TEXT.TXT", (drive / "TEXT.TXT").read_bytes(), text + b"\x1a" * (-len(text) % 128))
    same("files", sorted(one.name for one in drive.iterdir()), ["LEFT.TXT", "TEXT.TXT"])


def formats(folder):
    """The same objects by way of other formats: a Whitesmith's program that is packed, and a map."""
    program = link(folder, "note", "cpe", ["--oformat=whitesmith", "-s", "-M"])
    run(folder, BUILD / "bin/cmos-pack", program, "-o", folder / "packed.cpe")
    same("packed.cpe", run(folder, BUILD / "bin/cmos-run", folder / "packed.cpe"), b"a note of eight bits\n")


def driver(folder):
    """cmos-cc makes the same programs by one command."""
    cmos_cc = SOURCE / "sdk/bin/cmos-cc"
    run(folder, cmos_cc, "--arch", "_Z80", "-Os", SOURCE / "samples/z80/note.c", "-o", "driven.cpe")
    same("driven.cpe", run(folder, BUILD / "bin/cmos-run", "driven.cpe"), b"a note of eight bits\n")
    run(folder, cmos_cc, "--arch=_Z80", "--os", "cpm", "-c", SOURCE / "tests/sdk/cpm_files.c", "-o", "driven.rel")
    run(folder, cmos_cc, "--arch=_Z80", "--os=cpm", "driven.rel", "-o", "driven.com")
    (folder / "drive_of_driver").mkdir()
    found = run(folder, BUILD / "bin/cmos-run", "--os=cpm", "--mount", f"A:={folder / 'drive_of_driver'}", "driven.com", status=3)
    same("driven.com", found, FILES.replace(b"\n", b"\r\n"))
    for words, said in ((["x.f"], b"what is 'x.f'?"), ([], b"no input files"), (["--os=dos", "x.c"], b"expected calamos or cpm"),
                        (["--libc", "newlib", "x.c"], b"means nothing for _Z80"), (["-o"], b"-o needs a value")):
        done = subprocess.run([cmos_cc, "--arch", "_Z80", *words], cwd=folder, capture_output=True)
        if done.returncode != 2 or said not in done.stderr:
            sys.exit(f"cmos-cc --arch _Z80 {words}: {done}")


def main():
    if not (shutil.which("sdcc") and (BUILD / "sdk/lib/_Z80/libcmos.a").exists()):
        print("sdcc is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "root/data").mkdir(parents=True)
        words(folder)
        files(folder)
        c_files(folder)
        formats(folder)
        driver(folder)
    print("8 programs")


if __name__ == "__main__":
    main()
