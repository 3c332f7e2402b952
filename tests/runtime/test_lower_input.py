"""Models for lower inputs, made from those that were exported for a square."""

from __future__ import annotations

import numpy as np
import openvino
from numpy.typing import NDArray

from tests.runtime.pictures import frame_at
from workers.runtime.detections import Detections
from workers.runtime.detectors import Detector
from workers.runtime.detectors.base import Image
from workers.runtime.detectors.boxes import GREY, Letterbox
from workers.runtime.detectors.lower_input import lowered, upper_places


def at_the_top(image: Image, size: int) -> Image:
    """The picture in a square, as wide as this, with nothing below it."""
    canvas = np.full((size, size, 3), GREY, np.uint8)
    box = Letterbox.fitting(image, size, size)
    Letterbox(box.scale, 0, 0, box.width, box.height).place(image, canvas)
    return canvas


def sure(found: Detections, least: float) -> NDArray[np.float32]:
    """Boxes from left to right."""
    boxes = found.boxes_xyxy[found.confidences >= least]
    return boxes[np.argsort(boxes[:, 0])]


def test_a_lower_canvas_shows_the_same(detector: Detector) -> None:
    canvas = at_the_top(frame_at(65_000), 640)
    boxes = sure(detector.submit_canvas(canvas[:480].copy()).result(), 0.5)
    expected = sure(detector.submit(canvas).result(), 0.5)

    assert detector.canvas_for(480) == (640, 480)
    assert len(boxes) == len(expected) > 3
    assert np.abs(boxes - expected).max() < 4


def test_of_each_grid_the_upper_rows_are_kept() -> None:
    kept = upper_places((64, 32), 32)

    assert kept.tolist() == [True] * 16 + [False] * 16 + [True] * 4 + [False] * 4 + [True] + [False]


def test_a_model_that_is_not_made_like_yolo_is_left_alone() -> None:
    picture = openvino.opset13.parameter([1, 3, 64, 64], np.float32)
    row = openvino.opset13.reshape(picture, np.array([1, 3 * 64 * 64]), special_zero=False)
    model = openvino.Model([openvino.opset13.result(row)], [picture])

    assert lowered(model, 32) is None
