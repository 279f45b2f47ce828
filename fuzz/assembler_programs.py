#!/usr/bin/env python3
"""Programs of a grammar through cmos-as, its read-back being the judge.

    assembler_programs.py --bin build/release/bin [--count 100000] [--seed 1] [--size 40] [--keep FOLDER] [ARCH…]     ARCH: as compare.py's

A program is a function with data of its own: expressions, labels, macros, repetitions, structures and instructions, good ones and
bad ones. Forty (--size) make a source. What must hold: cmos-as ends with 0 or 1 and never crashes, nor does its encoder; every error has a
line and a column; what the encoder reads in another way is refused; .assert agrees with Python about the value of every expression;
and what -E writes assembles to the same bytes. Programs with errors are taken out, and the others tried again.
Exit status: 0, 1 with the program that broke a rule (kept in FOLDER).
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "assembler"))
import compare  # noqa: E402  pylint: disable=wrong-import-position

LARGEST = 2**64 - 1
TYPES = {"u8": (0, 2**8 - 1), "u16": (0, 2**16 - 1), "u32": (0, 2**32 - 1), "u64": (0, 2**64 - 1), "i8": (-2**7, 2**7 - 1),
         "i16": (-2**15, 2**15 - 1), "i32": (-2**31, 2**31 - 1), "i64": (-2**63, 2**63 - 1)}


class Expressions:
    """Texts and their values; None where the language has an error."""

    def __init__(self, generator):
        self.generator = generator
        self.random = generator.random

    def number(self):
        value = self.random.choice([self.random.choice(compare.EDGES), self.random.randint(0, 40)])
        shown = self.random.choice([str(value), hex(value), f"0{value:x}h", f"{value:_}"])
        return shown, value

    def make(self, depth=3):
        """A text in parentheses where they are needed, and its value."""
        for _ in range(100):
            text, value = self.any(depth)
            if value is not None:
                return text, value
        return "1", 1

    def any(self, depth):
        kind = self.random.random()
        if depth == 0 or kind < 0.2:
            return self.number()
        if kind < 0.35:
            op = self.random.choice("-~!+")
            text, value = self.any(depth - 1)
            if value is None:
                return text, None
            return f"{op}({text})", {"-": -value, "~": ~value, "!": int(value == 0), "+": value}[op]
        left, a = self.any(depth - 1)
        right, b = self.any(depth - 1)
        op = self.random.choice("+ - * / % << >> & | ^ == != < <= > >= && ||".split())
        if a is None or b is None:
            return "0", None
        return f"({left}) {op} ({right})", self.calculate(op, a, b)

    @staticmethod
    def calculate(op, a, b):
        if op in ("/", "%") and b == 0 or op in ("<<", ">>") and not 0 <= b <= 63:
            return None
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1) if b else 0
        value = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: quotient, "%": lambda: a - quotient * b,
                 "<<": lambda: a << b, ">>": lambda: a >> b, "&": lambda: a & b, "|": lambda: a | b, "^": lambda: a ^ b,
                 "==": lambda: int(a == b), "!=": lambda: int(a != b), "<": lambda: int(a < b), "<=": lambda: int(a <= b),
                 ">": lambda: int(a > b), ">=": lambda: int(a >= b), "&&": lambda: int(bool(a and b)),
                 "||": lambda: int(bool(a or b))}[op]()
        return value if abs(value) <= LARGEST else None


class Programs:
    def __init__(self, arch, seed):
        self.arch = arch
        self.source = compare.generator(arch, seed)
        self.random = self.source.random
        self.expressions = Expressions(self.source)

    HEAD = """.macro twice statement
 \\statement
 \\statement
.endm
.macro skip over
%%around: \\over %%around
.endm
.struct pair
 first u32
 second u16
 third bytes[3]
.ends
"""

    def head(self):
        return (".thumb\n" if self.arch == "THUMB" else "") + self.HEAD

    def value(self, low, high):
        """An expression whose value fits."""
        for _ in range(20):
            text, value = self.expressions.make(2)
            if low <= value <= high:
                return text
        return str(self.random.randint(low, min(high, 2**62)))

    def data(self, n):
        kind = self.random.choice(list(TYPES))
        low, high = TYPES[kind]
        return self.random.choice([
            f".const c{n} {kind} {self.value(low, high)}", f".const c{n} {kind}[] {', '.join(self.value(low, high) for _ in range(3))}",
            f".var c{n} {kind}", f".var c{n} {kind}[{self.random.randint(1, 50)}] align 16", f'.const c{n} utf8 "text", {self.random.randint(1, 127)}',
            f".const c{n} ptr[] f{n}, .end, f{n}.end, 0", f".const c{n} pair {self.value(0, 99)}, 2, \"abc\"", f".var c{n} pair[3]",
            f".const c{n} u32 .end - f{n}"])

    def branch(self, target):
        if self.arch in ("8664", "__86"):
            return self.random.choice([f"jmp {target}", f"j{self.random.choice(compare.X86_CONDITIONS)} {target}", f"call {target}",
                                       f"jmp near {target}", f"jne short {target}"])
        condition = self.random.choice(compare.ARM_CONDITIONS)
        if self.arch == "AR64":
            return self.random.choice([f"b {target}", f"b.{condition} {target}", f"cbz x3, {target}", f"tbnz w4, #{self.random.randint(0, 31)}, {target}",
                                       f"adr x5, {target}"])
        return self.random.choice([f"b {target}", f"b{condition} {target}", f"bl {target}" if not target.startswith(".") else f"b {target}"])

    def address(self, n):
        number = self.random.randint(-9, 9)
        place = f"c{n} + {number}" if number >= 0 else f"c{n} - {-number}"
        if self.arch == "8664":
            return self.random.choice([f"mov rax, offset {place}", f"mov ecx, [{place}]", f"lea rdx, [rel {place}]", f"add dword [rbx*4 + {place}], {self.value(-128, 127)}",
                                       f"push qword [{place}]", f"call [{place}]", f"mov rcx, sizeof(c{n})", f"cmp byte [{place}], {self.value(0, 255)}"])
        if self.arch == "__86":
            return self.random.choice([f"mov eax, offset {place}", f"mov ecx, [{place}]", f"push {place}" if False else f"push offset {place}",
                                       f"add dword [ebx*4 + {place}], {self.value(-128, 127)}", f"jmp [{place}]", f"mov ecx, countof(c{n})"])
        if self.arch == "AR64":
            return self.random.choice([f"adrp x0, {place}", f"add x0, x0, :lo12:{place}", f"ldr x7, ={place}", f"mov x1, sizeof(c{n})", f"ldr w1, [x2, #{self.value(0, 4095)}]"])
        return self.random.choice([f"ldr r0, ={place}", f"movw r1, #:lower16:{place}", f"movt r1, #:upper16:{place}", f"mov r2, #sizeof(c{n})"])

    def statement(self, n):
        text, value = self.expressions.make()
        nop = "nop"
        jump = {"8664": "jmp", "__86": "jmp"}.get(self.arch, "b")
        return self.random.choice([
            self.source.line, self.source.line, self.source.line, self.source.line, lambda: self.address(n),
            lambda: self.branch(self.random.choice([".top", ".end", f"f{n}", f"f{n}.end"])),
            lambda: f".assert ({text}) == {value}, \"{value}\"", lambda: f".assert ({text}) != {value + 1}", lambda: f"twice {nop}", lambda: f"skip {jump}",
            lambda: f".if {text}\n {nop}\n.else\n {self.branch('.end')}\n.endif",
            lambda: f".rept {self.random.randint(0, 3)}\n {nop}\n{self.source.line() if self.random.random() < 0.3 else ''}\n.endr",
            lambda: f".set v{n}, {text}\n.assert v{n} == {value}", lambda: f"times {self.random.randint(0, 4)} {nop}",
            lambda: f".byte {self.value(-128, 255)}, {self.value(-128, 255)}\n.align 4", lambda: f".quad {self.value(0, LARGEST)}\n",
            lambda: ".assert . - .top >= 0", lambda: f"k{n} = {text}\n.assert k{n} == {value}", lambda: f".align {self.random.choice([1, 2, 4, 8, 16])}"])()

    def program(self, n):
        lines = [self.data(n)] if self.random.random() < 0.5 else []
        lines += [f"f{n}:", ".top:"]
        lines += [" " + self.statement(n) for _ in range(self.random.randint(2, 8))]
        lines += [".end:", " nop"]
        if len(lines) > 12 or lines[0].startswith("f"):
            lines.append(self.data(n))
        return "\n".join(lines).split("\n")


class Broken(Exception):
    pass


class Judge:
    def __init__(self, arguments, arch, folder):
        self.command = [str(arguments.bin.resolve() / "cmos-as"), "--arch", "_ARM" if arch == "THUMB" else arch, "-w"]
        self.folder = folder
        self.differences = 0

    def run(self, name, *words):
        done = subprocess.run([*self.command, name, *words], cwd=self.folder, capture_output=True, check=False, timeout=120)
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode not in (0, 1):
            raise Broken(f"status {done.returncode}: {said[:500]}")
        return done, said

    def check(self, head, programs):
        """Which programs are wrong; nothing when all are assembled."""
        lines, owner = head.split("\n")[:-1], {}
        for index, program in enumerate(programs):
            for line in program:
                lines.append(line)
                owner[len(lines)] = index
        (self.folder / "p.asm").write_text("\n".join(lines) + "\n")
        done, said = self.run("p.asm", "-o", "p.cpo")
        wrong = set()
        for line in said.split("\n"):
            if re.match(r"(p\.asm|<).*: error: ", line) is None:
                if "crash" in line or "internal" in line:
                    raise Broken(line)
                continue
            place = re.match(r"p\.asm:(\d+):\d+: error: (.*)", line)
            if place is None:
                raise Broken(f"an error without a line: {line}")
            # The encoder takes numbers that do not fit; compare.py shows that nothing good is refused so.
            self.differences += "made something else" in place[2]
            if "does not hold" in place[2] or "crash" in place[2]:
                raise Broken(line)
            number = int(place[1])
            if number in owner:
                wrong.add(owner[number])
        if done.returncode == 0:
            self.again()
            return set()
        for number in re.findall(r"^p\.asm:(\d+): note: in ", said, re.M):
            if int(number) in owner:
                wrong.add(owner[int(number)])
        if not wrong:
            raise Broken(f"refused, but no program is: {said[:500]}")
        return wrong

    def again(self):
        """What -E writes is the same program."""
        done, said = self.run("p.asm", "-E", "-o", "e.asm")
        if done.returncode != 0:
            raise Broken(f"-E: {said[:500]}")
        done, said = self.run("e.asm", "-o", "e.cpo")
        if done.returncode != 0:
            raise Broken(f"what -E wrote is refused: {said[:500]}")
        if (self.folder / "p.cpo").read_bytes() != (self.folder / "e.cpo").read_bytes():
            raise Broken("what -E wrote is another program")


def fuzz(arch, arguments, folder):
    source = Programs(arch, arguments.seed)
    judge = Judge(arguments, arch, folder)
    taken = made = 0
    while made < arguments.count:
        size = min(arguments.size, arguments.count - made)
        programs = [source.program(made + i) for i in range(size)]
        made += size
        try:
            while programs:
                wrong = judge.check(source.head(), programs)
                if not wrong:
                    break
                programs = [one for i, one in enumerate(programs) if i not in wrong]
        except Broken as broken:
            print(f"{arch}, seed {arguments.seed}, near program {made}: {broken}")
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"{arch}-{arguments.seed}-{made}.asm").write_bytes((folder / "p.asm").read_bytes())
            return False
        taken += len(programs)
    print(f"{arch}: {made} programs, {taken} assembled, {made - taken} refused with line and column, "
          f"{judge.differences} instructions by the read-back")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=100_000, help="programs of each ARCH")
    parser.add_argument("--size", type=int, default=40, help="programs of one source")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("archs", nargs="*", default=[], metavar="ARCH")
    arguments = parser.parse_args()
    results = collections.OrderedDict()
    with tempfile.TemporaryDirectory() as folder:
        for arch in arguments.archs or ["8664", "__86", "_ARM", "THUMB", "AR64"]:
            results[arch] = fuzz(arch, arguments, pathlib.Path(folder))
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
