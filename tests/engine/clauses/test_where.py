"""Clauses of place and motion: zones, lines, neighbours, headings, speeds, standing still."""

from __future__ import annotations

import pytest

from tests.engine.worlds import ASPECT, Body, World, moments, standing, starts_of, together, walking

YARD = standing(0.25, 0.7)
TRUCK = standing(0.25, 0.7, class_name="truck", width=0.2, height=0.3)


def test_somebody_in_a_zone_for_long_enough_is_an_event_from_that_moment_on() -> None:
    assert moments("in_zone: {zone: yard, for: 3s}", World(YARD)) == [(1, 3.0, 10.0)]


def test_somebody_outside_it_is_none() -> None:
    assert moments("in_zone: {zone: dock, for: 3s}", World(YARD)) == []


@pytest.mark.parametrize(
    ("back_at", "events"),
    [
        pytest.param(3.6, [(1, 3.0, 10.0)], id="within the gap the stay goes on"),
        pytest.param(4.4, [(1, 7.4, 10.0)], id="after the gap it begins anew"),
    ],
)
def test_an_excursion(back_at: float, events: list[tuple[int, float, float]]) -> None:
    film = World(lambda second: {1: Body(0.75 if 2 < second < back_at else 0.25, 0.7)})
    assert moments("in_zone: {zone: yard, for: 3s, gap: 2s}", film) == events


def test_a_bare_name_is_a_zone() -> None:
    assert moments("in_zone: yard", World(YARD)) == [(1, 0.0, 10.0)]


def test_one_of_several_zones_is_enough() -> None:
    walk = walking((0.3, 0.7), (0.04, 0))
    assert moments("in_zone: {zone: [yard, dock], for: 9}", World(walk)) == [(1, 9.0, 10.0)]


@pytest.mark.parametrize(("point", "count"), [("bottom", 0), ("centre", 1), ("top", 0)])
def test_another_point_of_the_box_can_be_the_one_that_counts(point: str, count: int) -> None:
    # The feet are at .95, below the post; the middle at .8 is in it, the head at .45 above.
    body = standing(0.25, 0.95, height=0.5)
    if point == "centre":
        body = standing(0.25, 0.95, height=0.3)
    assert len(starts_of(f"in_zone: {{zone: post, point: {point}}}", World(body))) == count


@pytest.mark.parametrize(("share", "count"), [(0.4, 1), (0.6, 0)])
def test_a_share_of_the_box_can_be_what_counts(share: float, count: int) -> None:
    half_in = standing(0.5, 0.7, width=0.2)
    assert len(starts_of(f"in_zone: {{zone: yard, overlap: {share}}}", World(half_in))) == count


def test_outside_is_for_those_who_are_not_in_the_zone() -> None:
    film = World(together(YARD, standing(0.75, 0.7)))
    assert [each.track_id for each in starts_of("outside: {zone: yard, for: 2}", film)] == [101]


def test_a_line_is_crossed_once_in_its_direction() -> None:
    walk = World(walking((0.3, 0.7), (0.05, 0)))
    assert moments("crosses: {line: gate, direction: right_to_left}", walk) == [(1, 4.2, 4.2)]
    assert moments("crosses: {line: gate, direction: left_to_right}", walk) == []


def test_a_crossing_by_somebody_fast_needs_both() -> None:
    slow, fast = walking((0.45, 0.7), (0.02, 0)), walking((0.3, 0.4), (0.1, 0))
    when = "all: [{crosses: gate}, {speed: {above: 0.5}}]"
    assert [each.track_id for each in starts_of(when, World(together(slow, fast)))] == [101]


@pytest.mark.parametrize(("away", "count"), [(0.2, 1), (0.4, 0)])
def test_near_is_measured_from_edge_to_edge_in_body_heights(away: float, count: int) -> None:
    # The truck's box ends at .35; the person's begins .03 left of its middle.
    person = standing(0.35 + away * 0.3 / ASPECT + 0.03, 0.7, height=0.3)
    when = "near: {classes: [truck], within: 0.3}"
    assert len(starts_of(when, World(together(person, TRUCK)), who="{classes: [person]}")) == count


def test_nothing_is_near_itself() -> None:
    assert starts_of("near: {classes: [person], within: 5}", World(YARD)) == []


@pytest.mark.parametrize(("metres", "count"), [(1.5, 0), (2.5, 1)])
def test_near_in_metres_on_a_calibrated_camera(metres: float, count: int) -> None:
    # Person at 8 m from the left, truck's nearest edge at 6 m.
    truck = standing(4 / 16, 0.7, class_name="truck", width=4 / 16)
    when = f"near: {{classes: [truck], within: {metres}, unit: metres}}"
    film = World(together(standing(0.5, 0.7), truck))
    assert len(starts_of(when, film, who="{classes: [person]}")) == count


def test_alone_is_for_a_thing_that_nobody_is_near() -> None:
    def place(second: float) -> dict[int, Body]:
        return {1: Body(0.2, 0.7, "suitcase", height=0.1), 2: Body(0.22 + 0.1 * second, 0.7)}

    when = "alone: {classes: [person], within: 2, for: 3s}"
    # Two own heights are .2 picture heights, .1125 of the width; the person's near edge leaves that after 1.4 s.
    ((_, start, _),) = moments(when, World(place, seconds=7), who="{classes: [suitcase]}")
    assert start == pytest.approx(3 + 1.6, abs=0.3)


@pytest.mark.parametrize(
    ("towards", "per_second", "count"),
    [
        ("right", (0.05, 0), 1),
        ("right", (-0.05, 0), 0),
        ("up", (0, -0.08), 1),
        ("up", (0.05, 0), 0),
        ("down", (0, 0.08), 1),
        ("left", (-0.05, 0.02), 1),
        ("left", (-0.0005, 0), 0),
    ],
)
def test_heading_is_a_direction_on_the_picture(towards: str, per_second: tuple[float, float], count: int) -> None:
    walk = World(walking((0.5, 0.5), per_second), seconds=4)
    assert len(starts_of(f"heading: {{towards: {towards}, for: 2s}}", walk)) == count


@pytest.mark.parametrize(("per_second", "count"), [(-0.05, 1), (0.05, 0)])
def test_wrong_way_is_against_a_line_as_it_is_drawn(per_second: float, count: int) -> None:
    car = World(walking((0.5, 0.5), (per_second, 0), class_name="car"), seconds=4)
    assert len(starts_of("heading: {against: lane, for: 1s}", car)) == count
    assert len(starts_of("heading: {along: lane, for: 1s}", car)) == 1 - count


@pytest.mark.parametrize(("limit", "count"), [(0.8, 1), (1.0, 0)])
def test_speed_is_in_own_heights_a_second(limit: float, count: int) -> None:
    # .1 of the width is .178 picture heights a second, .89 of the body's .2.
    walk = World(walking((0.1, 0.7), (0.1, 0)), seconds=4)
    assert len(starts_of(f"speed: {{above: {limit}, for: 1s}}", walk)) == count


@pytest.mark.parametrize(("limit", "unit", "count"), [(1.5, "m/s", 1), (1.7, "m/s", 0), (5.6, "km/h", 1)])
def test_speed_is_in_real_units_on_a_calibrated_camera(limit: float, unit: str, count: int) -> None:
    walk = World(walking((0.1, 0.7), (0.1, 0)), seconds=4)
    assert len(starts_of(f"speed: {{above: {limit}, unit: {unit}, for: 1s}}", walk)) == count


def test_a_speed_below_a_limit_needs_a_known_speed() -> None:
    assert moments("speed: {below: 0.1}", World(YARD)) == [(1, 0.4, 10.0)]


def test_stationary_is_on_one_spot_for_the_time() -> None:
    assert moments("stationary: 6s", World(YARD)) == [(1, 6.0, 10.0)]


def test_a_wandering_track_is_not_stationary() -> None:
    assert starts_of("stationary: {for: 6s}", World(walking((0.1, 0.7), (0.03, 0)))) == []


@pytest.mark.parametrize(("back_at", "start"), [(4.0, 6.0), (8.0, 17.0)])
def test_a_short_excursion_leaves_it_stationary_a_long_one_starts_anew(back_at: float, start: float) -> None:
    # Away for longer than the gap it has a new spot at 5.0, and the old one anew at 11.0.
    film = World(lambda second: {1: Body(0.4 if 2 <= second < back_at else 0.25, 0.7)}, seconds=20)
    assert moments("stationary: {for: 6s, gap: 3s}", film) == [(1, start, 20.0)]
