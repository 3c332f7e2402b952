"""What an admin sends again."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.choices import Channel, DeliveryReason, DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import AlertChange, Delivery, Preference
from alerts.services import alert_raise_for_event, alert_resolve
from alerts.services.resending import delivery_resend
from cameras.models import CameraUserPermission
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import ConflictError

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user("admin", role=Role.ADMIN)


@pytest.fixture
def delivery(sink: Sink) -> Delivery:
    """A mail that was sent."""
    camera, reader = make_camera(), make_user()
    grant(reader, camera)
    make_policy(reader, channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=make_event(camera))
    sent = delivery_send(delivery_id=alert.deliveries.get().id)
    assert sent is not None and sent.state == DeliveryState.SENT
    return sent


def again(admin: User, delivery: Delivery) -> Delivery:
    delivery_resend(user=admin, delivery_id=delivery.id)
    delivery_send(delivery_id=delivery.id)
    delivery.refresh_from_db()
    return delivery


def test_one_that_was_sent_goes_out_once_more_under_the_same_id(admin: User, delivery: Delivery, sink: Sink) -> None:
    assert again(admin, delivery).state == DeliveryState.SENT
    first, second = (message["Message-ID"] for message in sink.messages)
    assert first == second
    assert delivery.history.count() == 2 and delivery.resent_at is not None
    assert AlertChange.objects.get().actor_name == "admin"


def test_it_goes_out_though_the_alert_was_decided_and_its_reader_stopped_mails(
    admin: User, delivery: Delivery, sink: Sink
) -> None:
    alert_resolve(user=admin, alert_id=delivery.alert_id)
    Preference.objects.create(user=User.objects.get(username="olga"), channel=Channel.EMAIL, enabled=False)
    assert again(admin, delivery).state == DeliveryState.SENT
    assert len(sink.messages) == 2


def test_who_lost_the_camera_gets_nothing_again(admin: User, delivery: Delivery, sink: Sink) -> None:
    CameraUserPermission.objects.all().delete()
    assert again(admin, delivery).reason == DeliveryReason.NO_PERMISSION
    assert len(sink.messages) == 1


def test_all_that_were_given_up_and_fit_the_list_are_sent_again(admin: User, delivery: Delivery) -> None:
    other = Delivery.objects.create(alert=delivery.alert, address="desk@example.org", channel=Channel.EMAIL)
    Delivery.objects.update(state=DeliveryState.FAILED, attempts=10)
    client = Client()
    client.force_login(admin)
    assert "Send all of these again" in client.get("/alerts/messages/?state=failed").content.decode()
    page = client.post("/alerts/messages/send-again?state=failed&target=desk", follow=True).content.decode()
    assert "1 message is sent again." in page
    states = dict(Delivery.objects.values_list("id", "state"))
    assert (states[other.id], states[delivery.id]) == (DeliveryState.QUEUED, DeliveryState.FAILED)


def test_only_an_admin_sends_again(delivery: Delivery) -> None:
    client = Client()
    client.force_login(make_user("boss", role=Role.SUPERVISOR))
    assert client.post("/alerts/messages/send-again?state=failed").status_code == 403


def test_what_is_on_its_way_is_not_sent_again(admin: User, delivery: Delivery) -> None:
    delivery_resend(user=admin, delivery_id=delivery.id)
    with pytest.raises(ConflictError):
        delivery_resend(user=admin, delivery_id=delivery.id)
