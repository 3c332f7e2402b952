"""Stopping mails by the link at their end."""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client

from alerts.choices import Channel, DeliveryReason, DeliveryState
from alerts.deliveries import delivery_send
from alerts.mail_stop import stop_url, stop_user
from alerts.models import Delivery, Preference
from alerts.services import alert_raise_for_event
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.models import User

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path_of(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url)


def mailed(user: User) -> Delivery:
    camera = make_camera()
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=make_event(camera))
    return alert.deliveries.get()


def test_a_mail_carries_the_link_for_people_and_for_mail_programs(sink: Sink) -> None:
    user = make_user()
    delivery_send(delivery_id=mailed(user).id)
    (message,) = sink.messages
    url = message["List-Unsubscribe"].strip().strip("<>")
    assert stop_user(url.rstrip("/").rsplit("/", 1)[1]) == user
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = message.get_body(("plain",))
    assert body is not None
    assert url in body.get_content()


def test_after_ninety_days_the_link_says_plainly_that_it_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    user, then = make_user(), time.time() - 91 * 86_400
    with monkeypatch.context() as past:
        past.setattr("django.core.signing.time.time", lambda: then)
        url = path_of(stop_url(user))
    for answer in (Client().get(url), Client().post(url, ONE_CLICK)):
        assert answer.status_code == 410
        assert "works for 90 days" in answer.content.decode()
    assert not Preference.objects.exists()


def test_a_mail_to_a_bare_address_carries_none(sink: Sink) -> None:
    policy = make_policy(addresses=["desk@example.org"], channels=())
    (alert,) = alert_raise_for_event(event=make_event(make_camera()))
    delivery_send(delivery_id=alert.deliveries.get(alert__policy=policy).id)
    assert sink.messages[0]["List-Unsubscribe"] is None


def test_one_click_stops_mails_without_a_session() -> None:
    user = make_user()
    client = Client(enforce_csrf_checks=True)
    assert client.post(path_of(stop_url(user)), ONE_CLICK).status_code == 200
    assert not Preference.objects.get(user=user, channel=Channel.EMAIL).enabled
    delivery = mailed(user)
    assert (delivery.state, delivery.reason) == (DeliveryState.SUPPRESSED, DeliveryReason.PREFERENCE)


def test_looking_at_the_link_stops_nothing() -> None:
    user = make_user()
    page = Client().get(path_of(stop_url(user))).content.decode()
    assert "Stop all alert mails to olga?" in page
    assert not Preference.objects.exists()


@pytest.mark.parametrize("token", ["1", "made:up", "MQ:1t:xx"])
def test_a_link_that_is_not_ours_stops_nobody(token: str) -> None:
    make_user()
    assert Client().post(f"/alerts/mails/stop/{token}/").status_code == 404
    assert not Preference.objects.exists()
