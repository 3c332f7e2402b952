"""A proposal to look at: how its judged events lie on both sides of the threshold, and which of them it would drop."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from events.models import Event
from events.selectors import events_visible_to
from rules.learning.proposals import Proposal
from vms.accounts.models import User

BARS = 48
SHOWN = 8
HALF = 50.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Judged events of about the same value, in percent of the highest bar: true ones upwards, false ones down."""

    x: int
    true: int
    false: int
    up: float
    down: float

    @property
    def top(self) -> float:
        return HALF - self.up


@dataclass(frozen=True, slots=True)
class Spread:
    """``cut``: where the threshold stands, in bars from the left."""

    bars: list[Bar]
    cut: float
    low: str
    high: str

    @property
    def after(self) -> float:
        return BARS - self.cut


def spread_of(proposal: Proposal) -> Spread:
    values = [each.value for each in proposal.judged.values()]
    low, high = min(*values, proposal.new), max(*values, proposal.new)
    width = (high - low) / BARS or 1.0
    counts = {True: [0] * BARS, False: [0] * BARS}
    for each in proposal.judged.values():
        counts[each.is_true][min(BARS - 1, int((each.value - low) / width))] += 1
    most = max(*counts[True], *counts[False])
    bars = [
        Bar(x, true, false, HALF * true / most, HALF * false / most)
        for x, (true, false) in enumerate(zip(counts[True], counts[False], strict=True))
        if true or false
    ]
    return Spread(bars, (proposal.new - low) / width, proposal.measure.told(low), proposal.measure.told(high))


@dataclass(frozen=True, slots=True)
class Dropped:
    """The newest of those that would not have been told, and how many more there are."""

    events: list[Event]
    more: int


def dropped_of(user: User, proposal: Proposal, *, is_true: bool) -> Dropped:
    keys: list[uuid.UUID] = [
        key
        for key, each in proposal.judged.items()
        if each.is_true == is_true and not proposal.finding.cut.keeps(each.value)
    ]
    found = events_visible_to(user).filter(id__in=keys).select_related("camera__site", "clip")
    events = list(found.order_by("-started_at", "-id")[:SHOWN])
    return Dropped(events, len(keys) - len(events))
