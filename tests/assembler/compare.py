#!/usr/bin/env python3
"""Generated instructions, assembled by cmos-as, by GNU as and, for x86, by nasm: equal bytes, or an error of cmos-as.

    compare.py --bin build/release/bin [--count 5000] [--seed 1] [--with as|nasm] ARCH…     ARCH: 8664 __86 _ARM THUMB AR64

Every address form, size, immediates at and beyond each limit, all condition codes. A line that cmos-as takes and the other
refuses, or that both take with other bytes, is a difference, unless the two encodings mean the same: those are listed in
EQUAL. What cmos-as refuses alone is counted by its message. Exit status: 0, 1 when there are differences, 77 without the
other assembler.
"""
import argparse
import collections
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

# Encodings that mean the same: GNU as takes the other one of two.
EQUAL = [
    (re.compile(r"xchg \w+, \w+$"), "both orders of two registers; nasm has ours"),
    (re.compile(r"int 3$"), "the breakpoint's one byte, as GNU as has it"),
    (re.compile(r"(fadd|fmul|fsubr?|fdivr?) st(\(0\))?, st(\(0\))?$"), "both ways of st(0) with itself"),
    (re.compile(r"mov r\d+, #\d+$"), "movw and mov.w with the same number"),
    (re.compile(r"b\w* \$ \+ -?\d+$"), "a Thumb branch of two and of four bytes to the same place"),
    (re.compile(r"(adds|subs) r\d+, r\d+, #-\d+$"), "the opposite with the opposite number: result and flags are the same"),
]
# What nasm refuses although it has a meaning.
VECTOR = r"(palignr|pshufd|pcmpistri|pshufb|roundps|shufps|pblendw|cmpps|aesenc)"
THEIR_LIMITS = [
    ("nasm", "mismatch in operand sizes", re.compile(VECTOR + r" xmm\d+, xmmword ptr .*"), "it has no such word for 128 bits here"),
    ("nasm", "byte data exceeds bounds", re.compile(r".*\[.*\b42949672\d\d\b.*\]"), "a displacement of -1, written without a sign"),
]


def means_the_same(line, own, theirs, name):
    """Equal bytes, prefixes in any order; or two encodings of EQUAL."""
    def plain(text):
        data = bytes.fromhex(text)
        count = 0
        while count < len(data) and data[count] in PREFIXES:
            count += 1
        return sorted(data[:count]), data[count:]
    if plain(own) == plain(theirs):
        return True
    return any(row.match(line) and not (name == "nasm" and "nasm has ours" in why) for row, why in EQUAL)


PREFIXES = bytes.fromhex("26 2e 36 3e 64 65 66 67 f0 f2 f3")
EDGES = [0, 1, 2, 5, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 129, 255, 256, 257, 4095, 4096, 32767, 32768, 65535, 65536,
         0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0xffffffffffffffff]
X86_CONDITIONS = ("o no b nb c nc ae nae e z ne nz be na a nbe s ns p pe np po l nge ge nl le ng g nle").split()
ARM_CONDITIONS = "eq ne cs hs cc lo mi pl vs vc hi ls ge lt gt le".split()


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        return self.random.choice(choices if len(choices) > 1 else choices[0])

    def number(self, low=None, high=None):
        """An edge, a small number or any; now and then its negative."""
        if low is not None:
            return self.one([low, high, low - 1, high + 1, self.random.randint(low, high), self.random.randint(low, high)])
        value = self.one([self.one(EDGES), self.random.randint(0, 300), self.random.getrandbits(self.one(8, 16, 32))])
        return -value if self.random.random() < 0.3 else value


class X86(Generator):
    def __init__(self, seed, wide):
        super().__init__(seed)
        self.wide = wide
        low = "ax cx dx bx sp bp si di".split()
        more = range(8, 16) if wide else ()
        self.registers = {
            8: "al cl dl bl ah ch dh bh".split() + (["spl", "dil"] + [f"r{i}b" for i in more] if wide else []),
            16: low + [f"r{i}w" for i in more],
            32: ["e" + name for name in low] + [f"r{i}d" for i in more],
            64: ["r" + name for name in low] + [f"r{i}" for i in more],
        }
        self.sizes = [8, 16, 32, 64] if wide else [8, 16, 32]
        self.vectors = [f"xmm{i}" for i in range(16 if wide else 8)]

    def address(self):
        bits = self.one([64, 64, 64, 32]) if self.wide else 32
        names = self.registers[bits]
        base, index = self.one(names), self.one([name for name in names if name not in ("esp", "rsp")])
        scale = self.one(1, 2, 4, 8)
        number = self.one([self.random.randint(-140, 140), self.number()])
        if not self.wide and self.random.random() < 0.1:
            small = self.one(["bx + si", "bp + di", "si", "bx", "si + bx"])
            return f"[{small}{self.one(['', f' + {self.random.randint(0, 40000)}', f' - {self.random.randint(1, 40000)}'])}]"
        shown = f" + {number}" if number >= 0 else f" - {-number}"
        return self.one([f"[{base}]", f"[{base}{shown}]", f"[{base} + {index}*{scale}]", f"[{base} + {index}*{scale}{shown}]",
                         f"[{index}*{self.one(2, 4, 8)}{shown}]", f"[{index}*{scale} + {base}]", f"[{shown[3:]}{'' if number >= 0 else ''} + {base}]"
                         if number >= 0 else f"[{base}]"])

    def memory(self, bits, sized=True):
        words = {8: "byte", 16: "word", 32: "dword", 64: "qword", 80: "tbyte", 128: "xmmword"}
        segment = self.one(["", "", "", "", "fs:", "gs:"])
        return (f"{words[bits]} ptr " if sized else "") + segment + self.address()

    def place(self, bits):
        return self.one([self.one(self.registers[bits]), self.memory(bits)])

    def line(self):
        bits = self.one(self.sizes)
        reg = self.one(self.registers[bits])
        forms = [self.arithmetic, self.arithmetic, self.arithmetic, self.unary, self.shift, self.moves, self.stack, self.vector,
                 self.x87, self.conditional, self.bits, self.plain, self.branch, self.extended]
        return self.one(forms)(bits, reg)

    def arithmetic(self, bits, reg):
        name = self.one("add or adc sbb and sub xor cmp mov test".split())
        return self.one([f"{name} {reg}, {self.number()}", f"{name} {self.place(bits)}, {self.number()}",
                         f"{name} {reg}, {self.place(bits)}", f"{name} {self.memory(bits)}, {reg}"])

    def unary(self, bits, reg):
        name = self.one("inc dec neg not mul div idiv imul".split())
        return f"{name} {self.place(bits)}"

    def shift(self, bits, reg):
        name = self.one("shl shr sar rol ror rcl rcr".split())
        return f"{name} {self.place(bits)}, {self.one(['cl', self.number(0, 255), self.number(0, 63)])}"

    def moves(self, bits, reg):
        small = self.one(8, 16)
        wide = self.one([size for size in self.sizes if size > small])
        return self.one([f"movzx {self.one(self.registers[wide])}, {self.place(small)}",
                         f"movsx {self.one(self.registers[wide])}, {self.place(small)}",
                         f"lea {self.one(self.registers[self.one(self.sizes[1:])])}, {self.address()}",
                         f"xchg {reg}, {self.memory(bits)}", f"cmpxchg {self.memory(bits)}, {reg}", f"xadd {self.memory(bits)}, {reg}",
                         f"imul {self.one(self.registers[self.one(self.sizes[1:])])}, {self.number()}" if False else
                         self.three()])

    def three(self):
        bits = self.one(self.sizes[1:])
        return f"imul {self.one(self.registers[bits])}, {self.place(bits)}, {self.number()}"

    def stack(self, bits, reg):
        bits = 64 if self.wide else 32
        return self.one([f"push {self.one(self.registers[bits])}", f"pop {self.one(self.registers[bits])}",
                         f"push {self.memory(bits)}", f"pop {self.memory(bits)}", f"push {self.number()}",
                         f"ret {self.number(0, 65535)}", f"int {self.number(4, 255)}", f"enter {self.number(0, 65535)}, {self.number(0, 255)}",
                         f"call {self.one(self.registers[bits])}", f"jmp {self.memory(bits)}", f"call {self.memory(bits)}",
                         "pushf", "popf", "leave", "cdq", "cwd", "cwde", "push fs", "pop gs",
                         f"{self.one('push pop'.split())} {self.one('ds es ss fs gs'.split())}", "push cs",
                         f"jmp {self.number(0, 65535)}:{self.number(0, 0xffffffff)}" if not self.wide else f"push {self.one(self.registers[16])}"])

    def vector(self, bits, reg):
        a, b = self.one(self.vectors), self.one(self.vectors)
        source = self.one([b, self.memory(128)])
        return self.one([f"{self.one('addps mulpd subps xorps andpd pxor paddd pmulld punpcklbw'.split())} {a}, {source}",
                         f"{self.one('movups movdqu movapd'.split())} {a}, {source}", f"movups {self.memory(128)}, {a}",
                         f"{self.one('pshufd shufps roundps palignr pblendw'.split())} {a}, {source}, {self.number(0, 255)}",
                         f"addsd {a}, {self.one([b, self.memory(64)])}", f"cvtsi2sd {a}, {self.one([self.one(self.registers[32]), self.memory(32)])}",
                         f"movd {a}, {self.one(self.registers[32])}", f"movq {a}, {self.memory(64)}", f"psrld {a}, {self.number(0, 255)}",
                         f"pextrw {self.one(self.registers[32])}, {a}, {self.number(0, 255)}"])

    def x87(self, bits, reg):
        i = self.one(range(8))
        return self.one([f"fld {self.memory(self.one(32, 64, 80))}", f"fstp {self.memory(self.one(32, 64, 80))}", f"fild {self.memory(self.one(16, 32, 64))}",
                         f"{self.one('fadd fmul fsub fsubr fdiv fdivr'.split())} st, st({i})",
                         f"{self.one('fadd fmul fsub fsubr fdiv fdivr'.split())} st({i}), st",
                         f"{self.one('faddp fmulp fsubp fsubrp fdivp fdivrp'.split())} st({i}), st", f"fld st({i})", f"fxch st({i})",
                         f"{self.one('fadd fmul fsub fdivr'.split())} {self.memory(self.one(32, 64))}", "fsqrt", "fchs", "fninit", "fnclex"])

    def conditional(self, bits, reg):
        condition = self.one(X86_CONDITIONS)
        wide = self.one(self.sizes[1:])
        return self.one([f"set{condition} {self.place(8)}", f"cmov{condition} {self.one(self.registers[wide])}, {self.place(wide)}"])

    def branch(self, bits, reg):
        place = f"$ + {self.one([self.number(2, 127), self.number(-126, 130), self.number(100, 40000)])}"
        native = 64 if self.wide else 32
        return self.one([f"j{self.one(X86_CONDITIONS)} {place}", f"jmp {place}", f"call {place}", f"loop {place}", f"loopne {place}",
                         f"j{'r' if self.wide else 'e'}cxz {place}", f"call {self.memory(native)}", f"jmp {self.one(self.registers[native])}",
                         f"jmp short {place}"])

    def extended(self, bits, reg):
        """What processors after the first ones brought."""
        wide = self.one(self.sizes[1:])
        a, b = self.one(self.vectors), self.one(self.vectors)
        native = self.registers[32]
        return self.one([f"popcnt {self.one(self.registers[wide])}, {self.place(wide)}", f"movbe {self.one(self.registers[wide])}, {self.memory(wide)}",
                         f"crc32 {self.one(native)}, {self.place(self.one(8, 16, 32))}", f"pinsrw {a}, {self.one(native)}, {self.number(0, 255)}",
                         f"pextrd {self.memory(32)}, {a}, {self.number(0, 3)}", f"movhlps {a}, {b}", f"movlps {a}, {self.memory(64)}",
                         f"pshufb {a}, {self.one([b, self.memory(128)])}", f"cmpps {a}, {b}, {self.number(0, 7)}", f"cvttsd2si {self.one(native)}, {b}",
                         f"movmskpd {self.one(native)}, {a}", f"pcmpistri {a}, {b}, {self.number(0, 255)}", f"aesenc {a}, {b}", f"ldmxcsr {self.memory(32)}",
                         f"fxsave [{self.one(self.registers[64 if self.wide else 32])}]", f"prefetchnta {self.memory(8)}", f"cmpxchg8b {self.memory(64)}",
                         "rep lodsd", "cmpsb", "sfence", "rdtscp", "syscall" if self.wide else "sysenter", "int3", "hlt", "cli", "sti"])

    def bits(self, bits, reg):
        wide = self.one(self.sizes[1:])
        name = self.one(self.registers[wide])
        return self.one([f"{self.one('bt bts btr btc'.split())} {self.place(wide)}, {self.one([name, self.number(0, 255)])}",
                         f"{self.one('shld shrd'.split())} {self.place(wide)}, {name}, {self.one(['cl', self.number(0, 255)])}",
                         f"{self.one('bsf bsr'.split())} {name}, {self.place(wide)}"])

    def plain(self, bits, reg):
        return self.one("nop cld std clc stc cmc movsb movsd stosb lodsb scasb lahf sahf cpuid rdtsc mfence pause ud2".split()
                        + ["lock add " + self.memory(bits) + ", " + reg, f"lock {self.arithmetic(bits, reg)}", f"lock {self.unary(bits, reg)}",
                           f"{self.one('rep repe repne'.split())} {self.arithmetic(bits, reg)}", f"lock {self.one('xchg xadd'.split())} {self.memory(bits)}, {reg}",
                           f"xchg {reg}, {self.one(self.registers[bits])}", f"lar {self.one(self.registers[32])}, {self.one(self.registers[16])}", "rep movsb", "rep stosd", "repne scasb", "xlatb",
                           f"mov {self.one(self.registers[32])}, {self.one('ds es ss fs gs'.split())}",
                           f"mov {self.one('ds es fs gs'.split())}, {self.one(self.registers[16])}", f"in al, {self.number(0, 255)}", "in eax, dx",
                           f"out {self.number(0, 255)}, al", f"bswap {self.one(self.registers[32])}"])


class Arm(Generator):
    def __init__(self, seed, thumb):
        super().__init__(seed)
        self.thumb = thumb

    def reg(self):
        return f"r{self.one(range(8 if self.thumb and self.random.random() < 0.6 else 13))}"

    def shift(self):
        return f"{self.one('lsl lsr asr ror'.split())} #{self.number(1, 31)}"

    def line(self):
        c = "" if self.thumb else self.one([""] * 3 + ARM_CONDITIONS)
        s = self.one("", "s")
        a, b, d = self.reg(), self.reg(), self.reg()
        return self.one([
            f"{self.one('add sub rsb and orr eor bic adc sbc'.split())}{s}{c} {a}, {b}, #{self.one([self.number(0, 255), self.number(0, 4095), self.number()])}",
            f"{self.one('add sub and orr eor bic adc sbc'.split())}{s}{c} {a}, {b}, {d}",
            f"{self.one('add sub and orr eor'.split())}{s}{c} {a}, {b}, {d}, {self.shift()}",
            f"{self.one('cmp cmn tst teq'.split())}{c} {a}, #{self.one([self.number(0, 255), self.number()])}",
            f"mov{s}{c} {a}, #{self.number(0, 255)}", f"mvn{s}{c} {a}, #{self.number(0, 255)}", f"movw{c} {a}, #{self.number(0, 65535)}",
            f"movt{c} {a}, #{self.number(0, 65535)}", f"mov{c} {a}, {b}",
            f"{self.one('ldr str ldrb strb'.split())}{c} {a}, [{b}, #{self.number(-255, 4095)}]",
            f"{self.one('ldrh strh ldrsb ldrsh'.split())}{c} {a}, [{b}, #{self.number(-255, 255)}]",
            f"{self.one('ldr str'.split())}{c} {a}, [{b}, {d}]", f"ldr{c} {a}, [{b}, {d}, lsl #{self.number(0, 3)}]",
            f"ldr{c} {a}, [{b}], #{self.number(-255, 255)}", f"str{c} {a}, [{b}, #{self.number(-255, 255)}]!",
            f"mul{c} {a}, {b}, {d}", f"mla{c} {a}, {b}, {d}, {self.reg()}", f"umull{c} r0, r1, {b}, {d}",
            f"{self.one('lsl lsr asr ror'.split())}{s}{c} {a}, {b}, #{self.number(1, 31)}",
            f"ubfx{c} {a}, {b}, #{self.number(0, 31)}, #{self.number(1, 16)}", f"push{c} {{r4, r5, lr}}", f"pop{c} {{r4-r7, pc}}",
            f"ldm{c} {a}, {{r1, r2, r3}}", f"clz{c} {a}, {b}", f"rev{c} {a}, {b}", f"uxtb{c} {a}, {b}", f"svc #{self.number(0, 255)}",
            f"b{self.one([''] + ARM_CONDITIONS)} $ + {4 * self.number(-60, 1000)}",
            f"strd{c} r4, r5, [{b}, #{self.number(-255, 255)}]", f"ssat{c} {a}, #{self.number(1, 32)}, {b}", f"usat{c} {a}, #{self.number(0, 31)}, {b}",
            f"bfi{c} {a}, {b}, #{self.number(0, 31)}, #{self.number(1, 16)}", f"pkhbt{c} {a}, {b}, {d}, lsl #{self.number(1, 31)}",
            f"mrs{c} {a}, apsr", f"ldrex{c} {a}, [{b}]", f"smull{c} r2, r3, {b}, {d}", f"sdiv{c} {a}, {b}, {d}", f"vmul.f64 d1, d2, d{self.one(range(16))}",
            f"vmov.i32 q{self.one(range(16))}, #{self.number(0, 255)}", f"vshl.i32 q0, q1, #{self.number(0, 31)}",
            f"bx{c} lr", f"blx {a}", "nop", "dmb ish", f"vadd.f32 s{self.one(range(32))}, s1, s2", f"vmov.f64 d{self.one(range(16))}, #{self.one('1.0', '2.5', '0.1')}",
            f"vldr d{self.one(range(16))}, [{a}, #{self.number(-1020, 1020)}]"])


class Arm64(Generator):
    def line(self):
        w = self.one("x", "x", "w")

        def reg():
            return f"{w}{self.one(range(31))}"

        a, b, c = reg(), reg(), reg()
        base = self.one([f"x{self.one(range(31))}", "sp"])
        condition = self.one(ARM_CONDITIONS)
        bits = 63 if w == "x" else 31
        return self.one([
            f"{self.one('add adds sub subs'.split())} {a}, {b}, #{self.one([self.number(0, 4095), self.number()])}",
            f"{self.one('add sub'.split())} {a}, {b}, #{self.number(0, 4095)}, lsl #{self.one(0, 12, 5)}",
            f"{self.one('add adds sub subs and orr eor bic ands'.split())} {a}, {b}, {c}",
            f"{self.one('add sub and orr eor'.split())} {a}, {b}, {c}, {self.one('lsl lsr asr'.split())} #{self.number(0, bits)}",
            f"{self.one('and orr eor ands'.split())} {a}, {b}, #{self.one([0xff, 0xf0, 0x7, 0x5555555555555555, 0xffff0000, self.number()])}",
            f"cmp {a}, #{self.number(0, 4095)}", f"cmp {a}, {b}", f"tst {a}, {b}",
            f"mov {a}, #{self.one([self.number(0, 65535), self.number()])}", f"movz {a}, #{self.number(0, 65535)}, lsl #{self.one(0, 16, 32)}",
            f"movk {a}, #{self.number(0, 65535)}", f"movn {a}, #{self.number(0, 65535)}", f"mov {a}, {b}",
            f"{self.one('ldr str'.split())} {a}, [{base}, #{self.number(0, 32760)}]", f"{self.one('ldr str'.split())} {a}, [{base}, #{8 * self.number(0, 4095)}]",
            f"ldur {a}, [{base}, #{self.number(-256, 255)}]", f"ldr {a}, [{base}], #{self.number(-256, 255)}", f"str {a}, [{base}, #{self.number(-256, 255)}]!",
            f"ldr {a}, [{base}, x{self.one(range(31))}, lsl #{self.one(0, 2, 3)}]", f"ldr {a}, [{base}, w{self.one(range(31))}, {self.one('uxtw', 'sxtw')} #{self.one(2, 3)}]",
            f"ldp {a}, {b}, [{base}, #{8 * self.number(-64, 63)}]", f"stp {a}, {b}, [sp, #{8 * self.number(-64, 63)}]!",
            f"ldrb w{self.one(range(31))}, [{base}, #{self.number(0, 4095)}]", f"ldrsw x{self.one(range(31))}, [{base}, #{4 * self.number(0, 4095)}]",
            f"{self.one('csel csinc csinv csneg'.split())} {a}, {b}, {c}, {condition}", f"cset {a}, {condition}", f"ccmp {a}, #{self.number(0, 31)}, #{self.number(0, 15)}, {condition}",
            f"{self.one('mul udiv sdiv lsl lsr asr ror'.split())} {a}, {b}, {c}", f"madd {a}, {b}, {c}, {reg()}", f"{self.one('lsl lsr asr ror'.split())} {a}, {b}, #{self.number(0, bits)}",
            f"{self.one('ubfx sbfx bfi bfxil'.split())} {a}, {b}, #{self.number(0, bits)}, #{self.number(1, 16)}", f"{self.one('clz rbit rev cls'.split())} {a}, {b}",
            f"b $ + {4 * self.number(-4000, 4000)}", f"b.{condition} $ + {4 * self.number(-262144, 262143)}", f"cbz {a}, $ + {4 * self.number(-1000, 262143)}",
            f"tbnz {a}, #{self.number(0, bits)}, $ + {4 * self.number(-8192, 8191)}", f"adr x{self.one(range(31))}, $ + {self.number(-1048576, 1048575)}",
            f"movi v1.2d, #{self.one(0, 0xff, 0xff00ff, self.number(0, 255))}", f"extr {a}, {b}, {c}, #{self.number(0, bits)}", f"ldxr {a}, [{base}]",
            f"casal {a}, {b}, [{base}]" if False else f"stlr {a}, [{base}]", f"shl v0.4s, v1.4s, #{self.number(0, 31)}", f"ushr v0.8h, v1.8h, #{self.number(1, 16)}",
            f"ldr q{self.one(range(32))}, [{base}, #{16 * self.number(0, 4095)}]", f"ldp d0, d1, [{base}, #{8 * self.number(-64, 63)}]", f"fcmp d{self.one(range(32))}, #0.0",
            f"dup v0.4s, w{self.one(range(31))}", f"ext v0.16b, v1.16b, v2.16b, #{self.number(0, 15)}", f"cmp {a}, #{self.number(0, 4095)}, lsl #{self.one(0, 12)}",
            f"svc #{self.number(0, 65535)}", f"brk #{self.number(0, 65535)}", "ret", f"br x{self.one(range(31))}", "nop", "dmb ish",
            f"fadd {self.one('d0, d1, d2', 's3, s4, s5', 'v0.4s, v1.4s, v2.4s')}", f"fmov d{self.one(range(32))}, #{self.one('1.0', '-2.5', '0.1')}", f"add v0.16b, v1.16b, v{self.one(range(32))}.16b",
            f"movi v0.16b, #{self.number(0, 255)}", f"mov v1.s[{self.number(0, 3)}], w{self.one(range(31))}", f"mrs x{self.one(range(31))}, nzcv"])


def generator(arch, seed):
    return {"8664": lambda: X86(seed, True), "__86": lambda: X86(seed, False), "_ARM": lambda: Arm(seed, False),
            "THUMB": lambda: Arm(seed, True), "AR64": lambda: Arm64(seed)}[arch]()


class Cmos:
    def __init__(self, binary, arch):
        self.command = [str(binary / "cmos-as"), "--arch", "_ARM" if arch == "THUMB" else arch, "-w"]
        self.head = ".thumb\n" if arch == "THUMB" else "\n"
        self.tail = ""

    def assemble(self, folder, lines):
        (folder / "t.asm").write_text(self.head + "".join(line + "\n" for line in lines))
        done = subprocess.run([*self.command, "t.asm", "--listing", "t.lst"], cwd=folder, capture_output=True, text=True, check=False)
        errors = {int(number) - 2: text for number, text in re.findall(r"^t\.asm:(\d+):\d+: error: (.*)", done.stderr, re.M)}
        if done.returncode != 0:
            if not errors:
                raise SystemExit(f"cmos-as: status {done.returncode}: {done.stderr[:500]}")
            return errors, None
        out, current = {}, None
        for line in (folder / "t.lst").read_text().splitlines():
            match = re.match(r"^ *(\d+)  ([0-9a-f]{8})  ([0-9a-f]*)(?: |$)|^ {8}([0-9a-f]{8})  ([0-9a-f]+)$", line)
            if match and match[1]:
                current = int(match[1]) - 2
                out[current] = match[3]
            elif match and current is not None:
                out[current] += match[5]
        return {}, out


class Gnu:
    PROGRAMS = {"8664": ["as", "--64"], "__86": ["as", "--32"], "_ARM": ["arm-linux-gnueabihf-as"], "THUMB": ["arm-linux-gnueabihf-as"],
                "AR64": ["aarch64-linux-gnu-as"]}
    HEADS = {"8664": ".intel_syntax noprefix\n", "__86": ".intel_syntax noprefix\n", "AR64": ".arch armv8-a+crypto+crc\n",
             "_ARM": ".syntax unified\n.cpu cortex-a15\n.fpu neon-vfpv4\n.arm\n", "THUMB": ".syntax unified\n.cpu cortex-a15\n.fpu neon-vfpv4\n.thumb\n"}
    ERROR = re.compile(r"^t\.s:(\d+): Error: (.*)", re.M)

    def __init__(self, arch):
        self.command = self.PROGRAMS[arch]
        self.head = self.HEADS[arch]
        self.comment = "@" if arch in ("_ARM", "THUMB") else ""

    def assemble(self, folder, lines):
        # `$` is theirs, too, but for GNU.
        here = "$" if self.command[0] == "nasm" else "."
        text = "".join(f"L{i}: {line.replace('$', here)}\n" for i, line in enumerate(lines))
        (folder / "t.s").write_text(f"{self.head}{text}L{len(lines)}:\n")
        done = subprocess.run([*self.command, "t.s", "-o", "t.o"], cwd=folder, capture_output=True, text=True, check=False)
        first = self.head.count("\n") + 1
        errors = {int(number) - first: text for number, text in self.ERROR.findall(done.stderr)}
        # What it cuts with a warning is not what was written.
        errors |= {int(number) - first: text for number, text in re.findall(r"^t\.s:(\d+): Warning: (.*shortened to.*)", done.stderr, re.M)}
        if done.returncode != 0:
            return errors, None
        return errors, self.bytes(folder, len(lines))

    @staticmethod
    def bytes(folder, count):
        subprocess.run(["objcopy" if shutil.which("llvm-objcopy-14") is None else "llvm-objcopy-14", "-O", "binary", "-j", ".text", "t.o", "t.bin"],
                       cwd=folder, check=True)
        names = subprocess.run(["nm" if shutil.which("llvm-nm-14") is None else "llvm-nm-14", "t.o"], cwd=folder, check=True, capture_output=True, text=True)
        at = {int(name): int(value, 16) & ~0 for value, name in re.findall(r"^([0-9a-f]+) \w L(\d+)$", names.stdout, re.M)}
        data = (folder / "t.bin").read_bytes()
        return {i: data[at[i]:at[i + 1]].hex() for i in range(count)}


class Nasm(Gnu):
    ERROR = re.compile(r"^t\.s:(\d+): (?:error|warning): (.*)", re.M)

    def __init__(self, arch):  # pylint: disable=super-init-not-called
        self.command = ["nasm", "-f", "elf64" if arch == "8664" else "elf32"]
        self.head = f"bits {'64' if arch == '8664' else '32'}\n"

    def assemble(self, folder, lines):
        return super().assemble(folder, [self.own(line) for line in lines])

    @staticmethod
    def own(line):
        line = re.sub(r"\bxmmword\b", "oword", line.replace("tbyte", "tword")).replace(" ptr", "")
        line = re.sub(r"\b([fg]s):\[", r"[\1:", line)
        # It would add a register to itself instead of doubling it, and choose shorter moves of the same number.
        line = re.sub(r"\[(?=(?:[fg]s:)?\w+\*2(?: [+-] -?\d+)?\])", "[nosplit ", line)
        line = re.sub(r"\[nosplit ([fg]s):", r"[\1:nosplit ", line)
        move = re.fullmatch(r"mov (r[a-d]x|r[sd]i|r[sb]p|r\d+), (\d+)", line)
        if move and int(move[2]) < 1 << 32:
            line = f"mov {move[1]}, strict {'dword' if int(move[2]) < 1 << 31 else 'qword'} {move[2]}"
        line = re.sub(r"^(cvtsi2sd|pinsrw|movmskpd)", r"\1", line)
        return re.sub(r"\bst\((\d)\)", r"st\1", re.sub(r"\bst\b(?!\()", "st0", line))


def settle(assembler, folder, lines):
    """Bytes of every line that is taken, and the messages about the others."""
    left, messages, taken = list(range(len(lines))), {}, {}
    while left:
        errors, found = assembler.assemble(folder, [lines[i] for i in left])
        messages |= {left[i]: text for i, text in errors.items() if 0 <= i < len(left)}
        if found is not None:
            taken = {left[i]: text for i, text in found.items() if left[i] not in messages}
            break
        kept = [index for i, index in enumerate(left) if i not in errors]
        if len(kept) == len(left):
            raise SystemExit(f"{assembler.command[0]}: errors without a line: {list(errors.items())[:3]}")
        left = kept
    return taken, messages


def compare(arch, name, other, arguments, folder):
    source = generator(arch, arguments.seed)
    lines = [source.line() for _ in range(arguments.count)]
    own, refused = settle(Cmos(arguments.bin.resolve(), arch), folder, lines)
    theirs, their_errors = settle(other, folder, lines)
    reasons, different, lax = collections.Counter(), [], []
    equal = 0
    for i, line in enumerate(lines):
        if i in own and i in theirs:
            good = own[i] == theirs[i] or means_the_same(line, own[i], theirs[i], name)
            equal += good
            if not good:
                different.append(f"{line}: {own[i]}, {name} {theirs[i]}")
        elif i in own and any(who == name and text in their_errors.get(i, "") and row.match(line) for who, text, row, _ in THEIR_LIMITS):
            equal += 1
        elif i in own:
            lax.append(f"{line}: {own[i]}, {name}: {their_errors.get(i, 'refused')}")
        elif i in theirs and "made something else" in refused.get(i, ""):
            different.append(f"{line}: {refused[i]}, {name} {theirs[i]}")
        elif i in theirs:
            reasons[re.sub(r"-?\d+", "N", refused.get(i, "?"))] += 1
    print(f"{arch} with {name}: {len(lines)} lines, {equal} equal, {len(different)} different, {len(lax)} taken alone, "
          f"{sum(reasons.values())} refused alone")
    limit = None if arguments.all else 10
    for text in (different + lax)[:limit]:
        print("  " + text)
    if arguments.all:
        for text, count in reasons.most_common(40):
            print(f"  refused {count}: {text}")
    return not different and not lax


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--with", dest="names", action="append", choices=["as", "nasm"])
    parser.add_argument("--all", action="store_true", help="list every difference and every reason")
    parser.add_argument("archs", nargs="+", choices=["8664", "__86", "_ARM", "THUMB", "AR64"])
    arguments = parser.parse_args()
    good, skipped = True, False
    with tempfile.TemporaryDirectory() as folder:
        for arch in arguments.archs:
            for name in arguments.names or ["as", "nasm"]:
                if name == "nasm" and arch not in ("8664", "__86"):
                    continue
                other = Nasm(arch) if name == "nasm" else Gnu(arch)
                if shutil.which(other.command[0]) is None:
                    print(f"{arch} with {name}: no {other.command[0]}")
                    skipped = True
                    continue
                good = compare(arch, name, other, arguments, pathlib.Path(folder)) and good
    return 1 if not good else 77 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
