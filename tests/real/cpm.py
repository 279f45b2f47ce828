"""JBIG-KIT's compressor and decompressor for small machines, on CP/M by sdcc and on the host: the same files."""

import re
import shutil
import subprocess
from pathlib import Path

from sources import Unavailable, source
from toolchain import ROOT, Failure, Toolchain, in_parallel, same

Z80_LIBRARY = Path("/usr/share/sdcc/lib/z80")
LIBRARY = ["libjbig/jbig85.c", "libjbig/jbig_ar.c"]
RECORD = 128
# Lines of the example pages, which have 1728 pixels: text, handwriting, Kanji.
CROPS = [("ccitt1", 330, 40), ("ccitt2", 900, 60), ("ccitt7", 400, 24)]


def _build(tools: Toolchain, folder: Path, names):
    """name -> a program for CP/M; what they share is compiled once."""
    work = tools.work / "cpm"
    work.mkdir(parents=True, exist_ok=True)

    def run(*command):
        # cmos-ld finds the SDK that was built with it.
        result = subprocess.run(command, cwd=work, capture_output=True, text=True, errors="replace")
        if result.returncode:
            raise Failure(f"JBIG-KIT does not build:\n{result.stderr.strip()[-2000:]}")

    def compiled(file):
        made = work / f"{Path(file).stem}.rel"
        run("sdcc", "-mz80", "--opt-code-size", "-I", ROOT / "sdk/include/_Z80", "-I", ROOT / "sdk/include", "-I", folder / "libjbig", "-c",
            folder / file, "-o", made)
        return made

    files = [*LIBRARY, *(f"pbmtools/{name}.c" for name in names)]
    objects = dict(zip(files, in_parallel(compiled, files)))
    programs = {}
    for name in names:
        programs[name] = work / f"{name}.com"
        run(Path(tools.cmos_run).with_name("cmos-ld"), "--oformat=com", "-l", ":cpm.rel", objects[f"pbmtools/{name}.c"],
            *(objects[file] for file in LIBRARY), "-lcpm", "-L", Z80_LIBRARY, "-l", ":z80.lib", "-o", programs[name])
    return programs


def _crop(image: bytes, first: int, count: int) -> tuple[int, bytes]:
    """Width and lines of an image of the raw kind."""
    head = re.match(rb"P4\s+(\d+)\s+(\d+)\s", image)
    line = (int(head[1]) + 7) // 8
    return int(head[1]), image[head.end() + first * line:head.end() + (first + count) * line]


def _images(tools: Toolchain, folder: Path):
    """name -> a bitmap; one of them as text."""
    unpack = tools.build_native("jbgtopbm", [folder / "pbmtools/jbgtopbm.c", folder / "libjbig/jbig.c", folder / "libjbig/jbig_ar.c"],
                                ["-I", folder / "libjbig"])
    out = {}
    for name, first, count in CROPS:
        page = subprocess.run([unpack, folder / f"examples/{name}.jbg"], capture_output=True, check=True).stdout
        width, lines = _crop(page, first, count)
        out[name] = b"P4\n# cropped\n%d %d\n" % (width, count) + lines
    bits = "".join(f"{byte:08b}" for byte in out["ccitt1"][-216 * 16:])
    rows = [" ".join(bits[1728 * y + 200:1728 * y + 264]) for y in range(16)]
    out["text"] = ("P1\n64 16\n" + "\n".join(rows) + "\n").encode()
    return out


def jbigkit(tools: Toolchain):
    if not shutil.which("sdcc"):
        raise Unavailable("sdcc is not installed")
    folder = source("jbigkit")
    native = {}
    for name in ("pbmtojbg85", "jbgtopbm85"):
        files = [folder / f"pbmtools/{name}.c", *(folder / file for file in LIBRARY)]
        native[name] = tools.build_native(name, files, ["-I", folder / "libjbig"])
    programs = _build(tools, folder, native)

    def both(name, what, drive, given, made):
        """Runs a program on CP/M and on the host; what it made there is whole records."""
        done = subprocess.run([tools.cmos_run, "--os=cpm", "--mount", f"A:={drive}", programs[name], given, made], capture_output=True)
        expected = subprocess.run([native[name], given.upper(), "native"], cwd=drive, capture_output=True)
        same(f"{what}: exit status", b"%d" % done.returncode, b"%d" % expected.returncode)
        if expected.returncode:
            return done.stdout
        whole = (drive / "native").read_bytes()
        same(what, (drive / made.upper()).read_bytes(), whole + b"\x1a" * (-len(whole) % RECORD))
        return b""

    def check(image):
        name, bitmap = image
        drive = tools.work / "drives" / name
        shutil.rmtree(drive, ignore_errors=True)
        drive.mkdir(parents=True)
        (drive / "IN.PBM").write_bytes(bitmap)
        both("pbmtojbg85", f"{name}, packed", drive, "in.pbm", "out.jbg")
        both("jbgtopbm85", f"{name}, unpacked", drive, "out.jbg", "back.pbm")
        # A file that is not there, and one of another kind: the messages say so, and nothing is made.
        found = both("pbmtojbg85", "no input", drive, "none.pbm", "none.jbg")
        same("no input", found[:33], b"Can't open input file 'NONE.PBM':")
        found = both("pbmtojbg85", "no bitmap", drive, "out.jbg", "none.jbg")
        same("no bitmap", found, b"Input file 'OUT.JBG' does not look like a PBM file!\r\n")
        same("no output", b"%d" % (drive / "NONE.JBG").exists(), b"0")

    images = _images(tools, folder)
    in_parallel(check, images.items())
    return f"{len(images)} bitmaps packed and unpacked on CP/M, as on the host"
