#!/usr/bin/env python3
"""CP/M programs under cmos-run --os=cpm: console, files, directory, random access, drives, limits, faults.

    cpm.py CMOS_RUN [test…]
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

CMOS_RUN = ""
BDOS = b"\xcd\x05\x00"
FCB1, DMA = 0x5C, 0x80
DATA = 0x400  # where the tests' programs keep what they print or use


def word(value):
    return value.to_bytes(2, "little")


def call(function, de=None):
    """ld de,…; ld c,function; call 5"""
    return (b"" if de is None else b"\x11" + word(de)) + b"\x0e" + bytes([function]) + BDOS


def say_hex_a():
    """Prints A as a letter: 'A' + A, 'Z' for 0xff."""
    # cp ff; jr nz,+4; ld a,'Z'; jr +2; add a,'A'; ld e,a; ld c,2; call 5
    return b"\xfe\xff\x20\x04\x3e\x5a\x18\x02\xc6\x41\x5f\x0e\x02" + BDOS


def program(code, data=b""):
    """A .com file with `data` at DATA."""
    assert len(code) <= DATA - 0x100
    return code.ljust(DATA - 0x100, b"\0") + data


def fcb(name, drive=0):
    stem, _, kind = name.partition(".")
    return bytes([drive]) + stem.ljust(8).encode() + kind.ljust(3).encode() + bytes(24)


EXIT = b"\xc3\x00\x00"


class Cpm(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="cmos-cpm-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.drive = self.folder / "a"
        self.drive.mkdir()

    def run_com(self, content, *arguments, options=(), stdin=b"", status=0):
        path = self.folder / "prog.com"
        path.write_bytes(content)
        typed = self.folder / "typed"
        typed.write_bytes(stdin)
        # Of a pipe nobody knows whether its first byte is there when the program asks.
        with typed.open("rb") as keyboard:
            done = subprocess.run(
                [CMOS_RUN, "--os=cpm", "--root", self.folder / "root", "--mount", f"A:={self.drive}", *options, path, *arguments],
                stdin=keyboard, capture_output=True, timeout=100, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    # ---- CPU ----------------------------------------------------------------------------------

    def test_which_cpu_it_is(self):
        # 7f + 1: an overflow, which a Z80 has in the flag that an 8080 has for parity alone.
        code = b"\x3e\x7f\xc6\x01" + b"\x1e8" + b"\xe2\x0b\x01" + b"\x1eZ" + b"\x0e\x02" + BDOS + EXIT
        self.assertEqual(self.run_com(code).stdout, b"Z")
        self.assertEqual(self.run_com(code, options=["--cpu=Z80"]).stdout, b"Z")
        self.assertEqual(self.run_com(code, options=["--cpu", "8080"]).stdout, b"8")
        done = self.run_com(code, options=["--cpu=6502"], status=125)
        self.assertEqual(done.stderr, b"cmos-run: --cpu 6502: CP/M's are Z80 and 8080\n")

    def test_an_8080_has_all_restarts_and_ends_by_hlt(self):
        # ld a,ret; ld (30h),a; rst 6; then a string, files and the end as on a Z80.
        code = b"\x3e\xc9\x32\x30\x00\xf7" + call(9, DATA)
        done = self.run_com(program(code + EXIT, b"back\r\n$"), options=["--cpu=8080"])
        self.assertEqual((done.stdout, done.stderr), (b"back\r\n", b""))
        done = self.run_com(program(code + b"\x76", b"$"), options=["--cpu=8080"], status=139)
        self.assertIn(b"fault at 0x010e: HLT", done.stderr)
        self.assertIn(b"hlt", done.stderr)

    # ---- console ------------------------------------------------------------------------------

    def test_a_string_and_three_ways_to_end(self):
        for ending in (EXIT, b"\xc9", call(0)):
            done = self.run_com(program(call(9, DATA) + ending, b"Hello\r\n$"))
            self.assertEqual((done.stdout, done.stderr), (b"Hello\r\n", b""))

    def test_the_command_tail_and_the_fcbs(self):
        # The tail's length, then the tail itself, then both names.
        show = b"\x3a\x80\x00" + say_hex_a() + call(9, 0x81)
        names = b"".join(call(2, 0) for _ in range(0))
        done = self.run_com(program(b"\x3e\x24\x32\x8a\x00" + show + names + EXIT), "b:one.t", "*.C")
        self.assertEqual(done.stdout, bytes([0x41 + 12]) + b" B:ONE.T ")
        copy = b"".join(b"\x3a" + word(at) + b"\x5f\x0e\x02" + BDOS for at in range(0x5D, 0x68))
        done = self.run_com(program(b"\x3a\x5c\x00" + say_hex_a() + copy + EXIT), "b:one.t")
        self.assertEqual(done.stdout, b"CONE     T  ")
        copy = b"".join(b"\x3a" + word(at) + b"\x5f\x0e\x02" + BDOS for at in range(0x6D, 0x78))
        done = self.run_com(program(copy + EXIT), "b:one.t", "ab*.C")
        self.assertEqual(done.stdout, b"AB??????C  ")

    def test_input_by_character_and_by_line(self):
        echo = call(1) + say_hex_a() + EXIT
        self.assertEqual(self.run_com(program(echo), stdin=b"\1").stdout, b"B")
        self.assertEqual(self.run_com(program(echo), stdin=b"\n").stdout, bytes([0x41 + 13]))
        self.assertEqual(self.run_com(program(echo), stdin=b"").stdout, bytes([0x41 + 26]))
        line = call(10, DATA) + b"\x3a" + word(DATA + 1) + say_hex_a() + call(9, DATA + 2) + EXIT
        done = self.run_com(program(line, b"\x14\0" + b"$" * 40), stdin=b"abx\x08c\nrest")
        self.assertEqual(done.stdout, b"Dabc"[:1] + b"abc")

    def test_direct_input_says_that_there_is_none_or_what_it_is(self):
        direct = call(6, 0xFF) + say_hex_a() + EXIT
        self.assertEqual(self.run_com(program(direct), stdin=b"\2").stdout, b"C")

    def test_the_bios_console(self):
        # ld hl,(1); ld l,0ch (conout); ld c,'x'; call (hl) by pushing the return address
        out = b"\x2a\x01\x00\x2e\x0c\x11\x0d\x01\xd5\x0e\x78\xe9\x00" + EXIT
        self.assertEqual(self.run_com(program(out)).stdout, b"x")

    # ---- files --------------------------------------------------------------------------------

    def test_what_is_written_is_in_the_folder_as_it_was_written(self):
        write = (call(22, DATA) + say_hex_a() + call(26, DATA + 0x40) + call(21, DATA) + say_hex_a() + call(21, DATA)
                 + say_hex_a() + call(16, DATA) + say_hex_a() + EXIT)
        record = bytes(range(128))
        done = self.run_com(program(write, fcb("OUT.BIN").ljust(0x40, b"\0") + record))
        self.assertEqual(done.stdout, b"AAAA")
        self.assertEqual((self.drive / "OUT.BIN").read_bytes(), record * 2)

    def test_reading_ends_where_the_file_does_and_fills_with_ctrl_z(self):
        (self.drive / "in.txt").write_bytes(b"x" * 128 + b"yz$")
        read = (call(15, DATA) + say_hex_a() + call(20, DATA) + say_hex_a() + call(20, DATA) + say_hex_a()
                + call(9, DMA) + b"\x3a\x84\x00" + say_hex_a() + call(20, DATA) + say_hex_a() + EXIT)
        done = self.run_com(program(read, fcb("IN.TXT")))
        self.assertEqual(done.stdout, b"AAAyz" + bytes([0x41 + 26]) + b"B")

    def test_a_file_that_is_not_there(self):
        for function in (15, 16, 17, 19, 23, 35):
            done = self.run_com(program(call(function, DATA) + say_hex_a() + EXIT, fcb("NO.TXT")))
            self.assertEqual(done.stdout, b"Z", function)

    def test_more_than_one_extent(self):
        (self.drive / "BIG.DAT").write_bytes(bytes(128 * 200) + b"last$".ljust(128, b"\0"))
        # 201 records in a loop: ld b,201; push bc; call read; pop bc; djnz
        loop = b"\x06\xc9\xc5" + call(20, DATA) + b"\xc1\x10\xf4"
        done = self.run_com(program(call(15, DATA) + loop + call(9, DMA) + b"\x3a" + word(DATA + 12) + say_hex_a() + EXIT,
                                    fcb("BIG.DAT")))
        self.assertEqual(done.stdout, b"lastB")

    def test_random_access(self):
        (self.drive / "R.DAT").write_bytes(b"".join(bytes([n]) * 128 for n in range(5)))
        at = fcb("R.DAT")[:33] + bytes([3, 0, 0])
        read = call(15, DATA) + call(33, DATA) + say_hex_a() + b"\x3a\x80\x00" + say_hex_a()
        done = self.run_com(program(read + call(35, DATA) + b"\x3a" + word(DATA + 33) + say_hex_a() + EXIT, at))
        self.assertEqual(done.stdout, b"ADF")
        beyond = fcb("R.DAT")[:33] + bytes([9, 0, 0])
        self.assertEqual(self.run_com(program(call(33, DATA) + say_hex_a() + EXIT, beyond)).stdout, b"B")
        too_far = fcb("R.DAT")[:33] + bytes([0, 0, 1])
        self.assertEqual(self.run_com(program(call(33, DATA) + say_hex_a() + EXIT, too_far)).stdout, b"G")
        write = call(34, DATA) + say_hex_a() + EXIT
        self.assertEqual(self.run_com(program(write, beyond)).stdout, b"A")
        self.assertEqual((self.drive / "R.DAT").stat().st_size, 10 * 128)

    def test_the_directory(self):
        for name in ("ONE.C", "two.c", "THREE.TXT", "too-long-name.c", "no.longtype"):
            (self.drive / name).write_bytes(b"1")
        (self.drive / "LINK.C").symlink_to("/etc/passwd")
        (self.drive / "DIR.C").mkdir()
        show = b"\x3a\x81\x00\x5f\x0e\x02" + BDOS
        listing = call(17, DATA) + say_hex_a() + show + call(18) + say_hex_a() + show + call(18) + say_hex_a() + EXIT
        done = self.run_com(program(listing, fcb("????????.C")))
        self.assertEqual(done.stdout, b"AOATZ")

    def test_renaming_and_deleting(self):
        (self.drive / "OLD.TXT").write_bytes(b"1")
        names = fcb("OLD.TXT")[:16] + fcb("NEW.TXT")[:20]
        self.assertEqual(self.run_com(program(call(23, DATA) + say_hex_a() + EXIT, names)).stdout, b"A")
        self.assertEqual([one.name for one in self.drive.iterdir()], ["NEW.TXT"])
        (self.drive / "B.TXT").write_bytes(b"1")
        self.assertEqual(self.run_com(program(call(19, DATA) + say_hex_a() + EXIT, fcb("????????.TXT"))).stdout, b"A")
        self.assertEqual(list(self.drive.iterdir()), [])

    def test_users_have_files_of_their_own(self):
        make = call(32, 3) + call(22, DATA) + say_hex_a() + call(32, 0) + call(15, DATA) + say_hex_a() + EXIT
        self.assertEqual(self.run_com(program(make, fcb("U.TXT"))).stdout, b"AZ")
        self.assertTrue((self.drive / "3" / "U.TXT").is_file())

    # ---- drives -------------------------------------------------------------------------------

    def test_drives_read_only_drives_and_those_that_are_not_there(self):
        other = self.folder / "b"
        other.mkdir()
        (other / "X.TXT").write_bytes(b"1")
        mount = ("--mount", f"B:={other}:ro")
        opened = call(15, DATA) + say_hex_a() + call(19, DATA) + say_hex_a() + EXIT
        self.assertEqual(self.run_com(program(opened, fcb("X.TXT", 2)), options=mount).stdout, b"AZ")
        self.assertTrue((other / "X.TXT").exists())
        select = call(14, 1) + say_hex_a() + call(25) + say_hex_a() + call(14, 2) + say_hex_a() + EXIT
        self.assertEqual(self.run_com(program(select), options=mount).stdout, b"ABZ")

    def test_nothing_outside_of_a_drive_can_be_reached(self):
        (self.folder / "SECRET").write_bytes(b"1")
        (self.drive / "S.TXT").symlink_to(self.folder / "SECRET")
        (self.drive / "D").mkdir()
        (self.drive / "D/IN").write_bytes(b"2")
        # Eleven bytes of an FCB, with the dot that a host's name has in front of a type, and without one.
        for name in (b"../SECRET  ", b"../SECR ET ", b"..         ", b"/etc       ", b"D/IN       ", b"S       TXT"):
            block = b"\0" + name + bytes(24)
            for function in (15, 16, 19, 20, 22, 21, 23, 33, 34):
                for sandbox in ("auto", "off"):
                    done = self.run_com(program(call(function, DATA) + say_hex_a() + EXIT, block), options=("--sandbox", sandbox))
                    self.assertNotEqual(done.stdout, b"A", (name, function, sandbox))
        self.assertEqual((self.folder / "SECRET").read_bytes(), b"1")
        self.assertEqual((self.drive / "D/IN").read_bytes(), b"2")
        self.assertTrue((self.drive / "S.TXT").is_symlink())

    def test_what_is_no_file_of_cp_m_is_not_replaced_by_a_rename(self):
        (self.drive / "OLD").write_bytes(b"1")
        (self.drive / "LINK").symlink_to("OLD")
        block = b"\0OLD        " + bytes(4) + b"\0LINK       " + bytes(8)
        done = self.run_com(program(call(23, DATA) + say_hex_a() + EXIT, block))
        self.assertEqual(done.stdout, b"Z")
        self.assertTrue((self.drive / "LINK").is_symlink())

    def test_whitesmith_s_objects_and_programs_for_other_addresses_are_told(self):
        for base, relocations, said in ((0, b"\0\0", b"a Whitesmith's object that is not linked"),
                                        (0x200, b"", b"a Whitesmith's program linked for 0x200")):
            config = b"\x14" if relocations else b"\x94"
            head = b"\x99" + config + bytes(2) + word(1) + bytes(6) + word(base) + word(base + 1)
            done = self.run_com(head + b"\xc9" + relocations, status=126)
            self.assertIn(said, done.stderr)
            self.assertIn(b"linked for 0x100", done.stderr)

    def test_a_folder_that_is_not_there_is_told(self):
        done = self.run_com(program(EXIT), options=("--mount", "C:=/nowhere/at/all"), status=125)
        self.assertIn(b"/nowhere/at/all", done.stderr)
        done = self.run_com(program(EXIT), options=("--mount", "Cmos:\\x=/tmp"), status=125)
        self.assertIn(b"'A:=DIR[:ro]' is expected", done.stderr)

    # ---- limits, faults, trace ----------------------------------------------------------------

    def test_limits(self):
        loop = b"\x18\xfe"
        for options, said in ((("--max-instructions", "1000"), b"--max-instructions 1000"), (("--timeout", "0.1"), b"--timeout 0.1")):
            done = self.run_com(program(loop), options=options, status=124)
            self.assertIn(b"limit " + said + b" reached", done.stderr)
        spam = call(9, DATA) + b"\x18\xf6"
        done = self.run_com(program(spam, b"0123456789$"), options=("--max-output", "25"), status=124)
        self.assertEqual(done.stdout, b"0123456789012345678901234"[:25])

    def test_a_timeout_ends_a_wait_for_input(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        path = self.folder / "wait.com"
        path.write_bytes(program(call(1) + EXIT))
        job = subprocess.Popen([CMOS_RUN, "--os=cpm", "--root", self.folder, "--timeout", "0.2", path], stdin=reader,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(reader)
        _, said = job.communicate(timeout=100)
        self.assertEqual(job.returncode, 124)
        self.assertIn(b"--timeout 0.2", said)

    def test_a_halt_is_a_fault_with_registers(self):
        done = self.run_com(program(b"\x21\x34\x12\x76"), status=128 + signal.SIGSEGV)
        self.assertIn(b"fault at 0x0103: HALT", done.stderr)
        self.assertIn(b"hl=1234", done.stderr)

    def test_the_trace_names_calls_and_files(self):
        (self.drive / "IN.TXT").write_bytes(b"x")
        done = self.run_com(program(call(15, DATA) + call(20, DATA) + call(9, DATA + 0x40) + EXIT,
                                    fcb("IN.TXT").ljust(0x40, b"\0") + b"hi$"), options=("--trace",))
        self.assertEqual(done.stderr.decode().splitlines(), [
            '0x0105: open("A:IN.TXT" record 0) = 0x00',
            '0x010d: read("A:IN.TXT" record 0) = 0x00',
            '0x0115: print_string("hi")',
            "0x0000: wboot() = ?",
        ])

    def test_unknown_calls_are_named_once(self):
        done = self.run_com(program((call(99) + say_hex_a()) * 2 + EXIT))
        self.assertEqual(done.stdout, b"AA")
        self.assertEqual(done.stderr.count(b"BDOS call 99 at 0x0102 is none of CP/M 2.2"), 1)

    def test_programs_that_are_too_large_or_missing(self):
        self.assertIn(b"expected 1 to ", self.run_com(bytes(0xFC00), status=126).stderr)
        self.assertIn(b"expected 1 to ", self.run_com(b"", status=126).stderr)
        done = subprocess.run([CMOS_RUN, "--os=cpm", self.folder / "no.com"], capture_output=True, timeout=100, check=False)
        self.assertEqual(done.returncode, 127)


if __name__ == "__main__":
    CMOS_RUN = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
