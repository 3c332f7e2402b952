"""Counting, over what the asking user may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group as UserGroup
from guardian.shortcuts import assign_perm
from pytest_django import DjangoAssertNumQueries

from cameras.models import Camera
from events.choices import Severity, Verdict
from reports.aggregation import report_content
from reports.periods import period_of_days
from tests.alerts.scenes import AT, grant, make_camera, make_event, make_user
from tests.reports.requests import BEFORE, BERLIN, END, LATER, START, ask
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    return make_camera()


@pytest.fixture
def user(gate: Camera) -> User:
    user = make_user()
    grant(user, gate)
    return user


def test_totals_and_groups_agree(user: User, gate: Camera) -> None:
    yard, quiet = make_camera("Yard"), make_camera("Quiet")
    grant(user, yard)
    grant(user, quiet)
    make_event(gate, severity=Severity.CRITICAL, verdict=Verdict.TRUE)
    make_event(gate, rule="Car", verdict=Verdict.FALSE, at=LATER)
    make_event(yard, severity=Severity.LOW)
    content = report_content(ask(user))
    total = content.total
    assert (total.events, total.true, total.false, total.unreviewed, total.false_share) == (3, 1, 1, 1, 0.5)
    assert {row.severity: row.events for row in content.severities} == {"critical": 1, "high": 1, "medium": 0, "low": 1}
    assert [(group.name, group.counts.events) for group in content.cameras] == [
        ("Gate 2", 2),
        ("Yard", 1),
        ("Quiet", 0),
    ]
    assert [(group.name, group.counts.events) for group in content.rules] == [("Person in Yard", 2), ("Car", 1)]
    assert {bar.label: bar.events for bar in content.hours if bar.events} == {"14": 2, "19": 1}
    assert [bar.events for bar in content.days] == [0, 3, 0, 0, 0, 0, 0]
    assert sorted(row.camera for row in content.all_events()) == ["Gate 2", "Gate 2", "Yard"]
    assert content.camera_ids == [gate.id, quiet.id, yard.id]


def test_another_users_cameras_never_appear(user: User, gate: Camera) -> None:
    hidden = make_camera("Hidden")
    make_event(gate)
    make_event(hidden, rule="Secret rule")
    content = report_content(ask(user))
    assert content.total.events == 1
    assert [group.name for group in content.cameras] == ["Gate 2"]
    assert [group.name for group in content.rules] == ["Person in Yard"]
    assert [row.camera for row in content.all_events()] == ["Gate 2"]
    assert [row.camera for row in content.gravest_events(10)] == ["Gate 2"]


def test_what_counts_is_the_permission_when_it_is_built(user: User, gate: Camera) -> None:
    make_event(gate)
    run = ask(user, cameras=[gate])
    user.camerauserpermission_set.all().delete()
    content = report_content(run)
    assert (content.total.events, content.cameras, list(content.all_events())) == (0, [], [])


def test_a_permission_through_a_group_counts_each_event_once(user: User, gate: Camera) -> None:
    group = UserGroup.objects.create(name="night shift")
    user.groups.add(group)
    assign_perm("cameras.view_camera", group, gate)
    make_event(gate)
    assert report_content(ask(user)).total.events == 1


def test_the_period_holds_its_first_moment_and_not_its_last(user: User, gate: Camera) -> None:
    for at in (BEFORE, START, END - timedelta(microseconds=1), END):
        make_event(gate, at=at)
    assert report_content(ask(user)).total.events == 2


def test_a_site_or_chosen_cameras_limit_it(user: User, gate: Camera) -> None:
    pier = make_camera("Pier", site="Other", time_zone="Europe/Berlin")
    yard = make_camera("Yard")
    for camera in (pier, yard):
        grant(user, camera)
    for camera in (gate, pier, yard):
        make_event(camera)
    assert report_content(ask(user)).total.events == 3
    assert report_content(ask(user, site=gate.site)).total.events == 2
    assert report_content(ask(user, cameras=[pier])).total.events == 1


def test_the_hour_that_comes_twice_in_autumn_counts_both_times(user: User, gate: Camera) -> None:
    first, second = datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    make_event(gate, at=first)
    make_event(gate, at=second)
    start, end = period_of_days(date(2025, 10, 26), date(2025, 10, 26), BERLIN)
    assert end - start == timedelta(days=1)  # wall time; 25 hours pass
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=25)
    content = report_content(ask(user, period_start=start, period_end=end))
    assert {bar.label: bar.events for bar in content.hours if bar.events} == {"02": 2}
    assert [bar.events for bar in content.days] == [2]


def test_the_hour_that_is_left_out_in_spring_breaks_nothing(user: User, gate: Camera) -> None:
    make_event(gate, at=datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
    make_event(gate, at=datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    start, end = period_of_days(date(2026, 3, 29), date(2026, 3, 29), BERLIN)
    content = report_content(ask(user, period_start=start, period_end=end))
    assert {bar.label: bar.events for bar in content.hours if bar.events} == {"01": 1, "03": 1}


def test_the_gravest_events_are_chosen_and_shown_in_order_of_time(user: User, gate: Camera) -> None:
    make_event(gate, severity=Severity.CRITICAL, at=LATER)
    make_event(gate, severity=Severity.LOW, at=AT)
    make_event(gate, severity=Severity.HIGH, at=AT)
    assert [row.severity for row in report_content(ask(user)).gravest_events(2)] == ["high", "critical"]


def test_the_number_of_queries_does_not_grow(
    user: User, gate: Camera, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        camera = make_camera(f"Camera {number}")
        grant(user, camera)
        make_event(camera, rule=f"Rule {number}")
    run = ask(user)
    with django_assert_max_num_queries(10):
        content = report_content(run)
        list(content.all_events())


def test_a_long_period_is_shown_by_weeks(user: User, gate: Camera) -> None:
    make_event(gate)
    content = report_content(ask(user, period_start=START - timedelta(days=180)))
    assert len(content.days) == 27
    assert sum(bar.events for bar in content.days) == 1
