"""What is written in a rule, as far as a replay has to know it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.engine.basics import Document
from rules.engine.clauses import word_of
from rules.engine.rule import RuleSpec


class UnknownToReplayError(Exception):
    """Nothing can be said of this rule but by looking at every frame."""


PLACES = ("count", "density", "queue", "absent", "schedule", "rate", "camera")
IN_EVERY_FRAME = ("removed",)
"""They remember what was seen in every frame."""
TELLING_MORE = ("attribute", "wears", "lacks", "pose", "camera")
"""They ask for more than tracks can tell."""
FOR_COMPANY = ("near", "alone", "wears", "lacks")
"""Tracks that the rule is not about matter to them, by being near, or by owning a thing that lies on two persons."""


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


def asks_only_tracks(spec: RuleSpec) -> bool:
    """Whether the rule finds the same where nothing is known but classes, confidences and boxes."""
    return not any(
        set(part) & set(TELLING_MORE) or part.get("attributes") or part.get("model")
        for part in _mappings(spec.model_dump(mode="json", exclude={"authored"}))
    )


def asks_for_company(spec: RuleSpec) -> bool:
    """Whether tracks matter that the rule is not about."""
    return any(set(FOR_COMPANY) & set(part) for part in _mappings(spec.model_dump(mode="json", exclude={"authored"})))


def _mappings(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mappings(each)


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
    if word in IN_EVERY_FRAME:
        raise UnknownToReplayError
    return word, getattr(clause, word)


def steps_of(words: Any) -> list[Document]:  # noqa: ANN401
    return [each for each in (words.first, words.next, words.without) if each is not None]
