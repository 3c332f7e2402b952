"""What is told to the tracker of what a detector found in regions of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runtime.live.outlooks import expecting
from workers.runtime.detections import Detections
from workers.runtime.live.look import Look, Reason
from workers.runtime.live.regions import areas
from workers.runtime.tracking import Outlook

SIZE = (320, 240)
LEFT_REGION, RIGHT_REGION = (107, 58, 195, 222), (169, 85, 241, 154)


def look_at(*regions: tuple[int, ...], outlook: Outlook | None = None) -> Look:
    table = np.array(regions, np.int32).reshape(-1, 4)
    return Look(Reason.REGIONS, table, np.ones(len(table)), outlook or expecting(), SIZE)


def judged(look: Look, *boxes: tuple[float, ...], classes: tuple[int, ...] = ()) -> tuple[list[list[float]], int]:
    """Of boxes of one region each: those that are kept, and how many are to be looked at again."""
    count = len(boxes)
    found = Detections(
        np.array(boxes, np.float32), np.full(count, 0.9, np.float32), np.array(classes or (0,) * count, np.int32)
    )
    kept, again = look.judge(found, np.arange(count))
    return kept.boxes_xyxy.tolist(), len(again)


def test_an_object_that_two_regions_show_in_part_each_is_one() -> None:
    kept, again = judged(look_at(LEFT_REGION, RIGHT_REGION), (183, 99, 195, 181), (183, 99, 227, 154))
    assert (kept, again) == ([[183, 99, 227, 181]], 1)


def test_two_objects_of_which_each_region_shows_another_stay_two() -> None:
    boxes = (175, 60, 195, 110), (169, 120, 210, 154)
    assert len(judged(look_at(LEFT_REGION, RIGHT_REGION), *boxes)[0]) == 2


def test_parts_of_different_classes_stay_two() -> None:
    boxes = (183, 99, 195, 181), (183, 99, 227, 154)
    assert len(judged(look_at(LEFT_REGION, RIGHT_REGION), *boxes, classes=(0, 1))[0]) == 2


def test_of_two_that_are_as_sure_the_one_that_is_seen_whole_stays() -> None:
    look = look_at((263, 74, 311, 206), (259, 71, 320, 219))
    kept, again = judged(look, (273, 99, 311, 181), (273, 99, 316, 183))
    assert (kept, again) == ([[273, 99, 316, 183]], 0)


@pytest.mark.parametrize("expected", [(325, 99, 365, 181), (-45, 99, -3, 181)])
def test_a_track_that_is_expected_outside_the_picture_is_not_held_on_to(expected: tuple[float, ...]) -> None:
    standing = (20, 20, 60, 100)
    look = look_at(outlook=expecting(expected, standing))
    assert look.looked is not None
    assert look.looked.tolist() == [True, False]
    assert areas(look.unlooked_tracks()).tolist() == [40 * 80]
