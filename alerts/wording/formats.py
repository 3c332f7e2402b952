"""The little language of message templates: ``{camera}``, ``{message|short:80}``, ``{{`` and ``}}`` for braces.

A name stands for a text that is put in as it is, once: it reaches no attributes, calls nothing, and what it puts in is
not read again. There is nothing to escape from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
NAME = re.compile(r"([a-z_]+)((?:\|[a-z]+(?::[^|]*)?)*)")
MOST_SHORT = 500


class FormatError(Exception):
    """The sentence says what is wrong with a template, and where."""


def _short(text: str, argument: str) -> str:
    most = int(argument)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


FILTERS: dict[str, Callable[[str, str], str]] = {
    "upper": lambda text, _: text.upper(),
    "lower": lambda text, _: text.lower(),
    "capital": lambda text, _: text[:1].upper() + text[1:],
    "short": _short,
    "default": lambda text, argument: text or argument,
}
WITH_ARGUMENT = frozenset({"short", "default"})


def format_check(template: str, names: frozenset[str]) -> None:
    """Raise FormatError unless ``template`` can be filled with texts of these names."""
    for part in PART.finditer(template):
        line = template.count("\n", 0, part.start()) + 1
        try:
            _check_part(part, names)
        except FormatError as error:
            raise FormatError(_("Line %(line)s: %(fault)s") % {"line": line, "fault": error}) from None


def format_fill(template: str, texts: Mapping[str, str]) -> str:
    """Put the texts in. The template has been checked; a name that is gone since leaves nothing."""
    return PART.sub(lambda part: _filled(part, texts), template)


def _check_part(part: re.Match[str], names: frozenset[str]) -> None:
    if part[0] in {"{{", "}}"}:
        return
    if part[1] is None:
        raise FormatError(
            _("A single %(sign)s stands for nothing. Write %(twice)s for the sign itself.")
            % {"sign": part[0], "twice": part[0] * 2}
        )
    name, filters = _read(part[1])
    if name not in names:
        raise FormatError(
            _("{%(name)s} is not known. Known are: %(names)s.") % {"name": name, "names": ", ".join(sorted(names))}
        )
    for filter_name, argument in filters:
        _check_filter(filter_name, argument)


def _check_filter(name: str, argument: str) -> None:
    if name not in FILTERS:
        raise FormatError(
            _("The filter %(name)s is not known. Known are: %(names)s.")
            % {"name": name, "names": ", ".join(sorted(FILTERS))}
        )
    if (name in WITH_ARGUMENT) != bool(argument):
        takes = _("a value after a colon") if name in WITH_ARGUMENT else _("no value")
        raise FormatError(_("The filter %(name)s takes %(takes)s.") % {"name": name, "takes": takes})
    if name == "short" and not (argument.isascii() and argument.isdigit() and 1 <= int(argument) <= MOST_SHORT):
        raise FormatError(_("short takes a number from 1 to %(most)s.") % {"most": MOST_SHORT})


def _read(inner: str) -> tuple[str, list[tuple[str, str]]]:
    found = NAME.fullmatch(inner.strip())
    if found is None:
        raise FormatError(
            _("{%(name)s} cannot be read. Write a name, as in {camera} or {message|short:80}.") % {"name": inner[:40]}
        )
    filters = [filter_text.partition(":") for filter_text in found[2].split("|")[1:]]
    return found[1], [(name, argument) for name, _colon, argument in filters]


def _filled(part: re.Match[str], texts: Mapping[str, str]) -> str:
    if part[1] is None:
        return part[0][0]
    name, filters = _read(part[1])
    text = texts.get(name, "")
    for filter_name, argument in filters:
        text = FILTERS[filter_name](text, argument)
    return text
