"""Acknowledging by the link in a mail: signed, for a while, once, and only while its reader may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from alerts.choices import AlertState, Channel
from alerts.mail import alert_mail
from alerts.mail_links import acknowledge_url
from alerts.models import Alert, Delivery
from alerts.services import alert_acknowledge, alert_raise_for_event, alert_reopen
from cameras.models import CameraUserPermission
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery() -> Delivery:
    camera, guard = make_camera(), make_user("guard")
    grant(guard, camera, "view_camera", "review_camera")
    make_policy(guard, channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=make_event(camera))
    return Delivery.objects.select_related("recipient", "alert__camera__site").get(alert=alert)


@pytest.fixture
def link(delivery: Delivery, settings: LazySettings) -> str:
    return acknowledge_url(delivery).removeprefix(settings.BASE_URL)


def state() -> str:
    return Alert.objects.get().state


def test_the_mail_has_the_link(delivery: Delivery) -> None:
    mail = alert_mail(delivery)
    assert "/alerts/from-mail/" in mail.body and "/alerts/from-mail/" in str(mail.alternatives[0][0])


def test_opening_the_link_changes_nothing_and_its_button_acknowledges_in_the_readers_name(
    link: str, client: Client
) -> None:
    assert "as <strong>guard</strong>" in client.get(link).content.decode()
    assert state() == AlertState.OPEN
    assert client.post(link).status_code == 200
    alert = Alert.objects.select_related("acknowledged_by").get()
    assert (alert.state, str(alert.acknowledged_by)) == (AlertState.ACKNOWLEDGED, "guard")
    actions = AuditEntry.objects.order_by("id").values_list("action", "actor_name")
    assert list(actions) == [("alert.acknowledged", "guard"), ("alert.link_used", "guard")]


def test_the_link_is_good_once(delivery: Delivery, link: str, client: Client) -> None:
    client.post(link)
    assert delivery.recipient is not None
    admin = make_user("admin", role="admin")  # type: ignore[arg-type]  # its value
    alert = Alert.objects.get()
    Alert.objects.filter(id=alert.id).update(state=AlertState.RESOLVED, resolved_at=timezone.now())
    alert_reopen(user=admin, alert_id=alert.id)
    assert client.post(link).status_code == 409
    assert state() == AlertState.OPEN


def test_a_link_that_lost_against_somebody_else_is_not_used_up(link: str, client: Client) -> None:
    admin = make_user("admin", role="admin")  # type: ignore[arg-type]  # its value
    alert_acknowledge(user=admin, alert_id=Alert.objects.get().id)
    assert client.post(link).status_code == 409
    assert Delivery.objects.get().link_used_at is None


def test_the_link_ends_with_its_time(link: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    later = (timezone.now() + timedelta(hours=25)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert [client.get(link).status_code, client.post(link).status_code] == [410, 410]
    assert state() == AlertState.OPEN


def test_the_link_ends_with_the_readers_permission(link: str, client: Client) -> None:
    CameraUserPermission.objects.filter(permission__codename="review_camera").delete()
    assert [client.get(link).status_code, client.post(link).status_code] == [410, 410]


def test_a_changed_link_is_none(link: str, client: Client) -> None:
    assert client.post(link[:-3] + "abc").status_code == 410
    assert client.post("/alerts/from-mail/nonsense").status_code == 410


def test_a_bare_address_gets_no_link() -> None:
    make_policy(addresses=["desk@example.org"], channels=())
    alert_raise_for_event(event=make_event(make_camera()))
    assert acknowledge_url(Delivery.objects.get()) == ""
