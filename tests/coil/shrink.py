"""Makes a source that shows a difference as short as it goes, so that who reads it sees what is wrong.

Lines are left out as long as `differs(lines)` holds; a source that is no program any more shows nothing, so that what belongs
together stays, or goes together.
"""


def without_stretches(lines, differs):
    """Halves first, then ever shorter stretches, down to single lines."""
    length = max(1, len(lines) // 2)
    while True:
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[at + length:]
            if len(fewer) < len(lines) and differs(fewer):
                lines = fewer
            else:
                at += length
        if length == 1:
            return lines
        length //= 2


def partner(lines, at):
    """The line without which this one is no program: a scope's end, a label's use, a use of a flag."""
    words = lines[at].split()
    if words[0] == "SCOPEE":
        depth = 0
        for number in range(at, len(lines)):
            depth += {"SCOPEE": 1, "SCOPEL": -1}.get(lines[number].split()[0], 0)
            if depth == 0:
                return number
    if words[0].endswith(":"):
        return next((number for number, line in enumerate(lines) if line.split()[-1] == words[0][:-1]), None)
    return at + 1 if words[0] == "CMP" and at + 1 < len(lines) else None


def without_pairs(lines, differs):
    at = 0
    while at < len(lines):
        other = partner(lines, at)
        fewer = [line for number, line in enumerate(lines) if number not in (at, other)]
        if other is not None and differs(fewer):
            lines = fewer
        else:
            at += 1
    return lines


def with_simple_numbers(lines, differs):
    """0 or 1 for every number that need not be what it is."""
    for at, line in enumerate(lines):
        head, comma, last = line.rpartition(", ")
        if not comma or last in ("0", "1") or not last.lstrip("-").replace(".", "").isdigit():
            continue
        for simple in ("0", "1"):
            changed = [*lines[:at], f"{head}, {simple}", *lines[at + 1:]]
            if differs(changed):
                lines = changed
                break
    return lines


def shrink(lines, differs):
    """The shortest list of lines that the steps above come to; `differs(lines)` holds for the first and for the last."""
    before = None
    while before != lines:
        before = lines
        for step in (without_stretches, without_pairs, with_simple_numbers):
            lines = step(lines, differs)
    return lines
