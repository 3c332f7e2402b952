"""The steps in which the log counts, so that a frame before and after it is the same to the last bit."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks, ItemDetections, SceneSignals

PLACE_STEPS = 16_384
"""Of a picture's width or height: a quarter of a pixel in 4K, a twelfth of one in 720p."""
SURE_STEPS = 1_000
"""Confidences and scores: decimal, since people write decimal limits."""
SHARE_STEPS = 10_000
"""Brightness, contrast and shift."""
BODY_STEPS, BODY_SURE_STEPS = 4_096, 100
"""Of key points: finer than any model finds them, and there are 17 of them."""
BODY_SCALE = (BODY_STEPS, BODY_STEPS, BODY_SURE_STEPS)
LOWEST_BODY, HIGHEST_BODY = (-BODY_STEPS, -BODY_STEPS, 0), (2 * BODY_STEPS, 2 * BODY_STEPS, BODY_SURE_STEPS)
"""Key points may lie beyond the picture, boxes do not."""
HIGHEST_SHARPNESS = 0x7F7F
MOST_SHARE = 100 * SHARE_STEPS
NO_PLACES = np.empty((0, 4), np.float64)
NO_SURETIES = np.empty(0, np.float64)
NO_IDS = np.empty(0, np.int64)
for _shared in (NO_PLACES, NO_SURETIES, NO_IDS):
    _shared.flags.writeable = False

Codes = NDArray[np.int64]
Floats = NDArray[np.floating]


def quantised(frame: FrameTracks) -> FrameTracks:
    """The frame in the log's steps, its tracks in the order of their ids: exactly what a log gives back of it."""
    ids = frame.track_ids.tolist()
    if not all(map(operator.lt, ids, ids[1:])):
        frame = _in_order(frame)
    return FrameTracks(
        frame.timestamp_ms,
        frame.track_ids if ids else NO_IDS,
        frame.class_names,
        _sureties(frame.confidences) if ids else NO_SURETIES,
        _boxes(frame.boxes_xyxy) if ids else NO_PLACES,
        frame.aspect,
        frame.models,
        _keypoints(frame) if frame.keypoints else {},
        None if frame.items is None else _items(frame.items),
        _attributes(frame) if frame.attributes else {},
        None if frame.signals is None else _signals(frame.signals),
    )


def place_codes(places: Floats) -> Codes:
    return np.rint(np.multiply(places, PLACE_STEPS, dtype=np.float64)).astype(np.int64)


def sure_codes(sureties: Floats) -> Codes:
    return np.rint(np.multiply(sureties, SURE_STEPS, dtype=np.float64)).astype(np.int64)


# ``max(0.0, value)``, in this order, is 0 where a model says NaN; so is ``fmax``.


def body_codes(points: Floats) -> Codes:
    """Of (..., 3) key points: x, y, confidence."""
    return np.rint(np.multiply(points, BODY_SCALE, dtype=np.float64)).astype(np.int64)


def sharpness_code(sharpness: float) -> int:
    """The upper half of a 32-bit float: in the order of the numbers themselves, to a third of a percent."""
    bits = int(np.float32(min(max(0.0, sharpness), 1e30)).view(np.uint32))
    return min(bits + 0x8000 >> 16, HIGHEST_SHARPNESS)


def sharpness_of(code: int) -> float:
    return float(sharpnesses_of(np.array([code]))[0])


def sharpnesses_of(codes: Codes) -> Floats:
    return (codes.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)


def share_code(share: float) -> int:
    return min(max(-MOST_SHARE, round(share * SHARE_STEPS)), MOST_SHARE) if math.isfinite(share) else 0


def _boxes(boxes: Floats) -> NDArray[np.float64]:
    scaled = np.multiply(boxes, PLACE_STEPS, dtype=np.float64)
    np.rint(scaled, out=scaled)
    # A tracker's smoothed boxes may reach a little beyond the picture.
    np.fmax(scaled, 0, out=scaled)
    np.fmin(scaled, PLACE_STEPS, out=scaled)
    scaled /= PLACE_STEPS
    return scaled


def _sureties(sureties: Floats) -> NDArray[np.float64]:
    scaled = np.multiply(sureties, SURE_STEPS, dtype=np.float64)
    np.rint(scaled, out=scaled)
    np.fmax(scaled, 0, out=scaled)
    np.fmin(scaled, SURE_STEPS, out=scaled)
    scaled /= SURE_STEPS
    return scaled


def _in_order(frame: FrameTracks) -> FrameTracks:
    ids, order = np.unique(frame.track_ids, return_index=True)
    if len(ids) != len(frame.track_ids):
        raise ValueError("a track is in a frame once")
    return FrameTracks(
        frame.timestamp_ms,
        ids,
        tuple(frame.class_names[index] for index in order),
        frame.confidences[order],
        frame.boxes_xyxy[order],
        frame.aspect,
        tuple(frame.models[index] for index in order) if frame.models else (),
        frame.keypoints,
        frame.items,
        frame.attributes,
        frame.signals,
    )


def _keypoints(frame: FrameTracks) -> dict[int, Floats]:
    """Those of tracks in the frame; a point that is no number is one that was not seen."""
    return {
        track_id: _body(frame.keypoints[track_id])
        for track_id in frame.track_ids.tolist()
        if track_id in frame.keypoints and frame.keypoints[track_id].shape == (17, 3)
    }


def _body(points: Floats) -> Floats:
    seen = np.isfinite(points).all(axis=1, keepdims=True)
    known = np.where(seen, points, 0).astype(np.float64)
    body: Floats = np.clip(np.rint(known * BODY_SCALE), LOWEST_BODY, HIGHEST_BODY) / BODY_SCALE
    return body


def _items(items: ItemDetections) -> ItemDetections:
    return ItemDetections(
        items.class_names, _sureties(items.confidences), _boxes(items.boxes_xyxy.reshape(-1, 4)), items.looked_at
    )


def _attributes(frame: FrameTracks) -> dict[int, Mapping[str, float]]:
    """By track of the frame, in their order."""
    return {
        track_id: {name: sure_code(score) / SURE_STEPS for name, score in frame.attributes[track_id].items()}
        for track_id in frame.track_ids.tolist()
        if frame.attributes.get(track_id)
    }


def sure_code(score: float) -> int:
    return round(min(max(0.0, score), 1.0) * SURE_STEPS)


def _signals(signals: SceneSignals) -> SceneSignals:
    def share(value: float | None) -> float | None:
        return None if value is None else share_code(value) / SHARE_STEPS

    sharpness = None if signals.sharpness is None else sharpness_of(sharpness_code(signals.sharpness))
    return SceneSignals(share(signals.brightness), share(signals.contrast), sharpness, share(signals.shift))
