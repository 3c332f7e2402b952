"""What differs between two documents: line by line as text, and field by field."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from django.utils.translation import gettext as _

from rules.engine.schema import RuleSpec
from rules.engine.yaml_reading import YamlFaultError, read_documents
from rules.models import RuleVersion

Leaf = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """``old`` and ``new`` as they stand in the documents; None where the field is not there, or holds nothing."""

    field: str
    old: Leaf
    new: Leaf


def text_difference(old: str, new: str, names: tuple[str, str]) -> str:
    """A unified diff; empty where the texts are the same."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
    return "\n".join(lines)


def versions_text_difference(old: RuleVersion | None, new: RuleVersion) -> str:
    """A unified diff; without ``old`` all of it is new."""
    names = (
        _("version %(number)s") % {"number": old.number} if old else _("nothing"),
        _("version %(number)s") % {"number": new.number},
    )
    return text_difference(_text(old), _text(new), names)


def versions_field_changes(old: RuleVersion | None, new: RuleVersion) -> list[FieldChange]:
    """In the order of the newer document; fields that are gone come last."""
    return field_changes(_text(old), _text(new))


def field_changes(old: str, new: str) -> list[FieldChange]:
    before, after = _fields(old), _fields(new)
    names = [*after, *(name for name in before if name not in after)]
    pairs = [(name, before.get(name), after.get(name)) for name in names]
    # 1 and true are equal in Python and not in a document.
    return [FieldChange(*pair) for pair in pairs if (type(pair[1]), pair[1]) != (type(pair[2]), pair[2])]


def _text(version: RuleVersion | None) -> str:
    """Its document; a version that was made without one is written down from what it says."""
    if version is None:
        return ""
    return version.document or spec_text(version.parsed)


def spec_text(spec: RuleSpec) -> str:
    data = spec.authored or spec.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None)


def _fields(document: str) -> dict[str, Leaf]:
    try:
        documents = read_documents(document)
    except YamlFaultError:
        return {"document": document}
    return dict(_flat(documents[0][0], "")) if documents else {}


def _flat(value: object, path: str) -> Iterator[tuple[str, Leaf]]:
    parts: list[tuple[str, object]] = []
    if isinstance(value, dict):
        parts = [(f"{path}.{key}" if path else str(key), each) for key, each in value.items()]
    elif isinstance(value, list):
        parts = [(f"{path}[{index}]", each) for index, each in enumerate(value)]
    elif isinstance(value, str | int | float | bool) or value is None:
        yield path, value
    for name, each in parts:
        yield from _flat(each, name)
