"""The tracker of one stream: association of all detections after ByteTrack (Zhang et al., ECCV 2022), on a time base.

Confirmed tracks choose first; what is left continues a track that is not confirmed yet. Unlike in ByteTrack, faint
detections are not kept for those still unmatched: each stands for its overlap times its confidence. Where people hide
each other, the one behind may be seen clearly and the one in front hardly, and their tracks would change places.
Where frames are so far apart that a fast object's boxes do not overlap, boxes grown by the filter's own doubt still
find each other. The rest starts new tracks.

A detection of another class than its track's may continue it only where the boxes all but coincide (a car that
is called a truck for a moment), which a person in front of a truck never reaches. A track's class is the one
that its detections' confidences vote for.

After a gap in which nothing was seen, as when another host takes over, who walked is somewhere else, and where the
track would be by now somebody else may walk. Only who stood, and is found at the same place, is still the same.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import compress
from typing import NamedTuple, Self, cast

import numpy as np
from numpy.typing import NDArray

from workers.runtime.detections import Detections, Tracks
from workers.runtime.tracking.association import (
    Candidate,
    Pairing,
    areas,
    candidates,
    grown_overlaps,
    overlapping,
    shape_overlaps,
)
from workers.runtime.tracking.config import TrackerConfig
from workers.runtime.tracking.track import Motion, Stride, Track


class Found(NamedTuple):
    """The detections of a frame that are worth looking at."""

    boxes: list[list[float]]
    confidences: list[float]
    class_ids: list[int]


class Outlook(NamedTuple):
    """Where every track is expected, one row a track; ``speeds`` in box sizes a second."""

    boxes_xyxy: NDArray[np.float64]
    track_ids: NDArray[np.int64]
    were_seen: NDArray[np.bool_]
    """In the newest frame; False: it is lost."""
    speeds: NDArray[np.float64]


class Tracker:
    """Holds one stream's tracks; not to be shared between streams or threads."""

    def __init__(self, config: TrackerConfig | None = None) -> None:
        self._config = config = config or TrackerConfig()
        self._least_overlap = min(config.first_overlap, config.faint_overlap, config.tentative_overlap)
        self._noise = config.measurement_noise**2
        self._tracks: list[Track] = []
        self._next_id = 1
        self._now_ms: int | None = None
        self._step_ms: int | None = None
        """Between the last two frames."""
        self._reported = Tracks.empty()

    def outlook(self, timestamp_ms: int) -> Outlook:
        """What to expect in a frame of this time; changes nothing."""
        now_ms = timestamp_ms if self._now_ms is None else self._now_ms
        passed_ms = max(timestamp_ms - now_ms, 0)
        seconds = 0.0 if self._is_gap(passed_ms) else min(passed_ms / 1000, self._config.max_step_seconds)
        boxes = [track.expected(seconds) for track in self._tracks]
        return Outlook(
            boxes_xyxy=np.array(boxes, np.float64).reshape(-1, 4),
            track_ids=np.array([track.track_id for track in self._tracks], np.int64),
            were_seen=np.array([track.seen_ms == now_ms for track in self._tracks], np.bool_),
            speeds=np.array([track.speed(box) for track, box in zip(self._tracks, boxes, strict=True)], np.float64),
        )

    def update(self, detections: Detections, timestamp_ms: int, looked: NDArray[np.bool_] | None = None) -> Tracks:
        """The confirmed tracks seen in this frame. A timestamp at or before the last one counts as the last one.

        ``looked`` says of every track of the ``outlook`` whether a detector looked where it is expected; None: at all.
        A track that was not looked at and not found stays as it was and counts as seen.
        """
        previous_ms = self._now_ms if self._now_ms is not None else timestamp_ms
        self._now_ms = now_ms = max(previous_ms, timestamp_ms)
        is_gap = self._is_gap(now_ms - previous_ms)
        self._step_ms = now_ms - previous_ms or self._step_ms
        if not self._tracks and not len(detections):
            return Tracks.empty()
        if is_gap:
            looked = self._keep_who_stood(looked)
        unlooked = self._unlooked(looked, previous_ms)
        if not is_gap:
            self._move((now_ms - previous_ms) / 1000)
        found = self._usable(detections)
        pairing = self._find_who_stood(found) if is_gap else self._associate(found, previous_ms)
        tracks = self._continue(pairing, found)
        if unlooked:
            tracks = self._with_held(tracks, self._hold(unlooked, pairing))
        if len(pairing.pairs) < len(self._tracks):
            self._drop_the_lost()
        if len(pairing.pairs) < len(found.boxes):
            self._start(found, pairing.taken)
        self._reported = tracks
        return tracks

    def state(self) -> dict[str, object]:
        """Everything that ``restore`` needs to go on as if nothing had happened; survives JSON exactly."""
        return {
            "rows": [track.row() for track in self._tracks],
            "next_id": self._next_id,
            "now_ms": self._now_ms,
            "step_ms": self._step_ms,
            "reported": _as_rows(self._reported),
        }

    @classmethod
    def restore(cls, config: TrackerConfig, state: dict[str, object]) -> Self:
        tracker = cls(config)
        tracker._tracks = [Track.from_row(row) for row in cast("list[list[float]]", state["rows"])]
        tracker._next_id = cast(int, state["next_id"])
        tracker._now_ms = cast("int | None", state["now_ms"])
        tracker._step_ms = cast("int | None", state.get("step_ms"))
        tracker._reported = _from_rows(cast("list[list[float]]", state.get("reported", [])))
        return tracker

    def _usable(self, detections: Detections) -> Found:
        found = Found(detections.boxes_xyxy.tolist(), detections.confidences.tolist(), detections.class_ids.tolist())
        least = self._config.low_confidence
        good = [
            # A comparison with NaN is false, so broken boxes fall out too; infinite ones have no finite size.
            0 < right - left < math.inf and 0 < bottom - top < math.inf and confidence >= least
            for (left, top, right, bottom), confidence in zip(found.boxes, found.confidences, strict=True)
        ]
        if all(good):
            return found
        boxes, confidences, class_ids = found
        return Found(list(compress(boxes, good)), list(compress(confidences, good)), list(compress(class_ids, good)))

    def _is_gap(self, passed_ms: int) -> bool:
        """Whether this is so much longer than the step before that nobody knows where those went who walked."""
        if self._step_ms is None:
            return False
        return passed_ms > max(1000 * self._config.lost_seconds, self._config.gap_steps * self._step_ms)

    def _keep_who_stood(self, looked: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """Let go of all others; gives what is left of ``looked``."""
        stood = [track.speed(track.box) < self._config.standing_speed for track in self._tracks]
        self._tracks = list(compress(self._tracks, stood))
        for track in self._tracks:
            track.stand(self._config)
        return None if looked is None else looked[np.array(stood, np.bool_)]

    def _find_who_stood(self, found: Found) -> Pairing:
        """Which track is continued by a detection at its place."""
        pairing = Pairing()
        if self._tracks and found.boxes:
            boxes = [track.box for track in self._tracks]
            overlaps = overlapping(boxes, found.boxes, self._config.standing_overlap)
            for stage in self._stages(overlaps, found):
                pairing.add(stage)
        return pairing

    def _move(self, seconds: float) -> None:
        stride = Stride.of(seconds, self._config)
        for track in self._tracks:
            track.move(stride)

    def _unlooked(self, looked: NDArray[np.bool_] | None, previous_ms: int) -> dict[int, Motion]:
        """Tracks nobody looks at that were seen in the frame before, and how they are."""
        if looked is None:
            return {}
        return {
            index: track.motion
            for index, (track, is_looked_at) in enumerate(zip(self._tracks, looked.tolist(), strict=True))
            if not is_looked_at and track.seen_ms == previous_ms
        }

    def _associate(self, found: Found, previous_ms: int) -> Pairing:
        """Which track is continued by which detection."""
        pairing = Pairing()
        if self._tracks and found.boxes:
            overlaps = overlapping([track.box for track in self._tracks], found.boxes, self._least_overlap)
            for stage in self._stages(overlaps, found):
                pairing.add(stage)
            self._reach_out(pairing, found, previous_ms)
        return pairing

    def _stages(self, overlaps: Sequence[Candidate], found: Found) -> tuple[list[Candidate], list[Candidate]]:
        """Detections that may continue confirmed tracks, and those that may continue the others."""
        config = self._config
        confirmed: list[Candidate] = []
        unconfirmed: list[Candidate] = []
        for index, detection, overlap in overlaps:
            track, confidence = self._tracks[index], found.confidences[detection]
            if found.class_ids[detection] != track.class_id and overlap < config.class_change_overlap:
                continue
            similarity = overlap * confidence
            if not track.is_confirmed:
                if confidence >= config.tentative_confidence and similarity >= config.tentative_overlap:
                    unconfirmed.append((index, detection, similarity))
            elif overlap >= config.faint_overlap or (
                confidence >= config.high_confidence and similarity >= config.first_overlap
            ):
                confirmed.append((index, detection, similarity))
        return confirmed, unconfirmed

    def _reach_out(self, pairing: Pairing, found: Found, previous_ms: int) -> None:
        """Pair what moved too far to overlap: boxes grow by the doubt about where the track is."""
        detections = self._worth_starting(found, pairing.taken)
        if not detections:
            return
        indices = [
            index
            for index, track in enumerate(self._tracks)
            if index not in pairing.pairs and (not track.is_confirmed or track.seen_ms == previous_ms)
        ]
        if not indices:
            return
        config, tracks = self._config, [self._tracks[index] for index in indices]
        expected = np.array([track.box for track in tracks], np.float64)
        boxes = np.array([found.boxes[detection] for detection in detections], np.float64)
        doubt = np.sqrt(np.array([track.variance for track in tracks]) * areas(expected))
        overlap = grown_overlaps(expected, boxes, config.reach * doubt)
        overlap[shape_overlaps(expected, boxes) < config.reach_shape_overlap] = 0
        within = candidates(overlap, config.reach_overlap)
        pairs = [(indices[row], detections[column], value) for row, column, value in within]
        pairing.add([pair for pair in pairs if self._tracks[pair[0]].class_id == found.class_ids[pair[1]]])

    def _worth_starting(self, found: Found, taken: Collection[int]) -> list[int]:
        """Free detections that are strong enough for a track of their own."""
        least = self._config.new_track_confidence
        return [
            detection
            for detection, confidence in enumerate(found.confidences)
            if confidence >= least and detection not in taken
        ]

    def _continue(self, pairing: Pairing, found: Found) -> Tracks:
        """Let the tracks see their detections; gives those that are confirmed, in the order of their ids."""
        now_ms, seen = cast(int, self._now_ms), []
        for index, detection in pairing.pairs.items():
            track, confidence = self._tracks[index], found.confidences[detection]
            track.see(found.boxes[detection], found.class_ids[detection], confidence, now_ms, self._noise)
            if not track.is_confirmed and track.evidence >= self._config.confirm_evidence:
                track.track_id = self._next_id
                self._next_id += 1
            if track.is_confirmed:
                seen.append((track, found.boxes[detection], confidence))
        return _reported(seen) if seen else Tracks.empty()

    def _hold(self, unlooked: dict[int, Motion], pairing: Pairing) -> list[int]:
        """Tracks nobody looked at and nothing continues stay where they were, as if seen; gives their ids."""
        held = unlooked.keys() - pairing.pairs.keys()
        for index in held:
            track = self._tracks[index]
            track.motion, track.seen_ms = unlooked[index], cast(int, self._now_ms)
        return [self._tracks[index].track_id for index in held]

    def _with_held(self, tracks: Tracks, held: list[int]) -> Tracks:
        last = self._reported
        again = np.isin(last.track_ids, held)
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
        now_ms, config = cast(int, self._now_ms), self._config
        self._tracks = [
            track
            for track in self._tracks
            if (now_ms - track.seen_ms) / 1000
            <= (config.lost_seconds if track.is_confirmed else config.tentative_seconds)
        ]

    def _start(self, found: Found, taken: set[int]) -> None:
        for detection in self._newcomers(found, taken):
            left, top, right, bottom = found.boxes[detection]
            box, class_id = (left, top, right, bottom), found.class_ids[detection]
            new = Track.begin(box, class_id, found.confidences[detection], cast(int, self._now_ms), self._config)
            self._tracks.append(new)

    def _newcomers(self, found: Found, taken: set[int]) -> list[int]:
        """Detections that start a track: strong enough, without one, and no other name of one with a better claim."""
        new = self._worth_starting(found, taken)
        if not new:
            return new
        claimants = [*taken, *new]
        claims = [math.inf] * len(taken) + [found.confidences[detection] for detection in new]
        boxes = [found.boxes[detection] for detection in claimants]
        same = overlapping(boxes[len(taken) :], boxes, self._config.duplicate_overlap)
        outdone = {row for row, column, _ in same if claims[column] > claims[len(taken) + row]}
        room = max(self._config.max_tracks - len(self._tracks), 0)
        return [detection for row, detection in enumerate(new) if row not in outdone][:room]


def _reported(seen: list[tuple[Track, list[float], float]]) -> Tracks:
    seen.sort(key=lambda one: one[0].track_id)
    sides: list[float] = []
    for track, (found_left, found_top, found_right, found_bottom), _ in seen:
        left, top, right, bottom = track.box
        # Half way between the filter, which lags, and the detector, which jitters: nearest to the truth as measured.
        sides += (left + found_left) / 2, (top + found_top) / 2, (right + found_right) / 2, (bottom + found_bottom) / 2
    return Tracks(
        boxes_xyxy=np.array(sides, np.float32).reshape(-1, 4),
        confidences=np.array([confidence for _, _, confidence in seen], np.float32),
        class_ids=np.array([track.class_id for track, _, _ in seen], np.int32),
        track_ids=np.array([track.track_id for track, _, _ in seen], np.int64),
    )


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
