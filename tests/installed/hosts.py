#!/usr/bin/env python3
"""Hosts of the C interface, built and run against an installed tree: the example of docs/embedding.md by pkg-config, against
the shared and the static library, and by CMake; and the Python example, which binds the shared library.

    hosts.py TREE SOURCE
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

FOREIGN = re.compile(r"^(?!cmos_)")


class Hosts:
    def __init__(self, tree, folder):
        self.tree, self.folder = tree, folder
        self.programs = tree / "share/doc/cmos/samples/bin"
        self.libraries = tree / "lib"
        self.environment = dict(os.environ, PKG_CONFIG_PATH=str(self.libraries / "pkgconfig"))
        self.page = (tree / "share/doc/cmos/docs/embedding.md").read_text(encoding="utf-8")

    def example(self, language, mark):
        """The one block of the page in this language that has `mark` in it."""
        found = [block for block in re.findall(rf"```{language}\n(.*?)```", self.page, re.S) if mark in block]
        assert len(found) == 1, f"docs/embedding.md has {len(found)} examples in {language} with {mark!r}"
        return found[0]

    def run(self, words, expect=0, **more):
        run = subprocess.run(words, capture_output=True, text=True, cwd=self.folder, env=self.environment, **more)
        assert run.returncode == expect, f"{words}: {run.returncode} instead of {expect}\n{run.stdout}{run.stderr}"
        return run

    def flags(self, *options):
        return shlex.split(self.run(["pkg-config", *options, "cmos"]).stdout)

    def try_host(self, host):
        """The built example on a program that ends well, on one that does not, and on what is none."""
        words = host if isinstance(host, list) else [host]
        self.environment["LD_LIBRARY_PATH"] = str(self.libraries)
        good = self.run([*words, self.programs / "8664/hello.cpe"])
        assert good.stdout == "Hello, CalamOS\n", good.stdout
        assert 'stdout("Hello, CalamOS\\n", 15, null) = 15' in good.stderr, good.stderr
        bad = self.run([*words, self.programs / "AR64/crash-null-write.cpe"], expect=139)
        assert "memory fault: write of" in bad.stderr, bad.stderr
        none = self.run([*words, self.tree / "bin/cmos-run"], expect=126)
        assert "offset 0x0" in none.stderr and "expected" in none.stderr, none.stderr

    def with_pkg_config(self):
        (self.folder / "host.c").write_text(self.example("c", "cmos_load_file"), encoding="utf-8")
        strict = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror"]
        self.run(["gcc", *strict, "host.c", "-o", "shared", *self.flags("--cflags", "--libs")])
        self.try_host(self.folder / "shared")
        self.run(["gcc", *strict, "-static", "host.c", "-o", "static", *self.flags("--static", "--cflags", "--libs")])
        self.try_host(self.folder / "static")
        assert self.flags("--modversion") == [(self.tree / "share/cmos/sdk/version").read_text(encoding="utf-8").strip()]

    def with_cmake(self):
        project = self.folder / "project"
        project.mkdir()
        (project / "host.c").write_text(self.example("c", "cmos_load_file"), encoding="utf-8")
        (project / "CMakeLists.txt").write_text(self.example("cmake", "cmos::shared"), encoding="utf-8")
        self.run(["cmake", "-S", project, "-B", self.folder / "built", f"-DCMAKE_PREFIX_PATH={self.tree}"])
        self.run(["cmake", "--build", self.folder / "built"])
        self.try_host(self.folder / "built/host")

    def with_python(self):
        (self.folder / "host.py").write_text(self.example("python", "ctypes"), encoding="utf-8")
        self.try_host([sys.executable, self.folder / "host.py"])

    def shows_nothing_else(self):
        names = self.run(["nm", "-D", "--defined-only", "--format=posix", self.libraries / "libcmos.so"]).stdout.split("\n")
        foreign = [line for line in names if line and FOREIGN.match(line) and not line.startswith("CMOS_0")]
        assert not foreign, f"libcmos.so shows {foreign}"
        declared = set(re.findall(r"\b(cmos_\w+)\(", (self.tree / "include/cmos/cmos.h").read_text(encoding="utf-8")))
        shown = {line.split("@")[0] for line in names if line.startswith("cmos_")}
        assert shown <= declared, f"libcmos.so shows {shown - declared}, which cmos.h does not declare"
        needed = re.findall(r"NEEDED.*\[(.*)\]", self.run(["readelf", "-dW", self.libraries / "libcmos.so"]).stdout)
        ours = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}
        assert set(needed) <= ours, f"libcmos.so needs {needed}"


def main():
    with tempfile.TemporaryDirectory(prefix="cmos hosts ") as folder:
        hosts = Hosts(pathlib.Path(sys.argv[1]), pathlib.Path(folder))
        for part in (hosts.with_pkg_config, hosts.with_cmake, hosts.with_python, hosts.shows_nothing_else):
            part()
            print(f"{part.__name__}: as it should be", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
