#!/usr/bin/env python3
"""Compares what cmos-ld writes, byte for byte, with what ld.lld and GNU ld calculate for the same addresses.

    against_ld.py --bin build/debug/bin ARCH

Objects by gcc and clang, with several options, and assembly with every relocation of the ARCH are linked by cmos-ld. Its
map becomes a linker script that puts every section of every object at the same address; then every byte must be equal.
Exit status: 0 equal, 1 a difference, 77 a tool is missing.
"""
import argparse
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMMON = ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-fcommon", "-fno-stack-protector", "-ffreestanding", "-w"]
CXX = ["-fno-exceptions", "-fno-rtti", "-std=c++17"]
GCC = {"8664": ["gcc", "-fcf-protection=none"], "__86": ["gcc", "-m32", "-fcf-protection=none"], "_ARM": ["arm-linux-gnueabihf-gcc"],
       "AR64": ["aarch64-linux-gnu-gcc", "-mno-outline-atomics"]}
CLANG = {"8664": "x86_64-none-elf", "__86": "i386-none-elf", "_ARM": "armv7a-none-eabihf", "AR64": "aarch64-none-elf"}
BFD = {"8664": ("ld.bfd", "elf_x86_64"), "__86": ("ld.bfd", "elf_i386"), "_ARM": ("arm-linux-gnueabihf-ld.bfd", "armelf_linux_eabi"),
       "AR64": ("aarch64-linux-gnu-ld.bfd", "aarch64linux")}
# Options of one compilation; ld tells which linkers calculate the same (GNU ld fills calls of weak undefined functions
# with nops on ARM, and rewrites loads from the global offset table).
OPTIONS = [["-O0", "-fno-pic"], ["-O2", "-fno-pic"], ["-Os", "-fno-pic", "-ffunction-sections", "-fdata-sections"], ["-O2", "-fPIC"],
           ["-O1", "-fPIC", "-ffunction-sections", "-fdata-sections"]]
MORE = {"8664": [["-O2", "-fno-pic", "-mcmodel=large"], ["-O2", "-fPIC", "-mcmodel=medium"], ["-O2", "-fPIC", "-fno-plt"]],
        "__86": [["-O2", "-fPIC", "-fno-plt"]], "_ARM": [["-O2", "-fno-pic", "-mthumb"], ["-O2", "-fPIC", "-mthumb"]],
        "AR64": [["-O2", "-fno-pic", "-mcmodel=tiny", "-DWITHOUT_ABSENT"], ["-O2", "-fno-pic", "-mcmodel=large"]]}
ABSOLUTE = {"small_value": 0x1234, "tiny_value": 0x56, "wide": 0x123456789abcdef0}


class Failed(Exception):
    pass


def call(*words):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if result.returncode:
        raise Failed(f"{' '.join(map(str, words))}\n{result.stdout}{result.stderr}")
    return result.stdout


def compile_all(arch, compiler, options, folder):
    """The object files, or nothing where the compiler does not know an option."""
    command = GCC[arch] if compiler == "gcc" else ["clang-14", f"--target={CLANG[arch]}"]
    objects = []
    for source in ("one.c", "two.c", "three.cc"):
        if compiler == "gcc" and source.endswith(".cc"):
            language = ["-x", "c++"]
            if not shutil.which(command[0].replace("gcc", "g++")):
                continue
        else:
            language = []
        extra = CXX if source.endswith(".cc") else []
        output = folder / f"{source.replace('.', '-')}.o"
        call(*command, *COMMON, *extra, *options, *language, "-c", HERE / "objects" / source, "-o", output)
        objects.append(output)
    return objects


# What position-independent code loads from the global offset table: in this order in the first object, so that all
# linkers that go by the order of use give the same slots.
SLOTS = ["other_data", "other_text", "other", "absent_data", "absent", "shared_storage", "zeroed", "initialised", "text", "pointer_to_own",
         "pointers", "texts", "replaced", "functions", "local_pointer", "branches", "floating", "_ZN7Counter5countE", "_ZTV7Derived", "_ZTV4Base"]
SLOT = {"8664": ".reloc ., R_X86_64_GOTPCREL, {}\n.long 0", "__86": ".long {}@GOT", "_ARM": ".word {}(GOT)",
        "AR64": "adrp x0, :got:{}"}


def assemble(arch, source, folder):
    output = folder / f"{source.stem}.o"
    call(*GCC[arch], "-c", source, "-o", output)
    return output


def slots(arch, objects, folder):
    """An object that asks for the slots that the others need, or nothing."""
    text = "".join(call("readelf", "-rW", one) for one in objects)
    used = [name for name in SLOTS if re.search(rf"R_\w*_(?:GOT(?!PC |OFF)|ADR_GOT|LD64_GOT)\w* .*\b{name}\b", text)]
    if not used:
        return []
    source = folder / "slots.s"
    weak = "".join(f".weak {name}\n" for name in used if name.startswith("absent"))
    source.write_text(".text\n" + "\n".join(SLOT[arch].format(name) for name in used) + "\n" + weak)
    return [assemble(arch, source, folder)]


PLACED = re.compile(r"^0x([0-9a-f]+) +(?:0x([0-9a-f]+)|0x0|0) +(\d*) {4}(\(.*\)|\S+)(?: (.+))?$")
SYMBOL = re.compile(r"^0x([0-9a-f]+) {24}(\S+)(?: \(local\))?$")


def read_map(text):
    """(address, size, section, object) of everything placed, and the symbols."""
    placed, symbols = [], {}
    for line in text.split("\nMemory\n", 1)[1].splitlines():
        if (found := SYMBOL.match(line)) and not line.endswith("(local)"):
            symbols[found[2]] = int(found[1], 16)
        elif (found := PLACED.match(line)):
            placed.append((int(found[1], 16), int(found[2] or "0", 16), found[4], found[5]))
    return placed, symbols


def script(placed, got_base):
    lines = ["SECTIONS {"]
    has_table = any(section == "(global offset table)" for _, _, section, _ in placed)
    for number, (address, size, section, owner) in enumerate(placed):
        # What the other linkers reserve at the base of the table lies under what comes later.
        if got_base is not None and address >= got_base and size > 0:
            lines.append(f"  .got.plt 0x{got_base:x} : {{ *(.got.plt) {'' if has_table else '*(.got)'} }}")
            got_base = None
        if section == "(global offset table)":
            lines.append(f"  .got 0x{address:x} : {{ *(.got) }}")
        if owner is None or size == 0:
            continue
        # Names of files are unique; a common symbol belongs to another file in every linker.
        pattern = "*(COMMON)" if section == "COMMON" else f"*{pathlib.Path(owner).name}({section})"
        lines.append(f"  .s{number} 0x{address:x} : {{ {pattern} }}")
    lines.append("  /DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) *(.ARM.*) *(.igot*) *(.iplt*) *(.rel*) }")
    return "\n".join([*lines, "}"])


def cpe_image(path):
    data = path.read_bytes()
    at = 29
    table = struct.unpack_from("<I", data, at)[0]
    return data[at + 4 + table:]


# A branch to the next instruction, which is what the ELF supplements ask for in calls of weak undefined functions, and
# the nop that GNU ld writes.
NOPS = {bytes.fromhex(found): bytes.fromhex(expected) for found, expected in [
    ("ffffffea", "00f020e3"), ("ffffffeb", "00f020e3"), ("00f000f8", "aff30080"), ("00f000b8", "aff30080"), ("01000014", "1f2003d5"),
    ("01000094", "1f2003d5")]}


def first_difference(found, expected):
    at = 0
    while at < len(expected):
        if found[at] != expected[at]:
            if NOPS.get(found[at:at + 4]) != expected[at:at + 4]:
                return at
            at += 3
        at += 1
    return None


def elf_sections(path):
    """(address, bytes) of what is loaded, but what lies under other sections (see script)."""
    data = path.read_bytes()
    wide = data[4] == 2
    offset, = struct.unpack_from("<Q" if wide else "<I", data, 40 if wide else 32)
    size, count, names = struct.unpack_from("<HHH", data, 58 if wide else 46)
    names, = struct.unpack_from("<Q" if wide else "<I", data, offset + names * size + (24 if wide else 16))
    for i in range(count):
        form = "<IIQQQQ" if wide else "<IIIIII"
        name, kind, flags, address, place, length = struct.unpack_from(form, data, offset + i * size)
        if kind in (1, 14, 15, 16) and flags & 2 and not data[names + name:].startswith(b".got.plt\0"):
            yield address, data[place:place + length]


def without_merging(objects, folder):
    """GNU ld shares constants and the ends of strings whatever it is told."""
    out = []
    (folder / "plain").mkdir(exist_ok=True)
    for one in objects:
        sections = set(re.findall(r"\] (\.rodata\S*\.(?:str|cst)\S*)", call("readelf", "-SW", one)))
        output = folder / "plain" / one.name
        call("llvm-objcopy-14", *(f"--set-section-flags={name}=alloc,readonly" for name in sections), one, output)
        out.append(output)
    return out


def compare(tools, arch, what, objects, folder, linkers):
    program, mapping = folder / "out.cpe", folder / "out.map"
    definitions = [f"--defsym={name}=0x{value:x}" for name, value in ABSOLUTE.items()]
    call(tools / "cmos-ld", "-O0", "--arch", arch, *objects, *definitions, "-o", program, "--map", mapping)
    placed, symbols = read_map(mapping.read_text())
    image = cpe_image(program)
    table = next((address for address, _, section, _ in placed if section == "(global offset table)"), None)
    got_base = symbols.get("_GLOBAL_OFFSET_TABLE_", table)
    for linker in linkers:
        (folder / "script.ld").write_text(script(placed, got_base))
        output = folder / "out.elf"
        bounds = [f"--defsym={name}=0x{value:x}" for name, value in symbols.items()
                  if name.startswith(("__init_array", "__fini_array"))]
        inputs = objects if linker == "lld" else without_merging(objects, folder)
        command = ["ld.lld-14"] if linker == "lld" else [BFD[arch][0], "-m", BFD[arch][1]]
        call(*command, "-static", "-T", folder / "script.ld", "-O0", "--no-relax", "--no-check-sections", "-z", "norelro", "-z", "notext",
             "--build-id=none", "-e", "_start", *inputs, *definitions, *bounds, "-o", output)
        checked = 0
        for address, expected in elf_sections(output):
            start = address - 0x400000
            found = image[start:start + len(expected)]
            found += bytes(len(expected) - len(found))
            checked += len(expected)
            i = first_difference(found, expected)
            if i is not None:
                owner = next(f"{s} of {o} + 0x{address + i - at:x}" for at, size, s, o in reversed(placed) if at <= address + i)
                raise Failed(f"{what}, {linker}: 0x{address + i:x}, {owner}: found {found[i:i + 8].hex()}, expected "
                             f"{expected[i:i + 8].hex()}")
        if checked == 0:
            raise Failed(f"{what}, {linker}: nothing was compared")
        yield checked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch", choices=sorted(CLANG))
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the files, kept")
    options = parser.parse_args()
    arch = options.arch
    for tool in ("clang-14", "ld.lld-14", GCC[arch][0], BFD[arch][0]):
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            return 77
    failures, total, links = [], 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        base = options.keep or pathlib.Path(temporary)
        assembly = sorted((HERE / "objects").glob(f"{arch}*.s"))
        cases = [(compiler, flags) for compiler in ("gcc", "clang") for flags in OPTIONS + MORE.get(arch, [])]
        for number, (compiler, flags) in enumerate([*cases, *((source.name, []) for source in assembly)]):
            folder = base / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            what = f"{compiler} {' '.join(flags)}"
            try:
                linkers = ["lld", "bfd"]
                if compiler.endswith(".s"):
                    source = HERE / "objects" / compiler
                    objects = [assemble(arch, source, folder), *compile_all(arch, "gcc", ["-O1", "-fno-pic", "-DWITHOUT_ABSENT", *(["-marm"] if arch == "_ARM" else [])], folder)]
                    if found := re.search(r"linkers: (.*)", source.read_text()):
                        linkers = found[1].split()
                else:
                    objects = compile_all(arch, compiler, flags, folder)
                    if first := slots(arch, objects, folder):
                        objects = first + objects
                        linkers = ["lld"]
            except Failed as failure:
                if not compiler.endswith(".s") and re.search("unsupported option|unrecognized|not supported", str(failure)):
                    print(f"skip {what}: not an option of this compiler")
                    continue
                failures.append(str(failure))
                continue
            for linker in linkers:
                try:
                    for checked in compare(options.bin.resolve(), arch, what, objects, folder, [linker]):
                        total += checked
                        links += 1
                except Failed as failure:
                    failures.append(f"{linker} {what} ({folder.name}): {failure}")
    print("\n".join(failures) or f"{links} links, {total} bytes equal")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
