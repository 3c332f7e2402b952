"""Which events raise an alert of their own, and which are counted in one that is there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from alerts.choices import GroupBy
from alerts.models import Alert, AlertEvent
from alerts.services import alert_acknowledge, alert_raise_for_event, alert_resolve, alerts_raise_for_events
from events.choices import Severity
from tests.alerts.scenes import AT, grant, make_camera, make_event, make_policy, make_user
from vms.accounts.choices import Role

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def counts() -> list[int]:
    return list(Alert.objects.order_by("raised_at", "first_event_at").values_list("event_count", flat=True))


def test_repeats_raise_the_count_and_the_last_time_of_the_alert_that_is_there() -> None:
    camera = make_camera()
    make_policy(group_minutes=30)
    alert_raise_for_event(event=make_event(camera))
    assert alert_raise_for_event(event=make_event(camera, at=AT + 5 * MINUTE)) == []
    alert = Alert.objects.get()
    assert (alert.event_count, alert.first_event_at, alert.last_event_at) == (2, AT, AT + 5 * MINUTE)
    assert AlertEvent.objects.filter(alert=alert).count() == 2


def test_a_repeat_tells_nobody_again() -> None:
    camera, user = make_camera(), make_user()
    grant(user, camera)
    make_policy(user, group_minutes=30)
    for minutes in range(3):
        alert_raise_for_event(event=make_event(camera, at=AT + minutes * MINUTE))
    assert Alert.objects.get().deliveries.count() == 2


def test_the_same_event_is_counted_once() -> None:
    event = make_event(make_camera())
    make_policy(group_minutes=30)
    for _ in range(3):
        alert_raise_for_event(event=event)
    assert counts() == [1]


def test_events_of_other_cameras_rules_zones_and_severities_have_their_own_alerts() -> None:
    camera = make_camera()
    make_policy(group_minutes=30)
    alert_raise_for_event(event=make_event(camera))
    alert_raise_for_event(event=make_event(make_camera("Yard")))
    alert_raise_for_event(event=make_event(camera, rule="Car in Yard"))
    alert_raise_for_event(event=make_event(camera, evidence={"zone": "Ramp"}))
    alert_raise_for_event(event=make_event(camera, severity=Severity.CRITICAL))
    assert counts() == [1] * 5


def test_a_policy_may_group_by_less() -> None:
    camera = make_camera()
    make_policy(group_minutes=30, group_by=[GroupBy.CAMERA])
    alert_raise_for_event(event=make_event(camera))
    alert_raise_for_event(event=make_event(camera, rule="Car in Yard"))
    assert counts() == [2]


def test_after_a_longer_pause_there_is_a_new_alert() -> None:
    camera = make_camera()
    make_policy(group_minutes=30)
    for minutes in (0, 30, 61):
        alert_raise_for_event(event=make_event(camera, at=AT + minutes * MINUTE))
    assert counts() == [2, 1]


def test_a_late_event_from_before_the_first_one_is_counted_too() -> None:
    camera = make_camera()
    make_policy(group_minutes=30)
    alert_raise_for_event(event=make_event(camera))
    alert_raise_for_event(event=make_event(camera, at=AT - 10 * MINUTE))
    alert = Alert.objects.get()
    assert (alert.event_count, alert.first_event_at, alert.last_event_at) == (2, AT - 10 * MINUTE, AT)


def test_what_is_told_hours_late_does_not_break_up_the_alert_of_now() -> None:
    camera, now = make_camera(), timezone.now()
    make_policy(group_minutes=30)
    for minutes_ago in (2, 180, 1, 179, 0):
        alert_raise_for_event(event=make_event(camera, at=now - minutes_ago * MINUTE))
    assert counts() == [3, 2]


@pytest.mark.parametrize(("decide", "expected"), [(False, [2]), (True, [1, 1])])
def test_what_is_in_hand_takes_in_repeats_and_what_is_decided_does_not(decide: bool, expected: list[int]) -> None:
    camera, admin = make_camera(), make_user(role=Role.ADMIN)
    make_policy(group_minutes=30)
    (alert,) = alert_raise_for_event(event=make_event(camera))
    alert_acknowledge(user=admin, alert_id=alert.id)
    if decide:
        alert_resolve(user=admin, alert_id=alert.id)
    alert_raise_for_event(event=make_event(camera, at=AT + MINUTE))
    assert counts() == expected


def test_fewer_events_than_the_threshold_raise_nothing_and_then_all_are_counted() -> None:
    camera = make_camera()
    make_policy(group_minutes=30, threshold_count=3, threshold_seconds=120)
    for seconds in (0, 60):
        assert alert_raise_for_event(event=make_event(camera, at=AT + timedelta(seconds=seconds))) == []
    (alert,) = alert_raise_for_event(event=make_event(camera, at=AT + timedelta(seconds=120)))
    assert (alert.event_count, alert.first_event_at) == (3, AT)
    alert_raise_for_event(event=make_event(camera, at=AT + timedelta(seconds=150)))
    assert counts() == [4]


def test_events_too_far_apart_do_not_reach_the_threshold() -> None:
    camera = make_camera()
    make_policy(group_minutes=30, threshold_count=3, threshold_seconds=120)
    for seconds in (0, 100, 200, 300):
        alert_raise_for_event(event=make_event(camera, at=AT + timedelta(seconds=seconds)))
    assert counts() == []


def test_the_threshold_counts_events_that_arrive_out_of_order() -> None:
    camera = make_camera()
    make_policy(group_minutes=30, threshold_count=3, threshold_seconds=120)
    for seconds in (100, 0, 50):
        alert_raise_for_event(event=make_event(camera, at=AT + timedelta(seconds=seconds)))
    assert counts() == [3]


def test_events_stored_together_are_sorted_as_if_one_after_the_other() -> None:
    gate, yard = make_camera(), make_camera("Yard")
    make_policy(group_minutes=30)
    make_policy(group_minutes=30, threshold_count=3, threshold_seconds=60)
    events = [make_event(gate, at=AT + number * timedelta(seconds=10)) for number in range(4)]
    events += [make_event(yard), make_event(gate, at=AT + 90 * MINUTE)]
    alerts_raise_for_events(events=events)
    assert sorted(counts()) == [1, 1, 4, 4]
    assert AlertEvent.objects.count() == 10


def test_a_repeat_costs_few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    camera = make_camera()
    make_policy(group_minutes=30)
    alert_raise_for_event(event=make_event(camera))
    event = make_event(camera, at=AT + MINUTE)
    with django_assert_max_num_queries(9):
        alert_raise_for_event(event=event)
