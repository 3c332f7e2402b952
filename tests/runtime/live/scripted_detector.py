"""A detector that answers when it is told to, and fails as often as it is told to."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import cv2
import numpy as np

from workers.runtime.contract import DetectorKind
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image

MARK = 255


def marked(number: int = 1, size: tuple[int, int] = (100, 100)) -> Image:
    """A dark picture with white objects of 10x10 pixels, which this detector finds."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    for index in range(number):
        image[20 + 20 * index : 30 + 20 * index, 40:50] = MARK
    return image


class ScriptedDetector(Detector):
    kind = DetectorKind.OPENVINO
    name = "scripted"
    class_names = ("object",)
    in_flight = 8
    canvas_size = (640, 640)

    def __init__(self, *, holds: bool = False) -> None:
        self.errors: list[Exception] = []
        self.images: list[Image] = []
        self.most_in_flight = 0
        self._holds = holds
        self._held: list[tuple[Future[Detections], Image]] = []
        self._lock = threading.Lock()

    def submit(self, image: Image) -> Future[Detections]:
        future: Future[Detections] = Future()
        with self._lock:
            self.images.append(image)
            self._held.append((future, image))
            self.most_in_flight = max(self.most_in_flight, len(self._held))
        if not self._holds:
            self.answer()
        return future

    def waiting(self) -> int:
        with self._lock:
            return len(self._held)

    def answer(self, count: int = 1) -> None:
        """Answer the oldest ones: with an error while there are any left."""
        for _ in range(count):
            with self._lock:
                future, image = self._held.pop(0)
                error = self.errors.pop(0) if self.errors else None
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(_objects(image))


def _objects(image: Image) -> Detections:
    count, _, table, _ = cv2.connectedComponentsWithStats((image[..., 0] == MARK).astype(np.uint8))
    boxes = table[1:count, :4].astype(np.float32)
    boxes[:, 2:] += boxes[:, :2]
    return Detections(boxes, np.full(len(boxes), 0.9, np.float32), np.zeros(len(boxes), np.int32))
