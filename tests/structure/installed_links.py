#!/usr/bin/env python3
"""Every relative link in every installed document leads to something that is installed, too, and to a heading that is there.

    installed_links.py PREFIX      a folder into which everything was installed
"""
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?[^)]*\)|`((?:docs|samples)/[A-Za-z0-9_./-]+)`")
CODE = re.compile(r"^```.*?^```", re.S | re.M)
HEADING = re.compile(r"^#+ +(.*?) *$", re.M)


def headings(document):
    """Their names as fragments of an address: in lower case, words joined by hyphens, without other marks."""
    text = CODE.sub("", document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def broken(prefix):
    documents = sorted(path for path in prefix.rglob("*.md") if path.is_file())
    if not documents:
        yield f"{prefix}: no document is installed"
    for document in documents:
        for link, heading, mention in LINK.findall(CODE.sub("", document.read_text(encoding="utf-8"))):
            target = link or mention or document.name
            if "://" in target:
                continue
            # A path in running text is meant from the root of the documents, some folders up.
            places = list(document.relative_to(prefix).parents)[:-1] if mention else [document.relative_to(prefix).parent]
            places = [prefix / place for place in places]
            if not any((place / target).exists() for place in places):
                yield f"{document.relative_to(prefix)}: {target} is not installed"
            elif heading and heading not in headings(document.parent / target):
                yield f"{document.relative_to(prefix)}: {target} has no heading '{heading}'"


def main():
    found = list(broken(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) or "installed links: all lead somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
