"""Reads a `.env` file: NAME=value lines, which the process's own environment overrides."""

from __future__ import annotations

from pathlib import Path

from vms.embedded.errors import StartError


def read_dotenv(path: Path) -> dict[str, str]:
    """A missing file is an empty one. Quotes around a value are taken off; nothing inside it is expanded."""
    if not path.exists():
        return {}
    values = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, separator, value = text.partition("=")
        if not separator or not name.strip().isidentifier():
            raise StartError(f"{path.name}, line {number}: write NAME=value.")
        value = value.strip()
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        values[name.strip()] = value[1:-1] if quoted else value
    return values
