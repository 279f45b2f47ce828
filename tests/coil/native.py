#!/usr/bin/env python3
"""COIL's programs run natively: coilp, cmos-ld and cmos-run on x86-64 and ARM64 give what bytecode gives.

    native.py BIN_FOLDER SAMPLES
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import generate  # noqa: E402
import shrink  # noqa: E402
from programs import BODIES, PARAMETER, RESULT, STRUCTURES, TYPES  # noqa: E402

TOOLS = SAMPLES = None
CPUS = {"cpu-x86-64": "x86_64-none-elf", "cpu-arm-64": "aarch64-none-elf"}
KNOWN = {"hello": (0, b"Hello, World!\n"), "arithmetic": (7, b""), "factorial": (120, b""), "control": (204, b""), "vectors": (70, b"")}
CLANG = shutil.which("clang-14") or shutil.which("clang")


class Native(unittest.TestCase):
    def setUp(self):
        if not CLANG:
            self.skipTest("no clang for coilp")
        holder = tempfile.TemporaryDirectory(prefix="cmos-coilp-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def tool(self, *words, status=0):
        done = subprocess.run([TOOLS / words[0], *map(str, words[1:])], cwd=self.folder, capture_output=True, timeout=120,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "CMOS_ROOT": str(self.folder / "root")}, check=False)
        if status is not None:
            self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done

    def compile(self, source, level="2", order="little"):
        (self.folder / "p.casm").write_text(source, encoding="utf-8")
        self.tool("casm", "-g", "--endian", order, "-W", "none", "p.casm")
        self.tool("coilp", f"-O{level}", "-t", ",".join(CPUS), "p.coil")

    def results(self, status=None, others=None):
        """What the program gives on each CPU."""
        out = {}
        for cpu in CPUS:
            self.tool("coilvalidate", "-l", "thorough", f"p.{cpu}.coilo")
            self.tool("cmos-ld", f"p.{cpu}.coilo", *(others(cpu) if others else ()), "-o", "p.cpe")
            done = self.tool("cmos-run", "p.cpe", status=status)
            out[cpu] = (done.returncode, done.stdout)
        return out

    def test_samples(self):
        for name, known in KNOWN.items():
            for level, order in (("0", "little"), ("2", "big")):
                with self.subTest(program=name, level=level, order=order):
                    self.compile((SAMPLES / f"{name}.casm").read_text(encoding="utf-8"), level, order)
                    self.assertEqual(self.results(), dict.fromkeys(CPUS, known))

    def test_bodies(self):
        """All of them in one program, which returns the number of the first that is wrong."""
        parts, main = [], ["SYM main, TYPE_PARAM0=GLOB", "SCOPEE", "VAR #1, TYPE_INT32, 0"]
        for number, (body, result) in enumerate(BODIES.values()):
            parts += [f"SYM f{number}, TYPE_PARAM0=FILE", "SCOPEE", body, "SCOPEL"]
            main += [f"CALL f{number}", f"MOV #1, {RESULT}", "AND #1, #1, 255", f"CMP #1, {result & 0xff}", f"BR_EQ fine{number}",
                     f"RET {RESULT}, {number}", f"fine{number}:"]
        source = TYPES + "SECTION .text, 5\n" + "\n".join([*parts, *main, f"RET {RESULT}, 200", "SCOPEL", ""])
        for level, order in (("0", "big"), ("2", "little")):
            self.compile(source, level, order)
            found = {cpu: list(BODIES)[status] if status < len(BODIES) else status for cpu, (status, _) in self.results().items()}
            self.assertEqual(found, dict.fromkeys(CPUS, 200), (level, order))

    def written(self, parts, level, native=lambda source: source):
        """What the program writes by "bytecode" and on each CPU, whose code is made of native(source); None when it is no program."""
        source = generate.program(parts)
        out = {}
        for way, text in {"bytecode": source, "native": native(source)}.items():
            (self.folder / "p.casm").write_text(text, encoding="utf-8")
            made = [self.tool("casm", "-W", "none", "p.casm", status=None)]
            if way == "bytecode":
                made += [self.tool(*words, status=None) for words in (("coil2cbc", "p.coil"), ("cbcvalidate", "p.cbc"))]
                out[way] = self.tool("cbcrun", "--max-instructions", "10000000", "p.cbc", status=None)
            else:
                made.append(self.tool("coilp", f"-O{level}", "-t", ",".join(CPUS), "p.coil", status=None))
                for cpu in CPUS:
                    made.append(self.tool("cmos-ld", f"p.{cpu}.coilo", "-o", "p.cpe", status=None))
                    out[cpu] = self.tool("cmos-run", "--max-instructions", "10000000", "p.cpe", status=None)
            if any(done.returncode != 0 for done in made):
                return None
        return {way: (done.returncode, done.stdout) for way, done in out.items()} if out["bytecode"].returncode == 0 else None

    def shortest(self, part, level, **native):
        """The lines of a function for which bytecode and native code differ, as few as it goes."""
        def differs(lines):
            if not lines or not lines[0].startswith("SYM "):
                return False
            found = self.written([lines], level, **native)
            return found is not None and len(set(found.values())) > 1
        return shrink.shrink(part, differs) if differs(part) else part

    def test_interpreter_and_native_code_agree(self):
        """CMOS_COIL_PROGRAMS says how many programs of 40 functions are made."""
        for seed in range(int(os.environ.get("CMOS_COIL_PROGRAMS", "1"))):
            with self.subTest(seed=seed):
                parts, level = generate.functions(seed, 40), "2" if seed % 2 == 0 else "0"
                found = self.written(parts, level)
                wanted = found["bytecode"]
                self.assertEqual(len(wanted[1]), 8 * len(parts))
                for cpu in CPUS:
                    different = [i for i in range(len(parts)) if found[cpu][1][8 * i:8 * i + 8] != wanted[1][8 * i:8 * i + 8]]
                    if different or found[cpu] != wanted:
                        self.fail("\n".join([f"{cpu}, -O{level}: functions {different}", *self.shortest(parts[(different or [0])[0]], level)]))

    def test_a_difference_is_shown_in_a_few_lines(self):
        """As if native code took SAR for SHR."""
        def wrong(source):
            return source.replace("SAR ", "SHR ")
        for part in generate.functions(1, 40):
            found = self.written([part], "0", native=wrong)
            if len(set(found.values())) > 1:
                break
        lines = self.shortest(part, "0", native=wrong)
        self.assertEqual(sum("SAR" in line for line in lines), 1, lines)
        self.assertLessEqual(len(lines), 10, lines)

    def test_c_and_coil_call_each_other(self):
        source = ("EXTERN twice\nEXTERN half\nSECTION .data, 0x0E\nlimit: DATA TYPE_INT64, 1000\nSECTION .text, 5\n"
                  "SYM mix, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_INT32\nVAR #2, TYPE_FP64\nVAR #3, TYPE_PTR=TYPE_INT16\nVAR #4, TYPE_INT8\n"
                  f"MOV #1, {PARAMETER}, 0\nMOV #2, {PARAMETER}, 1\nMOV #3, {PARAMETER}, 2\nMOV #4, {PARAMETER}, 3\n"
                  f"CALL twice, {PARAMETER}, #1\nMOV #1, {RESULT}\nCALL half, #2\nMOV #2, {RESULT}\nVAR #5, TYPE_INT32, 0\nCONVERT #5, #2\n"
                  "ADD #1, #1, #5\nVAR #6, TYPE_INT16, 0\nMOV #6, [#3 + 2]\nADD #1, #1, #6\nVAR #7, TYPE_INT32, 0\nCONVERT #7, #4\nADD #1, #1, #7\n"
                  f"RET {RESULT}, #1\nSCOPEL\n")
        self.compile(source)
        (self.folder / "c.c").write_text(
            "int mix(int, double, short*, signed char);\nint twice(int x) { return 2 * x; }\ndouble half(double x) { return x / 2; }\n"
            "extern long long limit;\nint main(void) { static short s[2] = {7, 9}; return limit == 1000 ? mix(10, 21.0, s, -3) : 1; }\n",
            encoding="utf-8")

        def c_object(cpu):
            subprocess.run([CLANG, "-target", CPUS[cpu], "-ffreestanding", "-fno-pic", "-O1", "-c", "c.c", "-o", "c.o"], cwd=self.folder, check=True)
            return ("c.o", "-e", "main")
        (self.folder / "p.casm").write_text(source.replace("limit: ", "GLOBAL limit\nlimit: "), encoding="utf-8")
        self.tool("casm", "-W", "none", "p.casm")
        self.tool("coilp", "-t", ",".join(CPUS), "p.coil")
        self.assertEqual(self.results(20 + 10 + 9 - 3, c_object), dict.fromkeys(CPUS, (36, b"")))

    def test_structures(self):
        source, result = STRUCTURES
        for order in ("little", "big"):
            self.compile(source, "2", order)
            self.assertEqual(self.results(), dict.fromkeys(CPUS, (result, b"")))

    def test_source_lines(self):
        """A fault in a function that an INCLUDE brings, and its caller in the program's own file."""
        (self.folder / "half.casm").write_text(
            f"SCOPEE\nVAR #1, TYPE_INT32\nMOV #1, {PARAMETER}, 0\nVAR #2, TYPE_INT32, 100\nDIV #2, #2, #1\nRET {RESULT}, #2\nSCOPEL\n",
            encoding="utf-8")
        source = ("SECTION .text, 5\nSYM half, TYPE_PARAM0=GLOB\nINCLUDE \"half.casm\"\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\n"
                  f"VAR #1, TYPE_INT32, 2\nagain: CALL half, #1\nDEC #1\nBR again\nSCOPEL\n")
        (self.folder / "p.casm").write_text(source, encoding="utf-8")
        self.tool("casm", "-g", "-W", "none", "p.casm")
        for level in ("0", "2"):
            for cpu in CPUS:
                self.tool("coilp", "-g", f"-O{level}", "-t", cpu, "p.coil")
                self.tool("coilvalidate", "-l", "thorough", "p.coilo")
                self.tool("cmos-ld", "--debug-map", "p.coilo", "-o", "p.cpe")
                shown = self.tool("cmos-run", "p.cpe", status=None).stderr.decode()
                self.assertIn("half.casm:5", shown, (level, cpu))
                if level == "0":  # else it is one function with its caller
                    self.assertIn("p.casm:7", shown, (level, cpu))
        self.assertIn("CONTENTS, READONLY, DEBUGGING", self.tool("cmos-objdump", "-h", "p.coilo").stdout.decode().replace("RELOC, ", ""))
        self.tool("casm", "-W", "none", "p.casm", "-o", "q.coil")
        for tool in ("coilp", "coil2cbc"):
            self.assertIn("q.coil: there is no debug information", self.tool(tool, "-g", "q.coil").stderr.decode())
        lines = self.tool("coilp", "-S", "p.coil", "-o", "plain.s")
        self.assertEqual(lines.stderr, b"")
        self.assertNotIn(".loc", (self.folder / "plain.s").read_text(encoding="utf-8"))

    DELAYED = (f"SECTION .data, 0x0E\nlimit: DATA TYPE_INT32, 30\nSECTION .text, 5\nSYM seven, TYPE_PARAM0=FILE\nRET {RESULT}, 7\n"
               f"SYM main, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_INT32, 0\nCALL late, 5\nMOV #1, {RESULT}\nRET {RESULT}, #1\nSCOPEL\n"
               f"SECTION .later, 5\nSYM late, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_INT32\nMOV #1, {PARAMETER}, 0\nVAR #2, TYPE_INT32, 0\n"
               f"CALL seven\nMOV #2, {RESULT}\nADD #1, #1, #2\nMOV #2, [limit]\nADD #1, #1, #2\nRET {RESULT}, #1\nSCOPEL\n"
               "SECTION .gpu, 5, TARGET=2\nSYM shader, TYPE_PARAM0=GLOB\nRET\n")

    def test_delayed_code_and_bytecode(self):
        """Native code, COIL that waits and bytecode in one .coilo; a second run compiles what waited."""
        native, bytecode, debugging = 1, 2, 4
        (self.folder / "p.casm").write_text(self.DELAYED, encoding="utf-8")
        self.tool("casm", "-g", "-W", "none", "p.casm")
        for level in ("0", "2"):
            for cpu in CPUS:
                self.tool("coilp", "-g", f"-O{level}", "-t", cpu, "--delay", ".later", "--cbc", "p.coil", "-o", "part.coilo")
                self.tool("coilvalidate", "-l", "thorough", "part.coilo")
                self.assertEqual((self.folder / "part.coilo").read_bytes()[7], native | bytecode | debugging)
                refused = self.tool("cmos-ld", "part.coilo", "-o", "p.cpe", status=None)
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn("'late', whose COIL waits to be compiled", refused.stderr.decode())
                self.tool("cmos-pack", "part.coilo", "-o", "p.cpe")
                self.tool("cmos-run", "p.cpe", status=42)
                self.tool("coilp", "-g", f"-O{level}", "part.coilo", "-o", "p.coilo")
                self.tool("coilvalidate", "-l", "thorough", "p.coilo")
                self.tool("cmos-ld", "--debug-map", "p.coilo", "-o", "p.cpe")
                self.tool("cmos-run", "p.cpe", status=42)
        shown = self.tool("cmos-objdump", "-d", "part.coilo").stdout.decode()
        self.assertIn("CALL\tseven", shown)
        self.assertNotIn("late", shown[:shown.index(".later")])
        refused = self.tool("coilp", "p.coilo", "-o", "q.coilo", status=5).stderr.decode()
        self.assertIn("no COIL waits in it for this target", refused)

    def test_what_cannot_wait(self):
        (self.folder / "p.casm").write_text(self.DELAYED, encoding="utf-8")
        self.tool("casm", "-W", "none", "p.casm")
        wrong = self.tool("coilp", "--delay", ".data", "p.coil", status=2).stderr.decode()
        self.assertIn("--delay: found .data, expected the name of a section with COIL code", wrong)
        self.tool("coilp", "p.coil", "-o", "whole.coilo", "--delay", ".later", "--delay", ".text")
        self.assertIn("only COIL that waits to be compiled", self.tool("cmos-ld", "whole.coilo", "-o", "p.cpe", status=None).stderr.decode())
        self.assertIn("for which the file is", self.tool("coilp", "-t", "cpu-arm-64", "whole.coilo", "-o", "q.coilo", status=2).stderr.decode())
        self.assertIn("--cbc", self.tool("coilp", "--cbc", "whole.coilo", "-o", "q.coilo", status=2).stderr.decode())
        self.assertIn("0 sections of bytecode", self.tool("cmos-pack", "whole.coilo", "-o", "p.cpe", status=1).stderr.decode())
        self.tool("coilp", "whole.coilo", "-o", "q.coilo")
        self.tool("cmos-ld", "q.coilo", "-o", "p.cpe")
        self.tool("cmos-run", "p.cpe", status=42)
        self.tool("casm", "--endian", "big", "-W", "none", "p.casm")
        self.assertIn("big-endian", self.tool("coilp", "p.coil", status=5).stderr.decode())

    def test_features(self):
        """What a feature lets LLVM say in one instruction, it says in one."""
        self.compile(f"SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_UNT64, 0xF0F\nMOV #1, [0x400000]\nPOPCNT #1, #1\n"
                     f"RET {RESULT}, #1\nSCOPEL\n")

        def assembly(*words):
            self.tool("coilp", "-S", *words, "p.coil", "-o", "p.s")
            return (self.folder / "p.s").read_text(encoding="utf-8")
        self.assertNotIn("popcnt", assembly())
        self.assertIn("popcnt", assembly("-f", "SSE3,POPCNT"))
        self.tool("coilp", "-f", "POPCNT", "-f", "NEON", "-t", ",".join(CPUS), "p.coil")
        wrong = self.tool("coilp", "-f", "NEON", "p.coil", status=2).stderr.decode()
        self.assertIn("-f: found NEON, expected a feature of cpu-x86-64: SSE, SSE2", wrong)

    def test_traps_and_refusals(self):
        self.compile("SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\nVAR #1, TYPE_INT32, 0\nVAR #2, TYPE_INT32, 1\nDIV #2, #2, #1\n"
                     f"RET {RESULT}, #2\nSCOPEL\n", "0")
        for cpu, (status, _) in self.results().items():
            self.assertGreater(status, 128, cpu)
        for body, says in (("VAR #1, TYPE_INT128, 1", "native code has no TYPE_INT128"), ("INT 3", "INT has no counterpart")):
            (self.folder / "q.casm").write_text(f"SECTION .text, 5\nSYM main, TYPE_PARAM0=GLOB\nSCOPEE\n{body}\nRET\nSCOPEL\n", encoding="utf-8")
            self.tool("casm", "-g", "q.casm")
            done = self.tool("coilp", "q.coil", status=5)
            self.assertIn(says, done.stderr.decode())
            self.assertIn("q.casm:4:", done.stderr.decode())
            self.assertFalse((self.folder / "q.coilo").exists())
        self.tool("coilp", "missing.coil", status=3)
        self.tool("coilp", "-t", "gpu-cuda-sm75", "q.coil", status=2)


if __name__ == "__main__":
    TOOLS, SAMPLES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=sys.argv[:1])
