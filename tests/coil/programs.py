#!/usr/bin/env python3
"""COIL's programs run: CASM to .coil to .cbc, by cbcrun, by cmos-run, and inside of a CPE, from files of both byte orders.

    programs.py BIN_FOLDER SAMPLES
"""
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

TOOLS = SAMPLES = None
STRIDE = int(os.environ.get("CMOS_TEST_STRIDE", "1"))
RESULT = "TYPE_ABICTL=ABICTL_RET=x86_64_sysv"
PARAMETER = "TYPE_ABICTL=ABICTL_PARAM=x86_64_sysv"

# What stands before the code of all of them.
TYPES = ("TYPEDEF Number, TYPE_INT32\nTYPEDEF Row, Number[4]\nENUM Color, RED, GREEN, BLUE, 5 + 5, NEXT\n"
         "STRUCT Point, TYPE_INT8, a, TYPE_INT32, b, TYPE_FP64, c\nUNION Word, TYPE_UNT32, whole, TYPE_UNT8, first\n")
# Structures in data, behind a pointer, and what holds them.
STRUCTURES = (f"{TYPES}SECTION .data, 0x0E\norigin: DATA TYPE_STRUCT=Point, (1, 20, 2.5)\n"
              "SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_STRUCT=Point, (b=7, a=3)\nVAR #2, TYPE_INT32, 0\n"
              "VAR #3, TYPE_INT32, 0\nVAR #4, TYPE_PTR=TYPE_STRUCT=Point, origin\nSET #1, a, 5\nGET #2, #1, a\nGET #3, #1, b\nADD #2, #2, #3\n"
              f"GET #3, #4, b\nADD #2, #2, #3\nSIZEOF #3, TYPE_STRUCT=Point\nADD #2, #2, #3\nRET {RESULT}, #2\nSCOPEL\n", 5 + 7 + 20 + 16)
# A body of main, and what it returns & 0xff.
BODIES = {
    "shifts": ("VAR #1, TYPE_UNT32, 0x80000001\nVAR #2, TYPE_INT32, -128\nVAR #3, TYPE_UNT32, 0\nVAR #4, TYPE_INT32, 3\n"
               "SHR #3, #1, 28\nSAR #2, #2, #4\nSHL #4, #4, 2\nADD #2, #2, #4\nMOV #4, 0\nCMP #3, 8\nBR_NE end\nADD #4, #2, 0\n"
               f"end: RET {RESULT}, #4", -128 // 8 + 12),
    "rotations": (f"VAR #1, TYPE_UNT8, 0x81\nROL #1, #1, 1\nROR #1, #1, 3\nRET {RESULT}, #1", 0x60),
    "unsigned": ("VAR #1, TYPE_UNT64, 0xffffffffffffffff\nVAR #2, TYPE_UNT64, 10\nVAR #3, TYPE_UNT64, 0\nMOD #3, #1, #2\n"
                 f"DIV #1, #1, #2\nMOD #1, #1, 100\nADD #1, #1, #3\nRET {RESULT}, #1", 61 + 5),
    "unsigned order": ("VAR #1, TYPE_UNT32, 0xffffffff\nVAR #2, TYPE_UNT32, 1\nCMP #1, #2\nBR_GT yes\n"
                       f"RET {RESULT}, 0\nyes: RET {RESULT}, 1", 1),
    "narrow": (f"VAR #1, TYPE_INT8, 127\nINC #1\nVAR #2, TYPE_INT32, 0\nMOV #2, #1\nSUB #2, 0, #2\nRET {RESULT}, #2", 128),
    "bits": ("VAR #1, TYPE_UNT32, 0xF0\nVAR #2, TYPE_UNT32, 0\nVAR #3, TYPE_UNT32, 0\nPOPCNT #2, #1\nCLZ #3, #1\nADD #2, #2, #3\n"
             f"CTZ #3, #1\nADD #2, #2, #3\nBITSET #2, #2, 7\nRET {RESULT}, #2", (4 + 24 + 4) | 128),
    "swap": (f"VAR #1, TYPE_UNT32, 0x12345678\nBSWAP #1, #1\nMOD #1, #1, 256\nRET {RESULT}, #1", 0x12),
    "array": ("VAR #1, TYPE_ARRAY=TYPE_INT32[4], (1, 2, 3, 4)\nVAR #2, TYPE_INT32, 0\nVAR #3, TYPE_INT32, 0\nVAR #4, TYPE_INT32, 0\n"
              "UPDT #1, 2, 30\nagain: INDEX #4, #1, #3\nADD #2, #2, #4\nINC #3\nCMP #3, 4\nBR_LT again\n"
              f"RET {RESULT}, #2", 37),
    "address": ("VAR #1, TYPE_INT32, 5\nVAR #2, TYPE_PTR=TYPE_INT32\nLEA #2, #1\nMOV [#2], 44\nRET " + f"{RESULT}, #1", 44),
    "loop": (f"VAR #1, TYPE_INT32, 10\nVAR #2, TYPE_INT32, 0\nmore: ADD #2, #2, #1\nLOOP #1, more\nRET {RESULT}, #2", 55),
    "stack": (f"VAR #1, TYPE_INT32, 3\nPUSH 7\nPUSH #1\nPOP #1\nPOP #1\nPUSH 9\nRET {RESULT}, #1", 7),
    "conditional": ("VAR #1, TYPE_INT32, 3\nVAR #2, TYPE_INT32, 8\nCMP #1, #2\nMOV_LT #1, 50\nADD_GT #1, #1, 1\n"
                    f"RET {RESULT}, #1", 50),
    "floats": ("VAR #1, TYPE_FP64, 2.0\nVAR #2, TYPE_INT32, 0\nSQRT #1, #1\nMUL #1, #1, 100.0\nFLOOR #1, #1\nCONVERT #2, #1\n"
               f"RET {RESULT}, #2", 141),
    "rounding": ("VAR #1, TYPE_FP64, 2.5\nVAR #2, TYPE_FP64, -1.5\nVAR #3, TYPE_INT32, 0\nVAR #4, TYPE_INT32, 0\nROUND #1, #1\nROUND #2, #2\n"
                 f"CONVERT #3, #1\nCONVERT #4, #2\nSUB #3, #3, #4\nRET {RESULT}, #3", 4),
    "saturate": ("VAR #1, TYPE_FP64, 1e20\nVAR #2, TYPE_UNT8, 0\nCONVERT #2, #1\nRET " + f"{RESULT}, #2", 255),
    "cast": (f"VAR #1, TYPE_FP32, 1.0\nVAR #2, TYPE_UNT32, 0\nCAST #2, #1\nSHR #2, #2, 23\nRET {RESULT}, #2", 127),
    "exchange": ("VAR #1, TYPE_INT32, 1\nVAR #2, TYPE_INT32, 2\nXCHG #1, #2\nCAS #1, 2, 40\nBR_NE no\nADD #1, #1, #2\n"
                 f"no: RET {RESULT}, #1", 41),
    "minimum": (f"VAR #1, TYPE_INT32, -4\nVAR #2, TYPE_INT32, 9\nMIN #1, #1, #2\nABS #1, #1\nMAX #2, #2, #1\nADD #1, #1, #2\nRET {RESULT}, #1", 13),
    "vector minimum": ("VAR #1, TYPE_V128=TYPE_UNT64, (0xffffffffffffffff, 1)\nVAR #2, TYPE_V128=TYPE_UNT64, (2, 0x8000000000000000)\n"
                       "VAR #3, TYPE_V128=TYPE_UNT64, (0, 0)\nVAR #4, TYPE_UNT64, 0\nVAR #5, TYPE_UNT64, 0\nVMIN #3, #1, #2\nVEXTRACT #4, #3, 0\n"
                       "VEXTRACT #5, #3, 1\nADD #4, #4, #5\nMAX #3, #1, #2\nVEXTRACT #5, #3, 1\nSHR #5, #5, 59\nADD #4, #4, #5\n"
                       "VAR #6, TYPE_V128=TYPE_UNT32, (0x80000000, 4, 0, 0)\nVAR #7, TYPE_UNT32, 0\nVMIN #6, #6, 5\nVEXTRACT #7, #6, 0\n"
                       f"ADD #4, #4, #7\nVEXTRACT #7, #6, 1\nADD #4, #4, #7\nRET {RESULT}, #4", 2 + 1 + 16 + 5 + 4),
    "types": ("VAR #1, Number, 40\nVAR #2, TYPE_Row, (1, 2, 3, 4)\nVAR #3, TYPE_INT32, 0\nINDEX #3, #2, GREEN\nADD #1, #1, #3\n"
              f"SIZEOF #3, Row\nADD #1, #1, #3\nCMP #1, RED\nBR_EQ wrong\nADD #1, #1, NEXT\nwrong: RET {RESULT}, #1", 40 + 2 + 16 + 11),
    "structures": ("VAR #1, TYPE_STRUCT=Point, (b=7, a=-3)\nVAR #2, TYPE_STRUCT=Point\nVAR #3, TYPE_PTR=TYPE_STRUCT=Point\nVAR #4, TYPE_INT32, 0\n"
                   "VAR #5, TYPE_INT32, 0\nVAR #6, TYPE_FP64, 0.0\nMOV #2, #1\nSET #1, a, 100\nGET #4, #2, a\nLEA #3, #2\nSET #3, b, 40\n"
                   "GET #5, #2, b\nADD #4, #4, #5\nSET #2, c, 2.5\nGET #6, #3, c\nMUL #6, #6, 2.0\nCONVERT #5, #6\nADD #4, #4, #5\n"
                   f"MOV #5, [#2 + 4]\nADD #4, #4, #5\nRET {RESULT}, #4", -3 + 40 + 5 + 40),
    "packed and united": ("VAR #1, TYPE_UNION=Word\nVAR #2, TYPE_UNT32, 0\nVAR #3, TYPE_INT32, 0\nSET #1, whole, 0x01010101\nGET #2, #1, first\n"
                          "SIZEOF #3, TYPE_PACK=Point\nADD #2, #2, #3\nVAR #4, TYPE_PACK=Point, (2, 3, 0.0)\nGET #3, #4, b\nADD #2, #2, #3\n"
                          f"INSTANCE #5, Point\nSET #5, b, 4\nGET #3, #5, b\nADD #2, #2, #3\nRET {RESULT}, #2", 1 + 13 + 3 + 4),
    "sizes": (f"VAR #1, TYPE_INT32, 0\nVAR #2, TYPE_INT64, 0\nSIZEOF #1, TYPE_FP64\nALIGNOF #2, TYPE_INT16\nADD #2, #2, #1\nRET {RESULT}, #2", 10),
}


class Programs(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="cmos-cbc-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def tool(self, *words, status=0):
        done = subprocess.run([TOOLS / words[0], *map(str, words[1:])], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "CMOS_ROOT": str(self.folder / "root")}, check=False)
        if status is not None:
            self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done

    def build(self, source, order="little"):
        (self.folder / "p.casm").write_text(source, encoding="utf-8")
        self.tool("casm", "-g", "--endian", order, "-W", "none", "p.casm")
        self.tool("coil2cbc", "-g", "p.coil")
        self.tool("cbcvalidate", "-l", "thorough", "p.cbc")
        return (self.folder / "p.cbc").read_bytes()

    @staticmethod
    def in_cpe(image):
        """A CPE whose machine code is the image (cpe 1.1)."""
        symbols = struct.pack("<I", 0)
        code = image + bytes(-len(image) % 16)
        body = symbols + code
        head = b"CMOS" + bytes([1]) + b"_CBC" + struct.pack("<IIII", 0, 0, 0, len(body))
        data = head + bytes(4) + body + bytes(5)
        return data[:len(head)] + struct.pack("<I", zlib.crc32(data)) + data[len(head) + 4:]

    def check(self, source, result, output=""):
        for order in ("little", "big"):
            with self.subTest(order=order):
                image = self.build(source, order)
                for words in (("cbcrun", "p.cbc"), ("cmos-run", "p.cbc")):
                    done = self.tool(*words, status=result & 0xff)
                    self.assertEqual((done.stdout, done.stderr), (output, ""))
        return image

    def test_samples(self):
        known = {"hello": (0, "Hello, World!\n"), "arithmetic": (7, ""), "factorial": (120, ""), "control": (204, ""),
                 "vectors": (70, "")}
        self.assertEqual({path.stem for path in SAMPLES.glob("*.casm")}, set(known))
        for name, (result, output) in known.items():
            with self.subTest(program=name):
                self.check((SAMPLES / f"{name}.casm").read_text(encoding="utf-8"), result, output)

    def test_bodies(self):
        for name, (body, result) in BODIES.items():
            with self.subTest(body=name):
                self.check(f"{TYPES}SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\n{body}\nSCOPEL\n", result)

    def test_structures(self):
        self.check(*STRUCTURES)

    def test_inside_a_cpe(self):
        self.build((SAMPLES / "factorial.casm").read_text(encoding="utf-8"))
        made = self.in_cpe((self.folder / "p.cbc").read_bytes())
        (self.folder / "p.cpe").write_bytes(made)
        self.tool("cmos-run", "p.cpe", status=120)

    def test_packed(self):
        """cmos-pack makes a CPE of bytecode, also of that in a .coilo."""
        self.build((SAMPLES / "factorial.casm").read_text(encoding="utf-8"))
        self.tool("cmos-pack", "p.cbc", "-o", "p.cpe", "--mini-disk", "64")
        self.tool("cmos-run", "p.cpe", status=120)
        shown = self.tool("cmos-info", "--symbols", "p.cpe").stdout
        self.assertIn('"_CBC"', shown)
        self.assertIn('"main"', shown)
        for words, says in ((("--arch", "8664"), "--arch"), (("--entry", "main"), "--entry"), (("--debug-map",), "--debug-map")):
            self.assertIn(says, self.tool("cmos-pack", "p.cbc", "-o", "q.cpe", *words, status=2).stderr)
        (self.folder / "p.cbc").write_bytes((self.folder / "p.cbc").read_bytes()[:40])
        self.tool("cmos-pack", "p.cbc", "-o", "q.cpe", status=1)
        self.assertFalse((self.folder / "q.cpe").exists())

    def test_arguments_and_host_functions(self):
        source = ("EXTERN stdout\nEXTERN alloc\nSECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_INT32\n"
                  f"VAR #2, TYPE_PTR=TYPE_PTR=TYPE_UNT8\nVAR #3, TYPE_PTR=TYPE_UNT8\nMOV #1, {PARAMETER}, 0\nMOV #2, {PARAMETER}, 1\n"
                  f"MOV #3, [#2 + 8]\nCALL stdout, #3, 3, 0\nCALL alloc, 4096\nMOV #3, {RESULT}\nMOV [#3], 9\nVAR #4, TYPE_UNT8, 0\n"
                  f"MOV #4, [#3]\nADD #1, #1, #4\nRET {RESULT}, #1\nSCOPEL\n")
        for order in ("little", "big"):
            self.build(source, order)
            done = self.tool("cbcrun", "p.cbc", "abc", "d", status=12)
            self.assertEqual(done.stdout, "abc")
        shown = self.tool("cbcrun", "-t", "basic", "p.cbc", "abc", "d", status=12).stderr
        self.assertIn("stdout(", shown)
        self.assertIn("grow(", shown)
        self.assertIn("host.md_read", self.tool("cbcrun", "--list-host").stdout)

    def test_failures_say_where(self):
        body = "VAR #1, TYPE_INT32, 0\nVAR #2, TYPE_INT32, 1\nDIV #2, #2, #1\n"
        self.build(f"SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\n{body}RET\nSCOPEL\n")
        done = self.tool("cbcrun", "p.cbc", status=136)
        self.assertIn("division by zero", done.stderr)
        self.assertIn("main+0x", done.stderr)
        self.assertIn("p.casm:6", done.stderr)
        self.build("SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_INT32, [0]\nRET\nSCOPEL\n")
        self.tool("cbcrun", "p.cbc", status=139)
        self.build("SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nCALL main\nRET\n")
        self.assertIn("--stack-size", self.tool("cbcrun", "p.cbc", status=124).stderr)
        self.build("SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nagain: BR again\nRET\n")
        done = self.tool("cmos-run", "--max-instructions", "1234567", "--report", "r.json", "p.cbc", status=124)
        self.assertIn('"instructions": 1234567', (self.folder / "r.json").read_text(encoding="utf-8"))
        (self.folder / "bad.cbc").write_bytes(b"CBC\0" + bytes(40))
        self.tool("cbcrun", "bad.cbc", status=5)
        self.tool("cbcrun", "missing.cbc", status=3)
        self.tool("cbcrun", status=2)

    def test_what_bytecode_cannot_do_is_refused(self):
        for body, says in (("VAR #1, TYPE_INT128, 1", "bytecode has no TYPE_INT128"), ("INT 3", "INT has no counterpart"),
                           ("VAR #1, TYPE_STRUCT=Pair\nVAR #2, TYPE_INT32, 0\nGET #2, #1, inner", "no such field, or it is no number"),
                           ("VAR #1, TYPE_STRUCT=Pair\nVAR #2, TYPE_INT32, 0\nMOV #2, #1", "#1 is no single number"),
                           ("VAR #1, TYPE_FP64, 1.0\nSIN #1, #1", "SIN has no counterpart")):
            (self.folder / "p.casm").write_text(
                "STRUCT Inner, TYPE_INT8, a\nSTRUCT Pair, TYPE_STRUCT=Inner, inner, TYPE_INT8, b\n"
                f"SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\n{body}\nRET\nSCOPEL\n", encoding="utf-8")
            self.tool("casm", "-g", "-W", "none", "p.casm")
            (self.folder / "p.cbc").write_bytes(b"old")
            done = self.tool("coil2cbc", "p.coil", status=5)
            self.assertIn(says, done.stderr)
            self.assertIn(f"p.casm:{6 + body.count(chr(10))}:", done.stderr)
            self.assertEqual((self.folder / "p.cbc").read_bytes(), b"old")

    def test_random_expressions(self):
        """Against Python's integers, with the width of each type."""
        choose = random.Random(1)
        types = {"INT8": (8, 1), "INT16": (16, 1), "INT32": (32, 1), "INT64": (64, 1), "UNT8": (8, 0), "UNT16": (16, 0),
                 "UNT32": (32, 0), "UNT64": (64, 0)}

        def wrap(value, bits, signed):
            value &= (1 << bits) - 1
            return value - (1 << bits) if signed and value >> (bits - 1) else value

        def calculate(name, a, b, bits, signed):
            if name in ("DIV", "MOD"):
                quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
                return quotient if name == "DIV" else a - quotient * b
            if name in ("SHL", "SHR", "SAR"):
                count = b % bits
                plain = a & ((1 << bits) - 1)
                return a << count if name == "SHL" else plain >> count if name == "SHR" else wrap(plain, bits, 1) >> count
            return {"ADD": a + b, "SUB": a - b, "MUL": a * b, "AND": a & b, "OR": a | b, "XOR": a ^ b}[name]

        for _ in range(max(2, 12 // STRIDE)):
            lines, checks = [], 0
            for _ in range(25):
                name = choose.choice(list(types))
                bits, signed = types[name]
                a, b = (wrap(choose.choice([choose.getrandbits(64), choose.getrandbits(4), -choose.getrandbits(3)]), bits, signed)
                        for _ in range(2))
                operation = choose.choice(["ADD", "SUB", "MUL", "DIV", "MOD", "AND", "OR", "XOR", "SHL", "SHR", "SAR"])
                if operation in ("DIV", "MOD") and b == 0:
                    b = 1
                wanted = wrap(calculate(operation, a, b, bits, signed), bits, signed)
                checks += 1
                lines += ["SCOPEE", f"VAR #1, TYPE_{name}, {a}", f"VAR #2, TYPE_{name}, {b}", f"VAR #3, TYPE_{name}, {wanted}",
                          f"{operation} #1, #1, #2", "CMP #1, #3", f"BR_EQ fine{checks}", f"RET {RESULT}, {checks}", f"fine{checks}:", "SCOPEL"]
            source = "SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\n" + "\n".join(lines) + f"\nRET {RESULT}, 200\nSCOPEL\n"
            self.build(source)
            done = self.tool("cbcrun", "p.cbc", status=None)
            at = 10 * (done.returncode - 1)
            self.assertEqual(done.returncode, 200, (lines[at:at + 10], done.stderr))


if __name__ == "__main__":
    TOOLS, SAMPLES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=sys.argv[:1])
