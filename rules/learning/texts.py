"""A rule's text with one value more or another one: comments, order and style stay as their author left them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from rules.engine.yaml_reading import YamlFaultError, read_documents
from rules.leaves import leaves_changed


def text_with(text: str, path: tuple[str | int, ...], value: float, wanted: dict[str, Any]) -> str:
    """The text with ``value`` at ``path``. ``wanted`` is what it is to be read as; where that takes more than one
    place, it is written anew.
    """
    for candidate in _candidates(text, path, f"{value:g}"):
        if _reads_as(candidate, wanted):
            return candidate
    return yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True)


def _candidates(text: str, path: tuple[str | int, ...], value: str) -> Iterator[str]:
    yield leaves_changed(text, {".".join(map(str, path)): value})
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    place = _node(root, path[:-1])
    if isinstance(place, yaml.MappingNode) and place.value:
        yield _with_first(text, place, f"{path[-1]}: {value}")
    if isinstance(root, yaml.MappingNode) and len(path) == 2 and (following := _key(root, "when")):
        at = following.start_mark.index
        yield f"{text[:at]}{path[0]}: {{{path[1]}: {value}}}\n{text[at:]}"


def _with_first(text: str, place: yaml.MappingNode, entry: str) -> str:
    """Before the mapping's first key, in its style."""
    mark = place.value[0][0].start_mark
    end = ", " if place.flow_style else "\n" + " " * mark.column
    return text[: mark.index] + entry + end + text[mark.index :]


def _node(node: yaml.Node | None, path: tuple[str | int, ...]) -> yaml.Node | None:
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def _key(root: yaml.MappingNode, name: str) -> yaml.Node | None:
    return next((key for key, _value in root.value if key.value == name), None)


def _reads_as(text: str, wanted: dict[str, Any]) -> bool:
    try:
        documents = read_documents(text)
    except (YamlFaultError, yaml.YAMLError):
        return False
    return len(documents) == 1 and documents[0][0] == wanted
