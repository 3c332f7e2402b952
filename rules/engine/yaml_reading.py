"""YAML into plain values, each with the place where it stands; bounded in time, memory and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

MAX_DEPTH = 32
MAX_VALUES = 4_000
"""In one document."""
KEY = -1
"""At the end of a path: the mark of the key itself, not of its value."""
Path = tuple[str | int, ...]

WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
WORDS |= {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{each}" for each in ("str", "int", "float", "bool", "null")) | {None, "!"}

HELP = {
    "cannot start any token": "; lines are indented by spaces, not tabs, and a text that begins with @ is quoted",
    "did not find expected key": "; a text that begins with { or [ is quoted, and what belongs together stands in line",
    "mapping values are not allowed": "; a text with a colon is quoted, and what belongs to a key stands further in",
}
"""By what a YAML reader says: what its author most often did."""
_READER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(frozen=True, slots=True)
class Mark:
    """Counted from 1, as editors do."""

    line: int
    column: int


class YamlFaultError(ValueError):
    """What is wrong, and where if that is known."""

    def __init__(self, sentence: str, mark: Mark | None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mark = mark


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    path: Path
    values: list[Any] | dict[str, Any]
    key: str | None = None


@dataclass(slots=True)
class _Document:
    marks: dict[Path, Mark] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    value: Any = None
    """What the document is, once it is read."""


def read_documents(text: str) -> list[tuple[Any, dict[Path, Mark]]]:
    """The documents of a YAML text, each with the mark of every value in it by path, and of its key.

    Raises:
        YamlFaultError: it is no YAML, is too deep or too large, uses aliases, or says the same key twice.
    """
    try:
        return list(_documents(text))
    except yaml.MarkedYAMLError as error:
        sentence = " ".join(str(part) for part in (error.context, error.problem) if part)[:300]
        help_ = next((words for sign, words in HELP.items() if sign in sentence), "")
        raise YamlFaultError(sentence + help_, _mark(error.problem_mark or error.context_mark)) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise YamlFaultError(str(error)[:200], None) from error


def _documents(text: str) -> Iterator[tuple[Any, dict[Path, Mark]]]:
    document = _Document()
    # Events come one by one, so that neither depth nor size costs more than the limits allow.
    for event in yaml.parse(text, _READER):
        if isinstance(event, yaml.DocumentStartEvent):
            document = _Document()
        elif isinstance(event, yaml.DocumentEndEvent):
            yield document.value, document.marks
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            document.stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            _refuse("aliases (*name) are not used in rules", event)
        elif isinstance(event, yaml.NodeEvent):
            _take(document, event)


def _take(document: _Document, event: yaml.NodeEvent) -> None:
    parent = document.stack[-1] if document.stack else None
    if parent is not None and isinstance(parent.values, dict) and parent.key is None:
        parent.key = _key(parent.values, event)
        document.marks[(*parent.path, parent.key, KEY)] = _placed(event)
        return
    path = _path(parent)
    document.marks[path] = _placed(event)
    if len(document.marks) > 2 * MAX_VALUES:
        _refuse(f"it holds more than {MAX_VALUES} values", event)
    value: Any = _scalar(event) if isinstance(event, yaml.ScalarEvent) else None
    if not isinstance(event, yaml.ScalarEvent):
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        document.stack.append(_Open(path, value))
        if len(document.stack) > MAX_DEPTH:
            _refuse(f"it is nested deeper than {MAX_DEPTH} levels", event)
    _put(document, parent, value)


def _path(parent: _Open | None) -> Path:
    if parent is None:
        return ()
    return (*parent.path, len(parent.values) if parent.key is None else parent.key)


def _put(document: _Document, parent: _Open | None, value: object) -> None:
    if parent is None:
        document.value = value
    elif isinstance(parent.values, list):
        parent.values.append(value)
    elif parent.key is not None:
        parent.values[parent.key] = value
        parent.key = None


def _key(values: dict[str, Any], event: yaml.NodeEvent) -> str:
    if not isinstance(event, yaml.ScalarEvent) or event.value == "<<":
        _refuse("a key is a plain word", event)
    key = str(event.value)
    if key in values:
        _refuse(f"the key “{key[:40]}” is there twice", event)
    return key


def _scalar(event: yaml.ScalarEvent) -> object:
    """Times of day, dates, and words such as ``on`` stay texts, unlike in YAML 1.1."""
    text: str = event.value
    if event.tag not in PLAIN_TAGS:
        _refuse("values are texts, numbers, true, false or null, and no other types", event)
    try:
        if event.tag is not None and event.tag != "!":
            return yaml.constructor.SafeConstructor().construct_object(yaml.ScalarNode(event.tag, text))
        if not event.implicit[0]:
            return text
        if text in WORDS:
            return WORDS[text]
        if INTEGER.fullmatch(text):
            return int(text)
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan")) if NUMBER.fullmatch(text) else text
    except (ValueError, LookupError, AttributeError) as error:
        # The last two: what PyYAML raises for a value that does not fit its tag, such as `!!bool maybe`.
        raise YamlFaultError(f"a value that cannot be read: {str(error)[:200]}", _placed(event)) from error


def _refuse(sentence: str, event: yaml.Event) -> NoReturn:
    raise YamlFaultError(sentence, _placed(event))


def _placed(event: yaml.Event) -> Mark:
    return _mark(event.start_mark) or Mark(1, 1)


def _mark(mark: Any) -> Mark | None:  # noqa: ANN401 PyYAML has two kinds of them
    return None if mark is None else Mark(mark.line + 1, mark.column + 1)
