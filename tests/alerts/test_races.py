"""Two at the same moment: one wins, nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from alerts.channels import PERSONAL_CHANNELS
from alerts.choices import Channel, DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import Alert, Delivery
from alerts.services import alert_acknowledge, alert_raise_for_event
from events.models import Event
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.models import User
from vms.errors import ConflictError

pytestmark = pytest.mark.django_db(transaction=True)

Result = TypeVar("Result")
THREADS = 4


def at_once(deed: Callable[[int], Result]) -> list[Result]:
    barrier = Barrier(THREADS)

    def start(number: int) -> Result:
        try:
            connection.ensure_connection()
            barrier.wait()
            return deed(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(start, range(THREADS)))


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
    assert (Alert.objects.count(), Delivery.objects.count()) == (1, THREADS * len(PERSONAL_CHANNELS))


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
