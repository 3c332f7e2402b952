"""What can be measured of a judged event, and which place of the rule's document sets the limit for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from events.clause_values import number
from events.models import Event

NO_BREAK = "\N{NO-BREAK SPACE}"
Path = tuple[str | int, ...]
"""Keys and places in a document, from the outside in."""


@dataclass(frozen=True, slots=True)
class Measure:
    """``path``: where the limit stands in the document; ``digits``: how finely it may be set."""

    name: str
    words: str
    path: Path
    value: Callable[[Event], float | None]
    unit: str = ""
    keeps_low: bool = False
    digits: int = 2
    is_share: bool = False
    """Told in percent."""

    def told(self, value: float) -> str:
        if self.is_share:
            return f"{formats.number_format(value * 100, max(0, self.digits - 2))}{NO_BREAK}%"
        shown = formats.number_format(value, None if value % 1 else 0)
        return f"{shown}{NO_BREAK}{self.unit}" if self.unit else shown


def measures_of(document: dict[str, Any]) -> list[Measure]:
    """Those that fit the rule's document; every rule has those of whom it looks at."""
    return [
        Measure(
            "min_confidence", _("How sure the detector is, at least"), ("who", "min_confidence"), _sure, is_share=True
        ),
        Measure(
            "min_height", _("Height in the picture, at least"), ("who", "min_height"), _height, digits=3, is_share=True
        ),
        Measure(
            "max_height",
            _("Height in the picture, at most"),
            ("who", "max_height"),
            _height,
            keeps_low=True,
            digits=3,
            is_share=True,
        ),
        *_of_clauses(document.get("when")),
    ]


def _of_clauses(when: object) -> Iterator[Measure]:
    """Of the clauses that must all hold: other alternatives would let the events in that one keeps out."""
    if not isinstance(when, dict):
        return
    if when.get("type") == "zone_presence":
        path: Path = ("when", "dwell_seconds")
        stay = _stay(_asked(when.get("dwell_seconds")))
        yield Measure("dwell_seconds", _("Time inside, at least"), path, stay, "s", digits=1)
        return
    parts = when["all"] if isinstance(when.get("all"), list) else [when]
    for place, part in enumerate(parts):
        path = ("when", "all", place) if "all" in when else ("when",)
        yield from _of_clause(part, path) if isinstance(part, dict) else ()


def _of_clause(clause: dict[str, Any], path: Path) -> Iterator[Measure]:
    for word in ("in_zone", "stationary"):
        if word in clause:
            words = _("Time inside, at least") if word == "in_zone" else _("Time without moving, at least")
            yield Measure(f"{word}.for", words, (*path, word, "for"), _held(word), "s", digits=1)
    if isinstance(clause.get("in_zone"), dict) and "overlap" in clause["in_zone"]:
        yield Measure(
            "in_zone.overlap",
            _("Share of the box inside, at least"),
            (*path, "in_zone", "overlap"),
            _said("in_zone"),
            is_share=True,
        )
    if isinstance(clause.get("speed"), dict) and "above" in clause["speed"]:
        yield Measure("speed.above", _("Speed, at least"), (*path, "speed", "above"), _said("speed"))


def _sure(event: Event) -> float | None:
    return event.confidence


def _height(event: Event) -> float | None:
    top, bottom = (number(each) for each in (event.box_xyxy[1], event.box_xyxy[3]))
    return None if top is None or bottom is None else bottom - top


def _asked(value: object) -> float:
    return number(value) or 0.0


def _stay(asked_seconds: float) -> Callable[[Event], float | None]:
    def measured(event: Event) -> float | None:
        """All of the stay: the event begins when it was long enough."""
        if event.ended_at is None:
            return None
        needed = number(event.evidence.get("dwell_seconds")) if isinstance(event.evidence, dict) else None
        return (event.ended_at - event.started_at).total_seconds() + (asked_seconds if needed is None else needed)

    return measured


def _held(word: str) -> Callable[[Event], float | None]:
    def measured(event: Event) -> float | None:
        clause = _clause_in(event.evidence, word)
        if clause is None or event.ended_at is None:
            return None
        return (event.ended_at - event.started_at).total_seconds() + (number(clause.get("for_seconds")) or 0.0)

    return measured


def _said(word: str) -> Callable[[Event], float | None]:
    def measured(event: Event) -> float | None:
        clause = _clause_in(event.evidence, word)
        return number(clause.get("value")) if clause else None

    return measured


def _clause_in(evidence: object, word: str) -> dict[str, Any] | None:
    """The first such clause of the evidence, as it stands among those that all had to hold."""
    clauses = evidence.get("clauses") if isinstance(evidence, dict) else None
    if not isinstance(clauses, dict):
        return None
    parts = clauses.get("parts") if clauses.get("clause") == "all" else [clauses]
    found = [each for each in parts or () if isinstance(each, dict) and each.get("clause") == word]
    return found[0] if found else None
