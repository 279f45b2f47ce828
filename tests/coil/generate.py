"""Random COIL programs whose functions use only what bytecode can do, so that the interpreter and native code must agree.

Floats that became no numbers are made 1.0 again: which bits they have is the CPU's business.
"""
import random

RESULT = "TYPE_ABICTL=ABICTL_RET=platform_default"
WHOLE = {"INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64, "UNT8": 8, "UNT16": 16, "UNT32": 32, "UNT64": 64}
REAL = {"FP32": 32, "FP64": 64}
# A field of each kind.
FIELDS = {kind: f"as_{kind.lower()}" for kind in [*WHOLE, *REAL]}
STRUCTURE = "STRUCT All, " + ", ".join(f"TYPE_{kind}, {field}" for kind, field in FIELDS.items())
CONDITIONS = ("EQ", "NE", "LT", "LE", "GT", "GE")


class Function:
    def __init__(self, choose, name):
        self.choose, self.name, self.labels = choose, name, 0
        self.types = {number: choose.choice([*WHOLE, *REAL]) for number in range(1, 9)}
        self.lines = []

    def number(self, kind):
        pick = self.choose
        if kind in REAL:
            return repr(pick.choice([0.0, 1.0, -1.5, 2.25, 1e10, -3e-5, 123456.789, float(pick.randint(-999, 999)) / 8]))
        bits = WHOLE[kind]
        value = pick.choice([pick.getrandbits(bits), pick.getrandbits(4), 0, 1, (1 << bits) - 1, 1 << (bits - 1)])
        return str(value - (1 << bits) if kind.startswith("INT") and value >> (bits - 1) else value)

    def of(self, kinds):
        found = [number for number, kind in self.types.items() if kind in kinds]
        return self.choose.choice(found) if found else None

    def value(self, kind):
        number = self.of([kind])
        return f"#{number}" if number and self.choose.random() < 0.7 else self.number(kind)

    def settle(self, number):
        if self.types[number] in REAL:
            self.lines += [f"CMP #{number}, #{number}", f"MOV_NE #{number}, 1.0"]

    def label(self):
        self.labels += 1
        return f"l{self.labels}"

    def step(self, depth):
        pick, target = self.choose, self.of([*WHOLE, *REAL])
        kind = self.types[target]
        what = pick.randrange(14)
        a, b = f"#{self.of([kind])}", self.value(kind)
        if what < 4:
            names = ("ADD", "SUB", "MUL", "MIN", "MAX", "DIV") if kind in REAL else ("ADD", "SUB", "MUL", "AND", "OR", "XOR", "MIN", "MAX")
            self.lines.append(f"{pick.choice(names)} #{target}, {a}, {b}")
        elif what == 4 and kind in WHOLE:
            self.lines.append(f"{pick.choice(['SHL', 'SHR', 'SAR', 'ROL', 'ROR'])} #{target}, {a}, {pick.randrange(70)}")
        elif what == 5 and kind in WHOLE:
            self.lines.append(f"{pick.choice(['POPCNT', 'BSWAP', 'CLZ', 'CTZ', 'NOT', 'NEG', 'ABS'])} #{target}, {a}")
        elif what == 5:
            self.lines.append(f"{pick.choice(['SQRT', 'NEG', 'ABS', 'FLOOR', 'CEIL', 'ROUND', 'TRUNC'])} #{target}, {a}")
        elif what == 6 and kind in WHOLE:
            divisor = self.of([kind])
            self.lines += [f"CMP #{divisor}, 0", f"MOV_EQ #{divisor}, 3", f"{pick.choice(['DIV', 'MOD'])} #{target}, {a}, #{divisor}"]
        elif what == 7:
            source = self.of([*WHOLE, *REAL])
            kinds = {kind, self.types[source]}
            if not (kinds & set(REAL) and kinds & {"UNT64"}) and not kinds >= {"FP32", "INT64"}:
                self.lines.append(f"CONVERT #{target}, #{source}")
        elif what == 8:
            self.lines += [f"CMP {a}, {b}", f"MOV_{pick.choice(CONDITIONS)} #{target}, {self.number(kind)}"]
        elif what == 9 and depth < 3:
            end = self.label()
            self.lines += [f"CMP {a}, {b}", f"BR_{pick.choice(CONDITIONS)} {end}"]
            for _ in range(pick.randrange(1, 4)):
                self.step(depth + 1)
            self.lines.append(f"{end}:")
        elif what == 10 and depth < 1:
            again = self.label()
            counter = 20 + depth
            self.lines += ["SCOPEE", f"VAR #{counter}, TYPE_INT32, {pick.randrange(1, 6)}", f"{again}:"]
            for _ in range(pick.randrange(1, 4)):
                self.step(depth + 1)
            self.lines += [f"LOOP #{counter}, {again}", "SCOPEL"]
        elif what == 11:
            self.lines += [f"UPDT #10, {pick.randrange(4)}, {self.value('INT32')}", f"INDEX #11, #10, {pick.randrange(4)}"]
        elif what == 12:
            self.lines.append(f"SET #15, {FIELDS[kind]}, {b}")
        elif what == 13:
            self.lines.append(f"GET #{target}, #15, {FIELDS[kind]}")
        self.settle(target)

    def text(self, steps):
        self.lines = [f"SYM {self.name}, TYPE_PARAM0=FILE", "SCOPEE"]
        self.lines += [f"VAR #{number}, TYPE_{kind}, {self.number(kind)}" for number, kind in self.types.items()]
        self.lines += ["VAR #10, TYPE_ARRAY=TYPE_INT32[4], (1, -2, 3, -4)", "VAR #11, TYPE_INT32, 0", "VAR #12, TYPE_INT64, 17",
                       "VAR #13, TYPE_INT64, 0", "VAR #14, TYPE_UNT32, 0", "VAR #15, TYPE_STRUCT=All"]
        for _ in range(steps):
            self.step(0)
        for number, kind in [*self.types.items(), (11, "INT32")]:
            if kind == "FP64":
                self.lines.append(f"CAST #13, #{number}")
            elif kind == "FP32":
                self.lines += [f"CAST #14, #{number}", "CONVERT #13, #14"]
            else:
                self.lines.append(f"CONVERT #13, #{number}")
            self.lines += ["MUL #12, #12, 1000003", "XOR #12, #12, #13"]
        return "\n".join([*self.lines, f"RET {RESULT}, #12", "SCOPEL", ""])


def functions(seed, count, steps=25):
    """The lines of f0, f1 …"""
    choose = random.Random(seed)
    return [Function(choose, f"f{number}").text(steps).splitlines() for number in range(count)]


def program(parts):
    """Writes eight bytes for each function: what its variables hold in the end."""
    main = ["SYM main, TYPE_PARAM0=GLOB", "SCOPEE", "VAR #1, TYPE_INT64, 0", "VAR #2, TYPE_PTR=TYPE_INT64", "LEA #2, #1"]
    for part in parts:
        name = part[0].split()[1].rstrip(",")
        main += [f"CALL {name}", f"MOV #1, {RESULT}", "SYSCALL TYPE_ABICTL=ABICTL_PARAM=linux_syscall, 1, 1, #2, 8"]
    lines = [line for part in parts for line in part]
    return f"{STRUCTURE}\nSECTION .text, 5\n" + "\n".join([*lines, *main, f"RET {RESULT}, 0", "SCOPEL", ""])
