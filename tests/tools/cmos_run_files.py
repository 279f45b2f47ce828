#!/usr/bin/env python3
"""cmos-run's root, mounts, overlays, and host processes that meet at one mini-disk (abi 4, 5).

    cmos_run_files.py CMOS_RUN PROJECT [test…]
"""
import collections
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

CMOS_RUN = PROJECT = ""
# How many processes meet; a sanitizer makes the start of each dear.
MANY = 40 if int(os.environ.get("CMOS_TEST_STRIDE", "1")) > 1 else 200
DATA = 0x400100
BUSY = -16 & 0xFF
COUNT = b"\xff\x04\x25" + struct.pack("<I", DATA)  # inc dword [DATA]
LEAVE_WITH_RESULT = b"\x89\xc1\xb8\0\0\0\0\xcd\x80"  # mov ecx, eax; exit


def call(number, *arguments):
    moves = (b"\xb9", b"\xba", b"\xbf")  # mov ecx|edx|edi, imm32
    code = b"".join(move + struct.pack("<I", value) for move, value in zip(moves, arguments))
    return code + b"\xb8" + struct.pack("<I", number) + b"\xcd\x80"


def cpe(code, data=b"", minidisk=0):
    raw = code.ljust(0x100, b"\x90") + data
    section = bytes(4) + raw
    section += bytes(-len(section) % 16)
    return b"CMOS\1" + b"8664" + struct.pack("<IIIII", minidisk, 0, 0, len(section), 0) + section + bytes(5)


def appends(path, text):
    """The same at the end of a file that is there."""
    data = path + text
    return cpe(call(0x10, DATA, len(path), 2 | 16) + call(0x13, 3, DATA + len(path), len(text)) + LEAVE_WITH_RESULT, data)


def writes(path, text):
    """Opens `path` to write and writes `text`; exits with the result."""
    data = path + text
    return cpe(call(0x10, DATA, len(path), 2 | 4) + call(0x13, 3, DATA + len(path), len(text)) + LEAVE_WITH_RESULT, data)


class Files(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="cmos-test-"))
        self.addCleanup(shutil.rmtree, self.top)
        self.root = self.top / "root"

    def program(self, name, content):
        path = self.top / (name + ".cpe")
        path.write_bytes(content)
        return str(path)

    def start(self, *arguments, **options):
        return subprocess.Popen([CMOS_RUN, "--root", str(self.root), *arguments], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run_it(self, *arguments, cwd=None, environment=None):
        """`environment`: variables to set, None to take away."""
        variables = {name: value for name, value in {**os.environ, **(environment or {})}.items() if value is not None}
        return subprocess.run([CMOS_RUN, "--root", str(self.root), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, cwd=cwd, env=variables)

    def test_no_root_is_made_without_need(self):
        hello = os.path.join(PROJECT, "samples/bin/8664/hello.cpe")
        self.assertEqual(self.run_it(hello).returncode, 0)
        self.assertFalse(self.root.exists())

    def test_installed_programs_run_by_path_and_by_name(self):
        place = self.root / "sys_apps/tool/program.cpe"
        place.parent.mkdir(parents=True)
        place.write_bytes(cpe(call(0, 9)))
        self.assertEqual(self.run_it("tool").returncode, 9)
        self.assertEqual(self.run_it("cmos:\\sys_apps\\tool").returncode, 9)
        missing = self.run_it("Cmos:\\sys_apps\\other")
        self.assertEqual((missing.returncode, missing.stderr),
                         (127, b"cmos-run: Cmos:\\sys_apps\\other: no such program in the namespace\n"))

    def test_a_misspelt_installed_program_is_guessed(self):
        place = self.root / "sys_apps/hello/program.cpe"
        place.parent.mkdir(parents=True)
        place.write_bytes(cpe(call(0, 9)))
        misspelt = self.run_it("helo")
        self.assertEqual((misspelt.returncode, misspelt.stderr), (127, b"cmos-run: helo: No such file or directory; "
                         b"did you mean the installed program 'hello'?\n"))

    def test_a_fault_report_shows_the_path_as_one_types_it(self):
        place = self.root / "sys_apps/bad/program.cpe"
        place.parent.mkdir(parents=True)
        place.write_bytes(cpe(b"\x0f\x0b"))
        report = self.run_it("Cmos:\\sys_apps\\bad").stderr
        self.assertTrue(report.startswith(b"cmos-run: Cmos:\\sys_apps\\bad: illegal instruction"), report)

    def test_a_root_that_is_no_folder_is_named(self):
        app = self.program("app", writes(b"f", b"abc"))
        self.root.write_bytes(b"")
        done = self.run_it(app)
        self.assertEqual((done.returncode, done.stderr), (-10 & 0xFF, b"cmos-run: no files and no mini-disk: "
                         + os.fsencode(self.root) + b": root: cannot use the folder: it is no folder\n"))

    def test_a_lock_that_cannot_be_taken_is_explained(self):
        app = self.program("app", cpe(call(0x24, 1) + LEAVE_WITH_RESULT, b"", 4))
        (self.root / "locks/sys_apps").mkdir(parents=True)
        (self.root / "locks/sys_apps/app").write_bytes(b"")
        done = self.run_it(app)
        self.assertEqual(done.returncode, -14 & 0xFF)
        self.assertIn(b"root/locks/sys_apps/app/md locked", done.stderr)

    def test_mounts(self):
        folder = self.top / "folder"
        folder.mkdir()
        app = self.program("app", writes(b"Cmos:\\m\\f", b"abc"))
        self.assertEqual(self.run_it("--mount", f"m={folder}", app).returncode, 3)
        self.assertEqual((folder / "f").read_bytes(), b"abc")
        self.assertEqual(self.run_it("--mount", f"m={folder}:ro", app).returncode, -10 & 0xFF)
        self.assertEqual(self.run_it("--mount", "m=/does/not/exist", app).returncode, 125)
        self.assertEqual(self.run_it("--mount", "nonsense", app).returncode, 125)

    def test_the_current_folder_is_the_working_folder_when_asked(self):
        folder = self.top / "work"
        folder.mkdir()
        app = self.program("app", writes(b"f", b"abc"))
        for words in (["--here"], ["--mount", "Cmos:\\data=."]):
            self.assertEqual(self.run_it(*words, app, cwd=folder).returncode, 3)
            self.assertEqual((folder / "f").read_bytes(), b"abc")
            (folder / "f").unlink()
        self.assertEqual(self.run_it("--here", "--overlay", app, cwd=folder).returncode, 3)
        self.assertEqual(list(folder.iterdir()), [])
        # A backing file with a name of its own stays in the root.
        self.assertFalse((self.root / "data/f").exists())

    def test_what_is_no_output_goes_to_standard_error(self):
        text = b"outerror"
        app = self.program("app", cpe(call(1, DATA, 3, 0) + call(0x45, DATA + 3, 5) + LEAVE_WITH_RESULT, text))
        done = self.run_it(app)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (5, b"out", b"error"))
        self.assertEqual(self.run_it("--max-output", "4", app).returncode, 124)
        done = self.run_it("--trace", app)
        self.assertIn(b'stderr("error", 5) = 5', done.stderr)

    def test_variables_of_the_environment_are_those_given(self):
        # Writes the block: u32 count, then u32 length and bytes of each.
        app = self.program("app", cpe(call(0x46, DATA, 64) + call(1, DATA, 64, 0) + LEAVE_WITH_RESULT, bytes(64)))

        def variables(*words):
            block = self.run_it(*words, app, environment={"FROM_HOST": "h", "GONE": None}).stdout
            count, at, found = struct.unpack_from("<I", block)[0], 4, []
            for _ in range(count):
                size = struct.unpack_from("<I", block, at)[0]
                found.append(block[at + 4:at + 4 + size])
                at += 4 + size
            return found

        self.assertEqual(variables(), [])
        self.assertEqual(variables("--env", "A=1", "--env", "B=x=y", "--env=C="), [b"A=1", b"B=x=y", b"C="])
        self.assertEqual(variables("--env", "A=1", "--env", "AB=2", "--env", "A=3"), [b"AB=2", b"A=3"])
        self.assertEqual(variables("--env", "FROM_HOST", "--env", "GONE"), [b"FROM_HOST=h"])
        done = self.run_it("--env", "=x", app)
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"--env: found =x, expected NAME=VALUE, or NAME alone", done.stderr)

    def test_overlays(self):
        app = self.program("app", writes(b"f", b"abc"))
        self.assertEqual(self.run_it("--overlay", app).returncode, 3)
        self.assertFalse((self.root / "data").exists())
        kept = self.top / "kept"
        kept.mkdir()
        self.assertEqual(self.run_it(f"--overlay={kept}", app).returncode, 3)
        self.assertFalse((self.root / "data").exists())
        self.assertEqual([path.read_bytes() for path in kept.rglob("f")], [b"abc"])

    def test_quota(self):
        app = self.program("app", writes(b"f", b"abc"))
        self.assertEqual(self.run_it("--max-disk", "2", app).returncode, -12 & 0xFF)

    def test_two_processes_and_one_mini_disk(self):
        holder = self.program("app", cpe(call(0x24, 1) + call(1, DATA, 6, 0) + call(2, 0) + call(0, 0), b"ready\n", 4))
        access = cpe(call(0x20, 0, DATA, 0) + LEAVE_WITH_RESULT, bytes(8), 4)
        (self.top / "other").mkdir()
        other = self.program("other/app", access)
        # The pipe keeps the holder's text until it waits for input, lock in hand.
        job = self.start(holder)
        self.assertEqual(job.stdout.readline(), b"ready\n")
        self.assertEqual(self.run_it(other).returncode, BUSY)
        self.assertEqual(self.run_it("--minidisk=wait", "--minidisk-timeout", "0.05", other).returncode, BUSY)
        self.assertEqual(self.run_it("--ephemeral", other).returncode, 0)
        waiter = self.start("--minidisk=wait", "-q", other)
        job.communicate(b"x")
        self.assertEqual(job.returncode, 0)
        waiter.communicate()
        self.assertEqual(waiter.returncode, 0)

    def test_a_killed_holder_gives_the_mini_disk_back(self):
        holder = self.program("app", cpe(call(0x24, 1) + call(1, DATA, 6, 0) + call(2, 0) + call(0, 0), b"ready\n", 4))
        job = self.start(holder)
        self.assertEqual(job.stdout.readline(), b"ready\n")
        job.kill()
        job.communicate()
        self.assertEqual(self.run_it(self.program("app", cpe(call(0x24, 1) + LEAVE_WITH_RESULT, b"", 4))).returncode, 0)

    def test_many_processes_count(self):
        count = call(0x20, 0, DATA, 4) + COUNT + call(0x21, 0, DATA, 4) + call(0, 0)
        app = self.program("app", cpe(count, bytes(8), 4))
        jobs = [self.start("--minidisk=wait", app) for _ in range(MANY)]
        for job in jobs:
            job.communicate()
        self.assertEqual({job.returncode for job in jobs}, {0})
        self.assertEqual(struct.unpack("<I", (self.root / "sys_apps/app/md").read_bytes()), (MANY,))

    def test_losers_are_told_and_winners_count(self):
        leave_when_busy = b"\x85\xc0\x79\x09" + LEAVE_WITH_RESULT  # test eax, eax; jns past the exit
        count = call(0x20, 0, DATA, 4) + leave_when_busy + COUNT + call(0x21, 0, DATA, 4) + call(0, 0)
        app = self.program("app", cpe(count, bytes(8), 4))
        jobs = [self.start(app) for _ in range(MANY // 4)]
        for job in jobs:
            job.communicate()
        codes = [job.returncode for job in jobs]
        self.assertLessEqual(set(codes), {0, BUSY})
        self.assertEqual(struct.unpack("<I", (self.root / "sys_apps/app/md").read_bytes()), (codes.count(0),))

    def fight(self, mode, at_once=40):
        """MANY runs of the sample that count up by one each: how many ended with each (status, last line)."""
        counter = os.path.join(PROJECT, "samples/bin/8664/counter.cpe")
        ends = collections.Counter()
        for _ in range(MANY // at_once):
            jobs = [self.start("--timeout", "100", counter, mode) for _ in range(at_once)]
            for job in jobs:
                said, complained = job.communicate()
                self.assertEqual(complained, b"")
                ends[job.returncode, said if job.returncode else b"counter\n"] += 1
        count = struct.unpack("<I", (self.root / "sys_apps/counter/md").read_bytes())[0]
        strays = {path.name for path in self.root.rglob("*") if path.is_file()} - {"md", "identity"}
        self.assertEqual(strays, set())
        return ends, count

    def test_many_counters_that_wait(self):
        self.assertEqual(self.fight("wait"), ({(0, b"counter\n"): MANY}, MANY))

    def test_many_counters_that_do_not_wait(self):
        ends, count = self.fight("fail")
        busy = (1, b"counter: another run holds the mini-disk\n")
        self.assertLessEqual(set(ends), {(0, b"counter\n"), busy})
        self.assertEqual(sum(ends.values()), MANY)
        self.assertEqual(count, ends[0, b"counter\n"])

    def test_a_host_limit_on_file_sizes_is_an_error_not_the_end(self):
        app = self.program("app", writes(b"f", b"abc"))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2, 2))
        job = self.start(app, preexec_fn=limit)
        job.communicate()
        self.assertEqual(job.returncode, 2)  # a short write, as from the host
        job = self.start(self.program("app", appends(b"f", b"abc")), preexec_fn=limit)
        job.communicate()
        self.assertEqual(job.returncode, -12 & 0xFF)


class Documentation(unittest.TestCase):
    def test_syscalls_md_is_up_to_date(self):
        made = subprocess.run([CMOS_RUN, "--list-syscalls=markdown"], capture_output=True, check=True).stdout
        self.assertEqual((pathlib.Path(PROJECT) / "docs/syscalls.md").read_bytes().decode(), made.decode(),
                         "cmos-run --list-syscalls=markdown > docs/syscalls.md")

    def test_cpu_md_says_what_list_archs_says(self):
        listed = subprocess.run([CMOS_RUN, "--list-archs"], capture_output=True, check=True, text=True).stdout
        if "(plain)" in listed:
            self.skipTest("docs/cpu.md is about the tuned build")
        lines = listed[listed.index("ARCH  BASELINE"):].splitlines()[1:]
        found = [tuple(part.strip() for part in (line[:4], line[6:29], line[29:])) for line in lines]
        table = [[cell.strip(" `") for cell in line.split("|")[1:4]]
                 for line in (pathlib.Path(PROJECT) / "docs/cpu.md").read_text().splitlines()
                 if line.startswith("| `")]
        self.assertEqual(found, [tuple(row) for row in table[:len(found)]])


if __name__ == "__main__":
    CMOS_RUN, PROJECT = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
