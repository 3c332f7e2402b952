"""What a condition's evaluator is: the part of a rule that remembers, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rules.engine.scene import Scene
from rules.engine.schema import Who, ZoneShape
from rules.engine.transitions import Evidence

StateRow = list[int | float]


class UnusableRuleError(ValueError):
    """A rule that cannot be evaluated on this camera; the message is a sentence for its author."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The condition became true for the track at ``index`` of the scene."""

    index: int
    track_id: int
    start_ms: int
    evidence: Evidence
    momentary: bool = False
    """Over in the instant it happened."""


@dataclass(frozen=True, slots=True)
class HitEnd:
    track_id: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What an evaluator is made from, besides its condition."""

    who: Who
    zones: Mapping[str, ZoneShape]

    def zone(self, name: str, kind: str) -> ZoneShape:
        """Raises ``UnusableRuleError`` when the camera has no such zone."""
        zone = self.zones.get(name)
        if zone is None:
            raise UnusableRuleError(f"the camera has no zone named “{name}”")
        if zone.kind != kind:
            raise UnusableRuleError(f"the zone “{name}” is a {zone.kind}; this rule needs a {kind}")
        return zone


class Evaluator(Protocol):
    """Deterministic, with memory bounded by the tracks seen lately; time comes from scenes only."""

    def step(self, scene: Scene) -> list[Hit | HitEnd]: ...

    def finish(self) -> list[HitEnd]:
        """End what is still open, and forget everything."""
        ...

    def state(self) -> list[StateRow]:
        """JSON-able rows, one a track, in the order of the ids."""
        ...

    def restore(self, rows: list[StateRow]) -> None: ...
