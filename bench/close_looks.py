"""What further models and the picture itself would add to recorded tracks: made up, as often as live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks, ItemDetections, SceneSignals

BODY = np.array(
    [
        (0.5, 0.08),
        *((0.47, 0.06), (0.53, 0.06), (0.44, 0.08), (0.56, 0.08)),
        *((0.35, 0.2), (0.65, 0.2), (0.3, 0.36), (0.7, 0.36), (0.3, 0.5), (0.7, 0.5)),
        *((0.42, 0.52), (0.58, 0.52), (0.42, 0.75), (0.58, 0.75), (0.42, 0.97), (0.58, 0.97)),
    ]
)
"""COCO's key points of somebody who stands, as shares of the box."""
RAISED = (9, 10)
HEAD = np.array((0.35, -0.02, 0.65, 0.14))
LOOKED_AT_EVERY = 5
"""Frames: equipment, colours and the picture are looked at once a second, key points in every frame."""


def with_looks(frames: Iterator[FrameTracks]) -> Iterator[FrameTracks]:
    """Every third person wears no helmet, every fourth raises the hands for ten seconds of each minute."""
    random = np.random.default_rng(3)
    for number, frame in enumerate(frames):
        persons = [index for index, name in enumerate(frame.class_names) if name == "person"]
        boxes = frame.boxes_xyxy[persons].astype(np.float64)
        ids = [int(frame.track_ids[index]) for index in persons]
        raising = number // 50 % 6 == 0
        bodies = {
            track_id: _body(box, random, raised=raising and track_id % 4 == 0)
            for track_id, box in zip(ids, boxes, strict=True)
        }
        more = replace(frame, keypoints=bodies)
        if number % LOOKED_AT_EVERY == 0:
            wearing = [index for index, track_id in enumerate(ids) if track_id % 3]
            sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
            helmets = np.clip(np.tile(boxes[:, :2], 2) + HEAD * sides, 0, 1)[wearing]
            items = ItemDetections(("helmet",) * len(wearing), np.full(len(wearing), 0.8), helmets, frozenset(ids))
            colours = {track_id: {"upper red": 0.9 if track_id % 5 == 0 else 0.1} for track_id in ids}
            contrast = 0.02 if number // 3000 % 10 == 0 else 0.2
            more = replace(more, items=items, attributes=colours, signals=SceneSignals(0.4, contrast, 120.0, 0.001))
        yield more


def _body(box: NDArray[np.float64], random: np.random.Generator, *, raised: bool) -> NDArray[np.float64]:
    points = np.clip(box[:2] + BODY * (box[2:] - box[:2]) + random.normal(0, 0.002, (17, 2)), -0.4, 1.4)
    if raised:
        points[list(RAISED), 1] = box[1]
    return np.hstack((points, np.full((17, 1), 0.9)))
