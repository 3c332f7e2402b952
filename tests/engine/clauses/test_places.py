"""Clauses of a place: how many there are, nobody there, things that vanish, the camera itself."""

from __future__ import annotations

import pytest

from tests.engine.worlds import Body, World, crowd, during, moments, signals, standing, starts_of, together, walking

BAG = standing(0.25, 0.7, class_name="suitcase", height=0.1)


def test_at_least_so_many_is_an_event_of_the_place() -> None:
    (start,) = starts_of("count: {zone: yard, at_least: 4, for: 5s}", World(crowd(4)), who="{classes: [person]}")
    assert (start.track_id, start.start_ms, start.class_name) == (0, 5000, "person")
    assert start.evidence["tracks"] == [1, 2, 3, 4]
    assert start.box_xyxy[0] < 0.21 < 0.28 < start.box_xyxy[2]


@pytest.mark.parametrize(("count", "events"), [(3, 0), (4, 1), (5, 1), (6, 0)])
def test_a_count_has_two_bounds(count: int, events: int) -> None:
    assert len(starts_of("count: {zone: yard, at_least: 4, at_most: 5}", World(crowd(count)))) == events


def test_a_count_without_a_zone_is_of_the_picture() -> None:
    assert len(starts_of("count: {at_least: 2}", World(together(standing(0.1), standing(0.9))))) == 1


def test_only_those_for_whom_something_is_true_are_counted() -> None:
    film = World(together(standing(0.2), standing(0.3), walking((0.05, 0.9), (0.04, 0))))
    assert len(starts_of("count: {zone: yard, at_least: 2, that: {stationary: 3s}}", film)) == 1
    assert starts_of("count: {zone: yard, at_least: 3, that: {stationary: 3s}}", film) == []


@pytest.mark.parametrize(("until", "count"), [("13:00", 1), ("12:00", 0)])
def test_what_is_said_of_the_place_holds_for_each_who_is_counted(until: str, count: int) -> None:
    that = f"schedule: {{from: '11:00', to: '{until}'}}"
    assert len(starts_of(f"count: {{zone: yard, at_least: 2, that: {{{that}}}}}", World(crowd(2)))) == count


def test_a_count_may_be_of_others_than_the_rule_is_about() -> None:
    film = World(together(standing(0.2), BAG))
    when = "all: [{in_zone: yard}, {count: {zone: yard, at_least: 1, who: {classes: [suitcase]}}}]"
    assert [each.track_id for each in starts_of(when, film, who="{classes: [person]}")] == [1]


def test_a_count_that_flickers_within_the_gap_is_one_event() -> None:
    film = World(together(standing(0.2), lambda second: {} if 4 < second < 4.7 else {1: Body(0.3, 0.7)}))
    assert moments("count: {zone: yard, at_least: 2, for: 5s}", film) == [(0, 5.0, 10.0)]


def test_nobody_at_the_post_is_an_event_after_the_time() -> None:
    film = World(during(standing(), 0, 3), seconds=20)
    (start,) = starts_of("absent: {zone: post, for: 10s}", film, who="{classes: [person]}")
    # Last seen at 2.8 s, missing since 3.0 s.
    assert start.start_ms == 13_000
    assert start.box_xyxy == (0.1, 0.5, 0.4, 0.9)


def test_somebody_else_than_a_person_does_not_fill_the_post() -> None:
    assert len(starts_of("absent: {zone: post, for: 5s}", World(BAG), who="{classes: [person]}")) == 1


def test_a_queue_is_of_those_who_hardly_move() -> None:
    standing_five, passing = crowd(5), walking((0.0, 0.9), (0.08, 0))
    when = "queue: {zone: yard, at_least: 5, for: 4s}"
    assert len(starts_of(when, World(standing_five))) == 1
    assert starts_of(when, World(together(crowd(4), passing))) == []


@pytest.mark.parametrize(("least", "count"), [(0.15, 1), (0.3, 0)])
def test_density_is_people_on_the_area(least: float, count: int) -> None:
    # Five of .2 height (.04 each) on half of 16/9: .225.
    assert len(starts_of(f"density: {{zone: yard, at_least: {least}}}", World(crowd(5)))) == count


@pytest.mark.parametrize(("least", "count"), [(0.06, 1), (0.08, 0)])
def test_density_in_square_metres_on_a_calibrated_camera(least: float, count: int) -> None:
    # Five on 8 x 9 metres: .069.
    when = f"density: {{zone: yard, at_least: {least}, per: square_metre}}"
    assert len(starts_of(when, World(crowd(5)))) == count


def test_a_thing_that_stood_and_is_gone_was_removed() -> None:
    film = World(during(BAG, 0, 8), seconds=20)
    (start,) = starts_of("removed: {zone: yard, after: 5s, for: 4s}", film, who="{classes: [suitcase]}")
    # Last seen at 7.8 s.
    assert (start.track_id, start.start_ms, start.class_name) == (1, 11_800, "suitcase")
    assert start.box_xyxy == pytest.approx((0.22, 0.6, 0.28, 0.7))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(during(standing(0.25, 0.72, height=0.3), 7, 20), id="somebody stands before it"),
        pytest.param(during(BAG, 9, 20), id="it is found again under a new number"),
    ],
)
def test_a_thing_that_is_hidden_or_back_was_not_removed(other: object) -> None:
    film = World(together(during(BAG, 0, 8), other), seconds=20)  # type: ignore[arg-type]
    assert starts_of("removed: {zone: yard, after: 5s, for: 4s}", film, who="{classes: [suitcase]}") == []


def test_a_thing_among_very_many_that_is_gone_was_removed() -> None:
    """More than are followed: those that came first are."""

    def car_park(second: float) -> dict[int, Body]:
        there = {n: Body(0.02 + n % 20 / 21, 0.2 + n // 20 / 25, "car", height=0.02) for n in range(1, 300)}
        return {n: body for n, body in there.items() if n != 7 or second < 8}

    found = starts_of("removed: {after: 5s, for: 4s}", World(car_park, seconds=14, step_ms=500))
    assert [each.track_id for each in found] == [7]


def test_a_thing_that_only_passed_was_not_removed() -> None:
    film = World(during(walking((0.1, 0.7), (0.05, 0), class_name="suitcase"), 0, 5), seconds=20)
    assert starts_of("removed: {after: 3s, for: 4s}", film) == []


@pytest.mark.parametrize(
    ("state", "usual", "then", "count"),
    [
        ("covered", {"contrast": 0.2}, {"contrast": 0.01}, 1),
        ("covered", {"contrast": 0.2}, {"contrast": 0.15}, 0),
        ("dark", {"brightness": 0.4}, {"brightness": 0.02}, 1),
        ("moved", {"shift": 0.001}, {"shift": 0.2}, 1),
        ("moved", {"shift": 0.001}, {"shift": 0.02}, 0),
        ("blurred", {"sharpness": 300.0}, {"sharpness": 30.0}, 1),
        ("blurred", {"sharpness": 300.0}, {"sharpness": 200.0}, 0),
    ],
)
def test_the_picture_says_what_happened_to_the_camera(
    state: str, usual: dict[str, float], then: dict[str, float], count: int
) -> None:
    film = World(lambda second: {}, extra=lambda second: signals(**(then if second >= 4 else usual)), seconds=14)
    found = moments(f"camera: {{is: {state}, for: 5s}}", film)
    assert found == [(0, 9.0, 14.0)] * count


def test_a_camera_whose_picture_is_not_measured_has_no_state() -> None:
    assert starts_of("camera: covered", World(lambda second: {})) == []
