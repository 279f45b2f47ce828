#!/usr/bin/env python3
"""A guest that has broken out of the emulator (hostile.cc) reaches nothing of the host (docs/security.md).

    sandbox.py CMOS_RUN_HOSTILE SAMPLES
"""
import ctypes
import errno
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

HOSTILE = SAMPLES = SCRATCH = ""
SKIPPED = 77
ATTEMPTS = ("read", "write", "create", "list", "unlink", "rename", "symlink", "chmod", "utime", "truncate", "socket",
            "unix-socket", "fork", "execute", "kill", "kill-group", "queue-signal", "trace", "type", "own-signals", "limits",
            "inherited", "other-numbers")
# Without a sandbox these succeed wherever the test runs, which shows that the attempts are real.
REAL = ("read", "write", "create", "list", "unlink", "chmod", "utime", "truncate", "socket", "unix-socket", "limits",
        "inherited")


class Case(unittest.TestCase):
    attempts = 0

    def setUp(self):
        self.target = pathlib.Path(SCRATCH, "target")
        self.target.write_text("secret\n")

    def attempt(self, what, *options, **how):
        """In a root of its own: one that another run still holds is not removed."""
        Case.attempts += 1
        self.root = os.path.join(SCRATCH, f"root-{Case.attempts}")
        target = self.target
        if what in ("create", "symlink"):
            target = pathlib.Path(SCRATCH, "new")
            target.unlink(missing_ok=True)
        reader, writer = os.pipe()
        environment = {**os.environ, "HOSTILE": what,
                       "HOSTILE_TARGET": str(reader) if what == "inherited" else str(target)}
        try:
            return subprocess.run([HOSTILE, "--root", self.root, *options, os.path.join(SAMPLES, "8664", "hello.cpe")],
                                  env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=100,
                                  pass_fds=(reader,), start_new_session=True, **how)
        finally:
            os.close(reader)
            os.close(writer)


class Sandbox(Case):
    def test_nothing_of_the_host_is_reached(self):
        for what in ATTEMPTS:
            with self.subTest(attempt=what):
                ended = self.attempt(what, "--sandbox=require")
                self.assertNotIn(b"done", ended.stdout)
                if b"refused" in ended.stdout:
                    self.assertEqual(ended.returncode, 0)
                else:
                    self.assertEqual(ended.returncode, 125, ended.stderr)
                    self.assertIn(b"the emulator failed: ", ended.stderr)
                self.assertEqual(self.target.read_text(), "secret\n")
                self.assertFalse(pathlib.Path(SCRATCH, "new").exists())

    def test_a_refused_host_call_is_named(self):
        ended = self.attempt("socket")
        self.assertEqual(ended.returncode, 125)
        self.assertIn(b"hello.cpe: the emulator failed: it made host call ", ended.stderr)
        self.assertIn(b", which the sandbox does not allow", ended.stderr)

    def test_the_attempts_are_real(self):
        for what in REAL:
            with self.subTest(attempt=what):
                self.assertIn(b"done", self.attempt(what, "--sandbox=off").stdout)
                self.target.unlink(missing_ok=True)
                self.target.write_text("secret\n")

    def test_the_root_is_only_there_while_it_is_needed(self):
        self.assertEqual(self.attempt("").returncode, 0)
        self.assertFalse(os.path.exists(self.root))

    def test_it_holds_without_a_supervisor_too(self):
        for what in ("read", "write", "create", "unlink", "socket", "fork", "execute", "kill"):
            with self.subTest(attempt=what):
                ended = self.attempt(what, "--no-supervise", "--sandbox=require")
                self.assertNotIn(b"done", ended.stdout)
                self.assertIn(ended.returncode, (0, -signal.SIGSYS))
                self.assertEqual(self.target.read_text(), "secret\n")
        self.assertFalse(os.path.exists(self.root))

    def test_a_host_that_lacks_a_part_gives_the_other(self):
        for missing, kept in ((LANDLOCK, "socket"), (SECCOMP, "read")):
            with self.subTest(missing=missing):
                ended = self.attempt(kept, preexec_fn=lambda number=missing: refuse_call(number))
                self.assertNotIn(b"done", ended.stdout)
                refused = self.attempt(kept, "--sandbox=require", preexec_fn=lambda number=missing: refuse_call(number))
                self.assertEqual((refused.returncode, refused.stdout), (125, b""))
                self.assertIn(b"--sandbox=require: this host cannot confine the emulator: ", refused.stderr)


LANDLOCK = 444
SECCOMP = {"x86_64": 317, "aarch64": 277}.get(os.uname().machine)


def refuse_call(number):
    """From now on this process's host has no such call."""
    load, equal, answer = 0x20, 0x15, 0x06
    allow, no_such_call = 0x7fff0000, 0x00050000 | errno.ENOSYS
    code = b"".join(struct.pack("<HBBI", *one) for one in
                    ((load, 0, 0, 0), (equal, 0, 1, number), (answer, 0, 0, no_such_call), (answer, 0, 0, allow)))
    program = ctypes.create_string_buffer(code)
    libc = ctypes.CDLL(None, use_errno=True)
    head = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(program)))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, head) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    HOSTILE, SAMPLES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    hello = subprocess.run([HOSTILE, "--sandbox=require", os.path.join(SAMPLES, "8664", "hello.cpe")], capture_output=True,
                           stdin=subprocess.DEVNULL, timeout=100)
    if b"cannot confine" in hello.stderr:
        print("skipped:", hello.stderr.decode())
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as SCRATCH:
        unittest.main(argv=sys.argv[:1] + sys.argv[3:])
