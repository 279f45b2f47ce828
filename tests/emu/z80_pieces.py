"""Random instructions of the Z80 and the 8080 in small pieces. A piece begins with all registers and flags loaded and ends with all
of them pushed: a difference stays in its piece, and shows which instructions it comes from. What a piece reads from memory
it has stored there before, and what it stores it loads again.

Instructions of ports and interrupts and ld a,r are left out: what they do is not the CPU's alone, or counts its time."""

DATA = 0x7000  # what pieces read and write: a page, and a place for sp
SAVED_SP = DATA + 0x180
B, C, D, E, H, L, MEMORY, A = range(8)
REGISTERS = [B, C, D, E, H, L, A]
PAIRS = [0x00, 0x10, 0x20]  # bc, de, hl
PUSHED = {"z80": ("iy", "ix", "hl", "de", "bc", "af"), "8080": ("hl", "de", "bc", "af")}  # as they lie in memory


def word(value):
    return [value & 0xFF, value >> 8 & 0xFF]


class Pieces:
    """Of one CPU, "z80" or "8080". `undocumented` adds what the Z80's manual does not tell: halves of ix and iy, sll, and neg by
    other opcodes. `kinds` are names of methods that are not the usual ones."""

    def __init__(self, dice, cpu, undocumented=False, kinds=None):
        self.dice, self.cpu, self.undocumented = dice, cpu, undocumented
        self.choose = dice.choice
        self.kinds = [self.plain] * 6 + [self.stack, self.jump, self.call, self.memory, self.memory, self.memory]
        if cpu == "z80":
            self.kinds += [self.bits, self.bits, self.extended, self.extended, self.block, self.indexed, self.indexed, self.indexed,
                           self.relative, self.exchange]
        self.kinds = [getattr(self, kind) for kind in kinds] if kinds else self.kinds
        self.subjects = []

    def about(self, code):
        """`code`, an instruction whose flags or results are of interest. All others of a piece load, store and copy."""
        self.subjects.append(bytes(code))
        return code

    def piece(self, at):
        """(the instructions it is about, its bytes between loads and pushes, all of its bytes) for this address."""
        self.subjects, code = [], []
        for pair in [0x01, 0x11, 0x21]:
            code += [pair, *self.value()]
        if self.cpu == "z80":
            code += [0xDD, 0x21, *self.value(), 0xFD, 0x21, *self.value()]
        flags, a = self.value()
        # The bit that is N in a Z80 says nothing in an 8080, whose daa follows additions alone.
        code += [0xE5, 0x21, flags if self.cpu == "z80" else flags & ~2, a, 0xE5, 0xF1, 0xE1]  # af, and hl again
        start = len(code)
        for _ in range(self.choose([1, 1, 2, 3])):
            made = self.choose(self.kinds)()
            code += made(at + len(code)) if callable(made) else made
        body = code[start:]
        code += [0xF5, 0xC5, 0xD5, 0xE5]
        if self.cpu == "z80":
            code += [0xDD, 0xE5, 0xFD, 0xE5]
        return self.subjects, bytes(body), bytes(code)

    # ---- operands

    def byte(self):
        return self.choose([0, 1, 0x0F, 0x10, 0x7F, 0x80, 0x99, 0xFF, *[self.dice.randrange(256)] * 8])

    def value(self):
        return word(self.choose([0, 1, 0x7FFF, 0x8000, 0xFFFF, *[self.dice.randrange(0x10000)] * 8]))

    def place(self):
        return DATA + self.dice.randrange(0x10, 0xE0)

    def register(self):
        return self.choose(REGISTERS)

    def operation(self):
        """add, adc … cp, in their place in an opcode; cb's kinds of rotation, too."""
        return self.dice.randrange(8) << 3

    def at_hl(self, code):
        """`code` with a byte at hl; what is there afterwards is in c."""
        return [0x21, *word(self.place()), 0x36, self.byte(), *code, 0x4E]

    # ---- both CPUs

    def plain(self):
        return self.about(self.choose([
            lambda: [0x40 | self.register() << 3 | self.register()],
            lambda: [0x80 | self.operation() | self.register()],
            lambda: [0x80 | self.operation() | self.register()],
            lambda: [self.choose([4, 5]) | self.register() << 3],
            lambda: [6 | self.register() << 3, self.byte()],
            lambda: [0xC6 | self.operation(), self.byte()],
            lambda: [self.choose([0x07, 0x0F, 0x17, 0x1F, 0x2F, 0x37, 0x3F])],
            lambda: [self.choose([0x27, 0x27, 0xEB, 0x00])],
            lambda: [0x09 | self.choose(PAIRS)],
            lambda: [self.choose([0x03, 0x0B]) | self.choose(PAIRS)],
        ])())

    def stack(self):
        return self.choose([
            lambda: [0xC5 | self.choose(PAIRS), 0xC1 | self.choose([*PAIRS, 0x30])],
            lambda: [0xF5, self.choose([0x3C, 0xA7, 0x37]), 0xF1],
            lambda: [0xD5, 0xE3, 0xD1],
            # sp is kept, changed and added to hl; the sum is in de.
            lambda: [0x21, 0, 0, 0x39, 0x22, *word(SAVED_SP), 0x21, *self.value(), 0xF9, self.choose([0x33, 0x3B, 0x00]),
                     0x21, *self.value(), 0x39, 0xEB, 0x2A, *word(SAVED_SP), 0xF9],
        ])()

    def jump(self):
        over, condition = self.plain(), self.operation()
        return lambda at: [0xC2 | condition, *word(at + 3 + len(over)), *over]

    def call(self):
        """Of a function in front of the call; one of both has a condition."""
        code = self.plain()
        call, back = self.choose([(0xCD, 0xC0 | self.operation()), (0xC4 | self.operation(), 0xC9)])
        function = [back, *code, 0xC9]
        return lambda at: [0xC3, *word(at + 3 + len(function)), *function, call, *word(at + (3 if call == 0xCD else 4))]

    def memory(self):
        at, pair = word(self.place()), self.choose([0x00, 0x10])
        return self.choose([
            lambda: self.at_hl(self.about([self.choose([0x34, 0x35])])),
            lambda: self.at_hl(self.about([0x86 | self.operation()])),
            lambda: self.at_hl([0x70 | self.choose([B, C, D, E, A])]),
            lambda: self.at_hl([0x46 | self.choose([B, D, E, A]) << 3]),
            lambda: [0x01 | pair, *at, 0x02 | pair, 0x3C, 0x0A | pair],
            lambda: [0x32, *at, 0x3C, 0x3A, *at],
            lambda: [0x22, *at, 0x23, 0x2A, *at],
        ])()

    # ---- the Z80

    def bit_opcode(self):
        """In front of its register: rotations and shifts, then bit, res and set."""
        row = self.choose([*range(8), *self.dice.sample(range(8, 32), 8)])
        return (row if row != 6 or self.undocumented else 7) << 3

    def bits(self):
        if self.dice.randrange(2):
            return self.about([0xCB, self.bit_opcode() | self.register()])
        return self.at_hl(self.about([0xCB, self.bit_opcode() | MEMORY]))

    def extended(self):
        at, pair = word(self.place()), self.choose([0x00, 0x10, 0x20])
        return self.choose([
            lambda: self.about([0xED, self.choose([0x42, 0x4A]) | pair]),
            lambda: self.about([0xED, self.choose([0x42, 0x4A]) | pair]),
            lambda: self.about([0xED, self.choose([0x44, 0x4C, 0x5C, 0x7C]) if self.undocumented else 0x44]),
            lambda: self.at_hl(self.about([0xED, self.choose([0x67, 0x6F])])),
            lambda: [0xED, 0x43 | pair, *at, 0xED, 0x4B | self.choose(PAIRS), *at],
            lambda: [0xF3, 0xED, 0x47, 0x3C, *self.about([0xED, 0x57])],
        ])()

    def block(self):
        """Four bytes; the last that was written is in a, then."""
        first, target = self.place() & ~0x1F, self.place() & ~0x1F | 0x10
        fill = [byte for _ in range(4) for byte in (0x36, self.byte(), 0x23)]
        opcode = 0xA0 | self.choose([0, 1]) | self.choose([0, 8, 0x10, 0x18])
        back = 3 if opcode & 8 else 0
        return [0x21, *word(first), *fill, 0x21, *word(first + back), 0x11, *word(target + back), 0x01, self.dice.randrange(1, 5), 0,
                *self.about([0xED, opcode]), *([] if opcode & 1 else [0x1B if opcode & 8 == 0 else 0x13, 0x1A])]

    def indexed(self):
        prefix, offset = self.choose([0xDD, 0xFD]), self.dice.randrange(-128, 128)
        d, at = offset & 0xFF, word(self.place())
        place = [prefix, 0x21, *word(self.place() - offset), prefix, 0x36, d, self.byte()]
        again = [prefix, 0x4E, d]
        if self.undocumented and self.dice.randrange(3) == 0:
            half = self.choose([H, L])
            return self.choose([
                lambda: self.about([prefix, 0x80 | self.operation() | half]),
                lambda: self.about([prefix, self.choose([4, 5]) | half << 3]),
                lambda: [prefix, 0x40 | self.choose([B, C, D, E, A]) << 3 | half],
                lambda: [prefix, 0x60 | self.choose([0, 8]) | self.choose([B, C, D, E, A])],
                lambda: [prefix, 6 | half << 3, self.byte()],
            ])()
        return self.choose([
            lambda: [*place, *self.about([prefix, 0x86 | self.operation(), d])],
            lambda: [*place, *self.about([prefix, self.choose([0x34, 0x35]), d]), *again],
            lambda: [*place, prefix, 0x70 | self.register(), d, *again],
            lambda: [*place, prefix, 0x46 | self.register() << 3, d],
            lambda: [*place, *self.about([prefix, 0xCB, d, self.bit_opcode() | MEMORY]), *again],
            lambda: self.about([prefix, 0x09 | self.choose(PAIRS)]),
            lambda: [prefix, self.choose([0x23, 0x2B])],
            lambda: [prefix, 0xE5, 0xC1] if self.dice.randrange(2) else [0xD5, prefix, 0xE3, 0xD1],
            lambda: [prefix, 0x22, *at, 0xDD ^ 0xFD ^ prefix, 0x2A, *at],
        ])()

    def relative(self):
        over = self.plain()
        return self.choose([
            lambda: [self.choose([0x18, 0x20, 0x28, 0x30, 0x38]), len(over), *over],
            lambda: [0x06, self.dice.randrange(1, 9), *self.about([0x3C]), 0x10, 0xFD],
        ])()

    def exchange(self):
        """The second set is loaded before something of it is used."""
        flags = [0xE5, 0xF1, 0x08, 0xD5, 0xF1]
        registers = [0xD9, 0x21, *self.value(), 0x11, *self.value(), 0x01, *self.value(), 0xD9]
        return self.choose([[*flags, 0x08], [*flags, 0x87, 0x08], [*registers, 0xD9], [*registers, 0xD9, 0xC5, 0xD9, 0xD1]])

    # ---- the 8080, where it is as the Z80 after an addition

    def adding(self):
        return self.about(self.choose([[0x80 | self.choose([0, 8, 0x28, 0x30]) | self.register()], [0x04 | self.register() << 3],
                                       [0xC6 | self.choose([0, 8, 0x28, 0x30]), self.byte()], [0x27], [0x27]]))

    def subtracting(self):
        return self.about(self.choose([[0x80 | self.choose([0x10, 0x18, 0x38]) | self.register()], [0x05 | self.register() << 3],
                                       [0xC6 | self.choose([0x10, 0x18, 0x38]), self.byte()]]))
