"""Frames as columns of small numbers, which is how they wait for their segment to be full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks, ItemDetections, SceneSignals
from rules.engine.track_log.header import MOST_NAMES
from rules.engine.track_log.signal_columns import FIGURES
from rules.engine.track_log.steps import body_codes, place_codes, share_code, sharpness_code, sure_code, sure_codes

Column = NDArray[np.integer]

WITH_MODELS, WITH_ITEMS, WITH_LOOKED_AT, WITH_SIGNALS = 1, 2, 4, 8
WITH_KEYPOINTS, WITH_ATTRIBUTES = 1, 2

WIDTHS = {
    "times": 1, "frame_flags": 1, "aspects": 1, "counts": 1,
    "ids": 1, "classes": 1, "models": 1, "sureties": 1, "boxes": 4, "row_flags": 1,
    "keypoints": 51, "attribute_counts": 1, "attributes": 2,
    "item_counts": 1, "items": 6, "looked_counts": 1, "looked": 1, "figures": 5,
}  # fmt: skip
"""Every column of a block, and how many numbers stand in a row of it."""

TYPES = {"times": np.int64, "ids": np.int64, "looked": np.int64, "counts": np.int32, "figures": np.int32}
SMALL = np.int16
"""Boxes, confidences, names and key points all fit."""


class Names:
    """Things by number, in the order in which they came."""

    def __init__(self) -> None:
        self._codes: dict[str | float, int] = {}

    def code(self, thing: str | float) -> int:
        return self._codes.setdefault(thing, len(self._codes))

    def texts(self) -> tuple[str, ...]:
        return tuple(str(thing) for thing in self._codes)

    def numbers(self) -> tuple[float, ...]:
        return tuple(float(thing) for thing in self._codes)

    def __len__(self) -> int:
        return len(self._codes)


class Collected:
    """Takes quantised frames in and gives each column of them all as one array."""

    def __init__(self) -> None:
        self.classes, self.models, self.attributes, self.aspects = Names(), Names(), Names(), Names()
        self.byte_count = 0
        self._blocks: list[dict[str, Column]] = []

    def take(self, frames: Sequence[FrameTracks]) -> None:
        block = {
            name: np.asarray(values, TYPES.get(name, SMALL)).reshape(-1, WIDTHS[name])
            for name, values in self._columns(frames).items()
        }
        self._blocks.append(block)
        self.byte_count += sum(column.nbytes for column in block.values())

    @property
    def has_many_names(self) -> bool:
        return max(map(len, (self.classes, self.models, self.attributes, self.aspects))) > MOST_NAMES // 2

    def column(self, name: str) -> NDArray[np.int64]:
        """(rows, numbers in a row), or just the rows where a row is one number."""
        parts = [block[name] for block in self._blocks if name in block]
        whole = np.concatenate(parts) if parts else np.empty((0, WIDTHS[name]))
        return whole.astype(np.int64).reshape((-1,) if WIDTHS[name] == 1 else (-1, WIDTHS[name]))

    def _columns(self, frames: Sequence[FrameTracks]) -> dict[str, object]:
        columns: dict[str, object] = {
            "times": [frame.timestamp_ms for frame in frames],
            "frame_flags": [_flags(frame) for frame in frames],
            "aspects": [self.aspects.code(frame.aspect) for frame in frames],
            "counts": [len(frame.track_ids) for frame in frames],
        }
        if busy := [frame for frame in frames if len(frame.track_ids)]:
            columns |= self._rows(busy)
        if any(frame.keypoints or frame.attributes for frame in busy):
            columns |= self._of_tracks(busy)
        if items := [frame.items for frame in frames if frame.items is not None]:
            columns |= self._items(items)
        if signals := [frame.signals for frame in frames if frame.signals is not None]:
            columns["figures"] = [_figures(each) for each in signals]
        return columns

    def _rows(self, frames: Sequence[FrameTracks]) -> dict[str, object]:
        code, model = self.classes.code, self.models.code
        ids = np.concatenate([frame.track_ids for frame in frames])
        models: object = np.full(len(ids), model(""))
        if any(frame.models for frame in frames):
            models = [model(name) for frame in frames for name in frame.models or ("",) * len(frame.track_ids)]
        return {
            "ids": ids,
            "classes": [code(name) for frame in frames for name in frame.class_names],
            "models": models,
            "sureties": sure_codes(np.concatenate([frame.confidences for frame in frames])),
            "boxes": place_codes(np.concatenate([frame.boxes_xyxy for frame in frames])),
            "row_flags": np.zeros(len(ids), SMALL),
        }

    def _of_tracks(self, frames: Iterable[FrameTracks]) -> dict[str, object]:
        rows = [(frame, track_id) for frame in frames for track_id in frame.track_ids.tolist()]
        bodies = [frame.keypoints[track_id] for frame, track_id in rows if track_id in frame.keypoints]
        scores = [frame.attributes[track_id] for frame, track_id in rows if track_id in frame.attributes]
        code = self.attributes.code
        columns: dict[str, object] = {
            "row_flags": [
                WITH_KEYPOINTS * (track_id in frame.keypoints) + WITH_ATTRIBUTES * (track_id in frame.attributes)
                for frame, track_id in rows
            ],
            "attribute_counts": [len(each) for each in scores],
            "attributes": [(code(name), sure_code(score)) for each in scores for name, score in each.items()],
        }
        if bodies:
            columns["keypoints"] = body_codes(np.stack(bodies))
        return columns

    def _items(self, items: Sequence[ItemDetections]) -> dict[str, object]:
        looked = [sorted(each.looked_at) for each in items if each.looked_at is not None]
        classes = [self.classes.code(name) for each in items for name in each.class_names]
        sureties = sure_codes(np.concatenate([each.confidences for each in items]))
        boxes = place_codes(np.concatenate([each.boxes_xyxy for each in items]))
        return {
            "item_counts": [len(each.class_names) for each in items],
            "items": np.column_stack((np.array(classes, np.int64), sureties, boxes)),
            "looked_counts": [len(each) for each in looked],
            "looked": list(chain.from_iterable(looked)),
        }


def _flags(frame: FrameTracks) -> int:
    flags = WITH_MODELS if frame.models else 0
    if frame.items is not None:
        flags |= WITH_ITEMS if frame.items.looked_at is None else WITH_ITEMS | WITH_LOOKED_AT
    return flags if frame.signals is None else flags | WITH_SIGNALS


def _figures(signals: SceneSignals) -> tuple[int, ...]:
    """Which ones were measured, as bits, and their codes."""
    values = [getattr(signals, name) for name in FIGURES]
    codes = [sharpness_code if name == "sharpness" else share_code for name in FIGURES]
    measured = sum(1 << place for place, value in enumerate(values) if value is not None)
    return measured, *(0 if value is None else code(value) for code, value in zip(codes, values, strict=True))
