"""English that Python shows to people without marking it for translation: messages, refusals, labels."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Set

MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext"}
LABELS = {"label", "empty_label", "help_text"}
SENTENCE = re.compile(r"(?s)(?=.*[A-Za-z]{2}).* ")
LABEL = re.compile(r"[a-z]{2}")
"""Names such as "PDF" are the same in every language."""


def unmarked(tree: ast.Module, refusals: Set[str]) -> list[str]:
    """What is shown and not marked; ``refusals`` names the errors whose first argument people read."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += _of_call(node, refusals)
        elif isinstance(node, ast.ClassDef):
            found += _of_choices(node)
    return found


def subclasses(name: str, trees: Iterable[ast.Module]) -> frozenset[str]:
    """The class and all that follow from it, by name."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {name}
    while more := {each.name for each in classes if found.intersection(_names(base)[1] for base in each.bases)} - found:
        found |= more
    return frozenset(found)


def _of_call(call: ast.Call, refusals: Set[str]) -> Iterator[str]:
    owner, name = _names(call.func)
    if name in refusals or (name == "ValidationError" and owner != "serializers"):
        yield from _literals(call.args[:1], SENTENCE)
    elif name == "add_error" or owner == "messages":
        yield from _literals(call.args[1:], SENTENCE)
    elif owner == "forms":
        yield from _literals([word.value for word in call.keywords if word.arg in LABELS], LABEL)


def _of_choices(node: ast.ClassDef) -> Iterator[str]:
    if any(_names(base)[1] in {"TextChoices", "IntegerChoices"} for base in node.bases):
        members = [line.value for line in node.body if isinstance(line, ast.Assign)]
        yield from _literals(
            [label for each in members if isinstance(each, ast.Tuple) for label in each.elts[1:]], LABEL
        )


def _literals(nodes: list[ast.expr], shown: re.Pattern[str]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call):
            if _names(node.func)[1] not in MARKS:
                yield from _literals([node.func], shown)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and shown.search(node.value):
                yield node.value
        elif isinstance(node, ast.Dict):
            yield from _literals(node.values, shown)
        else:
            yield from _literals([part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)], shown)


def _names(node: ast.expr) -> tuple[str, str]:
    """``forms.CharField`` is ("forms", "CharField"), ``CharField`` ("", "CharField")."""
    if isinstance(node, ast.Attribute):
        return _names(node.value)[1], node.attr
    return "", node.id if isinstance(node, ast.Name) else ""
