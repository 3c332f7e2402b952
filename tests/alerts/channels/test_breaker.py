"""An endpoint that fails again and again is left alone, and taken up again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from alerts.actors import deliver
from alerts.breaker import (
    AT_ONCE,
    FIRST_WAIT_SECONDS,
    LAST_WAIT_SECONDS,
    OPENS_AFTER,
    endpoint_note,
    wait_seconds,
)
from alerts.choices import DeliveryState
from alerts.deliveries import LONGEST_WAIT_SECONDS, deliveries_give_up, delivery_following, delivery_send
from alerts.lanes import place_of, places_in
from alerts.models import Delivery, Endpoint, EndpointHealth
from alerts.selectors import deliveries_in_turn
from alerts.services.resending import delivery_resend
from tests.alerts.channels.endpoints import make_alert, make_delivery, make_due, make_webhook
from tests.alerts.scenes import make_user
from tests.outbound.receiver import Receiver, answer
from vms.accounts.choices import Role

pytestmark = pytest.mark.django_db


def send(delivery: Delivery) -> Delivery:
    delivery_send(delivery_id=delivery.id)
    delivery.refresh_from_db()
    return delivery


def broken(receiver: Receiver) -> Endpoint:
    """An endpoint whose breaker has just opened."""
    receiver.always = answer(500)
    endpoint = make_webhook(receiver.url)
    delivery = make_delivery(endpoint)
    for _ in range(OPENS_AFTER):
        make_due(delivery)
        send(delivery)
    receiver.received.clear()
    return endpoint


def let_time_pass(endpoint: Endpoint) -> None:
    EndpointHealth.objects.filter(endpoint=endpoint).update(probe_at=timezone.now() - timedelta(seconds=1))
    Delivery.objects.filter(endpoint=endpoint).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_who_asks_for_time_gets_no_other_message_before_it_is_over(receiver: Receiver) -> None:
    receiver.behaviours = [answer(429, Retry_After="120")]
    endpoint = make_webhook(receiver.url)
    send(make_delivery(endpoint))
    other = send(make_delivery(endpoint, make_alert()))
    assert (other.state, other.attempts, len(receiver.received)) == (DeliveryState.QUEUED, 0, 1)
    assert other.next_attempt_at == EndpointHealth.objects.get().busy_until
    EndpointHealth.objects.update(busy_until=timezone.now())
    make_due(other)
    assert send(other).state == DeliveryState.DELIVERED


def test_after_some_failures_in_a_row_nothing_is_sent(receiver: Receiver) -> None:
    endpoint = broken(receiver)
    delivery = send(make_delivery(endpoint, make_alert()))
    assert (delivery.state, delivery.attempts, receiver.received) == (DeliveryState.QUEUED, 0, [])
    assert delivery.next_attempt_at == EndpointHealth.objects.get().probe_at


def test_one_message_is_the_probe_and_the_others_wait(receiver: Receiver) -> None:
    endpoint = broken(receiver)
    first, second = make_delivery(endpoint, make_alert()), make_delivery(endpoint, make_alert())
    let_time_pass(endpoint)
    send(first)
    assert send(second).attempts == 0
    assert len(receiver.received) == 1


def test_all_that_wait_for_an_endpoint_that_is_left_alone_wait_for_its_probe(receiver: Receiver) -> None:
    endpoint = broken(receiver)
    first, second = make_delivery(endpoint, make_alert()), make_delivery(endpoint, make_alert())
    send(first)
    second.refresh_from_db()
    assert second.next_attempt_at == EndpointHealth.objects.get().probe_at


def test_of_an_endpoint_that_failed_last_one_message_is_in_turn(receiver: Receiver) -> None:
    endpoint, other = make_webhook(receiver.url), make_webhook(receiver.url, name="Other")
    EndpointHealth.objects.create(endpoint=endpoint, failures_in_row=1)
    first, *_ = [make_delivery(endpoint, make_alert()) for _ in range(3)]
    others = [make_delivery(other, make_alert()) for _ in range(2)]
    assert {delivery.id for delivery in deliveries_in_turn()} == {first.id, *(each.id for each in others)}


def test_what_was_on_its_way_when_the_breaker_opened_does_not_lengthen_the_wait(receiver: Receiver) -> None:
    endpoint = broken(receiver)
    endpoint_note(endpoint_id=endpoint.id, succeeded=False, answer="Too slow.")
    assert EndpointHealth.objects.get().times_opened == 1


def test_each_failed_probe_lengthens_the_wait(receiver: Receiver) -> None:
    endpoint = broken(receiver)
    let_time_pass(endpoint)
    before = timezone.now()
    send(make_delivery(endpoint, make_alert()))
    health = EndpointHealth.objects.get()
    assert health.times_opened == 2
    assert health.probe_at is not None
    assert health.probe_at - before > timedelta(seconds=FIRST_WAIT_SECONDS * 1.5)
    assert [wait_seconds(1), wait_seconds(100)] == [FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS]


def test_a_probe_that_is_taken_closes_it_and_wakes_what_waits(
    receiver: Receiver, django_capture_on_commit_callbacks: object
) -> None:
    endpoint = broken(receiver)
    waiting = make_delivery(endpoint, make_alert())
    send(waiting)
    let_time_pass(endpoint)
    Delivery.objects.filter(id=waiting.id).update(next_attempt_at=timezone.now() + timedelta(hours=1))
    receiver.always = None
    assert callable(django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        assert send(make_delivery(endpoint, make_alert())).state == DeliveryState.DELIVERED
    assert EndpointHealth.objects.get().probe_at is None
    assert send(waiting).state == DeliveryState.DELIVERED


def test_other_endpoints_do_not_notice(receiver: Receiver) -> None:
    broken(receiver)
    receiver.always = None
    other = make_webhook(receiver.url, name="Other")
    assert send(make_delivery(other, make_alert())).state == DeliveryState.DELIVERED


def test_few_messages_go_to_an_endpoint_at_once_and_the_next_follows(receiver: Receiver) -> None:
    endpoint = make_webhook(receiver.url)
    EndpointHealth.objects.create(endpoint=endpoint, succeeded_at=timezone.now())
    soon = timezone.now() + timedelta(seconds=60)
    for _ in range(AT_ONCE):
        under_way = make_delivery(endpoint, make_alert())
        Delivery.objects.filter(id=under_way.id).update(
            state=DeliveryState.SENDING, attempts=1, next_attempt_at=soon, lease_expires_at=soon
        )
    third = make_delivery(endpoint, make_alert())
    assert (send(third).state, third.attempts, receiver.received) == (DeliveryState.QUEUED, 0, [])
    assert delivery_following(under_way) == third.id
    assert delivery_following(under_way) is None


def test_who_finds_no_place_asks_no_database_and_is_sent_by_whom_the_place_belongs_to(
    receiver: Receiver, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    endpoint = make_webhook(receiver.url)
    first, second = make_delivery(endpoint, make_alert()), make_delivery(endpoint, make_alert())
    with places_in(place_of(second)), places_in(place_of(second)), django_assert_num_queries(0):
        deliver.fn(str(second.id), place_of(second))
    deliver.fn(str(first.id), place_of(first))
    states = Delivery.objects.filter(endpoint=endpoint).values_list("state", flat=True)
    assert list(states) == [DeliveryState.DELIVERED, DeliveryState.DELIVERED]


def test_many_that_wait_for_one_endpoint_stand_before_no_other(receiver: Receiver) -> None:
    slow, other = make_webhook(receiver.url), make_webhook(receiver.url, name="Other")
    crowd = [make_delivery(slow, make_alert()) for _ in range(3)]
    late = make_delivery(other, make_alert())
    assert list(deliveries_in_turn().values_list("id", flat=True)[:2]) == [crowd[0].id, late.id]


def test_what_waits_a_day_for_its_endpoint_has_failed(receiver: Receiver) -> None:
    delivery = make_delivery(broken(receiver), make_alert())
    Delivery.objects.update(created_at=timezone.now() - timedelta(seconds=LONGEST_WAIT_SECONDS + 1))
    deliveries_give_up()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED


def test_what_a_person_sends_again_has_another_day(receiver: Receiver) -> None:
    admin, delivery = make_user("admin", role=Role.ADMIN), make_delivery(broken(receiver), make_alert())
    Delivery.objects.update(created_at=timezone.now() - timedelta(seconds=LONGEST_WAIT_SECONDS + 1))
    deliveries_give_up()
    delivery_resend(user=admin, delivery_id=delivery.id)
    deliveries_give_up()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED
