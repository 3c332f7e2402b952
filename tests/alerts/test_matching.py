"""What a policy asks of an event: places, rules, tags, times."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.matching import is_enough
from alerts.models import AlertPolicy, OnCallGroup, OnCallMember
from alerts.on_call import on_call_now, turns_ahead
from alerts.schedule import Holidays, Schedule
from alerts.services import alert_raise_for_event
from events.choices import Severity
from rules.engine.schema import parse_rule
from rules.models import RuleVersion
from tests.alerts.scenes import make_camera, make_event, make_policy, make_rule, make_user

BERLIN = ZoneInfo("Europe/Berlin")
DOCUMENT = "name: Person in Yard\ntags: [perimeter]\nwhen: {type: zone_presence, zone: Yard}\n"


@pytest.mark.django_db
def test_a_policy_for_a_site_holds_for_its_cameras_beside_those_that_are_named() -> None:
    gate, quay, other = make_camera(), make_camera("Quay", site="Island"), make_camera("Shed", site="Farm")
    policy = make_policy()
    policy.sites.add(gate.site)
    policy.cameras.add(quay)
    assert [len(alert_raise_for_event(event=make_event(camera))) for camera in (gate, quay, other)] == [1, 1, 0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wish", "raised"),
    [
        ({"tags": ["perimeter"]}, 1),
        ({"tags": ["fire"]}, 0),
        ({"zones": ["Yard"]}, 1),
        ({"zones": ["Ramp"]}, 0),
        ({"classes": ["truck", "Person"]}, 1),
        ({"classes": ["truck"]}, 0),
    ],
)
def test_a_policy_may_ask_for_classes_and_for_tags_and_zones_of_the_rule(wish: dict[str, object], raised: int) -> None:
    spec = parse_rule(DOCUMENT).model_dump(mode="json")
    RuleVersion.objects.create(rule=make_rule(), number=1, document=DOCUMENT, spec=spec)
    AlertPolicy.objects.create(name="Wish", **wish)
    assert len(alert_raise_for_event(event=make_event(make_camera()))) == raised


@pytest.mark.django_db
def test_the_zone_that_the_evidence_names_counts_and_not_all_those_of_the_rule() -> None:
    spec = parse_rule(DOCUMENT).model_dump(mode="json")
    RuleVersion.objects.create(rule=make_rule(), number=1, document=DOCUMENT, spec=spec)
    make_policy(zones=["Yard"])
    event = make_event(make_camera(), evidence={"clauses": [{"clause": "in_zone", "zone": "Ramp"}]})
    assert alert_raise_for_event(event=event) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("hour", "raised"), [(20, 0), (21, 1), (3, 1), (4, 0)])
def test_a_schedule_is_read_on_the_sites_clock(hour: int, raised: int) -> None:
    make_policy(schedule={"start": "23:00", "end": "06:00"})  # in July two hours ahead of UTC
    event = make_event(make_camera(), at=datetime(2026, 7, 14, hour, tzinfo=UTC))
    assert len(alert_raise_for_event(event=event)) == raised


@pytest.mark.django_db
def test_the_alerts_severity_may_follow_from_the_events() -> None:
    make_policy(severity_map={"low": "critical"})
    alerts = [
        alert_raise_for_event(event=make_event(make_camera(name), severity=severity))[0]
        for name, severity in (("A", Severity.LOW), ("B", Severity.MEDIUM))
    ]
    assert [alert.severity for alert in alerts] == ["critical", "medium"]


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), False),  # 01:59
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), False),  # 03:00: the hour in between does not exist
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),  # 02:30 for the first time
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),  # and for the second
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), False),
    ],
)
def test_a_schedule_follows_the_wall_clock_when_it_is_changed(moment: datetime, holds: bool) -> None:
    assert Schedule(start="02:00", end="03:00").holds(moment, BERLIN) is holds


@pytest.mark.parametrize(
    ("holidays", "expected"),
    [("as_usual", [True, False]), ("excluded", [False, False]), ("only", [True, True]), ("included", [True, True])],
)
def test_holidays_count_as_the_schedule_says(holidays: Holidays, expected: list[bool]) -> None:
    friday, saturday = datetime(2026, 12, 25, 12, tzinfo=UTC), datetime(2026, 12, 26, 12, tzinfo=UTC)
    schedule = Schedule(days=("mon", "tue", "wed", "thu", "fri"), holidays=holidays)
    days = {friday.date(), saturday.date()}
    assert [schedule.holds(moment, BERLIN, days) for moment in (friday, saturday)] == expected


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    schedule = Schedule(days=("fri",), start="22:00", end="06:00")
    saturday_early, sunday_early = datetime(2026, 7, 18, 1, tzinfo=UTC), datetime(2026, 7, 19, 1, tzinfo=UTC)
    assert [schedule.holds(moment, BERLIN) for moment in (saturday_early, sunday_early)] == [True, False]


@pytest.mark.parametrize(
    ("others", "enough"), [([0, 30], True), ([0, 61], False), ([90, 120], True), ([30, 90], True), ([-1, 122], False)]
)
def test_a_threshold_is_reached_within_any_span_that_holds_the_event(others: list[int], enough: bool) -> None:
    start = datetime(2026, 7, 14, tzinfo=UTC)
    at = start + timedelta(seconds=60)
    times = [at, *(start + timedelta(seconds=second) for second in others)]
    assert is_enough(times, at, 3, timedelta(seconds=60)) is enough


@pytest.mark.django_db
def test_people_take_turns_being_on_call_and_hand_over_in_the_morning() -> None:
    group = OnCallGroup.objects.create(
        name="Guards",
        shift_days=7,
        first_day=datetime(2026, 10, 19, tzinfo=UTC).date(),
        hand_over=time(8),
        time_zone="Europe/Berlin",
    )
    people = [make_user(name) for name in ("ada", "bea")]
    for position, person in enumerate(people):
        OnCallMember.objects.create(group=group, user=person, position=position)
    before, after = datetime(2026, 10, 26, 6, 59, tzinfo=UTC), datetime(2026, 10, 26, 7, 1, tzinfo=UTC)
    assert on_call_now(group, before) == [people[0]]
    assert on_call_now(group, after) == [people[1]]
    group.shift_days = 0
    assert on_call_now(group, after) == people


@pytest.mark.django_db
def test_the_turns_ahead_begin_with_the_one_that_runs_and_keep_the_hand_over_when_clocks_change() -> None:
    group = OnCallGroup(shift_days=7, first_day=date(2026, 10, 12), hand_over=time(8), time_zone="Europe/Berlin")
    people = [make_user(name) for name in ("ada", "bea")]
    running, following = turns_ahead(group, people, datetime(2026, 10, 22, tzinfo=UTC), 2)
    assert [running.user, following.user] == [people[1], people[0]]
    assert running.begins_at == datetime(2026, 10, 19, 6, tzinfo=UTC)
    assert running.ends_at == following.begins_at == datetime(2026, 10, 26, 7, tzinfo=UTC)
    assert turns_ahead(group, people[:1], following.begins_at, 2) == []
