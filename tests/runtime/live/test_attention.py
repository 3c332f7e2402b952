"""Where a detector is to look, and how closely: at the scale that a track's height allows."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from tests.runtime.live.outlooks import expecting
from workers.runtime.live.attention import Attention
from workers.runtime.live.look import Look, Reason
from workers.runtime.tracking import Outlook

SIZE = (640, 640)
STEP_MS = 200


def look_at(outlook: Outlook) -> Look:
    """After the first pictures, which are looked at whole."""
    attention = Attention(SIZE)
    picture = VideoFrame.from_ndarray(np.full(SIZE, 90, np.uint8), format="gray8")
    for step in range(2):
        assert attention.plan(picture, step * STEP_MS, expecting()).is_whole
    return attention.plan(picture, 2 * STEP_MS, outlook)


def test_where_nothing_moves_and_nobody_walks_there_is_nothing_to_look_at() -> None:
    assert look_at(expecting()).reason is Reason.NOTHING_MOVED


@pytest.mark.parametrize(("height", "scale"), [(100, 1.0), (169, 1.0), (171, 1 / 2), (254, 1 / 2), (256, 1 / 3)])
def test_a_track_is_looked_at_as_small_as_it_is_found_as_well(height: int, scale: float) -> None:
    look = look_at(expecting((300, 200, 340, 200 + height)))

    assert look.reason is Reason.REGIONS
    assert look.scales.tolist() == [scale]


def test_a_small_track_beside_a_tall_one_is_looked_at_closely() -> None:
    look = look_at(expecting((100, 100, 220, 500), (400, 300, 430, 370)))
    around = {scale: region for region, scale in zip(look.regions.tolist(), look.scales.tolist(), strict=True)}

    assert set(around) == {1.0, 1 / 3}
    left, top, right, bottom = around[1.0]
    assert left < 400 and top < 300 and right > 430 and bottom > 370
    assert look.looked is not None
    assert look.looked.all()


def test_a_track_that_is_not_confirmed_is_looked_at_closely_however_tall_it_is() -> None:
    tall = expecting((100, 100, 220, 500))

    assert look_at(tall._replace(track_ids=np.zeros(1, np.int64))).scales.tolist() == [1.0]
