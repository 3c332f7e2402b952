"""The tracker of one stream: two-stage association after ByteTrack (Zhang et al., ECCV 2022), on a time base.

Confident detections are matched with the confirmed tracks first, faint ones then with those still unmatched, and
what is left continues a track that is not confirmed yet. Where frames are so far apart that a fast object's boxes do
not overlap, boxes grown by the filter's own doubt still find each other. The rest starts new tracks.

A detection of another class than its track's may continue it only where the boxes all but coincide (a car that
is called a truck for a moment), which a person in front of a truck never reaches. A track's class is the one
that its detections' confidences vote for.
"""

from __future__ import annotations

from typing import NamedTuple, Self, cast

import numpy as np
from numpy.typing import NDArray

from workers.runtime.detections import Detections, Tracks
from workers.runtime.tracking import motion
from workers.runtime.tracking.association import (
    Pairing,
    areas,
    grown_overlaps,
    overlaps,
    shape_overlaps,
)
from workers.runtime.tracking.config import TrackerConfig

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# A row of the table is a track: its motion, then these columns. Whole numbers stay exact below 2**53.
TRACK_ID, CLASS_ID, CLASS_VOTE, EVIDENCE, SEEN_MS = range(motion.WIDTH, motion.WIDTH + 5)
WIDTH = motion.WIDTH + 5
UNCONFIRMED = 0
"""The id of a track until it is confirmed: ids count confirmed tracks only, from 1."""

MAX_CLASS_VOTE = 10.0
"""So that a class seen for an hour can still be outvoted in seconds."""


class Found(NamedTuple):
    """The detections of a frame that are worth looking at."""

    boxes_xyxy: Floats
    confidences: Floats
    class_ids: Floats


class Outlook(NamedTuple):
    """Where every track is expected, one row a track; ``speeds`` in box sizes a second."""

    boxes_xyxy: Floats
    track_ids: NDArray[np.int64]
    were_seen: NDArray[np.bool_]
    """In the newest frame; False: it is lost."""
    speeds: Floats


class Tracker:
    """Holds one stream's tracks; not to be shared between streams or threads."""

    def __init__(self, config: TrackerConfig | None = None) -> None:
        self._config = config or TrackerConfig()
        self._rows = np.empty((0, WIDTH))
        self._next_id = 1
        self._now_ms: int | None = None
        self._reported = Tracks.empty()

    def outlook(self, timestamp_ms: int) -> Outlook:
        """What to expect in a frame of this time; changes nothing."""
        rows = self._rows.copy()
        now_ms = timestamp_ms if self._now_ms is None else self._now_ms
        seconds = max(timestamp_ms - now_ms, 0) / 1000
        motion.predict(rows, min(seconds, self._config.max_step_seconds), self._config)
        velocity = rows[:, motion.VELOCITY]
        across = (velocity[:, :2] + velocity[:, 2:]) / 2
        speeds = np.sqrt((across**2).sum(axis=1) / areas(rows[:, motion.BOX]))
        seen = rows[:, SEEN_MS] == now_ms
        return Outlook(rows[:, motion.BOX], rows[:, TRACK_ID].astype(np.int64), seen, speeds)

    def update(self, detections: Detections, timestamp_ms: int, looked: NDArray[np.bool_] | None = None) -> Tracks:
        """The confirmed tracks seen in this frame. A timestamp at or before the last one counts as the last one.

        ``looked`` says of every track of the ``outlook`` whether a detector looked where it is expected; None: at all.
        A track that was not looked at and not found stays as it was and counts as seen.
        """
        before = self._rows.copy() if looked is not None else self._rows
        previous_ms = self._now_ms if self._now_ms is not None else timestamp_ms
        self._now_ms = max(previous_ms, timestamp_ms)
        if not len(self._rows) and not len(detections):
            return Tracks.empty()
        found = self._usable(detections)
        seconds = (self._now_ms - previous_ms) / 1000
        motion.predict(self._rows, min(seconds, self._config.max_step_seconds), self._config)
        rows, columns = self._associate(found, previous_ms)
        tracks = self._seen(self._continue(rows, found, columns), found, columns)
        if looked is not None:
            tracks = self._with_held(tracks, self._hold(before, rows, ~looked, previous_ms))
        if len(rows) < len(self._rows):
            self._drop_the_lost()
        if len(columns) < len(found.confidences):
            self._start(found, columns)
        self._reported = tracks
        return tracks

    def state(self) -> dict[str, object]:
        """Everything that ``restore`` needs to go on as if nothing had happened; survives JSON exactly."""
        return {
            "rows": self._rows.tolist(),
            "next_id": self._next_id,
            "now_ms": self._now_ms,
            "reported": _as_rows(self._reported),
        }

    @classmethod
    def restore(cls, config: TrackerConfig, state: dict[str, object]) -> Self:
        tracker = cls(config)
        tracker._rows = np.array(state["rows"], np.float64).reshape(-1, WIDTH)
        tracker._next_id = cast(int, state["next_id"])
        tracker._now_ms = cast("int | None", state["now_ms"])
        tracker._reported = _from_rows(cast("list[list[float]]", state.get("reported", [])))
        return tracker

    def _usable(self, detections: Detections) -> Found:
        boxes = detections.boxes_xyxy.astype(np.float64)
        confidences = detections.confidences.astype(np.float64)
        class_ids = detections.class_ids.astype(np.float64)
        if not len(confidences):
            return Found(boxes, confidences, class_ids)
        size = boxes[:, 2:] - boxes[:, :2]
        # A comparison with NaN is false, so broken boxes fall out too; infinite ones have no finite size.
        if size.min() > 0 and size.max() < np.inf and confidences.min() >= self._config.low_confidence:
            return Found(boxes, confidences, class_ids)
        good = (size.min(axis=1) > 0) & (size.max(axis=1) < np.inf) & (confidences >= self._config.low_confidence)
        return Found(boxes[good], confidences[good], class_ids[good])

    def _associate(self, found: Found, previous_ms: int) -> tuple[Indices, Indices]:
        """Which row is continued by which detection."""
        config = self._config
        pairing = Pairing(len(self._rows), len(found.confidences))
        if not len(self._rows) or not len(found.confidences):
            return pairing.pairs()
        overlap = overlaps(self._rows[:, motion.BOX], found.boxes_xyxy)
        other_class = self._rows[:, CLASS_ID, None] != found.class_ids
        overlap[other_class & (overlap < config.class_change_overlap)] = 0
        similarity = overlap * found.confidences

        confident = found.confidences >= config.high_confidence
        confirmed = self._rows[:, TRACK_ID] != UNCONFIRMED
        worth_starting = found.confidences >= config.new_track_confidence
        pairing.add(similarity, confirmed, confident, config.first_overlap)
        pairing.add(overlap, confirmed, ~confident, config.second_overlap)
        pairing.add(similarity, ~confirmed, worth_starting, config.tentative_overlap)
        seen_before = self._rows[:, SEEN_MS] == previous_ms
        self._reach_out(pairing, found, *pairing.free(~confirmed | seen_before, worth_starting))
        return pairing.pairs()

    def _reach_out(self, pairing: Pairing, found: Found, rows: Indices, columns: Indices) -> None:
        """Pair what moved too far to overlap: boxes grow by the doubt about where the track is."""
        if not len(rows) or not len(columns):
            return
        config = self._config
        tracks, boxes = self._rows[rows], found.boxes_xyxy[columns]
        expected = tracks[:, motion.BOX]
        doubt = np.sqrt(tracks[:, motion.VARIANCE] * areas(expected))
        overlap = grown_overlaps(expected, boxes, config.reach * doubt)
        unlike = shape_overlaps(expected, boxes) < config.reach_shape_overlap
        overlap[unlike | (tracks[:, CLASS_ID, None] != found.class_ids[columns])] = 0
        pairing.take(rows, columns, overlap, config.reach_overlap)

    def _continue(self, rows: Indices, found: Found, columns: Indices) -> Floats:
        """Let the rows see their detections; returns them as they are now."""
        table = self._rows
        seen: Floats = table[rows]
        if not len(rows):
            return seen
        motion.correct(seen, found.boxes_xyxy[columns], self._config)
        _vote(seen, found.class_ids[columns], found.confidences[columns])
        seen[:, EVIDENCE] += found.confidences[columns]
        seen[:, SEEN_MS] = cast(int, self._now_ms)
        ripe = ((seen[:, TRACK_ID] == UNCONFIRMED) & (seen[:, EVIDENCE] >= self._config.confirm_evidence)).nonzero()[0]
        if len(ripe):
            seen[ripe, TRACK_ID] = np.arange(self._next_id, self._next_id + len(ripe))
            self._next_id += len(ripe)
        table[rows] = seen
        return seen

    @staticmethod
    def _seen(seen: Floats, found: Found, columns: Indices) -> Tracks:
        if not len(seen):
            return Tracks.empty()
        ids = seen[:, TRACK_ID]
        order = ids.argsort()[np.count_nonzero(ids == UNCONFIRMED) :]  # the unconfirmed come first
        seen = seen[order]
        # Half way between the filter, which lags, and the detector, which jitters: nearest to the truth as measured.
        boxes = (seen[:, motion.BOX] + found.boxes_xyxy[columns[order]]) / 2
        return Tracks(
            boxes_xyxy=boxes.astype(np.float32),
            confidences=found.confidences[columns[order]].astype(np.float32),
            class_ids=seen[:, CLASS_ID].astype(np.int32),
            track_ids=seen[:, TRACK_ID].astype(np.int64),
        )

    def _hold(self, before: Floats, matched: Indices, unlooked: NDArray[np.bool_], previous_ms: int) -> Indices:
        """Rows nobody looked at that were seen in the frame before: they stay where they were, as if seen."""
        held = unlooked & (before[:, SEEN_MS] == previous_ms)
        held[matched] = False
        self._rows[held] = before[held]
        self._rows[held, SEEN_MS] = cast(int, self._now_ms)
        rows: Indices = held.nonzero()[0]
        return rows

    def _with_held(self, tracks: Tracks, held: Indices) -> Tracks:
        last = self._reported
        again = np.isin(last.track_ids, self._rows[held, TRACK_ID].astype(np.int64))
        if not again.any():
            return tracks
        ids = np.concatenate((tracks.track_ids, last.track_ids[again]))
        order = np.argsort(ids)
        return Tracks(
            boxes_xyxy=np.concatenate((tracks.boxes_xyxy, last.boxes_xyxy[again]))[order],
            confidences=np.concatenate((tracks.confidences, last.confidences[again]))[order],
            class_ids=np.concatenate((tracks.class_ids, last.class_ids[again]))[order],
            track_ids=ids[order],
        )

    def _drop_the_lost(self) -> None:
        unseen_seconds = (cast(int, self._now_ms) - self._rows[:, SEEN_MS]) / 1000
        kept = unseen_seconds <= self._config.tentative_seconds
        if kept.all():
            return
        confirmed = self._rows[:, TRACK_ID] != UNCONFIRMED
        self._rows = self._rows[kept | (confirmed & (unseen_seconds <= self._config.lost_seconds))]

    def _start(self, found: Found, columns: Indices) -> None:
        chosen = self._newcomers(found, columns)
        if not len(chosen):
            return
        rows = np.empty((len(chosen), WIDTH))
        rows[:, : motion.WIDTH] = motion.initial_motion(found.boxes_xyxy[chosen], self._config)
        rows[:, TRACK_ID] = UNCONFIRMED
        rows[:, CLASS_ID] = found.class_ids[chosen]
        rows[:, CLASS_VOTE] = found.confidences[chosen]
        rows[:, EVIDENCE] = found.confidences[chosen]
        rows[:, SEEN_MS] = cast(int, self._now_ms)
        self._rows = np.concatenate((self._rows, rows))

    def _newcomers(self, found: Found, columns: Indices) -> Indices:
        """Detections that start a track: strong enough, without one, and no other name of one with a better claim."""
        new = found.confidences >= self._config.new_track_confidence
        new[columns] = False
        chosen = new.nonzero()[0]
        if not len(chosen):
            return chosen
        claim = np.where(new, found.confidences, 0)
        claim[columns] = np.inf
        same = overlaps(found.boxes_xyxy[chosen], found.boxes_xyxy) >= self._config.duplicate_overlap
        outdone = same & (claim > claim[chosen, None])
        room = max(self._config.max_tracks - len(self._rows), 0)
        return chosen[~outdone.any(axis=1)][:room]


def _vote(rows: Floats, class_ids: Floats, confidences: Floats) -> None:
    """Majority by weight with one counter a track (after Boyer and Moore), in place."""
    agrees = rows[:, CLASS_ID] == class_ids
    if agrees.all():
        rows[:, CLASS_VOTE] = np.minimum(rows[:, CLASS_VOTE] + confidences, MAX_CLASS_VOTE)
        return
    vote = rows[:, CLASS_VOTE] + np.where(agrees, confidences, -confidences)
    outvoted = vote < 0
    rows[outvoted, CLASS_ID] = class_ids[outvoted]
    rows[:, CLASS_VOTE] = np.minimum(np.abs(vote), MAX_CLASS_VOTE)


def _as_rows(tracks: Tracks) -> list[list[float]]:
    columns = (tracks.track_ids[:, None], tracks.class_ids[:, None], tracks.confidences[:, None], tracks.boxes_xyxy)
    rows: list[list[float]] = np.concatenate(columns, axis=1, dtype=np.float64).tolist()
    return rows


def _from_rows(rows: list[list[float]]) -> Tracks:
    table = np.array(rows, np.float64).reshape(-1, 7)
    return Tracks(
        boxes_xyxy=table[:, 3:].astype(np.float32),
        confidences=table[:, 2].astype(np.float32),
        class_ids=table[:, 1].astype(np.int32),
        track_ids=table[:, 0].astype(np.int64),
    )
