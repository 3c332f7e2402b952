"""Finds what moves, without any weights: the picture against a slowly learnt background."""

from __future__ import annotations

import base64
import zlib
from concurrent.futures import Future
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image, StreamState

CLASS_NAME = "motion"
WORK_WIDTH = 160
"""Pictures are compared at this width: enough for a person across a yard, and noise averages out."""
CHANGE_LEVELS = 18
"""Grey levels (of 255) by which a pixel must differ from the background."""
LEARNING_SHIFT = 5
"""The background moves by a 32nd of the difference with every frame."""
FIXED_POINT = 8
"""The background keeps this many bits behind the point, as whole numbers, so that it survives saving exactly."""
MIN_AREA = 0.0006
"""Of the picture; smaller changes are leaves and noise."""
MAX_AREA = 0.6
"""Of the picture; larger changes are the light or the camera, not an object: the background is learnt anew."""
MIN_CONFIDENCE, FULL_LEVELS = 0.5, 60


class MotionDetector(Detector):
    """Without a stream it only has a name; ``open_stream`` gives the detector that remembers one."""

    kind = DetectorKind.MOTION
    name = "motion"
    class_names = (CLASS_NAME,)

    def __init__(self) -> None:
        self._background: NDArray[np.int32] | None = None

    def open_stream(self, state: StreamState | None = None) -> MotionDetector:
        stream = MotionDetector()
        if state:
            stream._background = _unpack(state)
        return stream

    def submit(self, image: Image) -> Future[Detections]:
        future: Future[Detections] = Future()
        future.set_result(self._detect(image))
        return future

    def stream_state(self) -> StreamState | None:
        return None if self._background is None else _pack(self._background)

    def _detect(self, image: Image) -> Detections:
        picture = _small_grey(image)
        if self._background is None or self._background.shape != picture.shape:
            self._background = picture << FIXED_POINT
            return Detections.empty()
        difference = np.abs(picture - (self._background >> FIXED_POINT))
        changed = (difference > CHANGE_LEVELS).astype(np.uint8)
        if changed.mean() > MAX_AREA:
            self._background = picture << FIXED_POINT
            return Detections.empty()
        self._background += ((picture << FIXED_POINT) - self._background) >> LEARNING_SHIFT
        return _regions(changed, difference, image)


def _small_grey(image: Image) -> NDArray[np.int32]:
    height, width = image.shape[:2]
    size = WORK_WIDTH, max(1, round(WORK_WIDTH * height / width))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (3, 3), 0).astype(np.int32)


def _regions(changed: NDArray[np.uint8], difference: NDArray[np.int32], image: Image) -> Detections:
    """Connected changes, after gaps of a few pixels are closed, as boxes in the image's pixels."""
    closed = cv2.dilate(changed, np.ones((5, 3), np.uint8))
    count, labels, table, _ = cv2.connectedComponentsWithStats(closed)
    least = MIN_AREA * changed.size
    found = [label for label in range(1, count) if table[label, cv2.CC_STAT_AREA] >= least]
    if not found:
        return Detections.empty()
    corners = table[found, :4].astype(np.float32)
    scale = np.array([image.shape[1] / changed.shape[1], image.shape[0] / changed.shape[0]] * 2, np.float32)
    boxes = np.concatenate((corners[:, :2], corners[:, :2] + corners[:, 2:]), axis=1) * scale
    levels = np.array([difference[(labels == label) & (changed > 0)].mean() for label in found])
    confidences = np.clip(MIN_CONFIDENCE + levels / (2 * FULL_LEVELS), 0, 1).astype(np.float32)
    return Detections(boxes, confidences, np.zeros(len(found), np.int32))


def _pack(background: NDArray[np.int32]) -> StreamState:
    packed = base64.b64encode(zlib.compress(background.astype("<u2").tobytes(), 9)).decode()
    return {"shape": list(background.shape), "background": packed}


def _unpack(state: StreamState) -> NDArray[np.int32]:
    data = zlib.decompress(base64.b64decode(cast(str, state["background"])))
    return np.frombuffer(data, "<u2").astype(np.int32).reshape(cast("list[int]", state["shape"]))
