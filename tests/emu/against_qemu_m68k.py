#!/usr/bin/env python3
"""C programs for the 68000 by m68k-linux-gnu-gcc, at every level of optimization, on cmos-run and on qemu-m68k: the same
output.

    against_qemu_m68k.py --bin build/debug/bin

Exits with 77, which is a skipped test, when the compiler or the emulator is missing.
"""
import argparse
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

LOAD = 0x400000
PREFIX = "m68k-linux-gnu-"

# The compiler's own helpers are made for the 68020.
SOURCE = r"""
typedef unsigned int u32; typedef unsigned short u16; typedef unsigned char u8; typedef int i32; typedef short i16;
#ifdef CALAMOS
#define WRITE 1
#define CALL_ARGUMENTS register u32 d1 __asm__("d1") = (u32)text; register u32 d2 __asm__("d2") = size; \
  register u32 d3 __asm__("d3") = 0;
#define EXIT 0
#else
#define WRITE 4
#define CALL_ARGUMENTS register u32 d1 __asm__("d1") = 1; register u32 d2 __asm__("d2") = (u32)text; \
  register u32 d3 __asm__("d3") = size;
#define EXIT 1
#endif
static void put(const char *text, u32 size) {
  CALL_ARGUMENTS
  register u32 d0 __asm__("d0") = WRITE;
  __asm__ volatile("trap #0" : "+d"(d0) : "d"(d1), "d"(d2), "d"(d3) : "memory");
}
u32 __mulsi3(u32 a, u32 b) { u32 r = 0; while (b) { if (b & 1) r += a; a <<= 1; b >>= 1; } return r; }
u32 __udivsi3(u32 a, u32 b) {
  u32 q = 0, r = 0; int i;
  for (i = 31; i >= 0; --i) { r = r << 1 | (a >> i & 1); if (r >= b) { r -= b; q |= (u32)1 << i; } }
  return q;
}
u32 __umodsi3(u32 a, u32 b) { return a - __mulsi3(__udivsi3(a, b), b); }
i32 __divsi3(i32 a, i32 b) {
  u32 q = __udivsi3(a < 0 ? -(u32)a : (u32)a, b < 0 ? -(u32)b : (u32)b);
  return (a < 0) != (b < 0) ? -(i32)q : (i32)q;
}
i32 __modsi3(i32 a, i32 b) { return a - (i32)__mulsi3((u32)__divsi3(a, b), (u32)b); }
void *memset(void *p, int c, unsigned long n) { u8 *o = p; while (n--) *o++ = (u8)c; return p; }
void *memcpy(void *p, const void *q, unsigned long n) { u8 *o = p; const u8 *s = q; while (n--) *o++ = *s++; return p; }

static u32 state = 12345;
static u32 next(void) { state = state * 1103515245u + 12345u; return state >> 8; }
static u32 sum = 1;
static void mix(u32 value) { sum = (sum << 7 | sum >> 25) ^ value * 2654435761u; }
static void show(void) {
  char line[9]; int i;
  for (i = 0; i < 8; ++i) line[i] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
  line[8] = '\n';
  put(line, 9);
}
static void sort(u16 *v, int n) {
  int i, j;
  for (i = 1; i < n; ++i) { u16 x = v[i]; for (j = i; j > 0 && v[j - 1] > x; --j) v[j] = v[j - 1]; v[j] = x; }
}
static int queens(int n, int row, u32 columns, u32 left, u32 right) {
  int count = 0, c;
  if (row == n) return 1;
  for (c = 0; c < n; ++c) {
    u32 bit = (u32)1 << c;
    if ((columns & bit) || (left & bit) || (right & bit)) continue;
    count += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}
struct point { i16 x; u8 tag; i32 y; };
static i32 classify(u32 n) {
  switch (n % 7) {
    case 0: return -3; case 1: return 17; case 2: return (i32)n; case 3: return -(i32)n;
    case 4: return (i32)(n << 3); case 5: return (i32)(n >> 5); default: return 99;
  }
}
static void arithmetic(void) {
  int i;
  for (i = 0; i < 400; ++i) {
    i32 a = (i32)(next() << 9 ^ next()), b = (i32)(next() % 2000) - 1000;
    i16 c = (i16)a, d = (i16)(b | 1);
    mix((u32)(a + b)); mix((u32)(a - b)); mix((u32)(a * b)); mix(b ? (u32)(a / b) : 0); mix(b ? (u32)(a % b) : 0);
    mix((u32)(c * d)); mix((u32)(i32)(c / d)); mix((u32)(u16)((u16)c % (u16)d));
    mix((u32)a << (b & 31)); mix((u32)a >> (b & 31)); mix((u32)(a >> (b & 31)));
    mix((u32)(signed char)a); mix(a < b); mix((u32)a < (u32)b); mix(c <= d); mix((u32)classify((u32)a));
    { unsigned long long w = (unsigned long long)(u32)a << 20 | (u32)b; w += (u32)c; w -= (u32)d; mix((u32)w);
      mix((u32)(w >> 32)); mix((u32)(w << 3 >> 32)); }
  }
  show();
}
static void structures(void) {
  struct point p[40]; int i; u16 v[200]; u8 bytes[301];
  for (i = 0; i < 40; ++i) { p[i].x = (i16)next(); p[i].tag = (u8)next(); p[i].y = (i32)next(); }
  for (i = 0; i < 40; i += 3) { struct point q = p[i]; p[i] = p[39 - i]; p[39 - i] = q; }
  for (i = 0; i < 40; ++i) { mix((u32)p[i].x); mix(p[i].tag); mix((u32)p[i].y); }
  for (i = 0; i < 200; ++i) v[i] = (u16)next();
  sort(v, 200);
  for (i = 0; i < 200; ++i) mix(v[i]);
  for (i = 0; i < 301; ++i) bytes[i] = (u8)next();
  for (i = 0; i < 300; ++i) { if (bytes[i] & 0x10) bytes[i + 1] ^= bytes[i]; else bytes[i] |= 1; mix(bytes[i]); }
  show();
}
static void leave(void) {
  register u32 d1 __asm__("d1") = 0;
  register u32 d0 __asm__("d0") = EXIT;
  __asm__ volatile("trap #0" : : "d"(d0), "d"(d1));
}
void run(void) {
  arithmetic(); structures(); mix((u32)queens(7, 0, 0, 0, 0)); show();
  leave();
  for (;;) {}
}
__asm__(".section .first,\"ax\"\n.globl _start\n_start: bra.w run\n");
"""


def cpe(code):
    code += bytes(-(len(code) + 4) % 16)
    section = struct.pack("<I", 0) + code
    head = b"CMOS\x01_68K" + struct.pack("<IIII", 0, 0, 0, len(section))
    return head + struct.pack("<I", zlib.crc32(head + bytes(4) + section + bytes(5))) + section + bytes(5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    if not all(map(shutil.which, [PREFIX + "gcc", PREFIX + "objcopy", "qemu-m68k"])):
        print(f"skipped: {PREFIX}gcc or qemu-m68k is missing (packages gcc-m68k-linux-gnu, qemu-user)")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "a.c").write_text(SOURCE)
        (folder / "a.ld").write_text("ENTRY(_start) SECTIONS { . = %d; .all : { *(.first) *(.text*) *(.rodata*) *(.data*) *(.bss*) } }" % LOAD)
        for level in ["-O0", "-O1", "-O2", "-O3", "-Os"]:
            made = []
            for target in ["LINUX", "CALAMOS"]:
                elf = folder / f"{target}.elf"
                subprocess.run([PREFIX + "gcc", "-m68000", level, f"-D{target}", "-ffreestanding", "-fno-builtin", "-nostdlib",
                                "-static", "-no-pie", "-fno-pic", "-fno-zero-initialized-in-bss", "-fno-stack-protector",
                                "-fno-tree-loop-distribute-patterns", "-w", "-Wl,--build-id=none,--no-warn-rwx-segments", "-T", folder / "a.ld",
                                folder / "a.c", "-o", elf], check=True)
                made.append(elf)
            binary = folder / "a.bin"
            subprocess.run([PREFIX + "objcopy", "-O", "binary", made[1], binary], check=True)
            (folder / "a.cpe").write_bytes(cpe(binary.read_bytes()))
            expected = subprocess.run(["qemu-m68k", made[0]], capture_output=True, timeout=60)
            found = subprocess.run([arguments.bin / "cmos-run", folder / "a.cpe"], capture_output=True, timeout=60)
            if expected.returncode != 0 or len(expected.stdout) != 27:
                print(f"{level}: qemu-m68k failed: {expected}")
                return 1
            if (found.returncode, found.stdout) != (0, expected.stdout):
                print(f"{level}: expected {expected.stdout}, found {found}")
                return 1
    print("five levels: no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
