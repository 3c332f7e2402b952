"""Reads a Procfile: one `name: command` a line. No shell; $NAME is filled in from the environment."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from vms.embedded.errors import StartError

LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


@dataclass(frozen=True)
class ProcfileEntry:
    name: str
    command: tuple[str, ...]


def parse_procfile(text: str, environment: Mapping[str, str]) -> list[ProcfileEntry]:
    """Variables are filled in after the line is cut into words, so that a value with spaces stays one word."""
    entries = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise StartError(f"Procfile, line {number}: write `name: command`.")
        try:
            words = [Template(word).substitute(environment) for word in shlex.split(match["command"])]
        except (KeyError, ValueError) as error:
            raise StartError(f"Procfile, line {number}: {error} is not set or not well formed.") from None
        entries.append(ProcfileEntry(match["name"], tuple(words)))
    return entries
