"""From when to when a clause is true for each track, gaps bridged: its runs, known without a look at every frame."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rules.engine.clauses.base import Held, HeldNode, Interval, ToldRuns
from rules.engine.geometry import Flags
from rules.engine.replay.columns import Whole
from rules.engine.replay.rows import Rows


@dataclass(frozen=True, slots=True)
class Stretches:
    """``true``: the rows in which it is true, track by track; ``firsts``, ``lasts``: where each stretch is there."""

    all: Rows
    words: Held
    true: Whole
    firsts: Whole
    lasts: Whole

    @classmethod
    def of(cls, rows: Rows, words: Held, true: Flags) -> Stretches:
        return cls(rows, words, *rows.stretches(true, words))

    @property
    def for_ms(self) -> int:
        return round(self.words.for_seconds * 1000)

    @property
    def since_ms(self) -> Whole:
        return self.all.at_ms[self.true[self.firsts]]

    @property
    def last_ms(self) -> Whole:
        return self.all.at_ms[self.true[self.lasts]]

    @property
    def tracks(self) -> Whole:
        """The numbers of their tracks."""
        return self.all.track_of[self.true[self.firsts]]

    @property
    def over(self) -> Whole:
        """The frames in which they are over, beyond the last one where that is not known."""
        return np.searchsorted(self.all.columns.at_ms, self.last_ms + round(self.words.gap * 1000), side="right")

    @property
    def long(self) -> Flags:
        """Which last long enough, or may do so after these columns."""
        found: Flags = (self.last_ms - self.since_ms >= self.for_ms) | (self.over >= len(self.all.columns))
        return found

    @property
    def begun_before(self) -> Flags:
        """Which may have begun before these columns."""
        return self.all.may_begin_before(self.true[self.firsts], self.words)

    def only(self, stretches: Flags | Whole) -> Stretches:
        return replace(self, firsts=self.firsts[stretches], lasts=self.lasts[stretches])

    def flags(self) -> Flags:
        """By row: whether it is one of theirs in which it is true."""
        found: Flags = np.zeros(len(self.all.frames), np.bool_)
        inside = np.zeros(len(self.true) + 1, np.int64)
        inside[self.firsts] += 1
        inside[self.lasts + 1] -= 1
        found[self.true[np.cumsum(inside[:-1]) > 0]] = True
        return found

    def places(self) -> tuple[Whole, Whole]:
        """Of their first and last rows, among all rows track by track."""
        return self.all.places[self.true[self.firsts]], self.all.places[self.true[self.lasts]]

    def ends(self, at_leisure: Flags) -> Whole:
        """The frames in which they are over, and those before, in which it is known when they were last true.

        ``at_leisure``: those that may be found to be over in any later frame, unless they were true until the end, as
        they would then be taken to have been so until that frame.
        """
        over = self.over
        sudden = over == self.all.frames[self.true[self.lasts]] + 1
        return np.concatenate((over - 1, over[~at_leisure | sudden]))

    def frames_from(self, tracks: Whole, at_ms: Whole) -> Whole:
        """The first frame from each moment on in which it is true for the track, where there is one."""
        apart = int(self.all.columns.at_ms[-1]) + self.for_ms + 1
        keys = self.all.track_of[self.true] * apart + self.all.at_ms[self.true]
        found = np.searchsorted(keys, tracks * apart + np.minimum(at_ms, apart - 1))
        there = found < len(keys)
        rows = self.true[found[there]]
        frames: Whole = self.all.frames[rows[self.all.track_of[rows] == tracks[there]]]
        return frames


def meeting(parts: Sequence[Stretches]) -> Iterator[Stretches]:
    """Of each part those during which all others are true of the track at some time, or may be after these columns."""
    if not parts:
        return
    rows = parts[0].all
    everywhere, goes_on = np.ones(len(rows.frames), np.bool_), np.zeros(len(rows.tracks), np.bool_)
    for part in parts:
        firsts, lasts = part.places()
        steps = np.zeros(len(rows.frames) + 1, np.int64)
        steps[firsts] += 1
        steps[lasts + 1] -= 1
        everywhere &= np.cumsum(steps[:-1]) > 0
        goes_on[part.tracks[part.over >= len(rows.columns)]] = True
    before = np.concatenate(([0], np.cumsum(everywhere)))
    for part in parts:
        firsts, lasts = part.places()
        yield part.only((before[lasts + 1] > before[firsts]) | goes_on[part.tracks])


def last_ones(parts: Sequence[Stretches]) -> list[Flags]:
    """Of each part's stretches: whether nothing else of any part is over later for the track."""
    if not parts:
        return []
    last = np.zeros(len(parts[0].all.tracks), np.int64)
    for each in parts:
        np.maximum.at(last, each.tracks, each.over)
    return [each.over == last[each.tracks] for each in parts]


def turning_points(parts: Sequence[Stretches], ends: Iterable[Whole]) -> Whole:
    """The frames in which what is put together of these may become true for a track, or end.

    It does so where one has lasted for long enough, at the next moment at which another is true, or in ``ends``.
    """
    if not parts:
        return np.zeros(0, np.int64)
    found = [other.frames_from(one.tracks, one.since_ms + one.for_ms) for one in parts for other in parts]
    frames = np.unique(np.concatenate([*found, *ends]))
    return frames[frames < len(parts[0].all.columns)]


class Runs:
    """Tells a clause its runs, before each frame that is shown; of its ``own`` tracks it knows them itself.

    Those that ``linger`` are told once more after they are over, in the next frame that is shown: from that it is known
    when they were last true.
    """

    def __init__(self, stretches: Stretches, own: frozenset[int], linger: Flags) -> None:
        rows, order = stretches.all, np.argsort(stretches.all.frames[stretches.true[stretches.firsts]], kind="stable")
        true, some = stretches.true, stretches.only(order)
        self._at_ms = rows.columns.at_ms
        self._row_frames, self._row_ms = rows.frames[true].tolist(), rows.at_ms[true].tolist()
        self._firsts, self._lasts = some.firsts.tolist(), some.lasts.tolist()
        self._tracks, self._over = rows.tracks[some.tracks].tolist(), some.over.tolist()
        self._linger = linger[order].tolist()
        self._own = own
        self._begun = 0
        self._known: set[int] = set()
        self._going_on: list[int] = []
        self._shown = -1

    def remind(self, node: HeldNode, number: int) -> None:
        while self._begun < len(self._firsts) and self._row_frames[self._firsts[self._begun]] <= number:
            self._going_on.append(self._begun)
            self._known.add(self._tracks[self._begun])
            self._begun += 1
        self._going_on = [each for each in self._going_on if self._is_told(each, number)]
        self._shown = number
        alive: dict[int, Interval] = {}
        true = []
        for each in self._going_on:
            first, track = self._firsts[each], self._tracks[each]
            row = bisect_right(self._row_frames, number, first, self._lasts[each] + 1) - 1
            alive[track] = (self._row_ms[first], self._row_ms[row])
            if self._row_frames[row] == number:
                true.append(track)
        node.tell_runs(ToldRuns(int(self._at_ms[number]), alive, true, self._own, self._known))

    def _is_told(self, stretch: int, number: int) -> bool:
        over = self._over[stretch]
        if over > number:
            return True
        return over > self._shown and self._linger[stretch] and number < len(self._at_ms) - 1
