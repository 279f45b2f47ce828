#!/usr/bin/env python3
"""What holds whatever a guest does: limits inside host calls, the supervisor, the host's memory (docs/security.md).

    cmos_run_safety.py CMOS_RUN SAMPLES [test…]
"""
import json
import os
import pathlib
import select
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

CMOS_RUN = SAMPLES = SCRATCH = ""
# A sanitizer would take these signals for faults of its own program; here they are sent, to end the emulator.
os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [
    os.environ.get("ASAN_OPTIONS"), *(f"handle_{name}=0" for name in ("segv", "sigbus", "sigfpe", "sigill", "abort"))]))
DATA = 0x400100
LOOP = b"\xeb\xfe"


def sample(name, arch="8664"):
    return os.path.join(SAMPLES, arch, name + ".cpe")


def guest(name, code, data=b""):
    """A CPE for x86-64 of `code`, with `data` at 0x400100."""
    raw = code.ljust(0x100, b"\x90") + data
    section = struct.pack("<I", 0) + raw
    section += bytes(-len(section) % 16)
    header = b"CMOS\1" + b"8664" + struct.pack("<IIIII", 0, 0, 0, len(section), 0)
    path = os.path.join(SCRATCH, name + ".cpe")
    pathlib.Path(path).write_bytes(header + section + bytes(5))
    return path


def call(number, *arguments):
    moves = (b"\xb9", b"\xba", b"\xbf")  # mov ecx|edx|edi, imm32
    code = b"".join(move + struct.pack("<I", value) for move, value in zip(moves, arguments))
    return code + b"\xb8" + struct.pack("<I", number) + b"\xcd\x80"


def loop_of(code):
    return code + b"\xe9" + struct.pack("<i", -len(code) - 5)


def spam():
    """Writes for ever."""
    return guest("spam", loop_of(call(1, DATA, 0x1000, 0)), bytes(0x1000))


def says_ready_then(code):
    return guest("ready", call(1, DATA, 6, 0) + code, b"ready\n")


def run(*arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([CMOS_RUN, *arguments], timeout=100, **options)


def start(*arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([CMOS_RUN, *arguments], **options)


def children_of(pid):
    return [int(one) for one in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class StuckPipe:
    """A pipe that nobody reads."""

    def __enter__(self):
        self.reader, self.writer = os.pipe()
        return self.writer

    def __exit__(self, *_):
        os.close(self.reader)
        os.close(self.writer)


class Limits(unittest.TestCase):
    def report(self):
        return os.path.join(SCRATCH, "report.json")

    def test_a_timeout_ends_a_write_that_nobody_reads(self):
        with StuckPipe() as writer:
            ended = run("--timeout", "0.2", "--report", self.report(), spam(), stdout=writer)
        self.assertEqual(ended.returncode, 124)
        self.assertIn(b"--timeout 0.2", ended.stderr)
        self.assertEqual(json.loads(pathlib.Path(self.report()).read_text())["limit"], "--timeout 0.2")

    def test_a_timeout_ends_a_trace_that_nobody_reads(self):
        silent = guest("silent", loop_of(call(0x41, 2, 0)))
        with StuckPipe() as writer:
            ended = run("--timeout", "0.2", "--trace", "--report", self.report(), silent, stderr=writer)
        self.assertEqual(ended.returncode, 124)
        self.assertEqual(json.loads(pathlib.Path(self.report()).read_text())["limit"], "--timeout 0.2")

    def test_a_timeout_ends_it_when_nothing_is_read(self):
        with StuckPipe() as writer:
            ended = run("--timeout", "0.2", "--trace", spam(), stdout=writer, stderr=writer)
        self.assertEqual(ended.returncode, 124)

    def test_the_output_limit_ends_a_write_that_nobody_reads(self):
        with StuckPipe() as writer:
            ended = run("--max-output", "100K", spam(), stdout=writer)
        self.assertEqual(ended.returncode, 124)
        self.assertIn(b"--max-output 100K", ended.stderr)

    def test_sigterm_ends_a_write_that_nobody_reads(self):
        with StuckPipe() as writer:
            job = start(spam(), stdout=writer)
            self.wait_for_a_full_pipe(writer)
            job.send_signal(signal.SIGTERM)
            _, said = job.communicate(timeout=100)
        self.assertEqual(job.returncode, 128 + signal.SIGTERM)
        self.assertIn(b"cmos-run: ", said)

    def wait_for_a_full_pipe(self, writer):
        while select.select([], [writer], [], 0)[1]:
            os.sched_yield()

    def test_a_timeout_covers_loading(self):
        fifo = os.path.join(SCRATCH, "fifo.cpe")
        os.mkfifo(fifo)
        for arguments in ([fifo], ["--trace-file", fifo, sample("hello")], ["--expect-trace", fifo, sample("hello")]):
            with self.subTest(arguments=arguments):
                pathlib.Path(self.report()).unlink(missing_ok=True)
                ended = run("--timeout", "0.2", "--report", self.report(), *arguments)
                self.assertEqual(ended.returncode, 124)
                self.assertIn(b"limit --timeout 0.2 reached while the program was loaded", ended.stderr)
                told = json.loads(pathlib.Path(self.report()).read_text())
                self.assertEqual((told["ending"], told["limit"], told["status"]), ("limit", "--timeout 0.2", 124))

    def test_a_timeout_covers_the_report(self):
        fifo = os.path.join(SCRATCH, "fifo.json")
        os.mkfifo(fifo)
        ended = run("--timeout", "0.2", "--report", fifo, sample("hello"))
        self.assertEqual(ended.returncode, 124)

    def test_a_timeout_ends_gigabytes_of_random(self):
        grow = call(0x40, 900 << 20)
        fill = b"\x89\xc1" + b"\xba" + struct.pack("<I", 900 << 20) + b"\xb8" + struct.pack("<I", 0x43) + b"\xcd\x80"
        ended = run("--timeout", "0.2", guest("random", grow + fill + call(0, 0)))
        self.assertEqual(ended.returncode, 124)

    def test_a_timeout_without_an_end_to_come_costs_nothing(self):
        ended = run("--timeout", "100000000", sample("hello"))
        self.assertEqual((ended.returncode, ended.stdout), (0, b"Hello, CalamOS\n"))

    def test_no_thread_is_needed_for_a_timeout(self):
        job = start("--timeout", "50", says_ready_then(LOOP))
        while not children_of(job.pid):
            os.sched_yield()
        for pid in [job.pid, *children_of(job.pid)]:
            self.assertEqual(len(os.listdir(f"/proc/{pid}/task")), 1)
        job.kill()
        job.communicate()


class Supervisor(unittest.TestCase):
    def start_waiting(self, *arguments, **options):
        """A guest that has written and now waits for input; and the process that runs it."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        # Written before the wait, so that it has reached the host.
        job = start(*arguments, says_ready_then(call(2, 0) + LOOP), stdin=reader, **options)
        os.close(reader)
        self.assertEqual(job.stdout.readline(), b"ready\n")
        inner, = children_of(job.pid)
        return job, inner

    def test_whatever_ends_the_emulator_is_told(self):
        for number, name in ((signal.SIGABRT, b"SIGABRT"), (signal.SIGSEGV, b"SIGSEGV"), (signal.SIGBUS, b"SIGBUS"),
                             (signal.SIGKILL, b"SIGKILL"), (signal.SIGILL, b"SIGILL"), (signal.SIGFPE, b"SIGFPE")):
            with self.subTest(signal=name):
                report = os.path.join(SCRATCH, "died.json")
                job, inner = self.start_waiting("--report", report)
                os.kill(inner, number)
                _, said = job.communicate(timeout=100)
                self.assertEqual(job.returncode, 125)
                self.assertIn(b"ready.cpe: the emulator failed: " + name, said)
                if number != signal.SIGKILL:
                    self.assertIn(b"; the guest was at 0x004000", said)
                told = json.loads(pathlib.Path(report).read_text())
                self.assertEqual((told["ending"], told["status"]), ("error", 125))
                self.assertEqual(told["error"]["code"], "internal")

    def test_output_that_was_not_delivered_yet_is(self):
        # A loop after the output: nothing has made it flush.
        job = start(guest("pending", call(1, DATA, 6, 0) + LOOP, b"ready\n"))
        inner = self.running_child(job)
        os.kill(inner, signal.SIGKILL)
        out, _ = job.communicate(timeout=100)
        self.assertEqual((job.returncode, out), (125, b"ready\n"))

    def running_child(self, job):
        """The guest's process, when it has used so much of the processor that it must be in its loop."""
        while not children_of(job.pid):
            os.sched_yield()
        inner, = children_of(job.pid)
        while int(pathlib.Path(f"/proc/{inner}/stat").read_text().rsplit(")", 1)[1].split()[11]) < 20:
            os.sched_yield()
        return inner

    def test_a_signal_for_the_supervisor_ends_the_guest(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            job, _ = self.start_waiting()
            job.send_signal(number)
            _, said = job.communicate(timeout=100)
            self.assertEqual(job.returncode, 128 + number)
            self.assertIn(b"interrupted", said)

    def test_a_signal_for_the_group_is_one_request(self):
        job, _ = self.start_waiting(start_new_session=True)
        os.killpg(job.pid, signal.SIGINT)
        _, said = job.communicate(timeout=100)
        self.assertEqual(job.returncode, 130)
        self.assertIn(b"interrupted", said)

    def test_killing_the_supervisor_leaves_no_orphan(self):
        job, inner = self.start_waiting()
        gone = os.pidfd_open(inner)
        job.kill()
        job.communicate(timeout=100)
        self.assertTrue(select.select([gone], [], [], 100)[0])
        os.close(gone)

    def test_a_signal_while_loading_ends_it_as_any_program(self):
        fifo = os.path.join(SCRATCH, "loading.cpe")
        os.mkfifo(fifo)
        job = start(fifo)
        with open(fifo, "wb"):  # it has opened its end
            job.send_signal(signal.SIGTERM)
            job.communicate(timeout=100)
        self.assertEqual(job.returncode, -signal.SIGTERM)

    def test_without_a_supervisor_there_is_one_process(self):
        reader, writer = os.pipe()
        job = start("--no-supervise", "--sandbox=off", says_ready_then(call(2, 0) + LOOP), stdin=reader)
        self.assertEqual(job.stdout.readline(), b"ready\n")
        self.assertEqual(children_of(job.pid), [])
        job.send_signal(signal.SIGTERM)
        job.communicate(timeout=100)
        self.assertEqual(job.returncode, 128 + signal.SIGTERM)
        os.close(reader)
        os.close(writer)


class Blocks(unittest.TestCase):
    def test_very_many_of_them_are_all_found_again(self):
        # A jump to the next instruction ends a block. The way through all of them, three times.
        body = b"\xeb\x00" * 100_000 + b"\xff\xcb"                              # dec ebx
        code = b"\xbb" + struct.pack("<I", 3) + body                             # mov ebx, 3
        code += b"\x0f\x85" + struct.pack("<i", -len(body) - 6)                  # jnz
        ended = run("--report", os.path.join(SCRATCH, "blocks.json"), guest("blocks", code + call(0, 7)))
        self.assertEqual(ended.returncode, 7)
        told = json.loads(pathlib.Path(SCRATCH, "blocks.json").read_text())
        self.assertEqual(told["counts"]["instructions"], 1 + 3 * 100_002 + 3)


class Memory(unittest.TestCase):
    """--memory is what a run takes of the host, not only the guest's own."""

    def sparse(self, name, size):
        path = os.path.join(SCRATCH, name)
        with open(path, "wb") as file:
            file.truncate(size)
        return path

    def test_a_sparse_giant_is_no_program(self):
        for size, options in ((3 << 30, ()), (64 << 20, ("--memory", "16M"))):
            ended = run(*options, self.sparse("giant.cpe", size))
            self.assertEqual(ended.returncode, 126)
            self.assertIn(b"giant.cpe: size: found %d bytes, expected at most " % size, ended.stderr)
            self.assertIn(b"--memory", ended.stderr)

    def test_a_sparse_giant_is_no_installed_program(self):
        root = os.path.join(SCRATCH, "installed")
        os.makedirs(os.path.join(root, "sys_apps", "giant"))
        self.sparse(os.path.join("installed", "sys_apps", "giant", "program.cpe"), 3 << 30)
        ended = run("--root", root, "giant")
        self.assertEqual(ended.returncode, 126)
        self.assertIn(b"--memory", ended.stderr)

    def test_what_a_mini_disk_holds_counts(self):
        # md_write of 64 KiB at 0, 64 KiB, …: the exit code is how many were taken.
        code = (b"\x31\xdb"                                                  # xor ebx, ebx
                + b"\x89\xd9\xc1\xe1\x10" + b"\xba" + struct.pack("<I", DATA)  # ecx = ebx << 16; edx = data
                + b"\xbf" + struct.pack("<I", 0x10000)                         # edi = 64 KiB
                + b"\xb8" + struct.pack("<I", 0x21) + b"\xcd\x80"
                + b"\x3d\x00\x00\x01\x00\x75\x04\xff\xc3\xeb\xdf"           # all written: once more
                + b"\x89\xd9\xb8\x00\x00\x00\x00\xcd\x80")
        program = self.with_minidisk(guest("filler", code, bytes(0x10000)), 0x40000000)
        ended = run("--root", os.path.join(SCRATCH, "filled"), "--ephemeral", "--memory", "4M", program)
        self.assertIn(b"bytes of memory more, expected room within --memory", ended.stderr)
        self.assertGreater(ended.returncode, 8)
        self.assertLess(ended.returncode, 64)

    def with_minidisk(self, path, size):
        content = bytearray(pathlib.Path(path).read_bytes())
        struct.pack_into("<I", content, 9, size)  # of the header
        pathlib.Path(path).write_bytes(content)
        return path

    def test_a_mini_disk_that_does_not_fit_is_not_read(self):
        folder = os.path.join("full", "sys_apps", "reader")
        os.makedirs(os.path.join(SCRATCH, folder))
        self.sparse(os.path.join(folder, "md"), 0x40000000)
        program = self.with_minidisk(guest("reader", call(0x20, 0, DATA, 4) + call(0, 0), bytes(4)), 0x40000000)
        ended = run("--root", os.path.join(SCRATCH, "full"), "--memory", "16M", program)
        self.assertIn(b"found 1073741824 bytes of memory more, expected room within --memory", ended.stderr)


if __name__ == "__main__":
    CMOS_RUN, SAMPLES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as SCRATCH:
        unittest.main(argv=sys.argv[:1] + sys.argv[3:])
