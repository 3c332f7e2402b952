"""What a condition's evaluator is: the part of a rule that remembers, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from rules.engine.clauses.base import Measure, Setting, UnusableRuleError
from rules.engine.scene import Scene
from rules.engine.transitions import Evidence

__all__ = ["Evaluator", "Hit", "HitEnd", "Setting", "Shown", "StateRow", "UnusableRuleError"]

StateRow = list[Any]
"""JSON-able."""


class Shown(NamedTuple):
    """What an event shows when its subject is no track of the frame."""

    class_name: str
    confidence: float
    box_xyxy: tuple[float, float, float, float]


@dataclass(slots=True)
class Hit:
    """The condition became true for the track at ``index`` of the scene, or for what ``shown`` describes."""

    index: int
    track_id: int
    start_ms: int
    evidence: Evidence
    momentary: bool = False
    """Over in the instant it happened."""
    shown: Shown | None = None


class HitEnd(NamedTuple):
    track_id: int
    start_ms: int
    end_ms: int


class Evaluator(Protocol):
    """Deterministic, with memory bounded by the tracks seen lately; time comes from scenes only."""

    watch: int
    """The bits of what it looks at, see ``Watched``."""
    due_ms: float
    """Until then it needs no steps in frames in which nothing that it watches is stirred."""

    def catch_up(self, at_ms: int, number: int) -> None:
        """Nothing changed until then, which was the frame of this number: the steps that were left out."""
        ...

    def step(self, scene: Scene) -> list[Hit | HitEnd]: ...

    def finish(self) -> list[HitEnd]:
        """End what is still open, and forget everything. Asked, as ``state``, after ``catch_up``."""
        ...

    def state(self) -> list[StateRow]:
        """JSON-able rows, in an order that does not depend on that of the tracks."""
        ...

    def restore(self, rows: list[StateRow]) -> None: ...

    def measure(self, scene: Scene, subject: int) -> Measure:
        """How near the subject is to fulfilling the condition, in the frame that was last stepped."""
        ...
