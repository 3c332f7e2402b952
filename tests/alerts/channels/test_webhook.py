"""What a webhook gets, and what becomes of its answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.conf import LazySettings
from django.utils import timezone
from jsonschema import validate

from alerts.channels.webhook.payload import payload_json_schema
from alerts.channels.webhook.signing import key_bytes, key_new, signature_header
from alerts.choices import DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import Delivery
from tests.alerts.channels.endpoints import make_alert, make_delivery, make_due, make_webhook
from tests.outbound.forbidden import HOSTS, Connections, Names
from tests.outbound.receiver import Received, Receiver, answer, slam

pytestmark = pytest.mark.django_db


def send(delivery: Delivery) -> Delivery:
    delivery_send(delivery_id=delivery.id)
    delivery.refresh_from_db()
    return delivery


def signed(received: Received, key: str) -> str:
    content = f"{received.headers['webhook-id']}.{received.headers['webhook-timestamp']}.".encode() + received.body
    return "v1," + base64.b64encode(hmac.new(key_bytes(key), content, hashlib.sha256).digest()).decode()


def test_the_document_is_as_its_schema_says(receiver: Receiver) -> None:
    delivery = send(make_delivery(make_webhook(receiver.url)))
    assert delivery.state == DeliveryState.DELIVERED
    document = json.loads(receiver.received[0].body)
    validate(document, payload_json_schema())
    assert document["id"] == str(delivery.id)
    assert (document["camera"]["name"], document["alert"]["severity"]) == ("Gate 2", "high")
    assert document["event"]["url"].endswith(f"/events/{delivery.alert.event_id}/")


def test_the_headers_name_the_message_and_the_moment(receiver: Receiver) -> None:
    delivery = send(make_delivery(make_webhook(receiver.url)))
    headers = receiver.received[0].headers
    assert headers["webhook-id"] == str(delivery.id)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["Content-Type"] == "application/json"


def test_each_live_key_signs(receiver: Receiver) -> None:
    new, old = key_new(), key_new()
    send(make_delivery(make_webhook(receiver.url, keys=[new, old])))
    (received,) = receiver.received
    assert received.headers["webhook-signature"] == f"{signed(received, new)} {signed(received, old)}"


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    header = signature_header([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_pass_is_tried_again_with_the_same_identity(receiver: Receiver, status: int) -> None:
    receiver.behaviours = [answer(status, b"not now")]
    delivery = send(make_delivery(make_webhook(receiver.url)))
    assert delivery.state == DeliveryState.QUEUED
    assert delivery.detail == f"Answered {status}: not now"
    make_due(delivery)
    assert send(delivery).state == DeliveryState.DELIVERED
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_words_that_cannot_be_stored_do_not_make_the_message_go_out_again(receiver: Receiver) -> None:
    receiver.behaviours = [answer(400, b"a\x00b")]
    delivery = send(make_delivery(make_webhook(receiver.url)))
    assert (delivery.state, delivery.detail) == (DeliveryState.FAILED, "Answered 400: a b")


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 422])
def test_what_will_not_pass_is_not_tried_again(receiver: Receiver, status: int) -> None:
    receiver.behaviours = [answer(status)]
    assert send(make_delivery(make_webhook(receiver.url))).state == DeliveryState.FAILED


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_receiver_says_when_to_come_again(receiver: Receiver, form: str) -> None:
    at = datetime.now(UTC) + timedelta(minutes=50)
    receiver.behaviours = [answer(503, Retry_After="3000" if form == "seconds" else format_datetime(at, usegmt=True))]
    delivery = send(make_delivery(make_webhook(receiver.url)))
    assert delivery.next_attempt_at is not None
    assert timedelta(minutes=49) < delivery.next_attempt_at - timezone.now() < timedelta(minutes=51)


@pytest.mark.parametrize("words", ["soon", "-5", "1e9", "", f"Mon, 01 Jan {'9' * 30} 00:00:00 GMT"])
def test_a_moment_that_cannot_be_read_changes_nothing(receiver: Receiver, words: str) -> None:
    receiver.behaviours = [answer(503, Retry_After=words)]
    delivery = send(make_delivery(make_webhook(receiver.url)))
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at - timezone.now() < timedelta(minutes=1)


@pytest.mark.parametrize("manner", ["drips", "hangs", "slams", "is away"])
def test_a_receiver_that_gives_no_answer_is_tried_again(receiver: Receiver, manner: str) -> None:
    receiver.always = {"drips": receiver.drip, "hangs": receiver.hang, "slams": slam}.get(manner)
    url = "http://127.0.0.1:1/" if manner == "is away" else receiver.url
    delivery = send(make_delivery(make_webhook(url, seconds=0.3)))
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)
    assert delivery.detail


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_connects_to_a_forbidden_host(host: str, connections: Connections, settings: LazySettings) -> None:
    settings.OUTBOUND_NETWORKS = ()
    endpoint, alert = make_webhook(f"http://{host}/hook"), make_alert()
    connections.wanted.clear()
    delivery = send(make_delivery(endpoint, alert))
    assert delivery.state in {DeliveryState.FAILED, DeliveryState.QUEUED}
    assert connections.wanted == []


def test_a_name_that_turns_after_the_check_gains_nothing(
    connections: Connections, names: Names, receiver: Receiver
) -> None:
    names.know("turning.example", ["127.0.0.1"], ["169.254.169.254"])
    endpoint = make_webhook(f"http://turning.example:{receiver.port}/")
    assert send(make_delivery(endpoint)).state == DeliveryState.DELIVERED
    assert send(make_delivery(endpoint, make_alert())).state == DeliveryState.FAILED
    assert "169.254" not in str(connections.wanted)


def test_nothing_of_the_address_or_the_key_is_told(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    endpoint = make_webhook(receiver.url + "/very-secret-path")
    receiver.always = slam
    delivery = send(make_delivery(endpoint))
    shown = delivery.detail + caplog.text + str(endpoint) + repr(endpoint) + str(endpoint.settings)
    assert "very-secret-path" not in shown
    assert endpoint.secrets["keys"][0] not in shown
