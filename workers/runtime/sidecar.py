"""Remembers where the tracks of the last seconds stood, for the boxes that a player draws over a clip."""

from __future__ import annotations

import base64
import zlib
from collections import deque
from collections.abc import Collection
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from rules.engine.transitions import FrameTracks
from workers.runtime.contract import Box, BoxSample

STEPS = 10_000
"""Boxes and confidences are kept in this many steps of one, so that a saved and restored history is the same."""


class BoxHistoryState(BaseModel):
    """A history in JSON: ``packed`` is compressed rows of (class, confidence, left, top, right, bottom) in steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    times_ms: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    track_ids: tuple[int, ...] = ()
    class_names: tuple[str, ...] = ()
    packed: str = ""


class BoxHistory:
    """The tracks of each analysed frame, oldest first; ``forget_before`` bounds it."""

    def __init__(self) -> None:
        self._frames: deque[FrameTracks] = deque()

    def add(self, frame: FrameTracks) -> None:
        if len(frame.track_ids):
            self._frames.append(frame)

    def forget_before(self, at_ms: int) -> None:
        while self._frames and self._frames[0].timestamp_ms < at_ms:
            self._frames.popleft()

    def between(self, start_ms: int, end_ms: int) -> list[FrameTracks]:
        return [frame for frame in self._frames if start_ms <= frame.timestamp_ms <= end_ms]

    def state(self) -> BoxHistoryState:
        if not self._frames:
            return BoxHistoryState()
        names = sorted({name for frame in self._frames for name in frame.class_names})
        return BoxHistoryState(
            times_ms=tuple(frame.timestamp_ms for frame in self._frames),
            counts=tuple(len(frame.track_ids) for frame in self._frames),
            track_ids=tuple(int(track_id) for frame in self._frames for track_id in frame.track_ids),
            class_names=tuple(names),
            packed=_pack(_rows(self._frames, names)),
        )

    @classmethod
    def restore(cls, state: BoxHistoryState) -> Self:
        history = cls()
        rows = _unpack(state.packed)
        first = 0
        for at_ms, count in zip(state.times_ms, state.counts, strict=True):
            part = slice(first, first + count)
            history._frames.append(_frame(at_ms, state.track_ids[part], rows[part], state.class_names))
            first += count
        return history


def box_samples(frames: list[FrameTracks], first_frame_ms: int) -> tuple[BoxSample, ...]:
    """One sample a track and frame, counted from the clip's first frame; what lies before it is left out."""
    return tuple(
        BoxSample(
            at_ms=frame.timestamp_ms - first_frame_ms,
            track_id=int(frame.track_ids[index]),
            class_name=name,
            confidence=_in_steps(frame.confidences[index]) / STEPS,
            box_xyxy=_box(frame, index),
        )
        for frame in frames
        if frame.timestamp_ms >= first_frame_ms
        for index, name in enumerate(frame.class_names)
    )


def _box(frame: FrameTracks, index: int) -> Box:
    left, top, right, bottom = (_in_steps(edge) / STEPS for edge in frame.boxes_xyxy[index])
    return left, top, right, bottom


def _in_steps(value: float) -> int:
    return round(float(value) * STEPS)


def _rows(frames: Collection[FrameTracks], names: list[str]) -> NDArray[np.uint16]:
    """All frames' tracks in one array: a state is saved every few seconds, of each stream."""
    places = {name: place for place, name in enumerate(names)}
    classes = np.array([places[name] for frame in frames for name in frame.class_names]).reshape(-1, 1)
    confidences = np.concatenate([frame.confidences for frame in frames], dtype=np.float64).reshape(-1, 1)
    boxes = np.concatenate([frame.boxes_xyxy for frame in frames], dtype=np.float64)
    numbers = np.concatenate((confidences, boxes), axis=1)
    return np.concatenate((classes, np.rint(numbers * STEPS)), axis=1).astype("<u2")


def _frame(
    at_ms: int, track_ids: tuple[int, ...], rows: NDArray[np.uint16], class_names: tuple[str, ...]
) -> FrameTracks:
    numbers = rows[:, 1:].astype(np.float64) / STEPS
    return FrameTracks(
        timestamp_ms=at_ms,
        track_ids=np.array(track_ids, np.int64),
        class_names=tuple(class_names[index] for index in rows[:, 0]),
        confidences=numbers[:, 0],
        boxes_xyxy=numbers[:, 1:],
    )


def _pack(rows: NDArray[np.uint16]) -> str:
    return base64.b64encode(zlib.compress(rows.tobytes(), 9)).decode()


def _unpack(packed: str) -> NDArray[np.uint16]:
    if not packed:
        return np.empty((0, 6), np.uint16)
    return np.frombuffer(zlib.decompress(base64.b64decode(packed)), "<u2").reshape(-1, 6)
