#!/usr/bin/env python3
"""Writes relocation_cases.txt: what GNU ld and lld make of every relocation that our table has, for the unit tests.

Needs clang-14, lld-14 and binutils for x86, ARM and AArch64. Each line is one relocated field:
  ISA, ELF type, linker, S (the size Z where the type asks for that), target state (- arm thumb), A (? = in the field), P, G, GOT (- = not used), bytes before, after
"""
import pathlib
import struct
import subprocess
import sys
import tempfile

LINKER_SCRIPT = """
SECTIONS {
  .back %(back)s : { *(.back) }
  .t %(base)s : { *(.t) }
  .near : { *(.near) }
  .got : { *(.got.plt) *(.got) }
  .far %(far)s : { *(.far) }
  /DISCARD/ : { *(.ARM.exidx*) *(.note*) *(.comment) *(.eh_frame) }
}
"""

X86_64 = """
  .section .t,"ax"
  call far_f; jmp back_f@PLT; call near_f+3
  .quad far_f+8; .quad back_f-.; .quad far_f-.+0x1234
  .long far_f-8; .long far_f-.; .long back_f-.-4
  movl $far_f, %eax; movq $back_f+4, %rax; movq $-0x80000000+far_d, %rax; leaq far_d-7(%rip), %rcx
  movq far_d@GOTPCREL(%rip), %rax; call *far_f@GOTPCREL(%rip); movl far_d@GOTPCREL(%rip), %eax; .long back_f@GOTPCREL+4
  .short abs_small; .short abs_negative; .byte abs_tiny; .byte abs_minus; .short near_f-.; .byte near_f-.
  leaq _GLOBAL_OFFSET_TABLE_(%rip), %rbx
  movabsq $_GLOBAL_OFFSET_TABLE_-., %rbx; movabsq $far_d@GOTOFF, %rax; movabsq $far_d@GOT, %rax; movabsq $back_f@PLTOFF, %rax
  movl $far_d@GOT, %eax
  .section .near,"ax"; .globl near_f; near_f: ret
  .section .back,"ax"; .globl back_f; back_f: ret; .zero 64
  .section .far,"aw"; .globl far_f, far_d; .zero 96; far_f: ret; .balign 16; far_d: .quad 0
  .size far_d, 24
"""
X86_64_GNU = """
  .section .t,"ax"
  .quad far_d@GOTPCREL, far_d@GOTPCREL+4
  movl $far_d@SIZE+4, %eax; .quad far_d@SIZE
  .section .near,"ax"; .quad 0
  .section .back,"ax"; .quad 0
  .section .far,"aw"; .globl far_d; .quad 0; far_d: .quad 0
  .type far_d,@object; .size far_d, 24
"""
X86_GNU = """
  .section .t,"ax"
  movl $far_d@SIZE+4, %eax
  .section .near,"ax"; .long 0
  .section .back,"ax"; .long 0
  .section .far,"aw"; .globl far_d; .type far_d,@object; .size far_d, 24; .long 0; far_d: .long 0
"""
X86 = """
  .section .t,"ax"
  call far_f; jmp back_f@PLT; call near_f+3
  .long far_f+8; .long back_f-.; .long far_f-.-4; movl $far_d-1, %eax; movl local_d+12, %eax
  movl far_d@GOT(%ebx), %eax; call *far_f@GOT(%ebx); .long far_d@GOT; leal far_d@GOTOFF+4(%ebx), %eax; leal back_f@GOTOFF(%ebx), %eax
  addl $_GLOBAL_OFFSET_TABLE_, %ebx
  .short abs_small; .short abs_negative; .byte abs_tiny; .byte abs_minus; .short near_f-.; .byte near_f-.
  .section .near,"ax"; .globl near_f; near_f: ret
  .section .back,"ax"; .globl back_f; back_f: ret; .zero 64
  .section .far,"aw"; .globl far_f, far_d; .zero 96; far_f: ret; .balign 16; far_d: .long 0; local_d: .long 1, 2, 3, 4
"""
ARM = """
  .syntax unified
  .section .t,"ax"
  .arm
  bl far_a; bl far_t; blx far_t; blx far_a; b far_a; beq back_a; bne near_a; bl back_t2; blx back_t; bl near_t; bl far_a+64
  blne far_a; bl far_t+64; bl local_a; bl local_t
  movw r0, :lower16:far_a; movt r0, :upper16:far_a; movw r1, :lower16:far_t+0x1234; movt r1, :upper16:far_t+0x1234
  movw r2, :lower16:(far_d - (. + 8)); movt r2, :upper16:(far_d - (. + 8)); movw r2, :lower16:(far_t - .); movt r2, :upper16:(back_t - .)
  .word far_a+4; .word far_t; .word far_d-.; .word far_t-.+8; .word back_a-.; .word far_d(TARGET1); .word local_d+8; .word local_t
  .word far_d(GOT); .word far_d(GOT_PREL)-4; .word far_d(GOTOFF); .word back_a(GOTOFF); .word _GLOBAL_OFFSET_TABLE_-(.+8)
  .thumb
  bl far_t; bl far_a; blx far_a; blx far_t; bl back_t; bl back_a; b.w far_t; b.w back_t+8; beq.w near_t; bne.w near_t2; bl near_a
  nop
  bl near_a; bl near_t; bl local_a; bl local_t
  movw r0, :lower16:far_a; movt r0, :upper16:far_a; movw r9, :lower16:far_t+0x7abc; movt r9, :upper16:far_t+0x7abc
  movw r2, :lower16:(far_d - (. + 4)); movt r2, :upper16:(far_d - (. + 4)); movw r2, :lower16:(far_t - .); movt r2, :upper16:(back_t - .)
  .section .near,"ax"; .arm; .globl near_a, near_t, near_t2; .type near_a,%function; .type near_t,%function; .type near_t2,%function
near_a: bx lr
  .thumb
near_t: bx lr
near_t2: bx lr
  .type local_t,%function
local_t: bx lr
  .balign 4; .arm; .type local_a,%function
local_a: bx lr
  .section .back,"ax"; .arm; .globl back_a, back_t, back_t2; .type back_a,%function; .type back_t,%function; .type back_t2,%function
  .zero 8
back_a: bx lr
  .thumb
back_t: bx lr
back_t2: bx lr
  .section .far,"ax"; .arm; .globl far_a, far_t, far_d; .type far_a,%function; .type far_t,%function
  .zero 16
far_a: bx lr
  .thumb; nop
far_t: bx lr
  .balign 4
far_d: .word 0
local_d: .word 1, 2, 3
"""
# What only one of the assemblers emits, or only one of the linkers knows.
ARM_GNU = """
  .syntax unified
  .section .t,"ax"
  .thumb
  b.n near_t; beq.n near_t; b.n near_t2
  nop
  .short abs_small; .short abs_negative; .byte abs_tiny; .byte abs_minus
  .section .near,"ax"; .thumb; .globl near_t, near_t2; .type near_t,%function; .type near_t2,%function
  nop
near_t: bx lr
near_t2: bx lr
  .section .back,"ax"; .word 0
  .section .far,"ax"; .word 0
"""
ARM_GROUPS = """
  .syntax unified
  .section .t,"ax"
  .arm
  ldr r3, [pc, #:pc_g0:(near_w-8)]; ldr r3, [pc, #:pc_g0:(near_w-4)]; ldr r3, [pc, #:pc_g0:(near_w-0x48)]
  .section .near,"ax"; .globl near_w; near_w: .word 0, 0, 0
  .section .back,"ax"; .word 0
  .section .far,"ax"; .word 0
"""
ARM_GROUPS_GNU = """
  .syntax unified
  .section .t,"ax"
  .arm
  add r0, pc, #:pc_g0_nc:(far_w-8); add r0, r0, #:pc_g1_nc:(far_w-4); add r0, r0, #:pc_g2:far_w
  add r0, pc, #:pc_g0_nc:(back_w-8); add r0, r0, #:pc_g1:(back_w-4); add r0, pc, #:pc_g0:(near_w-0x48); add r1, pc, #:pc_g1_nc:(near_w+0x12)
  add r0, pc, #:pc_g0_nc:(far_w-8); ldr r0, [r0, #:pc_g1:(near_w-4)]; ldr r0, [r0, #:pc_g2:far_w]; str r0, [r0, #:pc_g2:(back_w+0x104)]
  ldrh r0, [r1, #:pc_g0:(near_w-0x10)]; ldrsb r0, [r1, #:pc_g1:(near_w-0xc0)]; strd r0, [r2, #:pc_g2:(far_w+0x10)]
  vldr d0, [r1, #:pc_g0:(near_w-0x10)]; vldr d0, [r1, #:pc_g1:near_w]; vldr s0, [r1, #:pc_g2:far_w]
  .section .near,"ax"; .arm; .globl near_w; near_w: .word 0, 0, 0
  .section .back,"ax"; .arm; .globl back_w; .word 0; back_w: .word 0
  .section .far,"ax"; .arm; .globl far_w; .word 0; far_w: .word 0
"""
ARM_BYTES = """
  .syntax unified
  .section .t,"ax"
  .thumb
  movs r0, #:upper8_15:far_w; movs r0, #:upper0_7:near_f; adds r0, #:lower8_15:near_f; adds r0, #:lower0_7:near_f; adds r0, #:lower0_7:back_w
  .section .near,"ax"; .thumb; .globl near_f; .type near_f,%function; nop; near_f: bx lr
  .section .back,"ax"; .globl back_w; .word 0; back_w: .word 0
  .section .far,"ax"; .globl far_w; .word 0; far_w: .word 0
"""
ARM_LITERALS = """
  .syntax unified
  .section .t,"ax"
  .thumb
  .reloc ., R_ARM_THM_PC8, near_w
  .inst.n 0x48ff
  .reloc ., R_ARM_THM_PC12, near_w
  .inst.w 0xf85f1004
  .reloc ., R_ARM_THM_PC8, near_w
  .inst.n 0x4b01
  .reloc ., R_ARM_THM_PC12, near_w
  .inst.w 0xf8df2010
  .reloc ., R_ARM_THM_PC12, near_w
  .inst.w 0xf8df2404
  .reloc ., R_ARM_THM_ALU_PREL_11_0, near_w
  .inst.w 0xf2af0204
  .reloc ., R_ARM_THM_ALU_PREL_11_0, near_w
  .inst.w 0xf20f0210
  .reloc ., R_ARM_THM_ALU_PREL_11_0, near_w
  .inst.w 0xf2af4204
  .section .near,"ax"; .balign 4; .globl near_w; near_w: .word 0, 0, 0
  .section .back,"ax"; .word 0
  .section .far,"ax"; .word 0
"""
ARM_CLANG = """
  .syntax unified
  .section .t,"ax"
  .arm
  .word near_w(prel31); .word low_w(prel31)+4; .word 0x80000000+near_f(prel31)
  .thumb; .type near_f,%function
near_f: bx lr
  .section .near,"ax"; .globl near_w; near_w: .word 0, 0, 0
  .section .back,"ax"; low_w: .word 0, 0
  .section .far,"ax"; .word 0
"""
AARCH64 = """
  .section .t,"ax"
  bl far_f; b back_f; bl far_f+64; cbz x0, near_f; b.ne near_f; tbz x1, #33, near_f; tbnz w2, #3, near_f; cbnz x3, near_f+0x100
  adr x0, near_f+1; adrp x0, far_d; adrp x1, back_f+4095; adrp x2, far_d+0x1234
  adrp x3, :pg_hi21_nc:far_d
  add x0, x0, :lo12:far_d+3; ldrb w0, [x1, :lo12:far_d+7]; ldrh w0, [x1, :lo12:far_d+6]; ldr w0, [x1, :lo12:far_d+4]
  ldr x0, [x1, :lo12:far_d+8]; ldr q0, [x1, :lo12:far_d+16]; strb w0, [x1, :lo12:far_d]; ldr x9, near_d; ldr w9, near_d+4
  .quad far_d+8; .quad far_f-.; .word far_d; .word back_f-.; .word far_d-.+4; .hword near_d-.; .hword abs_small
  movz x0, #:abs_g0:abs_small; movk x0, #:abs_g0_nc:far_d; movz x0, #:abs_g1:far_d; movk x0, #:abs_g1_nc:abs_huge
  movz x0, #:abs_g2:abs_huge48; movk x0, #:abs_g2_nc:abs_huge; movz x0, #:abs_g3:abs_huge
  movz x0, #:prel_g0:near_f; movk x0, #:prel_g0_nc:far_d; movz x0, #:prel_g1:far_d; movz x1, #:prel_g1:back_f; movk x0, #:prel_g1_nc:far_d
  movz x0, #:prel_g2:far_d; movz x0, #:prel_g2:back_f; movk x0, #:prel_g2_nc:far_d; movz x0, #:prel_g3:far_d
  movz x0, #:abs_g0_s:abs_small; movn x0, #:abs_g0_s:abs_minus; movz x0, #:abs_g1_s:far_d; movz x0, #:abs_g1_s:abs_negative; movz x0, #:abs_g2_s:abs_minus
  adrp x0, :got:far_d; ldr x0, [x0, :got_lo12:far_d]; ldr x0, [x1, :gotpage_lo15:far_d]
  .section .near,"ax"; .balign 8; .globl near_f, near_d; near_f: ret; .balign 8; near_d: .quad 0
  .section .back,"ax"; .globl back_f; .zero 32; back_f: ret
  .section .far,"aw"; .globl far_f, far_d; .zero 96; far_f: ret; .balign 16; far_d: .quad 0
"""

AARCH64_CLANG = """
  .section .t,"ax"
  .hword abs_negative; .word far_f@plt - .
  .section .near,"ax"; .quad 0
  .section .back,"ax"; .quad 0
  .section .far,"ax"; .globl far_f; .quad 0; far_f: ret
"""

AARCH64_LD = """
  .section .t,"ax"
  ldr x5, :got:far_d; nop; ldr x6, :got:far_d
  .section .near,"ax"; .quad 0
  .section .back,"ax"; .quad 0
  .section .far,"ax"; .globl far_d; .quad 0; far_d: .quad 0
"""

SYMBOLS = {"abs_small": 0x7abc, "abs_negative": -0x7abc, "abs_tiny": 0x6b, "abs_minus": -5}
WIDE_SYMBOLS = SYMBOLS | {"abs_huge": 0x123456789abcdef0, "abs_huge48": 0x876543210123}

SIZES = {"x86-64": (32, 33), "x86": (38,)}
BOTH = ["ld", "lld"]
TARGETS = {
    # name: (sources, clang target, GNU as, GNU ld, lld emulation, places, symbols)
    "x86-64": ([("clang", X86_64, BOTH), ("gnu", X86_64_GNU, ["ld"])], "x86_64-none-elf", ["as", "--64"], ["ld", "-m", "elf_x86_64"], "elf_x86_64",
               {"base": "0x500000", "back": "0x400000", "far": "0x40000000"}, SYMBOLS),
    "x86": ([("clang", X86, BOTH), ("gnu", X86_GNU, ["ld"])], "i386-none-elf", ["as", "--32"], ["ld", "-m", "elf_i386"], "elf_i386",
            {"base": "0x500000", "back": "0x400000", "far": "0x90000000"}, SYMBOLS),
    "ARM": ([("clang", ARM, BOTH), ("gnu", ARM, BOTH), ("gnu", ARM_GNU, ["ld"]), ("clang", ARM_CLANG, ["lld"]), ("gnu", ARM_GROUPS, BOTH), ("gnu", ARM_GROUPS_GNU, ["ld"]),
              ("gnu", ARM_BYTES, ["ld"]), ("clang", ARM_LITERALS, BOTH)], "armv7a-none-eabi",
            ["arm-linux-gnueabihf-as", "-march=armv7-a", "-mfpu=neon"], ["arm-linux-gnueabihf-ld"], "armelf",
            {"base": "0x500000", "back": "0x400000", "far": "0x1300000"}, SYMBOLS),
    "ARM64": ([("clang", AARCH64, BOTH), ("clang", AARCH64_CLANG, ["lld"]), ("clang", AARCH64_LD, ["ld"])], "aarch64-none-elf", None, ["aarch64-linux-gnu-ld"], "aarch64elf",
              {"base": "0x500000", "back": "0x400000", "far": "0x7000000"}, WIDE_SYMBOLS),
}


class Elf:
    def __init__(self, path):
        self.data = data = pathlib.Path(path).read_bytes()
        self.wide = data[4] == 2
        if self.wide:
            shoff, = struct.unpack_from("<Q", data, 40)
            size, count, names = struct.unpack_from("<HHH", data, 58)
        else:
            shoff, = struct.unpack_from("<I", data, 32)
            size, count, names = struct.unpack_from("<HHH", data, 46)
        self.sections = []
        for i in range(count):
            form = "<IIQQQQIIQQ" if self.wide else "<IIIIIIIIII"
            keys = ("name", "type", "flags", "addr", "offset", "size", "link", "info", "align", "entsize")
            self.sections.append(dict(zip(keys, struct.unpack_from(form, data, shoff + i * size))))
        for section in self.sections:
            section["text"] = self.text(self.sections[names], section["name"])
        self.symbols = []
        for section in self.sections:
            if section["type"] == 2:
                self.read_symbols(section)

    def text(self, strings, at):
        start = strings["offset"] + at
        return self.data[start:self.data.index(b"\0", start)].decode()

    def read_symbols(self, table):
        strings = self.sections[table["link"]]
        step = 24 if self.wide else 16
        for at in range(table["offset"], table["offset"] + table["size"], step):
            if self.wide:
                name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            else:
                name, value, size, info, _, section = struct.unpack_from("<IIIBBH", self.data, at)
            self.symbols.append({"name": self.text(strings, name), "kind": info & 15, "section": section, "value": value,
                                 "size": size})

    def section(self, name):
        return next(one for one in self.sections if one["text"] == name)

    def bytes(self, section):
        return self.data[section["offset"]:section["offset"] + section["size"]]

    def relocations(self, name):
        for table in self.sections:
            if table["type"] not in (4, 9) or self.sections[table["info"]]["text"] != name:
                continue
            explicit = table["type"] == 4
            word = 8 if self.wide else 4
            step = word * (3 if explicit else 2)
            for at in range(table["offset"], table["offset"] + table["size"], step):
                form = "<" + ("Q" if self.wide else "I") * 2 + (("q" if self.wide else "i") if explicit else "")
                values = struct.unpack_from(form, self.data, at)
                number, symbol = (values[1] & 0xffffffff, values[1] >> 32) if self.wide else (values[1] & 255, values[1] >> 8)
                yield values[0], number, symbol, values[2] if explicit else None


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")


def cases(isa, linker, before, after):
    mask = (1 << (64 if before.wide else 32)) - 1
    linked = {one["name"]: one for one in after.symbols}
    text = after.section(".t")
    old, new = before.bytes(before.section(".t")), after.bytes(text)
    got = next((one for one in after.sections if one["text"] == ".got"), None)
    table = linked.get("_GLOBAL_OFFSET_TABLE_", {}).get("value", got and got["addr"])
    for offset, number, index, addend in before.relocations(".t"):
        if isa == "x86" and number == 43 and linker == "ld":
            continue  # replaced by another instruction, --no-relax or not
        symbol = before.symbols[index]
        if symbol["kind"] == 3:
            value = after.section(before.sections[symbol["section"]]["text"])["addr"]
        else:
            value = linked[symbol["name"]]["value"]
        if number in SIZES.get(isa, ()):
            value = symbol["size"]
        state = "-"
        if isa == "ARM" and symbol["kind"] != 3 and linked[symbol["name"]]["kind"] == 2:
            state = "thumb" if value & 1 else "arm"
            value &= ~1
        slot = "-"
        if got:
            step = 8 if before.wide else 4
            words = [int.from_bytes(after.bytes(got)[i:i + step], "little") for i in range(0, got["size"], step)]
            if value in words:
                slot = f"{got['addr'] + step * words.index(value):x}"
        size = min(8, len(old) - offset)
        yield (f"{isa} {number} {linker} {value & mask:x} {state} {'?' if addend is None else addend} {text['addr'] + offset:x} "
               f"{slot} {f'{table:x}' if got else '-'} {old[offset:offset + size].hex()} {new[offset:offset + size].hex()}")


def main():
    lines = []
    for isa, (sources, target, gnu_as, gnu_ld, emulation, places, symbols) in TARGETS.items():
        for assembler, source, linkers in sources:
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                (folder / "t.s").write_text(source)
                (folder / "t.ld").write_text(LINKER_SCRIPT % places)
                if assembler == "gnu":
                    run([*gnu_as, folder / "t.s", "-o", folder / "t.o"])
                else:
                    run(["clang-14", f"--target={target}", "-c", folder / "t.s", "-o", folder / "t.o"])
                for linker in linkers:
                    command = gnu_ld if linker == "ld" else ["ld.lld-14", "-m", emulation]
                    out = folder / f"{linker}.elf"
                    defined = [f"--defsym={name}={value}" for name, value in symbols.items()]
                    run([*command, "--no-relax", "-static", "-T", folder / "t.ld", *defined, "-e", "0", folder / "t.o", "-o", out])
                    lines += cases(isa, linker, Elf(folder / "t.o"), Elf(out))
    out = pathlib.Path(__file__).with_name("relocation_cases.txt")
    out.write_text("\n".join(dict.fromkeys(lines)) + "\n")


main()
