"""Which further models a rule wants to look at which tracks, how often, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.engine.basics import Document, Who
from rules.engine.clauses import CLAUSES
from rules.engine.clauses.attribute import Attribute
from rules.engine.clauses.camera import CameraState
from rules.engine.clauses.in_zone import InZone, Outside
from rules.engine.clauses.pose import PoseIs
from rules.engine.clauses.worn import Wears
from rules.engine.colours import COLOUR_ATTRIBUTES, COLOUR_MODEL
from rules.engine.rule import RuleSpec

QUICK_MS = 200
"""A fall is over in half a second, and so is a runner's stride."""
CALM_MS = 400
QUICK_POSES = ("falling", "running")
SHORTEST_MS, LONGEST_MS = 200, 2_000
COLOUR_MS = 1_000
"""Clothes do not change: a look a second makes them sure."""


@dataclass(frozen=True, slots=True)
class WantedLook:
    """``zones``: it is enough to look at tracks in or near one of these; none: anywhere."""

    model: str
    who: Who
    every_ms: int
    zones: tuple[str, ...] = ()


def wanted_looks(spec: RuleSpec) -> tuple[WantedLook, ...]:
    zones = _zones(spec.when)
    closely = tuple(
        WantedLook(clause.MODEL, who, _every_ms(clause), zones)
        for clause, who in _clauses(spec.when, spec.who)
        if isinstance(clause, PoseIs | Wears) and clause.MODEL and getattr(clause, "uses", "") != "box"
    )
    return closely + tuple(WantedLook(COLOUR_MODEL, who, COLOUR_MS, zones) for who in _coloured(spec))


def models_required(spec: RuleSpec) -> frozenset[str]:
    """The further models without which the rule finds nothing; others only make it surer."""
    required: set[str | None] = {spec.who.model}
    for clause, _ in _clauses(spec.when, spec.who):
        if isinstance(clause, Wears) or (isinstance(clause, PoseIs) and clause.needs_keypoints):
            required.add(clause.MODEL)
    return frozenset(name for name in required if name is not None and name != "detector")


def wants_signals(spec: RuleSpec) -> bool:
    """Whether the picture as a whole is to be measured."""
    return any(isinstance(clause, CameraState) for clause, _ in _clauses(spec.when, spec.who))


def _coloured(spec: RuleSpec) -> Iterator[Who]:
    """Those whose colours are asked for, by a clause or by a ``who``."""
    clauses = list(_clauses(spec.when, spec.who))
    yield from (who for clause, who in clauses if isinstance(clause, Attribute) and clause.name in COLOUR_ATTRIBUTES)
    yield from (who for who in (spec.who, *(who for _, who in clauses)) if COLOUR_ATTRIBUTES & who.attributes.keys())


def _every_ms(clause: PoseIs | Wears) -> int:
    if isinstance(clause, PoseIs):
        return QUICK_MS if clause.pose in QUICK_POSES else CALM_MS
    # One look more than are needed within the window, since not every one comes in time.
    return round(min(max(clause.window * 1000 / (clause.looks + 1), SHORTEST_MS), LONGEST_MS))


def _clauses(value: object, who: Who) -> Iterator[tuple[Document, Who]]:
    """Every clause's words, with those whom they are about."""
    if isinstance(value, tuple):
        for each in value:
            yield from _clauses(each, who)
    elif isinstance(value, Document):
        about = getattr(value, "who", None) or who
        if isinstance(value, WORDS):
            yield value, about
        for field in type(value).model_fields:
            yield from _clauses(getattr(value, field), about)


WORDS = tuple(arguments for arguments, _ in CLAUSES.values())


def _zones(condition: object) -> tuple[str, ...]:
    """Where a track must stand for the whole condition to be true, as far as that is plainly said."""
    parts = (condition, *(getattr(condition, "all", None) or ()))
    for part in parts:
        place = getattr(part, "in_zone", None)
        if isinstance(place, InZone) and not isinstance(place, Outside) and place.overlap is None:
            return place.zone
    return ()
