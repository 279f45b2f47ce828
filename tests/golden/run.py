#!/usr/bin/env python3
"""Runs golden command-line cases: one text file each, with the command, its input and what it must print.

    run.py --bin build/debug/bin CASE.txt...      run; exit 1 when one differs
    run.py --bin build/debug/bin --bless CASE...  rewrite the expected output, and nothing else

A case is made of directives at the start of a line; a line that starts with '#' is a comment.

    RUN: %{bin}/cmos-run --strict bad.cpe
        The command: words as in a shell, but no shell runs it. It starts in an empty folder of its own.
        %{bin} = the folder of the tools, %{src} = the project's root, %t = the case's folder.
    STATUS: 126
        The exit status.
    ENV: NAME=value
        One more variable. Else there are only PATH, LC_ALL=C.UTF-8 and HOME and CMOS_ROOT inside the case's folder.
    MUST: text
        Must be in the output whatever --bless writes: what the case is about. Several are allowed.
    FILE name             bytes, in the notation below, on the indented lines that follow
    TEXT name             a text file, in the form of the expected output below
    DIR name              a folder
    STDIN                 as TEXT; without it standard input is empty
    STDOUT                the expected output, empty when left out
    STDERR
        |a line
        >a line without a newline at its end; bytes that are no printable UTF-8 are written \\xNN, a backslash \\\\
        The marks | and > stand in the first column.

--bless changes only STDOUT and STDERR, and refuses when the status differs or a MUST text is missing. A case named
bad-* must moreover print nothing on stdout and one line `TOOL: FILE: ...` on stderr, and end with 126 or 127.

Notation of FILE, '#' starts a comment:

    43 4d4f 53            bytes in hex
    "text\\n\\x00"          UTF-8, with \\n \\t \\r \\" \\\\ \\xNN
    u8:1 u16:0x10 u32:-1 u64:7      little-endian numbers
    90*28 "ab"*3          repeated
    name={ ... }          a group; { ... } one without a name
    u32:@name u32:&name   the size of a group, its offset in the file; +N and -N may follow
    len32{ ... }          a group with its size as u32 in front
    align:16              zeros until the size of the group so far is a multiple
    crc                   the CRC-32 of the whole file with these four bytes 0, as CPE's checksum
    cut:N                 the file ends after N bytes, done last
"""
import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import zlib

TIMEOUT_SECONDS = 120
SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
TOKEN = re.compile(
    r"""\s+ | \#.*
      | (?P<string>"(?:[^"\\]|\\.)*")(?:\*(?P<string_times>\d+))?
      | (?P<number>u8|u16|u32|u64):(?P<value>[^\s}]+)
      | (?P<len32>len32\{)
      | (?:(?P<name>[a-z_]+)=)?(?P<open>\{)
      | (?P<close>\})
      | align:(?P<align>\d+)
      | cut:(?P<cut>\d+)
      | (?P<crc>crc)\b
      | (?P<hex>(?:[0-9a-fA-F]{2})+)(?:\*(?P<hex_times>\d+))?(?=[\s}\#]|$)""",
    re.X,
)
ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", '"': b'"', "\\": b"\\"}


class CaseError(Exception):
    """The case itself is wrong, not what it tests."""


# ---- notation -----------------------------------------------------------------------------------


def unescape(text):
    out = bytearray()
    for match in re.finditer(r"\\x([0-9a-fA-F]{2})|\\(.)|([^\\]+)", text):
        if match[1]:
            out.append(int(match[1], 16))
        elif match[2]:
            if match[2] not in ESCAPES:
                raise CaseError(f"unknown escape \\{match[2]}")
            out += ESCAPES[match[2]]
        else:
            out += match[3].encode()
    return bytes(out)


def escape(data):
    """The inverse of unescape() for one line of output."""
    out = []
    for char in data.decode("utf-8", "surrogateescape"):
        if char == "\\":
            out.append("\\\\")
        elif "\udc80" <= char <= "\udcff":
            out.append(f"\\x{ord(char) - 0xdc00:02x}")
        elif char.isprintable():
            out.append(char)
        else:
            out.extend(f"\\x{byte:02x}" for byte in char.encode())
    return "".join(out)


class Assembler:
    """Annotated hex to bytes. Sizes of groups are known at the end only, so numbers that need them are patched."""

    def __init__(self):
        self.out = bytearray()
        self.groups = {}  # name -> (start, end)
        self.open = []  # (name, start, size field or None)
        self.patches = []  # (place, bytes, expression)
        self.crc = None
        self.cut = None

    def assemble(self, text):
        position = 0
        while position < len(text):
            match = TOKEN.match(text, position)
            if not match:
                raise CaseError(f"not understood: {text[position:].splitlines()[0]!r}")
            self.token(match)
            position = match.end()
        if self.open:
            raise CaseError("a group is not closed")
        for place, size, expression in self.patches:
            self.put(place, size, self.evaluate(expression))
        if self.crc is not None:
            self.put(self.crc, 4, zlib.crc32(self.out))
        return bytes(self.out if self.cut is None else self.out[: self.cut])

    def put(self, place, size, value):
        self.out[place : place + size] = (value % (1 << 8 * size)).to_bytes(size, "little")

    def evaluate(self, expression):
        match = re.fullmatch(r"([@&])([a-z_]+)([+-]\d+)?", expression)
        if not match:
            return int(expression, 0)
        if match[2] not in self.groups:
            raise CaseError(f"no group {match[2]!r}")
        start, end = self.groups[match[2]]
        return (end - start if match[1] == "@" else start) + int(match[3] or 0)

    def token(self, match):
        if match["string"]:
            self.out += unescape(match["string"][1:-1]) * int(match["string_times"] or 1)
        elif match["hex"]:
            self.out += bytes.fromhex(match["hex"]) * int(match["hex_times"] or 1)
        elif match["number"]:
            size = SIZES[match["number"]]
            self.patches.append((len(self.out), size, match["value"]))
            self.out += bytes(size)
        elif match["len32"]:
            self.out += bytes(4)
            self.open.append((None, len(self.out), len(self.out) - 4))
        elif match["open"]:
            self.open.append((match["name"], len(self.out), None))
        elif match["close"]:
            self.close()
        elif match["align"]:
            start = self.open[-1][1] if self.open else 0
            self.out += bytes(-(len(self.out) - start) % int(match["align"]))
        elif match["cut"]:
            self.cut = int(match["cut"])
        elif match["crc"]:
            self.crc = len(self.out)
            self.out += bytes(4)

    def close(self):
        if not self.open:
            raise CaseError("'}' without '{'")
        name, start, field = self.open.pop()
        if name:
            self.groups[name] = (start, len(self.out))
        if field is not None:
            self.put(field, 4, len(self.out) - start)


def block_bytes(lines):
    out = b""
    for line in lines:
        out += unescape(line[1:]) + (b"\n" if line[0] == "|" else b"")
    return out


def block_lines(data):
    """The inverse of block_bytes()."""
    *whole, rest = data.split(b"\n")
    return ["|" + escape(line) for line in whole] + ([">" + escape(rest)] if rest else [])


# ---- cases --------------------------------------------------------------------------------------


class Case:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.lines = self.path.read_text(encoding="utf-8").splitlines()
        self.run, self.status, self.musts, self.environment = None, 0, [], {}
        self.files, self.folders = {}, []
        self.expected = {"STDIN": b"", "STDOUT": b"", "STDERR": b""}
        index = 0
        while index < len(self.lines):
            index = self.directive(index)
        if self.run is None:
            raise CaseError("no RUN line")

    def directive(self, index):
        line = self.lines[index]
        body_start = index + 1
        if line.strip() == "" or line.startswith("#"):
            return body_start
        word, _, argument = line.partition(" ")
        argument = argument.strip()
        if word == "RUN:":
            self.run = argument
        elif word == "STATUS:":
            self.status = int(argument)
        elif word == "MUST:":
            self.musts.append(argument)
        elif word == "ENV:":
            name, _, value = argument.partition("=")
            self.environment[name] = value
        elif word == "DIR":
            self.folders.append(argument)
        elif word == "FILE":
            end = self.body(body_start, (" ", "\t"))
            self.files[argument] = Assembler().assemble("\n".join(self.lines[body_start:end]))
            return end
        elif word == "TEXT" or word in self.expected:
            end = self.body(body_start, ("|", ">"))
            content = block_bytes(self.lines[body_start:end])
            if word == "TEXT":
                self.files[argument] = content
            else:
                self.expected[word] = content
            return end
        else:
            raise CaseError(f"line {index + 1}: not a directive: {line!r}")
        return body_start

    def body(self, start, marks):
        end = start
        while end < len(self.lines) and self.lines[end].startswith(marks):
            end += 1
        return end

    def execute(self, tools, source):
        """(status, stdout, stderr), the case's folder shown as %t."""
        with tempfile.TemporaryDirectory(prefix="cmos-golden-") as folder:
            for name in self.folders:
                os.makedirs(os.path.join(folder, name))
            for name, content in self.files.items():
                place = pathlib.Path(folder, name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            places = {"%{bin}": tools, "%{src}": source, "%t": folder}
            command = [substitute(word, places) for word in shlex.split(self.run)]
            environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": folder,
                           "CMOS_ROOT": os.path.join(folder, "root")}
            environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
            environment.update({k: substitute(v, places) for k, v in self.environment.items()})
            done = subprocess.run(command, cwd=folder, env=environment, input=self.expected["STDIN"],
                                  capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
            hide = lambda data: data.replace(folder.encode(), b"%t")
            return done.returncode, hide(done.stdout), hide(done.stderr)

    def invariants(self, status, stdout, stderr):
        """What no blessing may change."""
        if status != self.status:
            yield f"exit status {status}, expected {self.status}"
        for must in self.musts:
            if must.encode() not in stdout + stderr:
                yield f"output lacks {must!r}"
        if self.path.name.startswith("bad-"):
            tool = os.path.basename(shlex.split(self.run)[0])
            if stdout:
                yield "a bad-* case printed on stdout"
            if not re.fullmatch(rf"{tool}: [^\n]+\n".encode(), stderr):
                yield f"a bad-* case must print one line '{tool}: ...' on stderr"
            if status not in (126, 127):
                yield "a bad-* case must end with 126 or 127"

    def bless(self, stdout, stderr):
        kept, index = [], 0
        while index < len(self.lines):
            if self.lines[index].strip() in ("STDOUT", "STDERR"):
                index = self.body(index + 1, ("|", ">"))
            else:
                kept.append(self.lines[index])
                index += 1
        while kept and not kept[-1].strip():
            kept.pop()
        for name, data in (("STDOUT", stdout), ("STDERR", stderr)):
            if data:
                kept += [name, *block_lines(data)]
        self.path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def substitute(text, places):
    for mark, place in places.items():
        text = text.replace(mark, place)
    return text


def difference(name, expected, actual):
    if expected == actual:
        return
    yield f"{name} differs:"
    want, got = block_lines(expected), block_lines(actual)
    for i in range(max(len(want), len(got))):
        one = want[i] if i < len(want) else None
        two = got[i] if i < len(got) else None
        if one != two:
            yield from (f"  {mark} {line}" for mark, line in (("expected", one), ("found   ", two)) if line is not None)


def check(case, arguments):
    """Complaints; none = passed (or blessed)."""
    status, stdout, stderr = case.execute(os.path.abspath(arguments.bin), os.path.abspath(arguments.source))
    complaints = list(case.invariants(status, stdout, stderr))
    if arguments.bless and not complaints:
        case.bless(stdout, stderr)
        return []
    complaints += difference("STDOUT", case.expected["STDOUT"], stdout)
    complaints += difference("STDERR", case.expected["STDERR"], stderr)
    return complaints


def main():
    parser = argparse.ArgumentParser(description="Runs golden cases; the head of this file documents their format.")
    parser.add_argument("--bin", required=True, help="folder of the tools")
    parser.add_argument("--source", default=pathlib.Path(__file__).parents[2], help="the project's root")
    parser.add_argument("--bless", action="store_true", help="rewrite STDOUT and STDERR of the cases")
    parser.add_argument("cases", nargs="+")
    arguments = parser.parse_args()
    failures = 0
    for path in arguments.cases:
        try:
            complaints = check(Case(path), arguments)
        except (CaseError, OSError, ValueError, subprocess.TimeoutExpired) as error:
            complaints = [str(error)]
        if complaints:
            failures += 1
            print(f"{path}:", *complaints, sep="\n  ")
    if failures or len(arguments.cases) > 1:
        print(f"{len(arguments.cases) - failures} of {len(arguments.cases)} cases passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
