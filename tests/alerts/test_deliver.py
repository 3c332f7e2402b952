"""What becomes of one message: sent, tried again, given up, or not sent at all."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from alerts.channels import CHANNELS
from alerts.choices import Channel, DeliveryState
from alerts.deliveries import MAX_ATTEMPTS, MAY_NOT_VIEW_NOW, deliveries_give_up, delivery_send
from alerts.models import Delivery
from alerts.selectors import deliveries_due
from alerts.services import alert_raise_for_event
from cameras.models import CameraUserPermission
from tests.alerts.scenes import camera_of, grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink, running_sink
from tests.ports import free_port
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery() -> Delivery:
    camera, user = make_camera(), make_user()
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=make_event(camera))
    return alert.deliveries.get()


def send(delivery: Delivery) -> Delivery | None:
    return delivery_send(delivery_id=delivery.id)


def make_due(delivery: Delivery) -> None:
    Delivery.objects.filter(id=delivery.id).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_a_message_that_is_taken_is_sent_once(delivery: Delivery, sink: Sink) -> None:
    send(delivery)
    assert send(delivery) is None
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(sink.messages)) == (DeliveryState.SENT, 1, 1)
    assert sink.recipients == [["olga@example.org"]]
    assert delivery.sent_at is not None
    assert not deliveries_due().exists()


def test_each_attempt_is_kept_with_its_answer(delivery: Delivery, sink: Sink) -> None:
    sink.answers = ["451 Come back later"]
    send(delivery)
    make_due(delivery)
    send(delivery)
    first, second = delivery.history.all()
    assert (first.succeeded, second.succeeded) == (False, True)
    assert "451" in first.answer
    assert "Come back later" in first.answer


def test_a_temporary_refusal_is_tried_again_later_and_not_at_once(delivery: Delivery, sink: Sink) -> None:
    sink.answers = ["451 Come back later"]
    before = timezone.now()
    send(delivery)
    after = timezone.now()
    assert send(delivery) is None
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED
    assert delivery.next_attempt_at is not None
    assert before + timedelta(seconds=5) < delivery.next_attempt_at < after + timedelta(seconds=30)
    make_due(delivery)
    send(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(sink.messages)) == (DeliveryState.SENT, 2, 1)


def test_a_permanent_refusal_fails_at_once(delivery: Delivery, sink: Sink) -> None:
    sink.answers = ["550 No such mailbox"]
    send(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 1)
    assert "550: No such mailbox" in delivery.detail
    assert not deliveries_due().exists()


def test_a_mail_server_that_is_away_is_tried_again(delivery: Delivery, settings: LazySettings) -> None:
    settings.EMAIL_PORT = free_port()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "127.0.0.1", False
    send(delivery)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED
    assert "cannot be reached" in delivery.detail


def test_a_mail_server_that_is_away_then_refuses_for_now_then_takes_it_gets_one_mail(
    delivery: Delivery, sink: Sink, settings: LazySettings
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    send(delivery)
    settings.EMAIL_PORT, sink.answers = port, ["451 Come back later"]
    for _ in range(3):
        make_due(delivery)
        send(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(sink.messages)) == (DeliveryState.SENT, 3, 1)


def test_after_the_last_attempt_it_is_given_up(delivery: Delivery, sink: Sink) -> None:
    sink.answers = ["451 Come back later"] * MAX_ATTEMPTS
    for _ in range(MAX_ATTEMPTS):
        make_due(delivery)
        send(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, MAX_ATTEMPTS)
    assert f"Given up after {MAX_ATTEMPTS} attempts." in delivery.detail


def test_an_address_that_is_none_fails_at_once(delivery: Delivery, sink: Sink) -> None:
    User.objects.update(email="olga@example.org\nBcc: spy@example.org")
    send(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, sink.messages) == (DeliveryState.FAILED, [])


def test_who_lost_the_camera_meanwhile_gets_nothing(delivery: Delivery, sink: Sink) -> None:
    CameraUserPermission.objects.all().delete()
    send(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.detail) == (DeliveryState.SUPPRESSED, MAY_NOT_VIEW_NOW)
    assert sink.messages == []


def test_a_claimed_message_is_left_alone_until_its_lease_ends(delivery: Delivery, sink: Sink) -> None:
    later = timezone.now() + timedelta(seconds=60)
    Delivery.objects.update(state=DeliveryState.SENDING, attempts=1, next_attempt_at=later, lease_expires_at=later)
    assert send(delivery) is None
    assert not deliveries_due().exists()
    make_due(delivery)
    assert deliveries_due().get() == delivery
    assert send(delivery) is not None
    assert len(sink.messages) == 1


def test_a_worker_killed_after_sending_sends_the_same_message_again(
    delivery: Delivery, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = CHANNELS[Channel.EMAIL]

    def send_and_die(message: Delivery) -> str:
        email(message)
        raise KeyboardInterrupt

    monkeypatch.setitem(CHANNELS, Channel.EMAIL, send_and_die)
    with pytest.raises(KeyboardInterrupt):
        send(delivery)
    monkeypatch.setitem(CHANNELS, Channel.EMAIL, email)
    make_due(delivery)
    send(delivery)
    first, second = (message["Message-ID"] for message in sink.messages)
    assert first == second == f"<{delivery.id}@127.0.0.1>"


def test_what_never_comes_back_from_its_workers_is_failed(delivery: Delivery) -> None:
    Delivery.objects.update(state=DeliveryState.SENDING, attempts=MAX_ATTEMPTS)
    make_due(delivery)
    assert deliveries_give_up() == 1
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED


def test_a_worker_whose_lease_ran_out_changes_nothing(
    delivery: Delivery, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(message: Delivery) -> str:
        Delivery.objects.filter(id=message.id).update(attempts=2)  # another worker took over meanwhile
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", lambda mail: slow(delivery))
        send(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENDING, 2)


def test_a_mail_server_that_is_down_then_busy_then_up_gets_each_mail_once(
    delivery: Delivery, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", free_port(), False
    others = [again(delivery, f"guard{number}") for number in range(3)]
    rows = [delivery, *others]
    for row in rows:
        send(row)
    with running_sink(settings) as sink:
        sink.answers = ["451 Come back later", "421 Too busy", "452 No room", "450 Later"]
        for _ in range(3):
            for row in rows:
                make_due(row)
                send(row)
        assert sorted(message["Message-ID"] for message in sink.messages) == sorted(
            f"<{row.id}@127.0.0.1>" for row in rows
        )
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 3)}


def again(delivery: Delivery, name: str) -> Delivery:
    user = make_user(name)
    grant(user, camera_of(delivery.alert))
    return Delivery.objects.create(
        alert=delivery.alert, recipient=user, channel=Channel.EMAIL, next_attempt_at=timezone.now()
    )
