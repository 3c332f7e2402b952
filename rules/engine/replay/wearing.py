"""Looks at worn things, of all frames of track columns at once: on whom they were found, and what follows of that."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rules.engine.basics import Who
from rules.engine.clauses.worn import MOST_LOOKS, LooksAt, Wears, WearsNode
from rules.engine.geometry import Flags, Floats
from rules.engine.kept import Kept
from rules.engine.replay.columns import NO_ROWS, Whole
from rules.engine.replay.pairs import A_HAIR, Spans, overlapping
from rules.engine.replay.rows import NONE
from rules.engine.replay.sightings import Sightings
from rules.engine.track_log.item_columns import starts_of
from rules.engine.worn_items import SIDE_SLACK, Item, sign_of


@dataclass(frozen=True, slots=True)
class WornLooks:
    """In the order of time: when a track was looked at, and whether the item was found on it."""

    at_ms: Whole
    track_ids: Whole
    worn: Flags


class Ordered(NamedTuple):
    """Looks track by track; ``keys``: one number for track and moment, in rising order."""

    order: Whole
    keys: Whole


class Wearing:
    """Of those whom the clause is about; whose a thing is hangs also on those who are left out of the sightings."""

    def __init__(self, sightings: Sightings, words: Wears, who: Who) -> None:
        self._all = sightings
        self._words = words
        whole = sightings.whole
        self._looks = worn_looks(whole, words, whole.eligible(who))
        self._true, self._doubtful = self._judge(sightings.eligible(who))
        columns = sightings.columns
        self._true_ids = columns.track_ids[self._true].tolist()
        self._true_starts = starts_of(self._true.astype(np.int64))[columns.starts].tolist()
        """Where among those each frame's begin."""
        self._last_doubtful = max(sightings.frames[self._doubtful].tolist(), default=NONE)

    def judged(self) -> tuple[Flags, Flags]:
        """For which rows it is true, and for which that hangs on looks before these columns."""
        return self._true, self._doubtful

    def remind(self, node: WearsNode, number: int) -> None:
        at_ms, last = int(self._all.columns.at_ms[number]), len(self._all.columns) - 1
        # Looks before these columns are known to the node alone, and after the last frame it goes on by itself.
        is_told = self._last_doubtful < number < last
        true = self._true_ids[slice(*self._true_starts[number : number + 2])] if is_told else None
        node.tell(at_ms, true, functools.partial(self._recall, at_ms))

    def _recall(self, at_ms: int, track_id: int | None) -> tuple[int, Mapping[int, LooksAt]]:
        """Where these columns begin, and the looks since then that still count: at one track, or at each."""
        since_ms, looks = int(self._all.columns.at_ms[0]), self._looks
        if track_id is not None:
            return since_ms, self._recall_one(at_ms, track_id)
        part = slice(*np.searchsorted(looks.at_ms, (at_ms - self._words.window_ms, at_ms + 1)).tolist())
        rows = zip(looks.track_ids[part].tolist(), looks.at_ms[part].tolist(), looks.worn[part].tolist(), strict=True)
        found: dict[int, LooksAt] = {}
        for each, then_ms, is_worn in rows:
            found.setdefault(each, []).append((then_ms, int(is_worn)))
        return since_ms, found

    def _recall_one(self, at_ms: int, track_id: int) -> Mapping[int, LooksAt]:
        number = self._number_of.get(track_id)
        if number is None:
            return {}
        key, keys = number * self._apart + at_ms - int(self._all.columns.at_ms[0]), self._keys
        part = self._by_track.order[bisect_left(keys, key - self._words.window_ms) : bisect_left(keys, key + 1)]
        rows = zip(self._looks.at_ms[part].tolist(), self._looks.worn[part].tolist(), strict=True)
        return {track_id: [(then_ms, int(is_worn)) for then_ms, is_worn in rows]}

    @Kept
    def _number_of(self) -> dict[int, int]:
        return {track_id: number for number, track_id in enumerate(self._all.tracks.tolist())}

    @Kept
    def _keys(self) -> list[int]:
        keys: list[int] = self._by_track.keys.tolist()
        return keys

    def _judge(self, rows: Flags) -> tuple[Flags, Flags]:
        those = self._all.by_track[rows[self._all.by_track]]
        at_ms = self._all.at_ms[those]
        found = np.zeros((2, len(rows)), np.bool_)
        found[0, those] = self._words.follows(*self._counts(self._all.track_of[those], at_ms))
        found[1, those] = at_ms - self._words.window_ms <= self._all.before_ms
        return found[0], found[1]

    def _counts(self, numbers: Whole, at_ms: Whole) -> tuple[Whole, Whole]:
        """At these moments, of tracks by number: how many looks count, and how many of them found the item."""
        order, keys = self._by_track
        found = np.concatenate(([0], np.cumsum(self._looks.worn[order])))
        moments = numbers * self._apart + at_ms - self._all.columns.at_ms[0]
        last = np.searchsorted(keys, moments, side="right")
        first = np.maximum(np.searchsorted(keys, moments - self._words.window_ms), last - MOST_LOOKS)
        return last - first, found[last] - found[first]

    @Kept
    def _apart(self) -> int:
        """So far from a track's moments that no window reaches there are those of the next one."""
        times = self._all.columns.at_ms
        return int(times[-1] - times[0]) + self._words.window_ms + 1

    @Kept
    def _by_track(self) -> Ordered:
        """Of those tracks that are among the sightings."""
        looks = self._looks
        numbers, is_there = self._all.numbers(looks.track_ids)
        keys = numbers * self._apart + looks.at_ms - self._all.columns.at_ms[0]
        order = is_there.nonzero()[0][np.argsort(numbers[is_there], kind="stable")]
        return Ordered(order, keys[order])


def worn_looks(sightings: Sightings, words: Wears, rows: Flags) -> WornLooks:
    """Of these rows those that were looked at, as ``owners`` finds it in each frame."""
    columns, items = sightings.columns, sightings.columns.looks.items
    looks = np.full(len(columns), NONE)
    frames = np.searchsorted(columns.at_ms, columns.looks.item_times)
    is_here = np.isin(columns.looks.item_times, columns.at_ms)
    looks[frames[is_here]] = is_here.nonzero()[0]
    persons = (rows & (looks[sightings.frames] != NONE)).nonzero()[0]
    look_of = looks[sightings.frames[persons]]
    worn = _worn(sightings, words, persons, look_of)
    looked = items.saw_all[look_of] | _was_looked_at(sightings, persons, look_of)
    at_ms = sightings.at_ms[persons[looked]]
    return WornLooks(at_ms, columns.track_ids[persons[looked]], worn[looked])


def _was_looked_at(sightings: Sightings, persons: Whole, look_of: Whole) -> Flags:
    items, count = sightings.columns.looks.items, len(sightings.tracks)
    numbers, is_there = sightings.numbers(items.looked_at)
    looks = np.repeat(np.arange(len(items)), np.diff(items.looked_starts))
    keys = (looks * count + numbers)[is_there]
    found: Flags = np.isin(look_of * count + sightings.track_of[persons], keys)
    return found


def _worn(sightings: Sightings, words: Wears, persons: Whole, look_of: Whole) -> Flags:
    """On which of the persons the item was found; ``look_of``: the look in which each of them is seen."""
    item, items = words.worn_item, sightings.columns.looks.items
    signs = np.array([sign_of(name, item) for name in sightings.columns.class_names], np.int64)
    looks = np.repeat(np.arange(len(items)), np.diff(items.starts))
    counts = (items.sureties >= words.min_confidence) & (items.sureties > 0)
    things = (counts & (signs[items.classes] != 0)).nonzero()[0]
    owned, owner = _owners(items.boxes[things].T, sightings.edges[:, persons], item, (looks[things], look_of))
    things = things[owned]
    order = np.lexsort((things, -items.sureties[things], owner))
    surest = order[np.diff(owner[order], prepend=NONE) != 0]
    found: Flags = np.zeros(len(persons), np.bool_)
    found[owner[surest]] = signs[items.classes[things[surest]]] > 0
    return found


def _owners(boxes: Floats, edges: Floats, item: Item, looks: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
    """Which things belong to somebody, and to whom: of those in the same look whose middle is nearest."""
    x, (left, _, right, _) = (boxes[0] + boxes[2]) / 2, edges
    side = np.maximum(right - left, 1e-6) * SIDE_SLACK + A_HAIR
    owned, owners = [NO_ROWS], [NO_ROWS]
    for thing, person in overlapping(Spans(looks[0], x, x), Spans(looks[1], left - side, right + side)):
        away = _away(boxes[:, thing], edges[:, person], item)
        order = np.lexsort((person, away, thing))
        nearest = order[(np.diff(thing[order], prepend=NONE) != 0) & np.isfinite(away[order])]
        owned.append(thing[nearest])
        owners.append(person[nearest])
    return np.concatenate(owned), np.concatenate(owners)


def _away(boxes: Floats, edges: Floats, item: Item) -> Floats:
    """Across, in the person's widths; infinite where the box is not where the item is worn."""
    x, y = (boxes[0] + boxes[2]) / 2, (boxes[1] + boxes[3]) / 2
    left, top, right, bottom = edges
    across = np.abs(x - (left + right) / 2) / np.maximum(right - left, 1e-6)
    down = (y - top) / np.maximum(bottom - top, 1e-6)
    is_on = (across <= 0.5 + SIDE_SLACK) & (down >= item.band_top) & (down <= item.band_bottom)
    found: Floats = np.where(is_on, across, np.inf)
    return found
