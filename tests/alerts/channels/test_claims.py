"""A sender that lives keeps its claims; those of one that was killed block nobody for long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.breaker import OPENS_AFTER
from alerts.choices import DeliveryState
from alerts.claims import LEASE_SECONDS, claim_kept, claims_renew
from alerts.deliveries import delivery_send
from alerts.models import Delivery, EndpointHealth
from alerts.selectors import deliveries_in_turn
from tests.alerts.channels.endpoints import make_alert, make_delivery, make_webhook
from tests.outbound.receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def claimed() -> Delivery:
    """By a process that has begun to send it a while ago."""
    delivery = make_delivery(make_webhook("http://127.0.0.1:1/"))
    claim(delivery, seconds_left=1)
    return delivery


def claim(delivery: Delivery, *, seconds_left: float) -> None:
    end = timezone.now() + timedelta(seconds=seconds_left)
    Delivery.objects.filter(id=delivery.id).update(
        state=DeliveryState.SENDING, attempts=1, next_attempt_at=end, lease_expires_at=end
    )


def test_the_lease_of_what_is_being_sent_is_renewed(claimed: Delivery) -> None:
    before = timezone.now()
    with claim_kept(claimed.id):
        claims_renew()
    claimed.refresh_from_db()
    assert claimed.lease_expires_at is not None
    assert claimed.lease_expires_at >= before + timedelta(seconds=LEASE_SECONDS)
    assert claimed.next_attempt_at == claimed.lease_expires_at


def test_what_is_sent_no_more_is_renewed_no_more(claimed: Delivery) -> None:
    with claim_kept(claimed.id):
        pass
    assert claims_renew() == 0


def test_what_another_process_has_settled_is_not_claimed_again(claimed: Delivery) -> None:
    with claim_kept(claimed.id):
        Delivery.objects.update(state=DeliveryState.DELIVERED, next_attempt_at=None, lease_expires_at=None)
        claims_renew()
    claimed.refresh_from_db()
    assert (claimed.state, claimed.next_attempt_at) == (DeliveryState.DELIVERED, None)


def test_a_killed_sender_blocks_its_endpoint_only_until_its_lease_ends(receiver: Receiver) -> None:
    endpoint = make_webhook(receiver.url)
    left, waiting = make_delivery(endpoint, make_alert()), make_delivery(endpoint, make_alert())
    claim(left, seconds_left=LEASE_SECONDS)
    assert delivery_send(delivery_id=waiting.id) is None
    claim(left, seconds_left=-1)
    for delivery_id in deliveries_in_turn().values_list("id", flat=True):
        delivery_send(delivery_id=delivery_id)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_a_probe_whose_sender_was_killed_is_followed_by_another(receiver: Receiver) -> None:
    endpoint = make_webhook(receiver.url)
    past = timezone.now() - timedelta(seconds=1)
    EndpointHealth.objects.create(endpoint=endpoint, failures_in_row=OPENS_AFTER, opened_at=past, probe_at=past)
    probe, waiting = make_delivery(endpoint, make_alert()), make_delivery(endpoint, make_alert())
    claim(probe, seconds_left=LEASE_SECONDS)
    assert delivery_send(delivery_id=waiting.id) is None
    claim(probe, seconds_left=-1)
    sent = delivery_send(delivery_id=waiting.id)
    assert sent is not None and sent.state == DeliveryState.DELIVERED
