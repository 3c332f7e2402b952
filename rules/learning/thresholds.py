"""The search for one threshold between true and false, and the proof that it is more than chance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

LEAST_JUDGED, LEAST_FALSE, LEAST_TRUE = 20, 5, 5
LEAST_DROPPED_SHARE = 0.5
"""Most of the false ones."""
MOST_LOST_SHARE = 0.03
FOLDS = 5
LEAST_DROPPED_UNSEEN, MOST_LOST_UNSEEN = 0.4, 0.1
"""The same of those that the threshold was not chosen by; a little less is enough there."""
MOST_CHANCE = 0.05
"""How likely any of the thresholds that were tried may be to do so well on verdicts that mean nothing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A judged event's value of one measure."""

    value: float
    is_true: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """Keeps values of at least ``threshold``, or at most where ``keeps_low``. The gap around it holds no example."""

    threshold: float
    keeps_low: bool
    low: float
    high: float

    def keeps(self, value: float) -> bool:
        return value <= self.threshold if self.keeps_low else value >= self.threshold


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cut does to judged events."""

    dropped_false: int
    kept_false: int
    lost_true: int
    kept_true: int

    @property
    def dropped_share(self) -> float:
        return self.dropped_false / max(1, self.dropped_false + self.kept_false)

    @property
    def lost_share(self) -> float:
        return self.lost_true / max(1, self.lost_true + self.kept_true)


@dataclass(frozen=True, slots=True)
class Finding:
    """``unseen``: the outcome on examples that the threshold was not chosen by, summed over all folds."""

    cut: Cut
    outcome: Outcome
    unseen: Outcome


def finding_of(examples: Sequence[Example], *, keeps_low: bool, tried: int) -> Finding | None:
    """The best cut if it is worth something; ``tried``: how many thresholds are looked at in all, for every measure."""
    cut = _best(examples, keeps_low)
    if cut is None:
        return None
    outcome = outcome_of(cut, examples)
    unseen = _unseen(examples, keeps_low)
    if unseen.dropped_share < LEAST_DROPPED_UNSEEN or unseen.lost_share > MOST_LOST_UNSEEN:
        return None
    return None if chance(outcome) * tried > MOST_CHANCE else Finding(cut, outcome, unseen)


def cuts_of(examples: Sequence[Example], *, keeps_low: bool) -> Iterator[tuple[Cut, Outcome]]:
    """One in every gap between two different values, in the middle of it, and what it does to the examples."""
    ordered = sorted(examples, key=lambda each: each.value)
    true, true_below = sum(each.is_true for each in ordered), 0
    for below, (one, other) in enumerate(pairwise(ordered), start=1):
        true_below += one.is_true
        if one.value == other.value:
            continue
        lost = true - true_below if keeps_low else true_below
        dropped = (len(ordered) - below if keeps_low else below) - lost
        cut = Cut((one.value + other.value) / 2, keeps_low, one.value, other.value)
        yield cut, Outcome(dropped, len(ordered) - true - dropped, lost, true - lost)


def outcome_of(cut: Cut, examples: Sequence[Example]) -> Outcome:
    kept = [each for each in examples if cut.keeps(each.value)]
    kept_true = sum(each.is_true for each in kept)
    true = sum(each.is_true for each in examples)
    kept_false = len(kept) - kept_true
    return Outcome(len(examples) - true - kept_false, kept_false, true - kept_true, kept_true)


def chance(outcome: Outcome) -> float:
    """How likely a cut that drops as many drops at least as many false ones if verdicts have nothing to do with it.

    The upper tail of the hypergeometric distribution (Fisher's exact test, one-sided).
    """
    false, true = outcome.dropped_false + outcome.kept_false, outcome.lost_true + outcome.kept_true
    dropped = outcome.dropped_false + outcome.lost_true
    ways = math.comb(false + true, dropped)
    most = min(false, dropped)
    as_good = sum(
        math.comb(false, number) * math.comb(true, dropped - number)
        for number in range(outcome.dropped_false, most + 1)
        if dropped - number <= true
    )
    return as_good / ways


def _best(examples: Sequence[Example], keeps_low: bool) -> Cut | None:  # noqa: FBT001  internal
    """Drops the most false ones of all cuts that keep the true ones; of equals the one with the wider gap."""
    fair = []
    for cut, outcome in cuts_of(examples, keeps_low=keeps_low):
        if outcome.lost_share <= MOST_LOST_SHARE and outcome.dropped_share >= LEAST_DROPPED_SHARE:
            fair.append((outcome.dropped_false - outcome.lost_true, cut.high - cut.low, cut))
    return max(fair, key=lambda each: each[:2])[2] if fair else None


def _unseen(examples: Sequence[Example], keeps_low: bool) -> Outcome:  # noqa: FBT001  internal
    """Every fifth example is judged by a cut that was chosen without it; where there is none, nothing is dropped.

    True and false ones are dealt out to the folds separately, so that each has its share of both.
    """
    ordered = sorted(examples, key=lambda each: each.is_true)
    parts = []
    for fold in range(FOLDS):
        rest = [each for number, each in enumerate(ordered) if number % FOLDS != fold]
        held = ordered[fold::FOLDS]
        cut = _best(rest, keeps_low) or Cut(math.inf if keeps_low else -math.inf, keeps_low, 0, 0)
        parts.append(outcome_of(cut, held))
    return Outcome(*(sum(getattr(part, name) for part in parts) for name in Outcome.__dataclass_fields__))
