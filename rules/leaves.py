"""A rule's YAML as fields of a form: every plain value of the text is one, and is changed where it stands.

Comments, order and style of the text stay as their author left them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from events.choices import Severity
from rules.engine.schema import MAX_DOCUMENT_BYTES, MESSAGE_WORDS
from rules.engine.yaml_reading import PLAIN_TAGS, YamlFaultError, read_documents
from rules.leaf_words import leaf_label

PLAIN_WORD = re.compile(r"[A-Za-z_][\w./ -]*[\w.]|[A-Za-z_]")
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
AMOUNT = re.compile(r"[0-9][0-9.]*(?: ?[A-Za-z/%]+)?")
"""A number with its unit, as in ``10s``."""
FIXED = {"type"}
"""What other values depend on: changed in the text only."""
CHOICES = {"severity": Severity.values}
MESSAGE_HINT = ", ".join(f"{{{word}}}" for word in MESSAGE_WORDS)
ABOUT = ("name", "severity", "message", "description", "example", "tags")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value, or a list of plain ones; ``start`` and ``end`` count characters of the text."""

    path: tuple[str, ...]
    value: str
    start: int
    end: int
    is_list: bool = False
    is_text: bool = True

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def part(self) -> str:
        return "about" if self.path[0] in ABOUT else self.path[0]

    @property
    def label(self) -> str:
        words = leaf_label(self.path[1:] or self.path)
        return f"{words} ({MESSAGE_HINT})" if self.key == "message" else words

    @property
    def choices(self) -> list[str]:
        """With what stands there now, even where it is none: a form must not change what nobody touched."""
        known = CHOICES.get(self.key) or (["true", "false"] if self.value in {"true", "false"} else [])
        return [self.value, *known] if known and self.value not in known else list(known)


def rule_leaves(document: str) -> list[Leaf]:
    """Of a text that is one readable YAML document and no longer than one may be; else none."""
    if len(document) > MAX_DOCUMENT_BYTES:
        return []
    try:
        if len(read_documents(document)) != 1:  # judged within its limits first
            return []
        root = yaml.compose(document, Loader=yaml.SafeLoader)
    except (YamlFaultError, yaml.YAMLError):
        # The second: PyYAML, whose marks are needed here, refuses some of what the rules' own reader takes.
        return []
    return list(_leaves(root, ())) if isinstance(root, yaml.MappingNode) else []


def leaves_changed(document: str, values: Mapping[str, str]) -> str:
    """The text with other values; names that are no leaf are left out."""
    for leaf in reversed(rule_leaves(document)):
        value = values.get(leaf.key)
        if value is not None and value.strip() != leaf.value:
            line_end = "\n" if document[leaf.start : leaf.end].endswith("\n") else ""
            document = document[: leaf.start] + _written(leaf, value.strip()) + line_end + document[leaf.end :]
    return document


def _leaves(node: yaml.Node, path: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value not in FIXED:
                yield from _leaves(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        words = ", ".join(str(item.value) for item in node.value)
        if node.flow_style:
            yield Leaf(path, words, node.start_mark.index, node.end_mark.index, is_list=True)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _leaves(item, (*path, str(number)))
    elif isinstance(node, yaml.ScalarNode) and node.tag in PLAIN_TAGS and not node.value.startswith("$"):
        is_text = node.tag.endswith(":str") and not AMOUNT.fullmatch(node.value)
        yield Leaf(path, node.value.strip(), node.start_mark.index, node.end_mark.index, is_text=is_text)


def _written(leaf: Leaf, value: str) -> str:
    if leaf.is_list:
        return "[" + ", ".join(_scalar(word.strip(), is_text=True) for word in value.split(",") if word.strip()) + "]"
    return _scalar(value, is_text=leaf.is_text)


def _scalar(value: str, *, is_text: bool) -> str:
    """Plain where it reads back as it is meant; else in quotation marks, which JSON writes as YAML reads them."""
    plain = PLAIN_WORD if is_text else AMOUNT
    if value in {"true", "false"} or (not is_text and NUMBER.fullmatch(value)):
        return value
    word = plain.fullmatch(value) and yaml.safe_load(value) == value
    return value if word else json.dumps(value, ensure_ascii=False)
