"""Runs one bench by name; its exit code says whether every goal was met."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def names() -> list[str]:
    """Every module of this folder with a ``main`` of its own; scripts of peers have "peer" in theirs."""
    modules = (path for path in Path(__file__).parent.glob("*.py") if "peer" not in path.stem)
    return sorted(path.stem for path in modules if "\ndef main() -> int:" in path.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in names():
        print(f"usage: python -m bench NAME, where NAME is one of: {', '.join(names())}")
        return 2
    return int(importlib.import_module(f"bench.{arguments[0]}").main())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
