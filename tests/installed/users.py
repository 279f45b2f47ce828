#!/usr/bin/env python3
"""The installed tools as users call them: through links, without a home, without other programs, as somebody else, beside
another version.

    users.py TREE SOURCE
"""
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

HELLO = '#include <cmos.h>\nint main(void) {\n  cmos_print("hello\\n");\n  return 0;\n}\n'
# A call that stays one, since its argument is not known: eight bytes get sixty-four.
SMASHED = """__attribute__((noinline)) void fill(volatile char* to, int count) {
  for (int i = 0; i < count; ++i) to[i] = 'x';
}
__attribute__((noinline)) int smash(int count) {
  char text[8];
  fill(text, count);
  return text[0];
}
int main(int argc, char** argv) {
  (void)argv;
  return smash(argc > 1 ? 64 : 8) == 'x' ? 0 : 1;
}
"""
GCC = {"8664": "gcc", "__86": "gcc", "_ARM": "arm-linux-gnueabihf-gcc", "AR64": "aarch64-linux-gnu-gcc", "APPL": "aarch64-linux-gnu-gcc"}
NOBODY = 65534


class User:
    def __init__(self, tree, folder):
        self.tree, self.bin, self.folder = tree, tree / "bin", folder
        self.version = (tree / "share/cmos/sdk/version").read_text(encoding="utf-8").strip()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        (folder / "hello.c").write_text(HELLO, encoding="utf-8")

    def run(self, *words, status=0, environment=None, **more):
        run = subprocess.run(words, cwd=self.folder, env=environment or self.environment, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, **more)
        assert run.returncode == status, f"{words}: {run.returncode} instead of {status}\n{run.stdout}{run.stderr}"
        return run.stdout + run.stderr

    def builds_and_runs(self, compiler, runner, environment=None, **more):
        """What it makes is a program that everybody may start."""
        self.run(compiler, "hello.c", "-o", "hello.cpe", environment=environment, **more)
        mode = stat.S_IMODE((self.folder / "hello.cpe").stat().st_mode)
        assert mode & 0o111, f"hello.cpe has mode {mode:o}"
        assert self.run(runner, "hello.cpe", environment=environment, **more) == "hello\n"
        (self.folder / "hello.cpe").unlink()

    def names_itself(self):
        """--version names the tool that was asked, under whatever name a link has for it."""
        tools = sorted(self.bin.iterdir())
        assert len(tools) > 15, tools
        for tool in tools:
            first = self.run(tool, "--version").splitlines()[0]
            assert first.split()[:2] == [tool.name, self.version], f"{tool.name} --version says '{first}'"

    def through_links(self):
        links = self.folder / "links elsewhere"
        links.mkdir()
        for name in ("cmos-cc", "cmos-c++", "cmos-run"):
            (links / name).symlink_to(self.bin / name)
        (self.folder / "cc").symlink_to(pathlib.Path("links elsewhere/cmos-cc"))
        self.builds_and_runs(links / "cmos-cc", links / "cmos-run")
        self.builds_and_runs("./cc", links / "cmos-run")
        (self.folder / "hello.cc").write_text(HELLO, encoding="utf-8")
        self.run(links / "cmos-c++", "-c", "hello.cc", "-o", "hello.o")

    def without_a_home(self):
        nothing = {name: value for name, value in self.environment.items() if name != "HOME"}
        for environment in (nothing, nothing | {"HOME": "/nowhere/at/all"}, nothing | {"HOME": "/dev/null"}):
            self.builds_and_runs(self.bin / "cmos-cc", self.bin / "cmos-run", environment)

    def without_other_programs(self):
        """To compile a file takes the compiler and the shell: nothing else is started for it."""
        path = self.folder / "only the compiler"
        path.mkdir()
        (path / "clang-14").symlink_to(shutil.which("clang-14"))
        alone = self.environment | {"PATH": str(path)}
        self.run(self.bin / "cmos-cc", "-c", "-O2", "hello.c", "-o", "hello.o", environment=alone)
        assert (self.folder / "hello.o").stat().st_size > 0

    def as_somebody_else(self):
        """Who may write nothing but a folder of his own."""
        if os.geteuid() != 0:
            return
        own = self.folder / "nobody's"
        own.mkdir()
        os.chown(own, NOBODY, NOBODY)
        self.folder.chmod(0o755)
        script = 'cd "$1" && "$2/cmos-cc" ../hello.c -o hello.cpe && "$2/cmos-run" hello.cpe && "$2/cmos-run" --trace hello.cpe'
        reachable = subprocess.run(["test", "-x", self.bin / "cmos-run"], user=NOBODY, group=NOBODY).returncode == 0
        if reachable:
            text = self.run("sh", "-c", script, "sh", own, self.bin, user=NOBODY, group=NOBODY, extra_groups=[])
            assert text.startswith("hello\nhello\n"), text

    def beside_another_version(self):
        """Two SDKs keep what they build apart, by their version."""
        other = self.folder / "other/share/cmos"
        other.mkdir(parents=True)
        shutil.copytree(self.tree / "share/cmos/sdk", other / "sdk")
        (other / "sdk/version").write_text("9.8.7\n", encoding="utf-8")
        # The build itself is not what is looked at: one that only says where it would build takes its place.
        asked = {}
        for sdk in (self.folder / "this/share/cmos/sdk", other / "sdk"):
            if not sdk.exists():
                shutil.copytree(self.tree / "share/cmos/sdk", sdk)
            (sdk / "newlib/build.sh").write_text('#!/bin/sh\necho "in: $2" >&2\nexit 1\n', encoding="utf-8")
            text = self.run(self.bin / "cmos-cc", "--libc", "newlib", "hello.c", status=1,
                            environment=self.environment | {"CMOS_SDK": str(sdk)})
            asked[sdk] = text.split("in: ")[1].strip()
        assert asked[other / "sdk"] == f"{self.folder}/.cache/cmos/newlib/9.8.7/8664", asked
        assert asked[self.folder / "this/share/cmos/sdk"] == f"{self.folder}/.cache/cmos/newlib/{self.version}/8664", asked

    def with_a_stack_protector(self):
        (self.folder / "smash.c").write_text(SMASHED, encoding="utf-8")
        for arch, gcc in GCC.items():
            for compiler in ("clang", "gcc"):
                if compiler == "gcc" and not shutil.which(gcc):
                    continue
                self.run(self.bin / "cmos-cc", "--arch", arch, "--cc", compiler, "-fstack-protector-all", "smash.c", "-o", "smash.cpe")
                self.run(self.bin / "cmos-run", "smash.cpe")
                text = self.run(self.bin / "cmos-run", "smash.cpe", "more", status=134)
                assert text == "*** stack smashing detected ***: terminated\n", f"{arch}, {compiler}: {text}"


def main():
    if not shutil.which("clang-14"):
        print("clang-14 is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="cmos users ") as folder:
        user = User(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder))
        for part in (user.names_itself, user.through_links, user.without_a_home, user.without_other_programs, user.as_somebody_else,
                     user.beside_another_version, user.with_a_stack_protector):
            part()
            print(f"{part.__name__}: as it should be", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
