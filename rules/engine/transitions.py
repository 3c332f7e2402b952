"""What goes into the engine and what comes out of it: plain values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rules.engine.schema import RuleSpec

Evidence = dict[str, object]
"""JSON-able: what was true, with its numbers and times."""


@dataclass(frozen=True, slots=True)
class FrameTracks:
    """The confirmed tracks seen in one analysed frame. Boxes are left, top, right, bottom, normalised (0..1)."""

    timestamp_ms: int
    track_ids: NDArray[np.int64]
    class_names: tuple[str, ...]
    confidences: NDArray[np.floating]
    boxes_xyxy: NDArray[np.floating]

    def __post_init__(self) -> None:
        count = len(self.track_ids)
        if len(self.class_names) != count or len(self.confidences) != count or self.boxes_xyxy.shape != (count, 4):
            raise ValueError("ids, classes, confidences and boxes must be as many as each other")


@dataclass(frozen=True, slots=True)
class ActiveRule:
    rule_id: int
    version: int
    spec: RuleSpec


@dataclass(frozen=True, slots=True)
class Started:
    """A rule was met by a track. ``start_ms`` is the event's moment, ``at_ms`` the frame in which it became known.

    Class, confidence and box are those of the frame at ``at_ms``.
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
