"""Pushes to browsers, through a stand-in for a browser maker's push service."""

from __future__ import annotations

import base64
import json
import os
from datetime import timedelta
from typing import Any

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import LazySettings
from django.utils import timezone

from alerts.channels.web_push.sealing import padless, push_key, unpadded
from alerts.choices import DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import Delivery, PushKey, PushSubscription
from alerts.pushes import MOST_BROWSERS, push_remove, push_subscribe
from tests.alerts.channels.endpoints import make_alert
from tests.alerts.scenes import camera_of, grant, make_user
from tests.outbound.receiver import Received, Receiver, answer
from vms.accounts.models import User
from vms.errors import InvalidError, NotFoundError

pytestmark = pytest.mark.django_db


class Browser:
    """Has the keys that only a browser has."""

    def __init__(self, address: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": padless(point), "auth": padless(self.secret)}
        self.document: dict[str, Any] = {"endpoint": address, "expirationTime": None, "keys": keys}

    def read(self, received: Received) -> dict[str, str]:
        opened = http_ece.decrypt(received.body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        document: dict[str, str] = json.loads(opened)
        return document


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def browser(user: User, receiver: Receiver) -> Browser:
    browser = Browser(receiver.url)
    push_subscribe(user=user, document=browser.document, browser="Firefox on Linux")
    return browser


def push(user: User) -> Delivery:
    alert = make_alert()
    grant(user, camera_of(alert))
    row = Delivery.objects.create(alert=alert, recipient=user, channel="web_push", next_attempt_at=timezone.now())
    delivery_send(delivery_id=row.id)
    row.refresh_from_db()
    return row


def test_only_the_browser_can_read_what_is_pushed(user: User, browser: Browser, receiver: Receiver) -> None:
    delivery = push(user)
    assert delivery.state == DeliveryState.SENT
    (received,) = receiver.received
    assert b"Gate 2" not in received.body
    document = browser.read(received)
    assert document["title"].startswith("[High] Person in Yard")
    assert (document["id"], document["path"]) == (str(delivery.id), f"/events/{delivery.alert.event_id}/")


def test_the_push_service_is_told_who_pushes(user: User, browser: Browser, receiver: Receiver) -> None:
    delivery = push(user)
    headers = receiver.received[0].headers
    scheme, token, key = headers["Authorization"].replace(",", "").split()
    assert (scheme, key) == ("vapid", f"k={push_key().public}")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(key.removeprefix("k=")))
    audience = f"http://127.0.0.1:{receiver.port}"
    claims = jwt.decode(token.removeprefix("t="), public, algorithms=["ES256"], audience=audience)
    assert claims["sub"]
    assert (headers["Topic"], headers["Urgency"], int(headers["TTL"]) > 0) == (delivery.id.hex, "high", True)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(user: User, browser: Browser, receiver: Receiver, status: int) -> None:
    receiver.always = answer(status)
    assert push(user).state == DeliveryState.FAILED
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("status", [429, 503])
def test_a_push_service_that_is_busy_is_asked_again(
    user: User, browser: Browser, receiver: Receiver, status: int
) -> None:
    receiver.always = answer(status)
    assert push(user).state == DeliveryState.QUEUED
    assert PushSubscription.objects.exists()


@pytest.mark.parametrize("words", ["\u00b2", "9" * 400])
def test_a_push_service_that_names_no_moment_it_can_mean_is_asked_within_a_day(
    user: User, browser: Browser, receiver: Receiver, words: str
) -> None:
    receiver.always = answer(503, Retry_After=words)
    delivery = push(user)
    assert delivery.state == DeliveryState.QUEUED and delivery.next_attempt_at is not None
    assert delivery.next_attempt_at - timezone.now() <= timedelta(days=1)


def test_one_browser_that_takes_it_is_enough(user: User, browser: Browser, receiver: Receiver) -> None:
    push_subscribe(user=user, document=Browser(f"{receiver.url}/second").document, browser="Chrome")
    receiver.behaviours = [answer(503)]
    delivery = push(user)
    assert (delivery.state, len(receiver.received)) == (DeliveryState.SENT, 2)
    assert "1 of 2 browsers" in delivery.detail


def test_a_push_address_in_a_forbidden_network_is_not_connected_to(
    user: User, browser: Browser, receiver: Receiver, settings: LazySettings
) -> None:
    settings.OUTBOUND_NETWORKS = ()
    assert push(user).state == DeliveryState.FAILED
    assert receiver.received == []


def test_the_key_pair_is_made_once_and_kept_sealed() -> None:
    assert push_key().public == push_key().public
    stored = PushKey.objects.get()
    assert "PRIVATE KEY" in stored.private
    assert "PRIVATE KEY" not in stored.sealed_private
    assert len(unpadded(stored.public)) == 65


def test_the_address_of_a_browser_is_kept_sealed(user: User, browser: Browser) -> None:
    stored = PushSubscription.objects.get()
    assert browser.document["endpoint"] not in stored.sealed
    assert json.loads(stored.document)["endpoint"] == browser.document["endpoint"]


def test_a_browser_that_changes_hands_tells_its_new_reader(user: User, browser: Browser) -> None:
    other = make_user("other")
    push_subscribe(user=other, document=browser.document, browser="Firefox on Linux")
    assert PushSubscription.objects.get().user == other


def test_nobody_removes_anothers_browser(user: User, browser: Browser) -> None:
    stored = PushSubscription.objects.get()
    with pytest.raises(NotFoundError):
        push_remove(user=make_user("other"), subscription_id=stored.id)
    push_remove(user=user, subscription_id=stored.id)
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"endpoint": "https://push.example/x", "keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"endpoint": "ftp://push.example/x", "keys": {}},
        {"endpoint": "https://push.example/x", "keys": {"p256dh": base64.b64encode(b"x" * 65).decode(), "auth": "é"}},
    ],
)
def test_what_is_no_subscription_is_refused(user: User, document: object) -> None:
    with pytest.raises(InvalidError):
        push_subscribe(user=user, document=document, browser="")


def test_a_person_has_a_handful_of_browsers(user: User) -> None:
    for number in range(MOST_BROWSERS):
        push_subscribe(user=user, document=Browser(f"https://push.example/{number}").document, browser="")
    with pytest.raises(InvalidError, match="Remove one first"):
        push_subscribe(user=user, document=Browser("https://push.example/more").document, browser="")


def test_many_browsers_that_hang_do_not_hold_a_worker_for_long(
    user: User, browser: Browser, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.channels.web_push.ALL_SECONDS", 5.0)  # the first may be slow to send
    push_subscribe(user=user, document=Browser(f"{receiver.url}/second").document, browser="Chrome")
    receiver.always = receiver.hang
    assert push(user).state == DeliveryState.QUEUED
    assert len(receiver.received) == 1
