"""Sources of 100,000 lines for the table `assembly`: functions of ordinary code, with labels, comments, branches, calls, memory and
numbers; some lines come again, as they do in programs, some stand once. The same text serves cmos-as and the other assembler."""
import random

LINES = 100_000
CONDITIONS = {"8664": "e ne l ge b a s ns".split(), "AR64": "eq ne lt ge lo hi mi pl".split()}


def x86(r, functions):
    a, b = (r.choice("rax rbx rcx rdx rsi rdi r8 r9 r10 r12 r15".split()) for _ in range(2))
    c, d = (r.choice("eax ebx ecx edx esi edi r8d r11d".split()) for _ in range(2))
    condition = r.choice(CONDITIONS["8664"])
    return r.choice([
        f"mov {a}, {b}", f"mov {c}, {r.randint(0, 100_000)}", f"mov {a}, [rbp - {8 * r.randint(1, 20)}]", f"mov [rsp + {8 * r.randint(0, 20)}], {a}",
        f"lea {a}, [{b} + rcx*{r.choice([1, 2, 4, 8])} + {r.randint(0, 255)}]", f"add {a}, {r.randint(-100, 1000)}", f"xor {c}, {c}",
        f"cmp {c}, {r.randint(0, 255)}", f"j{condition} .again", f"j{condition} .end", f"call f{r.randint(1, functions)}",
        f"movzx {c}, byte [{a} + {r.randint(0, 64)}]", f"shl {c}, {r.randint(1, 31)}", f"test {c}, {c}", f"imul {a}, {b}",
        f"movups xmm{r.randint(0, 15)}, [{a} + 16]", f"addsd xmm1, xmm{r.randint(0, 15)}", f"inc dword [{a}]", f"mov byte [{a}], 'x'   ; a letter",
        f"set{condition} al", f"cmov{condition} {a}, {b}", "mov rax, [rel outside]", f"add dword [{b} + {r.randint(0, 2000)}], 7", f"sub {c}, {d}"])


def arm64(r, functions):
    a, b, c = (r.randint(0, 28) for _ in range(3))
    condition = r.choice(CONDITIONS["AR64"])
    return r.choice([
        f"mov x{a}, x{b}", f"mov w{a}, #{r.randint(0, 65535)}", f"ldr x{a}, [x{b}, #{8 * r.randint(0, 400)}]", f"str x{a}, [sp, #{8 * r.randint(0, 20)}]",
        f"add x{a}, x{b}, x{c}, lsl #{r.randint(0, 3)}", f"add x{a}, x{b}, #{r.randint(0, 4095)}", f"eor w{a}, w{b}, w{c}", f"cmp w{a}, #{r.randint(0, 255)}",
        f"b.{condition} .again", f"b.{condition} .end", f"bl f{r.randint(1, functions)}", f"ldrb w{a}, [x{b}, #{r.randint(0, 64)}]",
        f"lsl w{a}, w{b}, #{r.randint(1, 31)}", f"tst x{a}, x{b}", f"mul x{a}, x{b}, x{c}", f"ldr q{a}, [x{b}, #16]", f"fadd d1, d2, d{c}",
        f"cset w{a}, {condition}", f"csel x{a}, x{b}, x{c}, {condition}", f"cbz x{a}, .end", f"sub w{a}, w{b}, w{c}"])


KINDS = {"8664": (x86, ";", ["push rbx", "push rbp", "mov rbp, rsp", "sub rsp, 64"], ["leave", "pop rbx", "ret"]),
         "AR64": (arm64, "//", ["stp x29, x30, [sp, #-16]!", "mov x29, sp"], ["ldp x29, x30, [sp], #16", "ret"])}


def source(arch):
    """(text for cmos-as, text for nasm or GNU as)"""
    one, comment, first, last = KINDS[arch]
    r = random.Random(1)
    lines, functions = [], 0
    while len(lines) < LINES:
        functions += 1
        lines += [f"{comment} function {functions} is of no use", f"f{functions}:", *("  " + text for text in first), ".again:"]
        lines += ["  " + one(r, functions) for _ in range(r.randint(10, 30))]
        lines += [".end:", *("  " + text for text in last), ""]
    text = "\n".join(lines) + "\n"
    if arch == "8664":
        return "extern outside\n" + text, "bits 64\nextern outside\n" + text
    # GNU as has no labels inside functions.
    theirs, function = [], ""
    for line in lines:
        if line.startswith("f"):
            function = line[:-1]
        theirs.append(line.replace(".again", f"{function}.again").replace(".end", f"{function}.end"))
    return text, "\n".join(theirs) + "\n"
