"""Tells whether two nodes that watched a camera one after the other found the same happening.

Missing an event is worse than telling it twice, so this is narrow. Two ways lead to the same happening twice. Both
nodes saw it, since the first watched on for a moment: then its starts lie together and so do its boxes. Or it is a stay
that went on across the change: the second node found somebody standing there when it opened its eyes, just where the
first one had found somebody who had not left. Track numbers say nothing: both nodes counted on from the same state.
"""

from __future__ import annotations

from dataclasses import dataclass

from rules.engine.rule import condition_word
from rules.engine.schema import RuleSpec
from workers.runtime.contract import Box

TOGETHER_MS = 2_000
TOGETHER_IOU = 0.3
EYES_OPEN_MS = 3_000
"""How long after its claim a node still finds what was there all along."""
MOST_BETWEEN_MS = 3_500
"""Between the end that the first node told, since it stopped, and the start that the second one told."""
STANDING_MS = 15_000
STANDING_IOU = 0.5
STAYS = frozenset(
    ("zone_presence", "in_zone", "outside", "stationary", "lasting", "count", "density", "queue", "absent")
)
"""Conditions that somebody who stays fulfils all along."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An event as one node told it, in stream time; ``end_ms``: None where it told no end."""

    start_ms: int
    end_ms: int | None
    box_xyxy: Box


@dataclass(frozen=True, slots=True)
class Handover:
    """Findings of the same rule and class: of the lease before ``change_ms``, and of one after."""

    first: Finding
    second: Finding
    change_ms: int


def is_same(pair: Handover, spec: RuleSpec) -> bool:
    apart_ms = abs(pair.first.start_ms - pair.second.start_ms)
    overlap = iou(pair.first.box_xyxy, pair.second.box_xyxy)
    if apart_ms <= TOGETHER_MS and overlap >= TOGETHER_IOU:
        return True
    return (
        condition_word(spec.when) in STAYS
        and apart_ms <= STANDING_MS
        and overlap >= STANDING_IOU
        and pair.first.start_ms < pair.change_ms
        and pair.second.start_ms <= pair.change_ms + EYES_OPEN_MS
        and _went_on(pair)
    )


def _went_on(pair: Handover) -> bool:
    end_ms = pair.first.end_ms
    return end_ms is None or pair.second.start_ms - end_ms <= MOST_BETWEEN_MS


def iou(one: Box, other: Box) -> float:
    """The share that two boxes have in common."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(0.0, width) * max(0.0, height)
    together = _area(one) + _area(other) - common
    return common / together if together > 0 else 0.0


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
