"""What is written in a rule, as far as a replay has to know it."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from rules.engine.basics import Document
from rules.engine.clauses import word_of
from rules.engine.rule import RuleSpec
from rules.engine.track_log.asked import ONLY_TRACKS, Asked


class UnknownToReplayError(Exception):
    """Nothing can be said of this rule but by looking at every frame."""


PLACES = ("count", "density", "queue", "absent", "schedule", "rate", "camera")
TELLING_MORE: Mapping[str, Asked] = MappingProxyType(
    {
        "attribute": Asked.ATTRIBUTES,
        "attributes": Asked.ATTRIBUTES,
        "wears": Asked.ITEMS,
        "lacks": Asked.ITEMS,
        "pose": Asked.BODIES,
        "camera": Asked.SIGNALS,
        "model": Asked.MODELS,
    }
)
"""They ask for more than tracks can tell."""
TOLD = ("in_zone", "outside", "speed", "heading", "near", "alone", "wears", "lacks", "pose")
"""They are true for a track in rows that are known at once."""
FOR_COMPANY = ("near", "alone", "removed")
"""Tracks that the rule is not about matter to them: near, or in front."""


def of_scene(clause: Document) -> bool:
    """Whether it is about the place, and not about each track."""
    word, words = parts_of(clause)
    if word in ("all", "any"):
        return all(of_scene(each) for each in words)
    if word == "not":
        return of_scene(words)
    if word in ("lasting", "times"):
        return of_scene(words.that)
    return of_scene(words.next) if word == "then" else word in PLACES


def asked_of(spec: RuleSpec) -> Asked:
    """What the rule has to know, beside classes, confidences and boxes, to find what it would find of everything."""
    parts = list(_mappings(spec.model_dump(mode="json", exclude={"authored"})))
    words = {word for part in parts for word, value in part.items() if value}
    return functools.reduce(operator.or_, [asked for word, asked in TELLING_MORE.items() if word in words], ONLY_TRACKS)


def asks_for_company(spec: RuleSpec) -> bool:
    """Whether tracks matter that the rule is not about."""
    return any(set(FOR_COMPANY) & set(part) for part in _mappings(spec.model_dump(mode="json", exclude={"authored"})))


def _mappings(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mappings(each)


def is_told(clause: Document) -> bool:
    """Whether it is put together, by ``all`` and ``any``, of nothing but clauses whose runs a replay knows."""
    word, words = parts_of(clause)
    if word in ("all", "any"):
        return all(map(is_told, words))
    return word in TOLD and not is_fall(words)


def is_any(clause: Document) -> bool:
    """Whether it is true as long as one of its clauses is, each alone."""
    word, words = parts_of(clause)
    return all(map(is_any, words)) if word == "any" else word in TOLD


def is_fall(words: Any) -> bool:  # noqa: ANN401
    return getattr(words, "pose", "") == "falling"


def conditions_of(clause: Document) -> Iterator[Document]:
    """The words of all that has to be true for the whole to be true."""
    word, words = parts_of(clause)
    if word != "all":
        yield words
        return
    for each in words:
        yield from conditions_of(each)


def parts_of(clause: Document) -> tuple[str, Any]:
    word = word_of(clause) or ""
    return word, getattr(clause, word)


def steps_of(words: Any) -> list[Document]:  # noqa: ANN401
    return [each for each in (words.first, words.next, words.without) if each is not None]
