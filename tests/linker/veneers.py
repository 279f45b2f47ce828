#!/usr/bin/env python3
"""Calls too far for a branch, and branches between ARM and Thumb code that cannot change state, run over veneers.

    veneers.py --bin build/debug/bin

Exit status: 0 well, 1 not, 77 a tool is missing.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

ARM = """
  .syntax unified
  .arch armv7-a
  .section .text.a_start, "ax"
  .globl _start
  .type _start, %function
  {state}
_start:
  push {{r4, lr}}
  mov r4, #0
  bl far_arm
  bl far_thumb
  cmp r4, #0
  b{wide} jump_arm
back:
  b{wide} jump_thumb
back_too:
  mov r0, r4
  pop {{r4, pc}}
  .globl back_address, back_too_address
  .section .text.b_gap1, "ax"
  .space {gap}
  .section .text.b_gap2, "ax"
  .space {gap}
  .section .text.c_far, "ax"
  .arm
  .globl far_arm, jump_arm
  .type far_arm, %function
  .type jump_arm, %function
far_arm:
  add r4, r4, #1
  bx lr
jump_arm:
  add r4, r4, #4
  ldr pc, =back + {bit}
  .ltorg
  .thumb
  .globl far_thumb, jump_thumb
  .type far_thumb, %function
  .type jump_thumb, %function
  .thumb_func
far_thumb:
  adds r4, r4, #2
  bx lr
  .thumb_func
jump_thumb:
  adds r4, r4, #8
  ldr pc, =back_too + {bit}
  .ltorg
"""
ARM64 = """
  .section .text.a_start, "ax"
  .globl _start
_start:
  stp x29, x30, [sp, #-16]!
  mov x19, #0
  bl far
  b jump
back:
  mov x0, x19
  ldp x29, x30, [sp], #16
  ret
  .section .text.b_gap, "ax"
  .space {gap}
  .section .text.b_gap2, "ax"
  .space {gap}
  .section .text.c_far, "ax"
  .globl far, jump
far:
  add x19, x19, #3
  ret
jump:
  add x19, x19, #12
  adrp x0, back
  add x0, x0, :lo12:back
  br x0
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    tools = parser.parse_args().bin.resolve()
    if not shutil.which("clang-14"):
        print("clang-14 is not installed")
        return 77
    mebibyte = 1 << 20
    cases = []
    for gap in (16, 12 * mebibyte, 20 * mebibyte):
        cases.append(("armv7a-none-eabi", f"ARM, gap {gap}", ARM.format(state=".arm", wide="", gap=gap, bit=0)))
        cases.append(("armv7a-none-eabi", f"Thumb, gap {gap}", ARM.format(state=".thumb\n  .thumb_func", wide=".w", gap=gap, bit=1)))
    cases.append(("aarch64-none-elf", "ARM64", ARM64.format(gap=70 * mebibyte)))
    cases.append(("aarch64-none-elf", "ARM64 near", ARM64.format(gap=16)))
    failures = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for target, what, text in cases:
            (folder / "a.s").write_text(text)
            for command in (["clang-14", f"--target={target}", "-c", "a.s", "-o", "a.o"], [tools / "cmos-ld", "a.o", "-o", "a.cpe"],
                            [tools / "cmos-run", "--memory=256M", "a.cpe"]):
                result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
                expected = 15 if "cmos-run" in str(command[0]) else 0
                if result.returncode != expected:
                    failures.append(f"{what}: {command[0]}: status {result.returncode}: {result.stderr}")
                    break
    print("\n".join(failures) or f"{len(cases)} programs")
    return 1 if failures else 0


sys.exit(main())
