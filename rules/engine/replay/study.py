"""What is asked of sightings for all clauses alike.

Everything here and in what builds on it is answered a little too generously, never too narrowly: a frame that is looked
at for nothing costs time, one that is left out wrongly would cost an event.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from rules.engine.basics import Who
from rules.engine.clauses.removed import Removed
from rules.engine.clauses.stationary import Stationary
from rules.engine.geometry import Flags
from rules.engine.replay.columns import Whole
from rules.engine.replay.rows import NONE
from rules.engine.replay.sightings import Sightings
from rules.engine.replay.words import UnknownToReplayError


class Study:
    """``who``: whom the rule is about."""

    def __init__(self, sightings: Sightings, who: Who, subjects: Flags | None = None) -> None:
        """``subjects``: by track, for whom it matters how near others are; None: for everybody."""
        if who.attributes or who.model:
            raise UnknownToReplayError
        self._all = sightings
        self._who = who
        self._subjects = subjects

    def about(self, who: Who | None) -> Self:
        return self if who is None else type(self)(self._all, who, self._subjects)

    def _everybody(self, who: Who) -> Flags:
        return self._all.whose(self._all.fitting(who))

    def _nobody(self) -> Flags:
        return np.zeros(len(self._all.tracks), np.bool_)

    def _standing(self, words: Any, *, outside: bool) -> Flags:  # noqa: ANN401
        if words.overlap is not None:
            inside = any_of([self._all.overlaps(zone, words.overlap) for zone in words.zone])
        else:
            inside = self._all.inside_any(words.zone, words.point)
        return self._all.eligible(self._who) & (~inside if outside else inside)

    def _placed(self, words: Removed) -> Flags:
        """The rows that can be of a thing that is removed one day."""
        rows = self._all.eligible(self._who)
        return rows if words.zone is None else rows & self._all.inside(words.zone)

    def _still(self, words: Stationary, rows: Flags | None = None) -> tuple[Flags, Flags]:
        eligible = self._all.eligible(self._who)
        return self._all.still(eligible if rows is None else eligible & rows, self._who, words)

    def changes(self, rows: Flags) -> Flags:
        """The frames in which other tracks have such a row than in the frame before."""
        those = rows.nonzero()[0]
        previous = self._all.previous(those)
        frames = self._all.frames[those]
        stay = (previous != NONE) & (frames[previous] == frames - 1)
        count = np.bincount(frames, minlength=len(self._all.columns))
        stayed = np.bincount(frames[stay], minlength=len(self._all.columns))
        before = np.concatenate(([0], count[:-1]))
        found: Flags = (count != before) | (stayed != count)
        return found

    def busy(self, rows: Flags) -> Flags:
        """The frames that have such a row, and the one after each of these."""
        return with_next(self._count(rows) > 0)

    def _count(self, rows: Flags) -> Whole:
        return np.bincount(self._all.frames[rows], minlength=len(self._all.columns))

    def _nowhere(self) -> Flags:
        return np.zeros(len(self._all.columns), np.bool_)


def turns(frames: Flags) -> Flags:
    """The first frame, if it is one of these, and those that are where the one before is not, or the other way."""
    return np.concatenate((frames[:1], frames[1:] != frames[:-1]))


def with_next(frames: Flags) -> Flags:
    """With those just after one of them."""
    found = frames.copy()
    found[1:] |= frames[:-1]
    return found


def any_of(parts: list[Flags]) -> Flags:
    found: Flags = np.logical_or.reduce(parts)
    return found


def with_times_after(frames: Flags, at_ms: Whole, ms: int) -> Flags:
    """With those that come up to so long after one of them."""
    if not ms:
        return frames
    marked = frames.nonzero()[0]
    begins, ends = np.zeros(len(at_ms) + 1, np.int64), np.zeros(len(at_ms) + 1, np.int64)
    begins[marked] = 1
    np.add.at(ends, np.searchsorted(at_ms, at_ms[marked] + ms, side="right"), 1)
    found: Flags = np.cumsum(begins - ends)[:-1] > 0
    return found
