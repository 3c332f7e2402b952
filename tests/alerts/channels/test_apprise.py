"""Chats through Apprise."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from alerts.channels.apprise import AppriseForm
from alerts.choices import DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import Delivery, Endpoint
from tests.alerts.channels.endpoints import make_alert, make_delivery, make_endpoint
from tests.outbound.receiver import Receiver, answer

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.channels.apprise.STARTING_SECONDS", 120)


def make_chat(url: str) -> Endpoint:
    return make_endpoint("apprise", {"seconds": 5, "service": "Apprise's own JSON", "shown": ""}, {"url": url})


def send(delivery: Delivery) -> Delivery:
    delivery_send(delivery_id=delivery.id)
    delivery.refresh_from_db()
    return delivery


def test_a_service_gets_subject_and_text(receiver: Receiver) -> None:
    delivery = send(make_delivery(make_chat(f"json://127.0.0.1:{receiver.port}/x")))
    assert delivery.state == DeliveryState.SENT
    body = receiver.received[0].body.decode()
    assert "Gate 2" in body
    assert f"/events/{delivery.alert.event_id}/" in body


@pytest.mark.parametrize(("status", "state"), [(500, DeliveryState.QUEUED), (403, DeliveryState.FAILED)])
def test_an_answer_says_whether_to_try_again(receiver: Receiver, status: int, state: DeliveryState) -> None:
    receiver.always = answer(status)
    delivery = send(make_delivery(make_chat(f"json://127.0.0.1:{receiver.port}/very-secret")))
    assert delivery.state == state
    assert str(status) in delivery.detail
    assert "very-secret" not in delivery.detail


def test_a_service_that_hangs_is_ended(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.channels.apprise.STARTING_SECONDS", 3)
    receiver.always = receiver.hang
    endpoint = make_chat(f"json://127.0.0.1:{receiver.port}/x")
    Endpoint.objects.update(settings={**endpoint.settings, "seconds": 0})
    assert send(make_delivery(endpoint)).state == DeliveryState.QUEUED


def test_a_forbidden_network_is_for_good(receiver: Receiver, settings: LazySettings) -> None:
    settings.OUTBOUND_NETWORKS = ()
    alert = make_alert()
    delivery = send(make_delivery(make_chat(f"json://127.0.0.1:{receiver.port}/x"), alert))
    assert delivery.state == DeliveryState.FAILED
    assert receiver.received == []


@pytest.mark.parametrize(
    "url", ["mailto://a:b@example.org", "syslog://", "file:///etc/passwd", "https://example.org", ""]
)
def test_only_known_services_may_be_set_up(url: str) -> None:
    assert "url" in AppriseForm({"name": "Chat", "url": url, "seconds": 5}).errors


def test_a_known_service_may_be_set_up() -> None:
    form = AppriseForm({"name": "Chat", "url": "slack://TokenA/TokenB/TokenC/", "seconds": 5, "enabled": True})
    assert form.is_valid(), form.errors
    assert form.new_settings() == {"seconds": 5, "service": "Slack", "shown": "Slack"}
    assert form.new_secrets() == {"url": "slack://TokenA/TokenB/TokenC/"}
