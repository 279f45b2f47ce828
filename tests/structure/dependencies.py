#!/usr/bin/env python3
"""Every package that the set-up installs has its reason in docs/dependencies.md, and none is explained that is not installed."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
lines = (root / "scripts/packages.txt").read_text(encoding="utf-8").splitlines()
installed = {line.split()[1] for line in lines if line and not line.startswith("#")}
rows = [line.split("|")[1] for line in (root / "docs/dependencies.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")]
explained = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
for name in sorted(installed - explained):
    print(f"docs/dependencies.md does not say why {name} is needed")
for name in sorted(explained - installed):
    print(f"docs/dependencies.md explains {name}, which scripts/packages.txt does not install")
sys.exit(1 if installed != explained else 0)
