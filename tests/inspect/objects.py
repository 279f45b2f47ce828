"""Small objects as bytes with named fields, every one of which can be set wrong."""
import struct


class Image:
    """Bytes, and where each field lies."""

    def __init__(self):
        self.data = bytearray()
        self.fields = {}  # name -> (offset, size)

    def put(self, name, size, value):
        self.fields[name] = (len(self.data), size)
        self.data += (value & (1 << 8 * size) - 1).to_bytes(size, "little")

    def raw(self, name, data):
        self.fields[name] = (len(self.data), len(data))
        self.data += data

    def with_field(self, name, value):
        """The bytes with one field changed; a number or bytes of the field's size."""
        offset, size = self.fields[name]
        new = value if isinstance(value, (bytes, bytearray)) else (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        assert len(new) == size, name
        return bytes(self.data[:offset] + new + self.data[offset + size:])


def text_field(image, name, text):
    image.put(f"{name} length", 4, len(text))
    image.raw(name, text)


def cpo():
    """16 bytes of code, a constant, a variable, a global, a local and an extern, two relocations, an optional section."""
    image = Image()
    image.raw("magic", b"CPO\0")
    image.put("version", 1, 1)
    image.raw("arch", b"8664")
    image.put("flags", 1, 3)
    image.put("reserved", 2, 0)
    image.put("header size", 4, 32)
    image.put("code size", 4, 16)
    image.put("data size", 4, 0)
    image.put("symbol table", 4, 0)
    image.put("tail", 4, 0)
    image.raw("code", b"\xe8\0\0\0\0\xc3" + b"\x90" * 10)
    start = len(image.data)
    for name, kind, kind_of_data, alignment, size, stored in (
            ("greeting", 0, 9, 4, 8, b"12345678"), ("counter", 1, 3, 4, 4, b"\0\0\0\0")):
        image.put(f"{name} kind", 1, kind)
        image.put(f"{name} type", 1, kind_of_data)
        image.put(f"{name} alignment", 2, alignment)
        text_field(image, name, name.encode())
        image.put(f"{name} size", 4, size)
        image.put(f"{name} stored", 4, len(stored))
        image.raw(f"{name} bytes", stored)
    end = len(image.data)
    image.data[20:28] = struct.pack("<II", end - start, end)
    image.put("symbol count", 4, 3)
    for name, kind, section, offset, size, location in (
            ("start", 1, 0, 0, 6, b""), ("text", 0, 1, 0, 8, b""), ("stdout", 2, 0, 0, 0, b"libcmos.a")):
        text_field(image, f"symbol {name}", name.encode())
        image.put(f"{name} symbol type", 1, kind)
        image.put(f"{name} symbol section", 1, section)
        image.put(f"{name} symbol offset", 4, offset)
        image.put(f"{name} symbol size", 4, size)
        text_field(image, f"{name} location", location)
    image.put("relocation count", 4, 2)
    for number, (section, kind, offset, symbol, addend) in enumerate(((0, 11, 1, 2, -4), (1, 3, 8, 1, 0))):
        image.put(f"relocation {number} section", 1, section)
        image.put(f"relocation {number} type", 1, kind)
        image.put(f"relocation {number} reserved", 2, 0)
        image.put(f"relocation {number} offset", 4, offset)
        image.put(f"relocation {number} symbol", 4, symbol)
        image.put(f"relocation {number} addend", 8, addend)
    image.put("optional count", 4, 1)
    text_field(image, "optional name", b"note")
    text_field(image, "optional bytes", b"kept")
    return image


ELF_SECTIONS = ("null", "text", "rela", "data", "bss", "group", "symtab", "strtab", "shstrtab")


def elf():
    """x86-64: code with two relocations, data, zero-filled data, a COMDAT group, five symbols."""
    image = Image()
    image.raw("ident", b"\x7fELF")
    image.put("class", 1, 2)
    image.put("byte order", 1, 1)
    image.put("ident version", 1, 1)
    image.raw("ident rest", bytes(9))
    for name, size, value in (("e_type", 2, 1), ("e_machine", 2, 62), ("e_version", 4, 1), ("e_entry", 8, 0),
                              ("e_phoff", 8, 0), ("e_shoff", 8, 0), ("e_flags", 4, 0), ("e_ehsize", 2, 64),
                              ("e_phentsize", 2, 0), ("e_phnum", 2, 0), ("e_shentsize", 2, 64),
                              ("e_shnum", 2, len(ELF_SECTIONS)), ("e_shstrndx", 2, 8)):
        image.put(name, size, value)
    place = {}

    def begin(name):
        place[name] = len(image.data)

    begin("text")
    image.raw("text bytes", b"\xe8\0\0\0\0\x48\x8b\x05\0\0\0\0\xc3\0\0\0")
    begin("rela")
    for number, (offset, info, addend) in enumerate(((1, 4 << 32 | 4, -4), (8, 3 << 32 | 2, -4))):
        image.put(f"rela {number} offset", 8, offset)
        image.put(f"rela {number} info", 8, info)
        image.put(f"rela {number} addend", 8, addend)
    begin("data")
    image.raw("data bytes", b"\x2a\0\0\0\0\0\0\0")
    begin("bss")
    begin("group")
    image.put("group flags", 4, 1)
    image.put("group member", 4, 3)
    begin("symtab")
    symbols = (("", 0, 0, 0, 0, 0), ("main", 0x12, 0, 1, 0, 13), ("local", 0x01, 0, 3, 4, 4), ("value", 0x11, 0, 3, 0, 4),
               ("puts", 0x10, 0, 0, 0, 0), ("weak", 0x21, 0, 4, 0, 8))
    # Locals come first.
    order = (symbols[0], symbols[2], symbols[1], symbols[3], symbols[4], symbols[5])
    strings = b"\0"
    for number, (name, info, other, section, value, size) in enumerate(order):
        image.put(f"symbol {number} name", 4, len(strings) if name else 0)
        image.put(f"symbol {number} info", 1, info)
        image.put(f"symbol {number} other", 1, other)
        image.put(f"symbol {number} section", 2, section)
        image.put(f"symbol {number} value", 8, value)
        image.put(f"symbol {number} size", 8, size)
        if name:
            strings += name.encode() + b"\0"
    begin("strtab")
    image.raw("strtab bytes", strings)
    names = b"\0"
    offsets = {"null": 0}
    for name, text in (("text", ".text"), ("rela", ".rela.text"), ("data", ".data.value"), ("bss", ".bss"),
                       ("group", ".group"), ("symtab", ".symtab"), ("strtab", ".strtab"), ("shstrtab", ".shstrtab")):
        offsets[name] = len(names)
        names += text.encode() + b"\0"
    begin("shstrtab")
    image.raw("shstrtab bytes", names)
    image.data += bytes(-len(image.data) % 8)
    table = len(image.data)
    image.data[40:48] = struct.pack("<Q", table)
    sizes = {"text": 16, "rela": 48, "data": 8, "bss": 8, "group": 8, "symtab": 144, "strtab": len(strings),
             "shstrtab": len(names)}
    rows = {"null": (0, 0, 0, 0, 0, 0), "text": (1, 6, 0, 0, 16, 0), "rela": (4, 0x40, 6, 1, 8, 24),
            "data": (1, 0x203, 0, 0, 8, 0), "bss": (8, 3, 0, 0, 8, 0), "group": (17, 0, 6, 3, 4, 4),
            "symtab": (2, 0, 7, 2, 8, 24), "strtab": (3, 0, 0, 0, 1, 0), "shstrtab": (3, 0, 0, 0, 1, 0)}
    for name in ELF_SECTIONS:
        kind, flags, link, info, alignment, entry = rows[name]
        for field, size, value in (("name", 4, offsets[name]), ("type", 4, kind), ("flags", 8, flags), ("address", 8, 0),
                                   ("offset", 8, place.get(name, 0)), ("size", 8, sizes.get(name, 0)), ("link", 4, link),
                                   ("info", 4, info), ("align", 8, alignment), ("entsize", 8, entry)):
            image.put(f"{name} {field}", size, value)
    return image


def archive(members):
    """Members (name, bytes) without an index."""
    image = Image()
    image.raw("magic", b"!<arch>\n")
    for number, (name, data) in enumerate(members):
        for field, text in (("name", f"{name}/".ljust(16)), ("mtime", "0".ljust(12)), ("uid", "0".ljust(6)),
                            ("gid", "0".ljust(6)), ("mode", "644".ljust(8)), ("size", str(len(data)).ljust(10)),
                            ("end", "`\n")):
            image.raw(f"{number} {field}", text.encode())
        image.raw(f"{number} bytes", data + b"\n" * (len(data) % 2))
    return image
