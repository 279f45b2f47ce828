"""Modules by hand (docs/module-format.md), by an encoder that shares nothing with the program's own."""
import struct

FAMILIES = {"8080": 1, "6800": 2, "6500": 3, "z80": 4, "8086": 5, "56000": 6, "68000": 7}
TEXT, DATA, RODATA, ZERO_PAGE, OVERLAY = 0x0101, 0x0102, 0x0103, 0x0104, 0x0105
BYTE, WYDE, TETRA, PROCEDURE, POINTER, DISPLACEMENT = 1, 2, 3, 6, 7, 8
kRequired, kBigEndian, kName, kCpu, kPayload, kRelocations = 0x01, 0x02, 0x08, 0x10, 0x20, 0x40


class Segment:
    def __init__(self, number, kind, code, cpu=None, name=None, references=(), zeros=0):
        """`references`: (ordinal, relocation type, offset in code)."""
        self.number, self.kind, self.code, self.cpu = number, kind, code, cpu
        self.name, self.references, self.zeros = name, references, zeros

    def bytes(self):
        flags, fields = 0, b""
        if self.name:
            flags |= kName
            name = self.name.encode() + b"\0"
            fields += name + b"\0" * (-len(name) % 4)
        if self.cpu:
            flags |= kCpu | kRequired
            fields += bytes((FAMILIES[self.cpu], 0))
        if not self.zeros:
            flags |= kPayload
        if self.references:
            flags |= kRelocations | (kBigEndian if self.cpu == "68000" else 0)
        size = self.zeros or len(self.code)
        head = struct.pack("<HHHH", 10 + len(fields), self.kind, flags, self.number)
        out = head + fields + struct.pack("<H", size) + (b"" if self.zeros else self.code)
        if self.references:
            entries = b"".join(struct.pack("<HHBH", ordinal, 1, kind, offset)
                               for ordinal, kind, offset in self.references)
            out += struct.pack("<HHHHH", 10 + len(entries), 3, 0, self.number,
                               len(self.references)) + entries
        return out


def module(segments, imports=(), exports=(), stack=(0, 0), heap=(0, 0)):
    """`imports`: (ordinal, type, name); `exports`: (segment, ordinal, offset, type, name); `stack` and `heap`: what is
    needed and what is asked for, in bytes."""
    body = b""
    if imports:
        rows = b"".join(struct.pack("<HBB", o, t, len(n)) + n.encode() for o, t, n in imports)
        body += struct.pack("<HHHH", 8 + len(rows), 1, 0, len(imports)) + rows
    if exports:
        rows = b"".join(struct.pack("<HHHBB", s, o, at, t, len(n)) + n.encode() for s, o, at, t, n in exports)
        body += struct.pack("<HHHH", 8 + len(rows), 2, 0, len(exports)) + rows
    body += b"".join(one.bytes() for one in segments)

    def size(kind, bss=False):
        sums = {}
        for one in segments:
            if one.kind == kind and bool(one.zeros) == bss:
                sums[one.cpu] = sums.get(one.cpu, 0) + (one.zeros or len(one.code))
        common = sums.pop(None, 0)
        return common + max(sums.values(), default=0)
    overlays = max((len(one.code) for one in segments if one.kind == OVERLAY), default=0)
    sizes = (size(TEXT), overlays, size(ZERO_PAGE), size(DATA, True), size(DATA), size(RODATA))
    return b"\x01\0mod\x01" + struct.pack("<HI10H", 32, 0, *sizes, *stack, *heap) + body
