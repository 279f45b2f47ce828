#!/usr/bin/env python3
"""Processes that write are killed with SIGKILL at any moment: what is on disk is one whole content, the old or the new
one; what was acknowledged is never lost; and the next process finds nothing in its way.

    kill_nine.py BIN [--count N] [--seed N]

N kills of programs that flush their mini-disk in a loop, and N of cmos-fs while it puts, imports and installs. The
figures are printed. The default is small; a campaign takes --count 1000.
"""
import argparse
import collections
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

SIZE = 16384
DATA = 0x401000


def call(number):
    return b"\xb8" + struct.pack("<I", number) + b"\xcd\x80"


def flusher():
    """Fills its mini-disk with the next number, flushes, writes the number to Cmos:\\data\\ack; from the one that it finds
    there."""
    path = DATA + SIZE
    code = b"\xb9" + struct.pack("<I", path) + b"\xba\3\0\0\0\xbf" + struct.pack("<I", 2 | 4 | 16) + call(0x10)  # open
    code += b"\x31\xc9\xba" + struct.pack("<I", DATA) + b"\xbf" + struct.pack("<I", 4) + call(0x20)  # md_read(0, DATA, 4)
    loop = len(code)
    code += b"\xff\x04\x25" + struct.pack("<I", DATA)  # inc dword [DATA]
    code += b"\x8b\x04\x25" + struct.pack("<I", DATA)  # mov eax, [DATA]
    code += b"\xbf" + struct.pack("<I", DATA) + b"\xb9" + struct.pack("<I", SIZE // 4) + b"\xf3\xab"  # rep stosd
    code += b"\x31\xc9\xba" + struct.pack("<I", DATA) + b"\xbf" + struct.pack("<I", SIZE) + call(0x21)  # md_write
    code += call(0x23)  # md_flush
    code += b"\x85\xc0\x78\x1b"  # test eax, eax; js to the exit
    code += b"\xb9\3\0\0\0\xba" + struct.pack("<I", DATA) + b"\xbf\4\0\0\0" + call(0x13)  # write
    code += b"\xe9" + struct.pack("<i", loop - len(code) - 5)
    code += b"\xb9\1\0\0\0" + call(0)
    raw = code.ljust(DATA - 0x400000, b"\x90") + bytes(SIZE) + b"ack"
    section = bytes(4) + raw
    section += bytes(-len(section) % 16)
    return b"CMOS\1" + b"8664" + struct.pack("<IIIII", SIZE, 0, 0, len(section), 0) + section + bytes(5)


class Trial:
    def __init__(self, bin_folder, seed):
        self.bin = bin_folder
        self.random = random.Random(seed)
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="cmos-kill-"))
        self.root = self.top / "root"
        self.program = self.top / "app.cpe"
        self.program.write_bytes(flusher())
        self.environment = dict(os.environ, CMOS_ROOT=str(self.root))
        self.figures = collections.Counter()

    def check(self, condition, text):
        if not condition:
            sys.exit(f"kill_nine.py: {text}; the files are left in {self.top}")

    def start(self, *command):
        return subprocess.Popen([self.bin / command[0], *map(str, command[1:])], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.environment, cwd=self.top)

    def wait_up_to(self, seconds):
        """Any moment may be the one that shows a fault."""
        end = time.perf_counter() + self.random.random() * seconds
        while time.perf_counter() < end:
            pass

    def measure(self, times):
        """How long a process takes at least, `times` over."""
        begin = time.perf_counter()
        subprocess.run([self.bin / "cmos-fs", "ls"], env=self.environment, check=True, capture_output=True)
        self.patience = times * (time.perf_counter() - begin)

    def no_strays(self):
        return [path for path in self.root.rglob(":aside/*")]

    # ---- a program and its mini-disk ----------------------------------------------------------------

    def until_acknowledged(self, job):
        """Waits for a first flush, so that there is a mini-disk; from then on patience reaches to some more of them."""
        ack = self.root / "data/ack"
        begin = time.perf_counter()
        while not ack.exists() or ack.stat().st_size < 4:
            self.check(job.poll() is None, "the program ended before it flushed")
            self.check(time.perf_counter() - begin < 100, "the program never flushed")
            os.sched_yield()
        self.patience = 2 * (time.perf_counter() - begin)

    def kill_a_program(self, wait):
        job = self.start("cmos-run", self.program)
        wait(job)
        job.kill()
        _, complaint = job.communicate()
        self.check(job.returncode == -9, f"the program ended by itself: {job.returncode} {complaint!r}")
        ack = self.root / "data/ack"
        said = ack.read_bytes() if ack.exists() else b""
        acknowledged = struct.unpack("<I", said[-4:])[0] if said else self.number
        ack.unlink(missing_ok=True)
        backing = self.root / "sys_apps/app/md"
        content = backing.read_bytes() if backing.exists() else bytes(SIZE)
        self.check(len(content) == SIZE, f"a mini-disk of {len(content)} bytes")
        number = struct.unpack_from("<I", content)[0]
        self.check(content == struct.pack("<I", number) * (SIZE // 4), "a mixture of two contents")
        self.check(number >= acknowledged, f"{acknowledged} was acknowledged, {number} is there")
        self.check(number <= acknowledged + 1, f"{number} is there after {acknowledged}")
        self.figures["kept the last one" if number == acknowledged else "kept one not yet acknowledged"] += 1
        self.figures["flushes"] += number - self.number
        self.figures["left a file aside"] += bool(self.no_strays())
        self.number = number

    def programs(self, count):
        self.number = 0
        self.kill_a_program(self.until_acknowledged)
        for _ in range(count - 1):
            self.kill_a_program(lambda job: self.wait_up_to(self.patience))
        done = subprocess.run([self.bin / "cmos-fs", "md", "reset", "app"], env=self.environment, capture_output=True,
                              check=False)
        self.check(done.returncode == 0, f"cmos-fs cannot use the mini-disk: {done.stderr!r}")
        self.check(not self.no_strays(), f"left behind: {self.no_strays()}")

    # ---- cmos-fs ------------------------------------------------------------------------------------

    def kill_cmos_fs(self, contents, words, place):
        before = place.read_bytes() if place.exists() else None
        source = self.top / "source"
        new = self.random.choice([one for one in contents if one != before])
        source.write_bytes(new)
        job = self.start("cmos-fs", *[source if word == "SOURCE" else word for word in words])
        self.wait_up_to(self.patience)
        job.kill()
        _, complaint = job.communicate()
        self.check(job.returncode in (-9, 0), f"{words}: {job.returncode} {complaint!r}")
        after = place.read_bytes() if place.exists() else None
        self.check(after in (before, new), f"{words}: neither the old nor the new content")
        self.check(job.returncode != 0 or after == new, f"{words}: it ended well, and the old content is there")
        self.figures["finished first" if job.returncode == 0 else "old content" if after == before else "new content"] += 1
        self.figures["left a file aside"] += bool(self.no_strays())

    def files(self, count):
        program = flusher()
        subprocess.run([self.bin / "cmos-fs", "install", self.program], env=self.environment, check=True,
                       capture_output=True)
        disks = [bytes([letter]) * SIZE for letter in b"abc"]
        texts = [bytes([letter]) * (1 << 20) for letter in b"xyz"]
        programs = [program, program + bytes(16)]
        kinds = [(texts, ("put", "SOURCE", "Cmos:\\data\\file"), self.root / "data/file"),
                 (disks, ("md", "import", "app", "SOURCE"), self.root / "sys_apps/app/md"),
                 (programs, ("install", "--force", "--name", "app", "SOURCE"), self.root / "sys_apps/app/program.cpe")]
        self.measure(1.5)
        for i in range(count):
            self.kill_cmos_fs(*kinds[i % len(kinds)])
        for contents, words, place in kinds:
            source = self.top / "source"
            source.write_bytes(contents[0])
            done = subprocess.run([self.bin / "cmos-fs", *[str(source) if word == "SOURCE" else word for word in words]],
                                  env=self.environment, capture_output=True, check=False)
            self.check(done.returncode == 0 and place.read_bytes() == contents[0], f"{words}: {done.stderr!r}")
        self.check(not self.no_strays(), f"left behind: {self.no_strays()}")


def say(title, count, figures):
    rest = ", ".join(f"{number} {name}" for name, number in sorted(figures.items()))
    print(f"{title}: {count} kills, nothing lost ({rest})")
    figures.clear()


def main():
    parser = argparse.ArgumentParser(description="Kills processes that write, and looks at what is left.")
    parser.add_argument("bin", type=pathlib.Path, help="folder of the tools")
    parser.add_argument("--count", type=int, default=15, help="kills of each kind")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    trial = Trial(arguments.bin.resolve(), arguments.seed)
    trial.programs(arguments.count)
    say("programs that use their mini-disk", arguments.count, trial.figures)
    trial.files(arguments.count)
    say("cmos-fs", arguments.count, trial.figures)
    shutil.rmtree(trial.top)


if __name__ == "__main__":
    main()
