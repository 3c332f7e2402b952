"""Frames with all that rules can look at, at random, and how two of them are compared."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from rules.engine.frames import FrameTracks, ItemDetections, SceneSignals
from rules.engine.track_log import SegmentOrigin

ORIGIN = SegmentOrigin(camera_id=7, owner_id=uuid.UUID(int=1), epoch=3, zero_ms=1_700_000_000_000, interval_ms=200)
NAMES = ("person", "car", "Hardhat", "Sicherheitsweste ü")

shares = st.floats(0, 1, width=32)
anywhere = st.floats(-3, 3, width=32)
names = st.sampled_from(NAMES)
scores = st.dictionaries(names, shares, max_size=3)
figures = st.none() | st.floats(0, 1)


def plain(frame: FrameTracks) -> tuple[Any, ...]:
    """All of a frame as numbers and texts, which are equal only to the last bit."""
    items = frame.items
    return (
        (frame.timestamp_ms, frame.track_ids.tolist(), frame.class_names, frame.aspect, frame.models),
        (frame.confidences.tolist(), frame.boxes_xyxy.tolist(), frame.confidences.dtype, frame.boxes_xyxy.dtype),
        {track_id: points.tolist() for track_id, points in frame.keypoints.items()},
        items and (items.class_names, items.confidences.tolist(), items.boxes_xyxy.tolist(), items.looked_at),
        {track_id: list(found.items()) for track_id, found in frame.attributes.items()},
        frame.signals,
    )


def plains(frames: Sequence[FrameTracks]) -> list[tuple[Any, ...]]:
    return [plain(frame) for frame in frames]


def table(draw: st.DrawFn, rows: int, width: int, values: st.SearchStrategy[float] = shares) -> Any:
    cells = draw(st.lists(values, min_size=rows * width, max_size=rows * width))
    return np.array(cells, np.float32).reshape(rows, width)


@st.composite
def item_detections(draw: st.DrawFn) -> ItemDetections:
    found = draw(st.lists(names, max_size=3))
    looked_at = draw(st.none() | st.frozensets(st.integers(1, 9), max_size=3))
    return ItemDetections(tuple(found), table(draw, len(found), 1)[:, 0], table(draw, len(found), 4), looked_at)


@st.composite
def frames_at(draw: st.DrawFn, at_ms: int) -> FrameTracks:
    ids = draw(st.lists(st.integers(1, 6) | st.integers(1, 2**60), max_size=4, unique=True))
    bodies = draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
    return FrameTracks(
        timestamp_ms=at_ms,
        track_ids=np.array(ids, np.int64),
        class_names=tuple(draw(names) for _ in ids),
        confidences=table(draw, len(ids), 1)[:, 0],
        boxes_xyxy=table(draw, len(ids), 4, anywhere),
        aspect=draw(st.sampled_from([16 / 9, 4 / 3])),
        models=draw(st.sampled_from([(), tuple("detector" for _ in ids)])),
        keypoints={track_id: table(draw, 17, 3, anywhere) for track_id in bodies},
        items=draw(st.none() | item_detections()),
        attributes={track_id: draw(scores) for track_id in bodies},
        signals=draw(
            st.none() | st.builds(SceneSignals, figures, figures, st.none() | st.floats(0, 1e9), st.none() | anywhere)
        ),
    )


@st.composite
def films(draw: st.DrawFn) -> list[FrameTracks]:
    """Also with frames that are late, out of order, or empty."""
    times = draw(st.lists(st.integers(0, 400_000), min_size=1, max_size=8))
    return [draw(frames_at(at_ms)) for at_ms in times]
