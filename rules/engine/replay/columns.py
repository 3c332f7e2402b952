"""The tracks of many frames as columns: what a replay looks through at once, where an engine sees one frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks
from rules.engine.geometry import Flags, Floats
from rules.engine.replay.looks import NO_LOOKS, Looks

Whole = NDArray[np.int64]
NO_ROWS: Whole = np.zeros(0, np.int64)
NOBODY = -1


@dataclass(frozen=True, slots=True)
class TrackTable:
    """One row for each track of each frame, frame after frame; frame ``k`` has rows ``starts[k]`` to ``starts[k + 1]``.

    Times rise strictly; within a frame the rows are in the order of their ids.
    """

    at_ms: Whole
    starts: Whole
    track_ids: Whole
    classes: NDArray[np.integer[Any]]
    """Indices in ``class_names``."""
    class_names: tuple[str, ...]
    confidences: NDArray[np.floating[Any]]
    boxes_xyxy: NDArray[np.floating[Any]]
    aspect: float = 16 / 9
    body_of: Whole | None = None
    """By row: which of the looks' bodies is its own, or ``NOBODY``; None: no row has one."""
    looks: Looks = NO_LOOKS

    def __len__(self) -> int:
        return len(self.at_ms)

    def frame(self, number: int) -> FrameTracks:
        first, last = self.starts[number], self.starts[number + 1]
        names, at_ms = self.class_names, int(self.at_ms[number])
        return FrameTracks(
            timestamp_ms=at_ms,
            track_ids=self.track_ids[first:last],
            class_names=tuple([names[each] for each in self.classes[first:last].tolist()]),
            confidences=self.confidences[first:last],
            boxes_xyxy=self.boxes_xyxy[first:last],
            aspect=self.aspect,
            keypoints=self._keypoints(first, last),
            **({} if self.looks is NO_LOOKS else self.looks.more_of(at_ms, names)),
        )

    def _keypoints(self, first: int, last: int) -> dict[int, Floats]:
        if self.body_of is None:
            return {}
        rows = zip(self.track_ids[first:last].tolist(), range(first, last), strict=True)
        return {track_id: body for track_id, row in rows if (body := self.body(row)) is not None}

    def body(self, row: int) -> Floats | None:
        """The key points of its track in its frame."""
        own = NOBODY if self.body_of is None else self.body_of[row]
        return None if own == NOBODY else self.looks.bodies.body(own)

    def _rows(self, rows: Any) -> dict[str, Any]:  # noqa: ANN401  whatever picks rows of an array
        """The columns of these rows."""
        return {
            "track_ids": self.track_ids[rows],
            "classes": self.classes[rows],
            "confidences": self.confidences[rows],
            "boxes_xyxy": self.boxes_xyxy[rows],
            "body_of": None if self.body_of is None else self.body_of[rows],
        }

    def frame_of_rows(self) -> Whole:
        return np.repeat(np.arange(len(self.at_ms)), np.diff(self.starts))

    def only(self, rows: Flags) -> TrackTable:
        """The same frames with fewer tracks in them."""
        before = np.concatenate((NO_ROWS, [0], np.cumsum(rows)))
        return replace(
            self,
            starts=before[self.starts],
            **self._rows(rows),
        )

    def without_items(self) -> TrackTable:
        """For those who are told what follows from them."""
        return replace(self, looks=self.looks.without_items())

    def later_than(self, at_ms: float) -> TrackTable:
        first = int(np.searchsorted(self.at_ms, at_ms, side="right")) if len(self.at_ms) else 0
        return self if not first else self.between(first, len(self.at_ms))

    def between(self, first: int, last: int) -> TrackTable:
        """The frames from ``first`` up to, not including, ``last``."""
        rows = slice(int(self.starts[first]), int(self.starts[last]))
        return replace(
            self,
            at_ms=self.at_ms[first:last],
            starts=self.starts[first : last + 1] - self.starts[first],
            **self._rows(rows),
        )

    def in_order(self) -> TrackTable:
        """With the rows of each frame in the order of their ids."""
        frames = self.frame_of_rows()
        follows = (np.diff(self.track_ids) > 0) | (np.diff(frames) > 0)
        if follows.all():
            return self
        order = np.lexsort((self.track_ids, frames))
        return replace(self, **self._rows(order))


def columns_of(frames: Iterable[FrameTracks]) -> TrackTable | None:
    """None: the frames tell more than tracks, or differ in their aspect, so that only they themselves can be played.

    Frames that are not later than the one before are left out, as an engine ignores them.
    """
    kept = _rising(list(frames))
    if any(map(_has_more, kept)) or len({each.aspect for each in kept}) > 1:
        return None
    names = sorted({name for frame in kept for name in frame.class_names})
    code = {name: number for number, name in enumerate(names)}
    counts = [len(frame.track_ids) for frame in kept]
    return TrackTable(
        at_ms=np.array([frame.timestamp_ms for frame in kept], np.int64),
        starts=np.concatenate((NO_ROWS, [0], np.cumsum(counts, dtype=np.int64))),
        track_ids=_joined([frame.track_ids for frame in kept], NO_ROWS),
        classes=np.array([code[name] for frame in kept for name in frame.class_names], np.int32),
        class_names=tuple(names),
        confidences=_joined([frame.confidences for frame in kept], np.zeros(0, np.float32)),
        boxes_xyxy=_joined([frame.boxes_xyxy for frame in kept], np.zeros((0, 4), np.float32)),
        aspect=kept[0].aspect if kept else 16 / 9,
    ).in_order()


def _rising(frames: list[FrameTracks]) -> list[FrameTracks]:
    if all(one.timestamp_ms < other.timestamp_ms for one, other in pairwise(frames)):
        return frames
    kept: list[FrameTracks] = []
    for frame in frames:
        if not kept or frame.timestamp_ms > kept[-1].timestamp_ms:
            kept.append(frame)
    return kept


def _has_more(frame: FrameTracks) -> bool:
    more = frame.models or frame.keypoints or frame.attributes
    return bool(more) or frame.items is not None or frame.signals is not None


def _joined(arrays: Sequence[NDArray[Any]], none: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else none
