#!/usr/bin/env python3
"""cmos-run and its host: signals, terminals, colours, closed and full outputs (abi 3, 6).

    cmos_run_host.py CMOS_RUN SAMPLES [test…]
"""
import os
import pathlib
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import terminal  # noqa: E402

CMOS_RUN = SAMPLES = SCRATCH = ""


def sample(name, arch="8664"):
    return os.path.join(SAMPLES, arch, name + ".cpe")


def guest(name, code, data=b"", symbols=b""):
    """A CPE for x86-64 of `code`, with `data` at 0x400100."""
    raw = code.ljust(0x100, b"\x90") + data
    section = struct.pack("<I", len(symbols)) + symbols + raw
    section += bytes(-len(section) % 16)
    header = b"CMOS\1" + b"8664" + struct.pack("<IIIII", 0, 0, 0, len(section), 0)
    path = os.path.join(SCRATCH, name + ".cpe")
    pathlib.Path(path).write_bytes(header + section + bytes(5))
    return path


def call(number, *arguments):
    moves = (b"\xb9", b"\xba", b"\xbf")  # mov ecx|edx|edi, imm32
    code = b"".join(move + struct.pack("<I", value) for move, value in zip(moves, arguments))
    return code + b"\xb8" + struct.pack("<I", number) + b"\xcd\x80"


LOOP = b"\xeb\xfe"
DATA = 0x400100


def says_ready_then(code):
    return guest("ready", call(1, DATA, 6, 0) + code, b"ready\n")


def run(*arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([CMOS_RUN, *arguments], capture_output="stdout" not in options, timeout=120, **options)


class Terminal(unittest.TestCase):
    def start(self, *arguments, env=None):
        job = terminal.Job([CMOS_RUN, *arguments], env)
        self.addCleanup(job.close)
        return job

    def test_ctrl_c_ends_a_loop_with_a_report(self):
        job = self.start(says_ready_then(LOOP))
        job.read_until(b"ready")
        job.type(b"\x03")
        self.assertEqual(job.state(), "exited 130")
        self.assertIn(b"cmos-run: ", job.rest())

    def test_ctrl_c_ends_a_guest_that_waits_for_input(self):
        job = self.start(sample("echo"))
        job.type(b"line\n")
        job.read_until(b"line\r\nline\r\n")
        job.type(b"\x03")
        self.assertEqual(job.state(), "exited 130")

    def test_ctrl_c_restores_the_terminal_in_raw_mode(self):
        job = self.start(sample("echo"), "raw")
        before = job.first_modes
        job.type(b"a")
        job.read_until(b"key 97")
        self.assertFalse(job.takes_lines())
        job.type(b"\x03")
        self.assertEqual(job.state(), "exited 130")
        self.assertEqual(job.modes(), before)

    def test_sigterm_and_sighup_restore_the_terminal(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            job = self.start(sample("echo"), "raw")
            before = job.first_modes
            job.type(b"a")
            job.read_until(b"key 97")
            job.signal(number)
            self.assertEqual(job.state(), f"exited {128 + number}")
            self.assertEqual(job.modes(), before)

    def test_sigquit_kills_but_restores_the_terminal(self):
        job = self.start(sample("echo"), "raw")
        before = job.first_modes
        job.type(b"a")
        job.read_until(b"key 97")
        job.signal(signal.SIGQUIT)
        self.assertEqual(job.state(), f"killed {signal.SIGQUIT.value}")
        self.assertEqual(job.modes(), before)

    def test_a_fault_and_an_exit_restore_the_terminal(self):
        read_key = call(2, 2)
        for code, end in ((b"\x0f\x0b", "exited 132"), (call(0, 7), "exited 7")):
            job = self.start(guest("key", read_key + code))
            before = job.first_modes
            job.type(b"k")
            self.assertEqual(job.state(), end)
            self.assertEqual(job.modes(), before)

    def test_ctrl_z_restores_the_terminal_and_going_on_sets_it_again(self):
        job = self.start(sample("echo"), "raw")
        before = job.first_modes
        job.type(b"a")
        job.read_until(b"key 97")
        for _ in range(2):
            job.type(b"\x1a")
            self.assertEqual(job.state(), "stopped")
            self.assertEqual(job.modes(), before)
            job.go_on()
            job.type(b"b")  # before the modes are set it would be echoed; it arrives without Enter in any case
            job.read_until(b"key 98")
            self.assertFalse(job.takes_lines())
        job.type(b"q")
        self.assertEqual(job.state(), "exited 0")
        self.assertEqual(job.modes(), before)

    def test_a_password_is_not_shown(self):
        quiet = self.start(sample("echo"), "noecho")
        quiet.type(b"first\n")
        quiet.read_until(b"first\r\n")
        while quiet.echoes():  # what appeared may have been the terminal's echo, before the guest asked
            quiet.type(b"again\n")
            quiet.read_until(b"again\r\n")
        quiet.type(b"hidden\n")
        seen = quiet.read_until(b"hidden\r\n")
        quiet.type(b"\x04")
        self.assertEqual(quiet.state(), "exited 0")
        self.assertEqual((seen + quiet.rest()).count(b"hidden"), 1)

    def test_ctrl_d_is_the_end_of_input(self):
        job = self.start(sample("echo"))
        job.type(b"ab\n\x04")
        job.read_until(b"bytes: 3")
        self.assertEqual(job.state(), "exited 0")

    def test_colours_appear_on_a_terminal_unless_refused(self):
        red = b"\x1b[38;2;"
        self.assertIn(red, self.start(sample("colours")).rest())
        self.assertNotIn(b"\x1b", self.start("--color=never", sample("colours")).rest())
        self.assertNotIn(b"\x1b", self.start(sample("colours"), env={"NO_COLOR": "1"}).rest())
        self.assertIn(red, self.start("--color=always", sample("colours"), env={"NO_COLOR": "1"}).rest())
        self.assertNotIn(b"\x1b", self.start(sample("colours"), env={"TERM": "dumb"}).rest())


class Signals(unittest.TestCase):
    def test_sigterm_ends_a_guest_without_a_terminal(self):
        process = subprocess.Popen([CMOS_RUN, guest("wait", call(2, 0) + LOOP)], stdin=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        with process:
            process.stdin.write(b"x")
            process.stdin.flush()
            # Until the guest runs there is no handler, and SIGTERM would kill: its state tells.
            while not caught(process.pid, signal.SIGTERM):
                pass
            process.send_signal(signal.SIGTERM)
            self.assertIn(b"cmos-run: ", process.stderr.read())
        self.assertEqual(process.returncode, 143)

    def test_an_ignored_signal_stays_ignored(self):
        process = subprocess.Popen([CMOS_RUN, sample("echo")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        with process:
            while not caught(process.pid, signal.SIGTERM):
                pass
            process.send_signal(signal.SIGHUP)
            process.stdin.close()
            self.assertIn(b"bytes: 0", process.stdout.read())
        self.assertEqual(process.returncode, 0)


def caught(pid, number):
    """Whether the process that cmos-run (the supervisor) has started for the guest has a handler for a signal."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    if not children:
        return False
    status = pathlib.Path(f"/proc/{children[0]}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return int(mask, 16) >> (number - 1) & 1


class Outputs(unittest.TestCase):
    def test_colours_are_not_written_to_a_pipe_unless_wanted(self):
        self.assertNotIn(b"\x1b", run(sample("colours")).stdout)
        self.assertIn(b"\x1b[38;2;", run("--color=always", sample("colours")).stdout)

    def test_a_full_device_is_reported(self):
        with open("/dev/full", "wb") as full:
            ended = run(sample("hello"), stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(ended.returncode, 125)
        self.assertIn(b"standard output: No space left on device", ended.stderr)

    def test_a_closed_stdout_is_reported(self):
        ended = subprocess.run(["/bin/sh", "-c", 'exec "$0" "$1" >&-', CMOS_RUN, sample("hello")], capture_output=True)
        self.assertEqual(ended.returncode, 125)
        self.assertIn(b"standard output: ", ended.stderr)

    def test_closed_stdin_and_stderr_do_no_harm(self):
        ended = subprocess.run(["/bin/sh", "-c", 'exec "$0" "$1" <&- 2>&-', CMOS_RUN, sample("echo")],
                               capture_output=True)
        self.assertEqual((ended.returncode, ended.stdout), (0, b"bytes: 0\n"))

    def test_a_reader_that_goes_away_is_no_failure(self):
        reader, writer = os.pipe()
        os.close(reader)
        ended = run(sample("hello"), stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))

    def test_a_guest_is_told_that_its_reader_went_away(self):
        # More than is collected; then exit(result).
        big = guest("big", call(0x40, 0x20000) + call(1, 0x410000, 0x20000, 0) + b"\x89\xc1\xb8\0\0\0\0\xcd\x80")
        reader, writer = os.pipe()
        os.close(reader)
        ended = run(big, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        self.assertEqual(ended.returncode, -14 & 0xff)

    def test_a_guest_that_writes_on_for_no_reader_ends(self):
        write = call(1, 0x400000, 16, 0)
        endless = guest("endless", write + b"\xe9" + (-len(write) - 5).to_bytes(4, "little", signed=True))
        reader, writer = os.pipe()
        os.close(reader)
        ended = run(endless, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        self.assertEqual((ended.returncode, ended.stderr), (128 + signal.SIGPIPE, b""))

    def test_what_the_guest_did_not_read_is_left_to_the_next_program(self):
        one_line = guest("byte", call(2, 0) + call(0, 0))
        path = os.path.join(SCRATCH, "input")
        pathlib.Path(path).write_bytes(b"abc")
        with open(path, "rb") as source:
            ended = subprocess.run(["/bin/sh", "-c", '"$0" "$1"; cat', CMOS_RUN, one_line], stdin=source,
                                   capture_output=True)
        self.assertEqual(ended.stdout, b"bc")

    def test_output_stands_before_the_report(self):
        ended = run(sample("crash-null-write"), stderr=subprocess.STDOUT, stdout=subprocess.PIPE)
        ready = run(says_ready_then(b"\x0f\x0b"), stderr=subprocess.STDOUT, stdout=subprocess.PIPE)
        self.assertEqual(ended.returncode, 139)
        self.assertTrue(ready.stdout.startswith(b"ready\ncmos-run: "), ready.stdout)

    def start_and_read(self, program, expected):
        """A guest that computes for ever behind `expected`, which is read from its pipe."""
        job = subprocess.Popen([CMOS_RUN, program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(job.stdout.close)
        self.addCleanup(job.wait)
        self.addCleanup(job.kill)
        got = b""
        while len(got) < len(expected) and select.select([job.stdout], [], [], 60)[0]:
            got += os.read(job.stdout.fileno(), len(expected) - len(got)) or expected  # closed: too much
        self.assertEqual(got, expected)

    def test_output_is_seen_while_the_guest_computes(self):
        self.start_and_read(says_ready_then(LOOP), b"ready\n")
        burst = b"".join(call(1, DATA + at, 1, 0) for at in range(6))
        self.start_and_read(guest("burst", burst + LOOP, b"ready\n"), b"ready\n")
        # More than a pipe holds, whose reader comes late.
        many = b"\xbb" + struct.pack("<I", 20000) + b"\x53" + call(1, DATA, 6, 0) + b"\x5b\xff\xcb"
        many += b"\x75" + struct.pack("<b", -(len(many) - 5 + 2))
        self.start_and_read(guest("many", many + LOOP, b"ready\n"), b"ready\n" * 20000)

    def test_trace_and_output_in_one_file_are_in_order(self):
        code = call(1, DATA, 6, 0) * 2 + call(0, 0)
        program = guest("ordered", code, b"ready\n")
        ended = run("--trace", program, stderr=subprocess.STDOUT, stdout=subprocess.PIPE)
        kinds = re.sub(rb"\S+: (stdout|exit)\(.*\n|[+]{3} .*\n", rb"<\1>", ended.stdout)
        self.assertEqual(kinds, b"ready\n<stdout>" * 2 + b"<exit><>")

    def test_a_report_that_cannot_be_written_is_reported(self):
        ended = run("--report", "/nonexistent/report.json", sample("hello"))
        self.assertEqual(ended.returncode, 125)
        self.assertIn(b"/nonexistent/report.json: ", ended.stderr)


class Limits(unittest.TestCase):
    def test_a_timeout_ends_a_loop_and_a_wait_for_input(self):
        for program in (guest("loop", LOOP), guest("wait", call(2, 0) + LOOP)):
            reader, writer = os.pipe()
            ended = run("--timeout", "0.05", program, stdin=reader)
            os.close(reader)
            os.close(writer)
            self.assertEqual(ended.returncode, 124)
            self.assertIn(b"--timeout 0.05", ended.stderr)


if __name__ == "__main__":
    CMOS_RUN, SAMPLES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as SCRATCH:
        unittest.main(argv=sys.argv[:1] + sys.argv[3:])
