#!/usr/bin/env python3
"""What the installed pages show of a command and its output is what the installed tools print.

    pages.py TREE SOURCE [PAGE...]

An indented block that begins with `    $ command` and has output in it is run, in a folder of its own that has the samples.
A line `…` stands for any lines. `$ cat FILE` of a file that is not there makes it, so that the next command has it. What a
command prints that is shown without output is not compared, but it must succeed. PREPARE makes what a page only names.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import terminal  # noqa: E402

START = re.compile(r"^    \$ (.*)$")
COMMENT = re.compile(r"\s{2,}#.*$")

# Of a block, told by one of its lines: what has to be there before, in the folder where it is run.
PREPARE = {
    "cmos-run broken.cpe": """python3 -c 'import sys
data = bytearray(open("samples/bin/8664/ret.cpe", "rb").read())
data[0x0d] = 64
open("broken.cpe", "wb").write(data)'""",
    "cmos-as hello.asm": "asm hello.asm",
    "cmos-cc -g -O1 main.c helper.c -o app.cpe": """printf 'int helper(int *, int);\n\nint main(int argc, char **argv) {
  (void)argv;\n  return helper(0, argc);\n}\n' >main.c
printf 'static const int limits[4] = {1, 2, 4, 8};\n\n__attribute__((noinline)) void store(int *where, int value) {
  if (value < 0) return;\n  // The crash.\n  *where = value + limits[value & 3];\n}
\n__attribute__((noinline)) int helper(int *where, int value) {\n  store(where, value + 1);\n  return 1;\n}\n' >helper.c""",
    "cmos-objdump -dr start.cpo": "printf 'global start\\nstart:\\n  call stdout\\n  ret\\n' >start.asm; cmos-as start.asm",
    "cmos-ar rcs libfoo.a a.cpo b.o": """printf 'int b(void) { return 1; }\\n' >b.c; cmos-cc -c b.c
printf 'global a\\na:\\n  ret\\n' >a.asm; cmos-as a.asm""",
    "cmos-validate app.cpe libfoo.a": """printf 'global a\\na:\\n  ret\\n' >a.asm; cmos-as a.asm; cmos-ar rcs libfoo.a a.cpo
cp samples/bin/8664/hello.cpe app.cpe; printf x >>app.cpe""",
    "cmos-run --here --expect-trace app.trace --bless app.cpe": """printf abc >notes; printf '#include <cmos.h>\nint main(void) {
  char text[16];\n  cmos_print("Hi\\\\n");\n  const int file = (int)cmos_open("notes", 5, CMOS_OPEN_READ);
  cmos_read((unsigned)file, text, 16);\n  cmos_close((unsigned)file);\n  return 0;\n}\n' >app.c; cmos-cc -O1 app.c -o app.cpe""",
    "cmos-mod make --description count.desc -o count.mod": "text count.desc",
    "echo list | cmos-run --verbose --root disk notes.cpe": "cp samples/bin/8664/notes.cpe .",
    "cmos-run --trace hello.cpe": "cp samples/bin/8664/hello.cpe .",
    "cmos-run -c echo.cpe < lines.txt": "cp samples/bin/8664/echo.cpe .; printf 'one\\ntwo\\n' >lines.txt",
    "casm factorial.casm": "cp samples/coil/factorial.casm .",
}
# Other in every run: what is taken out of both sides, and the order in which a table has its lines.
VARYING = {"cmos-run -c echo.cpe < lines.txt": re.compile(r"^ *[0-9.]+ +[0-9.]+ +\d+ ")}
# Conversations on a terminal: what is typed stands behind the prompts. An installed tree has no ./run.
PROMPT = "> "
CONVERSATIONS = {"./run samples/bin/8664/lua.cpe": ["cmos-run", "samples/bin/8664/lua.cpe"]}


def blocks(page):
    """(line, lines without indentation) of each block that shows an output."""
    lines = page.read_text(encoding="utf-8").split("\n")
    at = 0
    while at < len(lines):
        if not START.match(lines[at]):
            at += 1
            continue
        end = at
        while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
            end += 1
        block = [line[4:] for line in lines[at:end]]
        while not block[-1].strip():
            block.pop()
        if any(line.strip() and not line.startswith("$ ") for line in block):
            yield at + 1, block
        at = end


def commands(block):
    """(command, the lines below it) of a block; empty lines before the next command are no output."""
    out = []
    for line in block:
        if line.startswith("$ "):
            out.append((COMMENT.sub("", line[2:]), []))
        else:
            out[-1][1].append(line.rstrip())
    for _, shown in out[:-1]:
        while shown and not shown[-1]:
            shown.pop()
    return out


def matches(shown, printed):
    """Whether the lines are the same, where `…` stands for any."""
    if not shown:
        return not printed
    if shown[0].strip() == "…":
        return any(matches(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and matches(shown[1:], printed[1:])


class Folder:
    """Where the blocks of a page are run, one after the other."""

    def __init__(self, tree, page, folder):
        self.text, self.folder = page.read_text(encoding="utf-8"), folder
        (folder / "samples").symlink_to(tree / "share/doc/cmos/samples")
        self.environment = {"PATH": f"{tree / 'bin'}:{os.environ['PATH']}", "HOME": str(folder / "home"), "LC_ALL": "C.UTF-8"}
        self.status = 0

    def prepare(self, block):
        for line, words in PREPARE.items():
            if not any(shown.startswith(f"$ {line}") for shown in block):
                continue
            if any(shown.startswith("$ cat ") for shown in block):
                continue  # it makes its own
            for word in re.split(r"; (?=asm |code |text )", words):
                kind, _, name = word.partition(" ")
                if kind in ("asm", "code", "text"):
                    self.write(kind, name)
                else:
                    self.shell(word)
                    assert self.status == 0, f"to prepare '{line}': {self.status}"

    def write(self, kind, name):
        """The file that the page shows: the fenced block that names it in its first line, or the indented one above."""
        if (self.folder / name).exists():
            return
        if kind == "text":
            found = re.search(rf"`{re.escape(name)}` is[^\n]*\n\n((?:    [^$\n][^\n]*\n)+)", self.text)
            assert found, f"the page does not show {name}"
            content = re.sub(r"^    ", "", found[1], flags=re.M)
        else:
            found = re.search(rf"```\w+\n([^\n]*\b{re.escape(name)}\b[^\n]*\n.*?)```", self.text, re.S)
            assert found, f"the page does not show {name}"
            content = found[1]
        (self.folder / name).write_text(content, encoding="utf-8")

    def shell(self, command):
        script = f"(exit {self.status}); {command}"
        run = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.status = run.returncode
        return [line.rstrip() for line in run.stdout.decode("utf-8", "replace").split("\n")[:-1]]

    def converse(self, words, typed):
        """What a terminal shows when the next line is typed once the prompt is there, and the end of input at last."""
        tools = self.environment["PATH"].split(":")[0]
        job = terminal.Job([f"{tools}/{words[0]}", *(str(self.folder / word) for word in words[1:])], self.environment)
        shown = b""
        for keys in [f"{line}\n".encode() for line in typed] + [b"\x04"]:
            shown += job.read_until(PROMPT.encode())
            job.type(keys)
        shown += job.rest()
        self.status = int(job.state() != "exited 0")
        job.close()
        lines = [line.rstrip() for line in shown.decode("utf-8", "replace").split("\r\n")]
        return lines[:-2] if lines[-2:] == [PROMPT.rstrip(), ""] else lines

    def check(self, block):
        """Runs a block; what differs."""
        self.prepare(block)
        varying = next((pattern for line, pattern in VARYING.items() if f"$ {line}" in block), None)
        for command, shown in commands(block):
            file = command.removeprefix("cat ")
            if command.startswith("cat ") and not (self.folder / file).exists():
                (self.folder / file).write_text("\n".join(shown) + "\n", encoding="utf-8")
                continue
            if command.startswith("export PATH="):
                continue
            if command in CONVERSATIONS:
                typed = [line.removeprefix(PROMPT) for line in shown if line.startswith(PROMPT)]
                printed = self.converse(CONVERSATIONS[command], typed)
            else:
                printed = self.shell(command)
            if not shown and self.status != 0:
                return f"'{command}' ended with {self.status}:\n" + "\n".join(printed)
            if varying:
                shown, printed = (sorted(varying.sub("", line).strip() for line in lines) for lines in (shown, printed))
            if shown and not matches(shown, printed):
                return f"'{command}' prints\n" + "\n".join(f"    {line}" for line in printed)
        return ""


def check_page(tree, page):
    failed = count = 0
    with tempfile.TemporaryDirectory(prefix="cmos pages ") as folder:
        place = Folder(tree, page, pathlib.Path(folder))
        for line, block in blocks(page):
            count += 1
            try:
                difference = place.check(block)
            except AssertionError as error:
                difference = str(error)
            if difference:
                print(f"{page}:{line}: {difference}")
                failed += 1
    return failed, count


def main():
    tree = pathlib.Path(sys.argv[1]).resolve()
    documents = tree / "share/doc/cmos"
    pages = sorted(path for path in documents.rglob("*.md"))
    if sys.argv[3:]:
        pages = [page for page in pages if page.name in sys.argv[3:]]
    if not shutil.which("bash"):
        return 77
    results = [check_page(tree, page) for page in pages]
    failed, count = (sum(column) for column in zip(*results))
    print(f"{count} blocks with outputs, {failed} differ")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
