"""What the table `compute` runs: workloads of this folder's guest/, and real programs of Debian's sources with the SDK's C
library, each built by one compiler for CalamOS and for Linux."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/real"))
import sources  # noqa: E402
import toolchain  # noqa: E402

# Each is guest/NAME.c.
WORKLOADS = ["integer", "mixed", "floating", "memory", "chase", "strides", "hashes", "sorts", "strings", "matrices", "divisions",
             "bits", "recursion", "interpreter", "blocks", "vectors"]
SCRIPTS = ROOT / "bench/guest"
ZLIB = ["adler32.c", "crc32.c", "deflate.c", "infback.c", "inffast.c", "inflate.c", "inftrees.c", "trees.c", "zutil.c",
        "compress.c", "uncompr.c", "gzclose.c", "gzlib.c", "gzread.c", "gzwrite.c"]


def _text(size):
    """The sources of zlib, over and over: what compressors are made for."""
    text = b"".join(file.read_bytes() for file in sorted(sources.source("zlib").glob("*.c")))
    return (text * (size // len(text) + 1))[:size]


def _lua():
    folder = sources.source("lua5.4", patches="cve") / "src"
    return folder, sorted(file.name for file in folder.glob("*.c") if file.name != "luac.c")


# name: (folder and files, arguments, name and bytes of the file that is read). Standard input would not do: CalamOS delivers it
# by single bytes.
PROGRAMS = {
    "lua": (_lua, ["script.lua"], "script.lua", lambda: (SCRIPTS / "script.lua").read_bytes()),
    "mujs": (lambda: (sources.source("mujs"), ["one.c", "main.c"]), ["script.js"], "script.js", lambda: (SCRIPTS / "script.js").read_bytes()),
    "zlib": (lambda: (sources.source("zlib"), ["test/minigzip.c", *ZLIB]), ["-c", "text"], "text", lambda: _text(1 << 20)),
    "bzip2": (lambda: (sources.source("bzip2"), ["blocksort.c", "huffman.c", "crctable.c", "randtable.c", "compress.c",
                                                 "decompress.c", "bzlib.c", "bzip2.c"]), ["-c", "text"], "text", lambda: _text(1 << 20)),
}


class Programs:
    """Builds the real programs in a folder."""

    def __init__(self, tools, work):
        self.work = work
        self.tools = toolchain.Toolchain(tools / "cmos-run", str(tools / "cmos-pack"), work)

    def build(self, name, arch):
        """(linux program, CPE, arguments); they are started in the folder."""
        where, arguments, given, text = PROGRAMS[name]
        folder, files = where()
        objects = self.work / f"{name}-{arch}"
        objects.mkdir(exist_ok=True)
        library = self.tools.library(arch)
        cc = [ROOT / "sdk/bin/cmos-cc", "--arch", arch, "--libc", library, "-O2", "-w", "-I", folder]

        def run(*command):
            subprocess.run([*cc, *command], check=True, cwd=objects, env=self.tools.environment)

        run("-c", *(folder / file for file in files))
        made = [objects / (pathlib.Path(file).stem + ".o") for file in files]
        native, cpe = self.work / f"{name}-{arch}.linux", self.work / f"{name}-{arch}.cpe"
        run(*made, "-o", cpe)
        run("-c", SCRIPTS / "linux_libc.c")
        archives = [library / f"lib/lib{part}.a" for part in ("c", "m", "helpers")]
        subprocess.run(["ld.lld-14", "-static", "--gc-sections", "--unresolved-symbols=ignore-all", objects / "linux_libc.o", *made,
                        "--start-group", *archives, "--end-group", "-o", native], check=True)
        (self.work / given).write_bytes(text())
        return native, cpe, arguments


def available():
    """Whether the sources of the real programs can be had; says so if not."""
    try:
        for where, *_ in PROGRAMS.values():
            where()
        return True
    except sources.Unavailable as why:
        print(f"SKIPPED: real programs: {why}", file=sys.stderr)
        return False
