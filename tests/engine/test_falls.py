"""What is a fall, and what only looks like one: bodies 1 picture high that move as people do, five looks a second.

Heights of shoulders, hips and feet above the ground in body heights, from Winter's proportions of a standing adult.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rules.engine.falls import WINDOW_MS, Look, fell, was_falling


@dataclass(frozen=True)
class Posture:
    shoulders: float
    hips: float
    feet: float = 0.04
    top: float = 1.0
    flatness: float = 0.4
    bottom: float = 0.0


STANDING = Posture(0.82, 0.53)
ON_A_CHAIR = Posture(0.57, 0.28, top=0.77, flatness=0.6)
ON_THE_GROUND = Posture(0.34, 0.06, top=0.55, flatness=0.9)
LYING = Posture(0.1, 0.08, 0.05, top=0.2, flatness=3.0)
LYING_HEAD_ON = Posture(0.25, 0.15, 0.06, top=0.35, flatness=0.9)
ON_A_BED = Posture(0.6, 0.3, top=0.8, flatness=0.7)
LYING_ON_A_BED = Posture(0.36, 0.3, 0.3, top=0.45, flatness=3.0)
BENT = Posture(0.45, 0.5, top=0.6, flatness=0.8)
SQUATTING = Posture(0.5, 0.28, top=0.65, flatness=0.7)
PICKING_UP = Posture(0.36, 0.26, top=0.5, flatness=0.9)
LYING_TOWARDS_THE_CAMERA = Posture(-0.1, 0.05, 0.04, top=0.1, flatness=1.0, bottom=-0.2)


def moving(start: Posture, end: Posture, seconds: float, *, blind: bool = False, fps: float = 5) -> list[Look]:
    """A second of the first posture, then on to the other one, with the speed of something that begins to drop."""
    looks = []
    for step in range(int(fps * (1 + seconds)) + 3):
        share = min(1.0, max(0.0, (step / fps - 1) / seconds)) ** 1.5
        height = {
            name: getattr(start, name) * (1 - share) + getattr(end, name) * share
            for name in ("shoulders", "hips", "feet", "top", "flatness", "bottom")
        }
        points = (None, None, None) if blind else tuple(1 - height[name] for name in ("shoulders", "hips", "feet"))
        looks.append(
            Look(
                round(step * 1000 / fps),
                1 - height["top"],
                height["top"] - height["bottom"],
                height["flatness"],
                *points,
            )
        )
    return looks


def is_fall(looks: list[Look]) -> bool:
    return any(
        fell([look for look in looks[: end + 1] if looks[end].at_ms - look.at_ms <= WINDOW_MS])
        for end in range(len(looks))
    )


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("end", [LYING, LYING_HEAD_ON, LYING_TOWARDS_THE_CAMERA])
@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.2])
def test_from_standing_to_the_ground_is_a_fall(end: Posture, seconds: float, blind: bool) -> None:
    assert is_fall(moving(STANDING, end, seconds, blind=blind))


RATES = (4, 5, 7.5, 10, 12, 15, 20, 30)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("seconds", [0.5, 0.9])
def test_a_fall_is_one_at_any_number_of_frames_a_second(fps: float, seconds: float) -> None:
    assert is_fall(moving(STANDING, LYING, seconds, fps=fps))
    assert is_fall(moving(STANDING, LYING, seconds, fps=fps, blind=True))
    assert not is_fall(moving(STANDING, ON_THE_GROUND, 2.0, fps=fps))
    assert not is_fall(moving(STANDING, PICKING_UP, 0.8, fps=fps))
    assert not is_fall(moving(ON_A_BED, LYING_ON_A_BED, 0.8, fps=fps))


@pytest.mark.parametrize("fps", RATES)
def test_who_is_lost_on_the_way_down_was_falling_at_any_number_of_frames_a_second(fps: float) -> None:
    lost = [look for look in moving(STANDING, LYING, 0.6, fps=fps) if look.at_ms <= 1_500]
    assert was_falling(lost, 400)


@pytest.mark.parametrize("seconds", [0.4, 0.8])
def test_from_a_chair_to_the_ground_is_a_fall(seconds: float) -> None:
    assert is_fall(moving(ON_A_CHAIR, LYING, seconds))


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        pytest.param(STANDING, LYING, 4, id="lying down slowly"),
        pytest.param(STANDING, ON_A_CHAIR, 0.6, id="sitting down on a chair"),
        pytest.param(STANDING, ON_THE_GROUND, 2.0, id="sitting down on the ground"),
        pytest.param(STANDING, ON_THE_GROUND, 0.6, id="sitting down on the ground in a moment"),
        pytest.param(STANDING, PICKING_UP, 0.6, id="picking something up"),
        pytest.param(STANDING, BENT, 0.5, id="bending"),
        pytest.param(STANDING, SQUATTING, 0.6, id="squatting"),
        pytest.param(ON_A_BED, LYING_ON_A_BED, 0.8, id="lying down on a bed where one sat"),
        pytest.param(LYING, STANDING, 1.0, id="getting up"),
    ],
)
def test_what_only_looks_like_a_fall(start: Posture, end: Posture, seconds: float) -> None:
    assert not is_fall(moving(start, end, seconds))


def test_key_points_of_somebody_in_front_are_no_fall() -> None:
    standing = moving(STANDING, STANDING, 1)
    hidden = standing[-1]._replace(height=0.3, shoulders=0.7, hips=0.9, feet=0.95)
    assert not is_fall([*standing, hidden._replace(at_ms=hidden.at_ms + 200)])


def test_one_look_that_is_missing_changes_nothing() -> None:
    looks = moving(STANDING, LYING, 1.0)
    for gap in range(1, len(looks) - 1):
        assert is_fall(looks[:gap] + looks[gap + 1 :])


def test_lying_down_on_a_bed_where_one_sat_is_no_fall_either_when_the_hips_are_hidden() -> None:
    looks = [look._replace(hips=None) for look in moving(ON_A_BED, LYING_ON_A_BED, 0.5)]
    assert not is_fall(looks)


def test_who_gets_to_the_ground_in_a_moment_and_is_not_seen_there_any_more_fell() -> None:
    """Who lies is often overlooked, who only sat down hardly for long."""
    down = moving(STANDING, ON_THE_GROUND, 0.6)
    assert was_falling(down, 600)
    assert not was_falling(down, 400)
    assert not was_falling(moving(STANDING, ON_THE_GROUND, 2.0), 600)


def test_who_is_lost_on_the_way_down_was_falling_and_who_walks_away_was_not() -> None:
    lost = [look for look in moving(STANDING, LYING, 0.6) if look.at_ms <= 1_400]
    assert was_falling(lost, 400)
    assert not was_falling(lost, 200)
    assert not was_falling(moving(STANDING, STANDING, 1), 1_000)


def test_who_comes_nearer_or_is_seen_by_a_camera_that_turns_up_does_not_fall() -> None:
    seen = moving(STANDING, LYING, 0.6, blind=True)
    sinking = [look._replace(height=1.0, flatness=0.6) for look in seen]
    assert is_fall(seen)
    assert not is_fall(sinking)


@pytest.mark.parametrize("edge", ["at_side", "at_foot"])
def test_who_walks_out_of_the_picture_does_not_fall(edge: str) -> None:
    """The head leaves it last at the lower edge, first at the side of a camera that looks down."""
    seen = moving(STANDING, LYING_HEAD_ON, 0.6, blind=True)
    assert is_fall(seen)
    leaving = [look._replace(**{edge: look.at_ms > 1_000}) for look in seen]
    assert not is_fall(leaving)
    assert not was_falling([look for look in leaving if look.at_ms <= 1_400], 1_000)
