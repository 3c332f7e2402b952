"""What goes into the engine and what comes out of it: plain values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.engine.frames import FrameTracks
from rules.engine.schema import RuleSpec

__all__ = ["ActiveRule", "Ended", "Evidence", "FrameTracks", "Started", "Transition"]

Evidence = dict[str, object]
"""JSON-able: what was true, with its numbers and times."""


@dataclass(frozen=True, slots=True)
class ActiveRule:
    rule_id: int
    version: int
    spec: RuleSpec


@dataclass(frozen=True, slots=True)
class Started:
    """A rule was met by a track. ``start_ms`` is the event's moment, ``at_ms`` the frame in which it became known.

    Class, confidence and box are those of the frame at ``at_ms``. A rule about the place rather than about one track
    has ``track_id`` 0, and the box of those it counted or of its zone.
    """

    rule_id: int
    version: int
    track_id: int
    start_ms: int
    at_ms: int
    class_name: str
    confidence: float
    box_xyxy: tuple[float, float, float, float]
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """What ``Started`` with the same rule, version, track and ``start_ms`` began is over."""

    rule_id: int
    version: int
    track_id: int
    start_ms: int
    end_ms: int


Transition = Started | Ended
