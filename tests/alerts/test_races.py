"""Two at the same moment: one wins, nothing happens twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from alerts.choices import Channel, DeliveryState
from alerts.deliveries import delivery_send
from alerts.limits import Limit
from alerts.models import Alert, AlertEvent, Delivery
from alerts.services import alert_acknowledge, alert_raise_for_event, alert_resolve, alerts_raise_for_events
from events.models import Event
from tests.alerts.scenes import USUAL_CHANNELS, grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.models import User
from vms.errors import ConflictError

pytestmark = pytest.mark.django_db(transaction=True)

Result = TypeVar("Result")
THREADS = 4


def at_once(deed: Callable[[int], Result], threads: int = THREADS) -> list[Result]:
    barrier = Barrier(threads)

    def start(number: int) -> Result:
        try:
            if threads <= THREADS:  # more than the pool has could not all have one before they begin
                connection.ensure_connection()
            barrier.wait(timeout=60)
            return deed(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(start, range(threads)))


@pytest.fixture
def people() -> list[User]:
    return [make_user(f"guard{number}") for number in range(THREADS)]


@pytest.fixture
def event(people: list[User]) -> Event:
    camera = make_camera()
    for person in people:
        grant(person, camera, "view_camera", "review_camera")
    return make_event(camera)


def test_an_event_taken_in_twice_at_once_raises_one_alert(event: Event, people: list[User]) -> None:
    make_policy(*people)
    raised = at_once(lambda _: alert_raise_for_event(event=event))
    assert sorted(len(alerts) for alerts in raised) == [0, 0, 0, 1]
    assert (Alert.objects.count(), Delivery.objects.count()) == (1, THREADS * len(USUAL_CHANNELS))


@pytest.mark.parametrize("threshold", [1, 5])
def test_a_hundred_events_at_the_same_moment_are_one_alert_with_count_100(event: Event, threshold: int) -> None:
    make_policy(group_minutes=30, threshold_count=threshold)
    events = [make_event(event.camera) for _ in range(100)]
    at_once(lambda number: alert_raise_for_event(event=events[number]), threads=100)
    alert = Alert.objects.get()
    assert (alert.event_count, alert.links.count()) == (100, 100)


def test_batches_with_the_same_groups_in_other_orders_do_not_block_each_other(event: Event) -> None:
    make_policy(group_minutes=30)
    cameras = [make_camera(f"Camera {number}") for number in range(6)]
    batches = [[make_event(camera) for camera in sorted(cameras, key=lambda _: random.random())] for _ in range(4)]
    at_once(lambda number: alerts_raise_for_events(events=batches[number]))
    assert list(Alert.objects.values_list("event_count", flat=True)) == [4] * 6


def test_a_repeat_and_a_decision_at_once_leave_no_event_uncounted(event: Event, people: list[User]) -> None:
    make_policy(group_minutes=30)
    (alert,) = alert_raise_for_event(event=event)
    repeats = [make_event(event.camera) for _ in range(THREADS)]

    def deed(number: int) -> None:
        if number == 0:
            alert_resolve(user=people[0], alert_id=alert.id)
        else:
            alert_raise_for_event(event=repeats[number])

    at_once(deed)
    counts = Alert.objects.values_list("event_count", flat=True)
    assert sum(counts) == AlertEvent.objects.count() == THREADS
    assert Alert.objects.filter(collecting=True).count() <= 1


def test_a_limit_lets_through_exactly_as_many_as_it_says(event: Event) -> None:
    limit = Limit("test", most=10, seconds=36_000)
    taken = at_once(lambda _: sum(limit.take() for _ in range(10)))
    assert sum(taken) == 10


def test_one_of_several_who_acknowledge_at_once_wins(event: Event, people: list[User]) -> None:
    make_policy()
    (alert,) = alert_raise_for_event(event=event)

    def acknowledge(number: int) -> str:
        try:
            return str(alert_acknowledge(user=people[number], alert_id=alert.id).acknowledged_by)
        except ConflictError as error:
            return error.message.split()[0]

    assert set(at_once(acknowledge)) == {str(Alert.objects.get().acknowledged_by)}


def test_a_message_claimed_by_several_workers_at_once_goes_out_once(
    event: Event, people: list[User], sink: Sink
) -> None:
    make_policy(people[0], channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=event)
    delivery = alert.deliveries.get()
    at_once(lambda _: delivery_send(delivery_id=delivery.id))
    delivery.refresh_from_db()
    assert (len(sink.messages), delivery.state, delivery.attempts) == (1, DeliveryState.SENT, 1)
