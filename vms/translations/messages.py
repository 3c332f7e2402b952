"""Which strings a source marks as translatable: Python, Django's templates, and our JavaScript."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from django.utils.translation.template import templatize

STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(n?p?gettext|_)\(((?:\s*u?{STRING}\s*,?)+)")
SINGLE = {"_", "N_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}
STRINGS = {**dict.fromkeys(SINGLE, 1), **dict.fromkeys(PLURAL | CONTEXT, 2), **dict.fromkeys(CONTEXT_PLURAL, 3)}
"""How many strings each function starts with. ``N_`` marks words where Django is not known: the engine, the runtime."""


@dataclass(frozen=True)
class Message:
    text: str
    plural: str = ""
    context: str | None = None


def python_messages(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        strings = [part.value for part in node.args[: STRINGS.get(name, 0)] if isinstance(part, ast.Constant)]
        if strings and len(strings) == STRINGS[name]:
            yield _message(name, [str(string) for string in strings])


def template_messages(source: str) -> Iterator[Message]:
    return script_messages(templatize(source))


def rule_messages(source: str) -> Iterator[Message]:
    """What the catalog of ready rules says of each of them."""
    for document in yaml.safe_load_all(source):
        yield from (Message(document[name]) for name in ("name", "description", "example") if document.get(name))


def script_messages(source: str) -> Iterator[Message]:
    for name, arguments in CALL.findall(source):
        yield _message(name, [ast.literal_eval(string) for string in re.findall(STRING, arguments)])


def _message(name: str, strings: list[str]) -> Message:
    context = strings[0] if name in CONTEXT | CONTEXT_PLURAL else None
    words = strings if context is None else strings[1:]
    return Message(words[0], words[1] if name in PLURAL | CONTEXT_PLURAL else "", context)
