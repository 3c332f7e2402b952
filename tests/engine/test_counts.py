"""Crossings and stays on real footage against a count by eye that was written down before any model had seen it.

Counted on slit pictures: one column (or row) of every frame, side by side, on which each who passes leaves a mark at
the frame in which he does; where marks overlap, on the frames themselves. Numbers are frames of the recording.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rules.engine.evaluation import ActiveRule, RuleEngine, Transition
from rules.engine.frames import FrameTracks
from rules.engine.schema import ZoneShape, parse_rule
from tests.engine.recorded import tracks_of
from tests.engine.walks import ended, line, play, polygon, started
from workers.runtime.detectors.base import Detector

pytestmark = pytest.mark.slow

TOLERANCE_MS = 800

# The column x = 302 of 768, from the far edge of the path to the lower edge of the picture; ten frames a second.
CAMPUS_LINE = line("line", (302 / 768, 0.31), (302 / 768, 1))
CAMPUS_CROSSINGS = (
    *(4, 70, 89, 169, 190, 231, 270, 292, 299, 306, 318, 329, 336, 379, 405, 504, 536, 541, 580, 585, 600),
    *(657, 663, 664, 683, 699, 724, 726, 766, 769, 774, 783),
)
# A rule counts a track once in each direction. By their clothes, these are people who had crossed that way before:
# the blond woman (541 and 663, 600 and 774), the man with red sleeves (584 and 769), the man in black (292 and 783).
CAMPUS_AGAIN = (663, 774, 769, 783)
# Forty-eight pixels of the path around it: one man stops there, all others walk through.
CAMPUS_STAY = (396, 451)
CAMPUS_STOP = polygon("stop", (0.367, 0.34), (0.43, 0.34), (0.43, 0.53), (0.367, 0.53))

# The row y = 360 of 720; 29.97 frames a second.
MOTORWAY_LINE = line("line", (0.15, 0.5), (0.9, 0.5))
MOTORWAY_CROSSINGS = (51, 52, 89, 122, 123, 230, 238, 245, 271, 295, 306)

# The column x = 614 of 768: all leave to the right, and with that the zone. They come from below, where nobody's feet
# are seen: each enters it when the middle of what is seen of him passes its left edge, the fifth rises within it.
TABLE_LINE = line("line", (0.8, 0.6), (0.8, 1))
TABLE_CROSSINGS = (189, 440, 690, 859, 1189, 1350)
TABLE_STAYS = tuple(zip((63, 231, 506, 752, 921, 1239), TABLE_CROSSINGS, strict=True))
TABLE = polygon("table", (0.42, 0.8), (0.8, 0.8), (0.8, 1), (0.42, 1))


def moments(text: str, frames: Sequence[FrameTracks], zones: Sequence[ZoneShape]) -> list[int]:
    return sorted(each.start_ms for each in started(events(text, frames, zones)))


def stays(seconds: float, frames: Sequence[FrameTracks], zone: ZoneShape) -> tuple[list[int], list[int]]:
    """When somebody had been in the zone for so long, and when those were seen in it for the last time."""
    rule = f"who: {{classes: [person]}}\nwhen: {{in_zone: {{zone: {zone.name}, for: {seconds}s}}}}"
    found = events(rule, frames, [zone])
    return sorted(each.start_ms for each in started(found)), sorted(each.end_ms for each in ended(found))


def events(text: str, frames: Sequence[FrameTracks], zones: Sequence[ZoneShape]) -> list[Transition]:
    engine = RuleEngine([ActiveRule(1, 1, parse_rule(f"name: a\n{text}"))], zones)
    assert engine.unusable == ()
    return play(engine, frames)


def unmatched(found: Sequence[int], expected_ms: Sequence[float]) -> tuple[list[float], list[int]]:
    """What was missed and what was invented."""
    left, missed = list(found), []
    for moment in sorted(expected_ms):
        near = [each for each in left if abs(each - moment) <= TOLERANCE_MS]
        if near:
            left.remove(min(near, key=lambda each: abs(each - moment)))
        else:
            missed.append(moment)
    return missed, left


@pytest.fixture(scope="module")
def campus(detector: Detector) -> list[FrameTracks]:
    return tracks_of("vtest_h264.mp4", detector)


@pytest.fixture(scope="module")
def table(detector: Detector) -> list[FrameTracks]:
    return tracks_of("intel_one-by-one-person-detection.mp4", detector)


def test_people_who_cross_the_campus(campus: list[FrameTracks]) -> None:
    found = moments("who: {classes: [person]}\nwhen: {crosses: {line: line}}", campus, [CAMPUS_LINE])
    expected = [frame * 100 for frame in CAMPUS_CROSSINGS if frame not in CAMPUS_AGAIN]
    assert unmatched(found, expected) == ([], [])


def test_one_man_stops_on_the_campus(campus: list[FrameTracks]) -> None:
    starts, ends = stays(4, campus, CAMPUS_STOP)
    first, last = CAMPUS_STAY
    assert unmatched(starts, [first * 100 + 4_000]) == ([], [])
    assert unmatched(ends, [last * 100]) == ([], [])


def test_vehicles_on_the_motorway(detector: Detector) -> None:
    frames = tracks_of("adam_traffic_demo.mp4", detector, fps=10)
    rule = "who: {classes: [car, truck, bus]}\nwhen: {crosses: {line: line}}"
    found = moments(rule, frames, [MOTORWAY_LINE])
    assert unmatched(found, [frame * 1001 / 30 for frame in MOTORWAY_CROSSINGS]) == ([], [])


def test_people_who_leave_the_table(table: list[FrameTracks]) -> None:
    found = moments("who: {classes: [person]}\nwhen: {crosses: {line: line}}", table, [TABLE_LINE])
    assert unmatched(found, [frame * 100 for frame in TABLE_CROSSINGS]) == ([], [])


@pytest.mark.parametrize("seconds", [5, 10, 15, 20, 25, 30])
def test_people_who_stay_at_the_table(seconds: int, table: list[FrameTracks]) -> None:
    starts, ends = stays(seconds, table, TABLE)
    long_enough = [(first, last) for first, last in TABLE_STAYS if last - first >= seconds * 10]
    assert unmatched(starts, [first * 100 + seconds * 1000 for first, _ in long_enough]) == ([], [])
    assert unmatched(ends, [last * 100 for _, last in long_enough]) == ([], [])
