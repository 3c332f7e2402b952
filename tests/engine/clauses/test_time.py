"""Clauses of time: sequences, repetitions, rates, lasting, schedules and their clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rules.engine.surroundings import SiteClock, Surroundings
from tests.engine.walks import ended, play, started
from tests.engine.worlds import (
    PLAN,
    Body,
    Place,
    World,
    during,
    engine_of,
    frame_of,
    moments,
    spec_of,
    standing,
    starts_of,
    together,
    walking,
)

ENTER_THEN_DOCK = "then: {first: {in_zone: yard}, next: {in_zone: dock}, within: 3s}"


def hop(at: float, back: float = 1e9) -> Place:
    """From the yard to the dock, and back."""
    return lambda second: {1: Body(0.75 if at <= second < back else 0.25, 0.7)}


def test_one_thing_then_another_by_the_same_track() -> None:
    assert moments(ENTER_THEN_DOCK, World(hop(4))) == [(1, 4.0, 10.0)]


def test_the_other_order_is_another_thing() -> None:
    assert starts_of("then: {first: {in_zone: dock}, next: {in_zone: yard}, within: 3s}", World(hop(4))) == []


def test_too_late_is_not_then() -> None:
    film = World(lambda second: {1: Body(0.25, 0.7)} if second < 3 else {1: Body(0.75, 0.7)} if second > 7 else {})
    assert starts_of(ENTER_THEN_DOCK, film) == []


def test_what_another_track_did_is_not_the_same_ones() -> None:
    film = World(together(during(standing(0.25), 0, 3), during(standing(0.75), 4, 9)))
    assert starts_of(ENTER_THEN_DOCK, film) == []
    (start,) = starts_of(ENTER_THEN_DOCK.replace("3s", "3s, by: another"), film)
    assert (start.track_id, start.evidence["tracks"]) == (101, [1, 101])


@pytest.mark.parametrize(("by_way_of_post", "count"), [(True, 0), (False, 1)])
def test_a_sequence_without_its_check_point(by_way_of_post: bool, count: int) -> None:
    def place(second: float) -> dict[int, Body]:
        if second < 3:
            return {1: Body(0.25, 0.2)}
        if second < 6:
            return {1: Body(0.25, 0.7 if by_way_of_post else 0.2)}
        return {1: Body(0.75, 0.2)}

    when = "then: {first: {in_zone: yard}, next: {in_zone: dock}, within: 1 min, without: {in_zone: post}}"
    assert len(starts_of(when, World(place))) == count


@pytest.mark.parametrize(("guard_until", "count"), [(0, 1), (3, 0), (10, 0)])
def test_a_sequence_without_what_is_said_of_the_place(guard_until: float, count: int) -> None:
    """From the yard to the dock, and no guard at his post meanwhile."""
    guard = during(standing(0.25, 0.7, class_name="dog"), 0, guard_until)
    walk = during(walking((0.2, 0.3), (0.1, 0)), 0, 5)
    manned = "count: {zone: post, at_least: 1, who: {classes: [dog]}}"
    when = f"then: {{first: {{in_zone: yard}}, next: {{in_zone: dock}}, within: 4, without: {{{manned}}}}}"
    assert len(starts_of(when, World(together(walk, guard)), who="{classes: [person]}")) == count


@pytest.mark.parametrize(("delay", "count"), [(1.0, 1), (3.0, 0)])
def test_tailgating_is_two_across_a_line_the_same_way(delay: float, count: int) -> None:
    first = walking((0.3, 0.6), (0.05, 0))
    film = World(together(first, lambda second: {1: Body(0.3 + 0.05 * (second - delay), 0.8)}))
    found = starts_of("tailgating: {line: gate, within: 2s, direction: right_to_left}", film)
    assert [each.track_id for each in found] == [101] * count


def test_two_who_come_from_both_sides_are_no_tailgaters() -> None:
    film = World(together(walking((0.3, 0.6), (0.05, 0)), walking((0.7, 0.8), (-0.05, 0))))
    assert starts_of("tailgating: {line: gate, within: 2s, direction: right_to_left}", film) == []


def to_and_fro(second: float) -> dict[int, Body]:
    """Through the gate and back, from the yard, in eight seconds."""
    away = abs((second % 8) / 4 - 1)
    return {1: Body(0.7 - 0.4 * away, 0.6)}


@pytest.mark.parametrize(
    ("what", "moment"), [("crosses: gate", (1, 6.2, 6.2)), ("in_zone: dock", (1, 10.0, 12.0))], ids=["a line", "a zone"]
)
def test_the_same_thing_again_follows_itself(what: str, moment: tuple[int, float, float]) -> None:
    when = f"then: {{first: {{{what}}}, next: {{{what}}}, within: 9s}}"
    assert moments(when, World(to_and_fro, seconds=12)) == [moment]
    assert starts_of(when.replace("9s", "9s, without: {in_zone: yard}"), World(to_and_fro, seconds=12)) == []


def back_and_forth(period: float) -> Place:
    return lambda second: {1: Body(0.75 if int(second / period) % 2 else 0.25, 0.7)}


@pytest.mark.parametrize(("period", "events"), [(2, [(1, 10.0, 18.0)]), (5, [])])
def test_a_thing_that_happens_again_and_again(period: float, events: list[tuple[int, float, float]]) -> None:
    # Into the dock at 2, 6, 10, 14 and 18 s.
    when = "times: {that: {in_zone: {zone: dock, gap: 0.5}}, at_least: 3, within: 13s}"
    assert moments(when, World(back_and_forth(period), seconds=20)) == events


def test_a_rate_is_of_all_tracks_together() -> None:
    film = World(lambda second: {n: Body(0.35 + 0.1 * (second - 2 * n), 0.6) for n in range(1, 5)}, seconds=12)
    # One crosses every two seconds: at 3.6, 5.6, 7.6 and 9.6 s.
    when = "rate: {that: {crosses: gate}, at_least: 3, within: 5s}"
    assert moments(when, film) == [(0, 7.6, 9.6)]
    assert starts_of(when.replace("5s", "3s"), film) == []


def test_a_rate_that_is_reached_by_two_at_once_ends_when_they_cross() -> None:
    film = World(lambda second: {n: Body(0.35 + 0.1 * second, 0.5 + 0.1 * n) for n in (1, 2)}, seconds=6)
    assert moments("rate: {that: {crosses: gate}, at_least: 2, within: 3s}", film) == [(0, 1.6, 1.6)]


def test_lasting_is_for_whole_clauses() -> None:
    when = "lasting: {that: {any: [{in_zone: {zone: yard, gap: 0}}, {in_zone: {zone: dock, gap: 0}}]}, for: 9s}"
    assert moments(when, World(hop(4, 6))) == [(1, 9.0, 10.0)]


def test_all_begins_with_the_last_of_its_parts_and_ends_with_the_first() -> None:
    when = "all: [{in_zone: {zone: yard, gap: 0}}, {count: {at_least: 2, gap: 0}}]"
    film = World(together(hop(8), during(standing(0.9), 3, 10)))
    assert moments(when, film, who="{classes: [person]}") == [(1, 3.0, 7.8)]


def test_any_goes_on_from_one_part_to_another() -> None:
    assert moments("any: [{in_zone: yard}, {in_zone: dock}]", World(hop(4))) == [(1, 0.0, 10.0)]


@pytest.mark.parametrize(
    ("stay", "events"), [("0s", [(1, 4.0, 10.0)]), ("2s", [(1, 4.2, 4.2), (1, 6.0, 10.0)])], ids=["at once", "later"]
)
def test_any_of_a_passing_and_a_stay_goes_on_as_long_as_the_stay(
    stay: str, events: list[tuple[int, float, float]]
) -> None:
    film = World(walking((0.3, 0.6), (0.05, 0)))
    assert moments(f"any: [{{crosses: gate}}, {{in_zone: {{zone: dock, for: {stay}}}}}]", film) == events


def test_what_is_true_of_the_place_is_so_for_a_track_as_long_as_that_is_seen() -> None:
    spec = spec_of("any: [{near: {classes: [car], within: 0.1}}, {count: {zone: yard, at_least: 1}}]")
    stays, leaves = Body(0.25, 0.7), Body(0.8, 0.9)
    frames = [frame_of(at, {1: stays, 2: leaves} if at <= 1000 else {1: stays}) for at in range(0, 3001, 200)]
    assert [(each.track_id, each.end_ms) for each in ended(play(engine_of(spec), frames))] == [(2, 1000), (1, 3000)]


def test_not_is_for_those_who_are_seen() -> None:
    film = World(hop(4))
    assert moments("not: {in_zone: {zone: yard, gap: 0}}", film) == [(1, 4.0, 10.0)]


def test_not_ends_as_soon_as_the_thing_is_true() -> None:
    film = World(hop(4, 7))
    assert moments("not: {in_zone: {zone: yard, gap: 0}}", film) == [(1, 4.0, 6.8)]


def schedule_starts(
    when: str, zero: datetime, zone: str, hours: range, holidays: frozenset[date] = frozenset()
) -> list[int]:
    """Hours after zero at which somebody who is always there becomes an event."""
    clock = SiteClock(zero, zone, holidays)
    engine = engine_of(
        spec_of(f"all: [{{in_zone: yard}}, {{schedule: {when}}}]"), surroundings=Surroundings(PLAN, clock)
    )
    frames = (frame_of(hour * 3_600_000, {1: Body(0.25, 0.7)}) for hour in hours)
    return [each.start_ms // 3_600_000 for each in started(play(engine, frames))]


MONDAY_NOON = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        pytest.param("{from: '22:00', to: '06:00'}", [10, 34], id="overnight begins in the evening"),
        pytest.param("{from: 14:00, to: 15:00}", [2, 26], id="an hour of the day, written without quotes"),
        pytest.param("{days: tue, from: '08:00', to: '17:00'}", [20], id="one day"),
        pytest.param("{days: mon, from: '22:00', to: '06:00'}", [10], id="the night belongs to the day it began on"),
        pytest.param("{days: [sat, sun]}", [], id="not on the weekend"),
        pytest.param("{days: mon-tue}", [0], id="two whole days are one time"),
    ],
)
def test_schedules_are_by_the_clock_of_the_site(when: str, hours: list[int]) -> None:
    assert schedule_starts(when, MONDAY_NOON, "Europe/Berlin", range(48)) == hours


@pytest.mark.parametrize(
    ("how", "hours"),
    [("as_usual", [21, 45]), ("excluded", [45]), ("only", [21]), ("included", [21, 45])],
)
def test_holidays(how: str, hours: list[int]) -> None:
    holiday = frozenset({date(2026, 6, 16)})
    when = f"{{from: '09:00', to: '10:00', holidays: {how}}}"
    assert schedule_starts(when, MONDAY_NOON, "Europe/Berlin", range(60), holiday) == hours


@pytest.mark.parametrize(
    ("zero", "hours"),
    [
        # Clocks go forward in the night to 29 March 2026 and back in the night to 25 October 2026.
        pytest.param(datetime(2026, 3, 28, 12, 0, tzinfo=UTC), [11, 34], id="a night that is an hour shorter"),
        pytest.param(datetime(2026, 10, 24, 12, 0, tzinfo=UTC), [10, 35], id="a night that is an hour longer"),
    ],
)
def test_a_clock_change_moves_the_schedule_with_it(zero: datetime, hours: list[int]) -> None:
    # Midnight to five in the morning, local time, on both nights.
    assert schedule_starts("{from: '00:00', to: '05:00'}", zero, "Europe/Berlin", range(38)) == hours


@pytest.mark.parametrize(
    ("zero", "night"),
    [
        pytest.param(datetime(2026, 3, 28, 12, 0, tzinfo=UTC), [(9, 15)], id="seven hours long"),
        pytest.param(datetime(2026, 10, 24, 12, 0, tzinfo=UTC), [(8, 16)], id="nine hours long"),
    ],
)
def test_a_night_in_which_the_clock_changes(zero: datetime, night: list[tuple[int, int]]) -> None:
    """From ten in the evening until six, looked at once an hour."""
    clock = SiteClock(zero, "Europe/Berlin")
    spec = spec_of("all: [{in_zone: yard}, {schedule: {days: sat, from: '22:00', to: '06:00'}}]")
    frames = (frame_of(hour * 3_600_000, {1: Body(0.25, 0.7)}) for hour in range(38))
    found = ended(play(engine_of(spec, surroundings=Surroundings(PLAN, clock)), frames))
    assert [(each.start_ms // 3_600_000, each.end_ms // 3_600_000) for each in found] == night


@pytest.mark.parametrize(
    ("day", "hours", "open_utc"),
    [
        pytest.param(
            date(2026, 3, 29), ("02:30", "03:30"), ("01:00", "01:30"), id="begins in the hour that is skipped"
        ),
        pytest.param(date(2026, 3, 29), ("01:00", "02:30"), ("00:00", "01:00"), id="ends in the hour that is skipped"),
        pytest.param(date(2026, 3, 29), ("02:15", "02:45"), None, id="a time that no clock shows"),
        pytest.param(date(2026, 10, 25), ("02:30", "03:30"), ("00:30", "02:30"), id="begins when it is first so late"),
        pytest.param(date(2026, 10, 25), ("01:00", "02:30"), ("23:00", "01:30"), id="ends when it is so late again"),
    ],
)
def test_a_time_that_the_clock_skips_or_shows_twice(
    day: date, hours: tuple[str, str], open_utc: tuple[str, str] | None
) -> None:
    zero = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=2)
    surroundings = Surroundings(PLAN, SiteClock(zero, "Europe/Berlin"))
    spec = spec_of(f"all: [{{in_zone: yard}}, {{schedule: {{days: sun, from: '{hours[0]}', to: '{hours[1]}'}}}}]")
    frames = (frame_of(minute * 60_000, {1: Body(0.25, 0.7)}) for minute in range(6 * 60))
    found = ended(play(engine_of(spec, surroundings=surroundings), frames))
    times = [zero + timedelta(milliseconds=each) for hit in found for each in (hit.start_ms, hit.end_ms + 60_000)]
    assert [f"{each:%H:%M}" for each in times] == list(open_utc or ())


def test_somebody_already_there_when_the_time_comes_is_an_event_from_then_on() -> None:
    clock = SiteClock(datetime(2026, 6, 15, 19, 59, 57, tzinfo=UTC), "Europe/Berlin")
    engine = engine_of(
        spec_of("all: [{in_zone: yard}, {schedule: {from: '22:00', to: '06:00'}}]"),
        surroundings=Surroundings(None, clock),
    )
    (start,) = started(play(engine, World(standing(), step_ms=700).frames()))
    assert start.start_ms == 3000
