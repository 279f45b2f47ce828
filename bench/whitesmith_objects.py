"""Objects for the table `whitesmith`: 2,000 small ones with 65,000 relocations, for the 68000 (words of 4 bytes) and for the
Z80 (of 2 bytes: text and data are as large as headers can say, and both lie at 0, since only so can that many be linked).

Each object defines two names, and its text and data refer to its own segments and to names of other objects."""
import struct

OBJECTS = 2000
RELOCATIONS = 65000
IN_ARCHIVE = 500  # the last so many objects form one archive
NAME = 11  # bytes of a name
TEXT, DATA, BSS, FIRST_SYMBOL = 0x44, 0x48, 0x4C, 0x50
UNDEFINED, IN_TEXT, IN_DATA = 0x08, 0x0D, 0x0E


def referred(number):
    """Whose functions an object calls. The next one's is among them, so that an archive's members are taken in their order."""
    return dict.fromkeys([(number + 1) % OBJECTS, *((number * 7 + 13 * i) % OBJECTS for i in range(1, 5))])


def one_object(number, fields, size):
    """With so many relocations of words of `size` bytes."""
    order = "<" if size == 2 else ">"
    word = order + ("H" if size == 2 else "I")
    words = lambda *values: b"".join(struct.pack(word, value) for value in values)
    others = referred(number)
    in_text = (fields + number // 2 % 2) // 2  # half of all, to the last one
    text_size, data_size, bss_size = size * in_text, size * (fields - in_text), size
    base = {TEXT: 0, DATA: text_size, BSS: text_size + data_size}
    codes = [FIRST_SYMBOL + 4 * (i % len(others)) if i % 3 else (TEXT, DATA, BSS)[i // 3 % 3] for i in range(fields)]
    symbols = [(UNDEFINED, 0, f"_f{other}") for other in others]
    symbols += [(IN_TEXT, 0, f"_f{number}"), (IN_DATA, text_size, f"_d{number}")]
    table = b"".join(words(value) + bytes([kind]) + name.encode().ljust(NAME, b"\0") for kind, value, name in symbols)
    head = struct.pack(order + "BBH", 0x99, 0x15 if size == 2 else 0x2D, len(table))
    head += words(text_size, data_size, bss_size, 0, 0, text_size)
    stream = [bytes([code | (2 if size == 4 else 0)]) for code in codes]
    fills = words(*[base.get(code, 0) for code in codes])
    return head + fills + table + b"".join(stream[:in_text]) + b"\0" + b"".join(stream[in_text:]) + b"\0"


def make(folder, size):
    """(inputs of a link: objects and an archive, the objects)."""
    folder.mkdir(parents=True, exist_ok=True)
    objects, members = [], []
    for number in range(OBJECTS):
        fields = RELOCATIONS * (number + 1) // OBJECTS - RELOCATIONS * number // OBJECTS
        contents = one_object(number, fields, size)
        path = folder / f"{number:04}.o"
        path.write_bytes(contents)
        objects.append(path)
        if number >= OBJECTS - IN_ARCHIVE:
            members.append(path.name.encode().ljust(14, b"\0") + struct.pack("<H", len(contents)) + contents)
    archive = folder / "last.a"
    archive.write_bytes(b"\x75\xff" + b"".join(members) + b"\0\0")
    return [*objects[:-IN_ARCHIVE], archive], objects
