"""YAML into plain values, each with the place where it stands; bounded in time, memory and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import yaml

MAX_DEPTH = 32
MAX_NODES = 20_000
Path = tuple[str | int, ...]


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


class _Loader(yaml.SafeLoader):
    """Leaves times of day, and words such as `on`, as they are written."""


# YAML 1.1 reads 22:00 as the number 1320 and `on` as true; what an author of rules writes is a text.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":int", ":float", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _firsts in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9_]*)$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:[0-9][0-9_]*)?\.?[0-9]+(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_firsts))


def read_documents(text: str) -> list[tuple[Any, dict[Path, Mark]]]:
    """The documents of a YAML text, each with the mark of every value in it by path.

    Raises:
        YamlFaultError: it is no YAML, is too deep or too large, uses aliases, or says the same key twice.
    """
    try:
        _check_events(text)
        loader = _Loader(text)
        try:
            return list(_documents(loader))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        sentence = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise YamlFaultError(sentence, _mark(error.problem_mark or error.context_mark)) from error
    except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
        if isinstance(error, YamlFaultError):
            raise
        # The last two: what PyYAML raises for a value that does not fit its tag, such as `!!bool maybe`.
        raise YamlFaultError(f"a value that cannot be read: {str(error)[:200]}", None) from error


def _documents(loader: _Loader) -> Iterator[tuple[Any, dict[Path, Mark]]]:
    while loader.check_node():
        node = cast(yaml.Node, loader.get_node())
        marks: dict[Path, Mark] = {}
        yield _value(loader, node, (), marks), marks


def _check_events(text: str) -> None:
    """Before anything is built: PyYAML builds by recursion, and the parser's events come one by one."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            # A few hundred bytes of them unfold into gigabytes.
            _refuse("aliases (*name) are not used in rules", event)
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            _refuse(f"it is nested deeper than {MAX_DEPTH} levels", event)
        if count > MAX_NODES:
            _refuse(f"it holds more than {MAX_NODES} values", event)


def _refuse(sentence: str, event: yaml.Event) -> NoReturn:
    raise YamlFaultError(sentence, _mark(event.start_mark))


def _mark(mark: Any) -> Mark | None:  # noqa: ANN401 PyYAML has two kinds of them
    return None if mark is None else Mark(mark.line + 1, mark.column + 1)


def _value(loader: _Loader, node: yaml.Node, path: Path, marks: dict[Path, Mark]) -> Any:  # noqa: ANN401 any YAML
    marks[path] = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, marks)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, each, (*path, index), marks) for index, each in enumerate(node.value)]
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, LookupError, AttributeError) as error:
        raise YamlFaultError(f"a value that cannot be read: {str(error)[:200]}", marks[path]) from error


def _mapping(loader: _Loader, node: yaml.MappingNode, path: Path, marks: dict[Path, Mark]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        mark = Mark(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
            raise YamlFaultError("a key is a plain word", mark)
        key = str(key_node.value)
        if key in found:
            raise YamlFaultError(f"the key “{key[:40]}” is there twice", mark)
        found[key] = _value(loader, value_node, (*path, key), marks)
        # A fault in a value that has no place of its own, such as a missing one, is shown at its key.
        marks[(*path, key)] = mark if value_node.start_mark.line != key_node.start_mark.line else marks[(*path, key)]
    return found
