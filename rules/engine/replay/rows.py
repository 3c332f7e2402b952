"""Track columns track by track: which rows are one track's, how sure it was until then, and what lasts long enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from rules.engine.clauses.base import Held
from rules.engine.geometry import Flags, Floats
from rules.engine.kept import Kept
from rules.engine.replay.columns import TrackTable, Whole
from rules.engine.replay.motion import LastSeen

NONE = -1


class Rows:
    """``known``: the tracks that were there before these columns begin."""

    def __init__(self, columns: TrackTable, known: Mapping[int, LastSeen]) -> None:
        self.columns = columns
        self.frames = columns.frame_of_rows()
        self._known = known

    @Kept
    def by_track(self) -> Whole:
        """The rows of one track after those of another, each in the order of time."""
        return np.argsort(self.columns.track_ids, kind="stable")

    @Kept
    def _begins(self) -> Flags:
        """Along ``by_track``: where another track's rows begin."""
        ids = self.columns.track_ids[self.by_track]
        return np.concatenate((np.ones(min(1, len(ids)), np.bool_), ids[1:] != ids[:-1]))

    @Kept
    def track_of(self) -> Whole:
        """By row: the number of its track, from 0."""
        numbers = np.empty(len(self.frames), np.int64)
        numbers[self.by_track] = np.cumsum(self._begins) - 1
        return numbers

    @Kept
    def places(self) -> Whole:
        """By row: where it stands along ``by_track``."""
        places = np.empty(len(self.frames), np.int64)
        places[self.by_track] = np.arange(len(places))
        return places

    @Kept
    def tracks(self) -> Whole:
        """By its number: the track's id."""
        return self.columns.track_ids[self.by_track][self._begins]

    def numbers(self, track_ids: Whole) -> tuple[Whole, Flags]:
        """The numbers of tracks, and which of them are in these columns."""
        numbers = np.searchsorted(self.tracks, track_ids)
        if not len(self.tracks):
            return numbers, np.zeros(len(numbers), np.bool_)
        is_there: Flags = self.tracks[np.minimum(numbers, len(self.tracks) - 1)] == track_ids
        return numbers, is_there

    def spans(self) -> Iterator[tuple[int, slice]]:
        """Each track, and where its rows stand along ``by_track``."""
        starts = self._begins.nonzero()[0].tolist()
        for track, (first, last) in zip(self.tracks.tolist(), pairwise([*starts, len(self.by_track)]), strict=True):
            yield track, slice(first, last)

    def is_known(self, track: int) -> bool:
        """Whether it was there before these columns begin."""
        return track in self._known

    @Kept
    def best(self) -> Floats:
        """The highest confidence of the row's track until then."""
        confidences = self.columns.confidences.astype(np.float64)[self.by_track]
        for track, span in self.spans():
            part = confidences[span]
            if track in self._known:
                part[0] = max(float(part[0]), self._known[track].best)
            np.maximum.accumulate(part, out=part)
        best = np.empty_like(confidences)
        best[self.by_track] = confidences
        return best

    @Kept
    def at_ms(self) -> Whole:
        """By row."""
        return self.columns.at_ms[self.frames]

    @Kept
    def previous_rows(self) -> Whole:
        """By row: the row of the same track before it, or ``NONE``."""
        order, begins = self.by_track, self._begins
        found = np.full(len(order), NONE, np.int64)
        found[order[1:]] = np.where(begins[1:], NONE, order[:-1])
        return found

    @Kept
    def lasts(self) -> Whole:
        """The last row of each track."""
        last = np.ones(len(self.frames), np.bool_)
        last[self.previous_rows[self.previous_rows != NONE]] = False
        return last.nonzero()[0]

    @Kept
    def run_ends(self) -> Whole:
        """The rows after which a track is not in the next frame."""
        previous, last = self.previous_rows, np.ones(len(self.frames), np.bool_)
        stays = (previous != NONE) & (self.frames[previous] == self.frames - 1)
        last[previous[stays]] = False
        return last.nonzero()[0]

    def previous(self, rows: Whole) -> Whole:
        """For each of these rows where among them its track's earlier one stands; ``NONE`` for a track's first."""
        order = np.argsort(self.columns.track_ids[rows], kind="stable")
        ids = self.columns.track_ids[rows][order]
        found = np.full(len(rows), NONE, np.int64)
        found[order[1:]] = np.where(ids[1:] == ids[:-1], order[:-1], NONE)
        return found

    def lasting(self, rows: Flags, words: Held, anew: Flags | None = None) -> Flags:
        """By track number: who has such rows for long enough, see ``long``."""
        return self.whose(self.long(rows, words, anew))

    def long(self, rows: Flags, words: Held, anew: Flags | None = None) -> Flags:
        """Those of the rows that last long enough, bridging gaps; ``anew``: the rows that begin anew.

        What may have begun before these columns, or may go on after them, is taken for long.
        """
        those, firsts, lasts = self.stretches(rows, words, anew)
        gap_ms, times = round(words.gap * 1000), self.columns.at_ms
        long = self.at_ms[those[lasts]] - self.at_ms[those[firsts]] >= round(words.for_seconds * 1000)
        if len(times):
            long |= self.may_begin_before(those[firsts], words)
            long |= (self.at_ms[those[lasts]] + gap_ms >= times[-1]) | (self.frames[those[lasts]] == len(times) - 1)
        found: Flags = np.zeros(len(rows), np.bool_)
        found[those[np.repeat(long, lasts - firsts + 1)]] = True
        return found

    def stretches(self, rows: Flags, words: Held, anew: Flags | None = None) -> tuple[Whole, Whole, Whole]:
        """The rows track by track, and where among them each stretch begins and ends that only gaps interrupt."""
        those = self.by_track[rows[self.by_track]]
        begins = np.diff(self.track_of[those], prepend=NONE) != 0
        begins[1:] |= (np.diff(self.frames[those]) > 1) & (np.diff(self.at_ms[those]) > round(words.gap * 1000))
        if anew is not None:
            begins |= anew[those]
        firsts = begins.nonzero()[0]
        return those, firsts, np.append(firsts[1:], len(those)) - 1 if len(firsts) else firsts

    def may_begin_before(self, firsts: Whole, words: Held) -> Flags:
        """Of stretches with these first rows: which may have begun before these columns."""
        found: Flags = self.at_ms[firsts] - round(words.gap * 1000) <= self.columns.at_ms[:1]
        found |= self.frames[firsts] == 0
        return found

    def whose(self, rows: Flags, seconds: float = 0) -> Flags:
        """By track number: who has such rows, the last of them at least so long after the first."""
        numbers, at_ms = self.track_of[rows], self.columns.at_ms[self.frames[rows]]
        first = np.full(len(self.tracks), np.iinfo(np.int64).max)
        last = np.full(len(self.tracks), -1)
        np.minimum.at(first, numbers, at_ms)
        np.maximum.at(last, numbers, at_ms)
        found: Flags = (last >= 0) & (last - first >= round(seconds * 1000))
        return found
