"""Whom the pose model looks for, and whom it takes for the one who was lost."""

from __future__ import annotations

import numpy as np
import pytest

from workers.runtime.closeups.losses import LOST_MS, Losses, the_lost
from workers.runtime.detections import Detections

STANDING = [100.0, 50.0, 160.0, 250.0]
NOBODY = Detections.empty().boxes_xyxy
LYING = (80.0, 200.0, 240.0, 260.0)


def seen(*boxes: tuple[float, ...], confidence: float = 0.6) -> Detections:
    count = len(boxes)
    table = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections(table, np.full(count, confidence, np.float32), np.zeros(count, np.int32))


@pytest.fixture
def losses() -> Losses:
    found = Losses()
    found.note(1_000, {7: STANDING})
    return found


def test_whom_the_detector_finds_is_not_lost(losses: Losses) -> None:
    assert losses.lost(1_200, seen((102, 60, 161, 250)).boxes_xyxy, [7]) == {}


def test_whom_it_does_not_find_is_looked_for_around_the_last_place(losses: Losses) -> None:
    left, top, right, bottom = losses.lost(1_200, NOBODY, [7])[7]
    assert left < STANDING[0] and right > STANDING[2] and bottom > STANDING[3] and top == STANDING[1]


def test_nobody_is_looked_for_where_no_detector_looked_or_after_a_while(losses: Losses) -> None:
    assert losses.lost(1_200, NOBODY, []) == {}
    assert losses.lost(1_000 + LOST_MS + 1, NOBODY, [7]) == {}


@pytest.mark.parametrize(
    ("on_crop", "found", "index"),
    [
        pytest.param(seen(LYING), Detections.empty(), 0, id="on the ground"),
        pytest.param(seen(LYING, confidence=0.2), Detections.empty(), None, id="too faint"),
        pytest.param(seen(LYING), seen((85, 200, 240, 255)), None, id="somebody whom the detector sees"),
        pytest.param(seen((280, 100, 340, 250)), Detections.empty(), None, id="somebody further away"),
    ],
)
def test_the_one_who_was_lost(on_crop: Detections, found: Detections, index: int | None, losses: Losses) -> None:
    reach = losses.lost(1_200, NOBODY, [7])[7]
    assert the_lost(on_crop, reach, found.boxes_xyxy) == index
