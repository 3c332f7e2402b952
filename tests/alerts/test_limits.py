"""Too many messages at once become one that tells of all, and who wants digests gets digests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from alerts.choices import Channel, DeliveryReason, DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import Alert, Delivery, Preference
from alerts.services import alert_raise_for_event, alert_resolve
from cameras.models import Camera
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def guard() -> User:
    return make_user("guard", role=Role.ADMIN)


def raise_and_send(number: int) -> list[Delivery]:
    """The messages of so many alerts, each tried once, in the order of their alerts."""
    camera = make_camera(f"Camera {Alert.objects.count()}")
    for _ in range(number):
        alert_raise_for_event(event=make_event(camera))
    for delivery in Delivery.objects.filter(state=DeliveryState.QUEUED, gathering=False).order_by("created_at"):
        delivery_send(delivery_id=delivery.id)
    return list(Delivery.objects.order_by("created_at"))


def states(deliveries: list[Delivery]) -> list[tuple[str, str]]:
    return [(delivery.state, delivery.reason) for delivery in deliveries]


SENT = (DeliveryState.SENT, "")
WAITS = (DeliveryState.QUEUED, "")
THROTTLED = (DeliveryState.SUPPRESSED, DeliveryReason.THROTTLED)


def test_above_the_policys_limit_one_message_waits_and_the_others_join_it(guard: User, sink: Sink) -> None:
    make_policy(guard, channels=(Channel.EMAIL,), limit_alerts=2, limit_minutes=600)
    told = raise_and_send(5)
    assert states(told) == [SENT, SENT, WAITS, THROTTLED, THROTTLED]
    assert {delivery.digest_id for delivery in told[3:]} == {told[2].id}
    assert len(sink.messages) == 2


def test_the_digest_goes_out_when_it_is_due_and_tells_of_all(guard: User, sink: Sink) -> None:
    make_policy(guard, channels=(Channel.EMAIL,), limit_alerts=1, limit_minutes=600)
    digest = raise_and_send(4)[1]
    assert delivery_send(delivery_id=digest.id) is None
    Delivery.objects.filter(id=digest.id).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    sent = delivery_send(delivery_id=digest.id)
    assert sent is not None and (sent.state, sent.gathered.count()) == (DeliveryState.SENT, 2)
    mail = sink.messages[-1]
    text = mail.as_string()
    assert "3 alerts" in mail["Subject"]
    assert all(f"/alerts/{alert.id}/" in text for alert in Alert.objects.order_by("raised_at")[1:])
    assert mail["Message-ID"] == f"<{digest.id}@127.0.0.1>"


def test_what_comes_after_the_digest_went_out_begins_the_next_one(guard: User, sink: Sink) -> None:
    make_policy(guard, channels=(Channel.EMAIL,), limit_alerts=1, limit_minutes=600)
    first = raise_and_send(2)[1]
    Delivery.objects.filter(id=first.id).update(next_attempt_at=timezone.now())
    delivery_send(delivery_id=first.id)
    assert states(raise_and_send(1))[-1] == WAITS


def test_each_recipient_has_a_limit_by_each_channel(guard: User, sink: Sink, settings: LazySettings) -> None:
    settings.ALERT_MESSAGES_PER_RECIPIENT = 2
    make_policy(guard, make_user("other", role=Role.ADMIN), channels=(Channel.EMAIL,))
    raise_and_send(3)
    assert len(sink.messages) == 4
    assert Delivery.objects.filter(gathering=True).count() == 2


def test_there_is_a_limit_for_all_together(guard: User, sink: Sink, settings: LazySettings) -> None:
    settings.ALERT_MESSAGES_PER_MINUTE = 3
    make_policy(guard, make_user("other", role=Role.ADMIN), channels=(Channel.EMAIL,))
    raise_and_send(3)
    assert len(sink.messages) == 3


def test_the_inbox_has_every_alert_whatever_the_limits(guard: User, settings: LazySettings) -> None:
    settings.ALERT_MESSAGES_PER_MINUTE = settings.ALERT_MESSAGES_PER_RECIPIENT = 1
    make_policy(guard, channels=(Channel.IN_APP,), limit_alerts=1)
    assert states(raise_and_send(3)) == [SENT] * 3


def test_who_wants_digests_gets_one_for_all_of_the_time(guard: User, sink: Sink) -> None:
    Preference.objects.create(user=guard, channel=Channel.EMAIL, digest_minutes=60)
    make_policy(guard, channels=(Channel.EMAIL,))
    told = raise_and_send(3)
    in_digest = (DeliveryState.SUPPRESSED, DeliveryReason.DIGEST)
    assert states(told) == [WAITS, in_digest, in_digest]
    assert told[0].next_attempt_at is not None
    assert timedelta(minutes=59) < told[0].next_attempt_at - timezone.now() <= timedelta(minutes=60)
    assert sink.messages == []


@pytest.mark.parametrize("begins_with", ["Kept", "Lost"])
def test_a_digest_leaves_out_what_its_reader_may_no_longer_see(begins_with: str, sink: Sink) -> None:
    reader = make_user()
    kept, lost = make_camera("Kept"), make_camera("Lost")
    grant(reader, kept)
    grant(reader, lost)
    Preference.objects.create(user=reader, channel=Channel.EMAIL, digest_minutes=60)
    make_policy(reader, channels=(Channel.EMAIL,))
    for camera in sorted((kept, lost), key=lambda each: each.name != begins_with):
        alert_raise_for_event(event=make_event(camera))
        for delivery in Delivery.objects.filter(state=DeliveryState.QUEUED, gathering=False):
            delivery_send(delivery_id=delivery.id)
    reader.camerauserpermission_set.filter(content_object=lost).delete()
    Delivery.objects.filter(gathering=True).update(next_attempt_at=timezone.now())
    delivery_send(delivery_id=Delivery.objects.get(gathering=True).id)
    assert "Lost" not in sink.messages[0].as_string() and "Kept" in sink.messages[0].as_string()


def test_of_an_alert_that_somebody_decided_no_message_goes_out_any_more(guard: User, sink: Sink) -> None:
    make_policy(guard, channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=make_event(make_camera()))
    alert_resolve(user=guard, alert_id=alert.id)
    delivery = delivery_send(delivery_id=alert.deliveries.get().id)
    assert delivery is not None and delivery.reason == DeliveryReason.CLOSED
    assert sink.messages == []


def test_a_digest_of_nothing_that_its_reader_may_see_is_not_sent(sink: Sink) -> None:
    reader, camera = make_user(), make_camera()
    grant(reader, camera)
    Preference.objects.create(user=reader, channel=Channel.EMAIL, digest_minutes=60)
    make_policy(reader, channels=(Channel.EMAIL,))
    first, _ = raise_on(camera), raise_on(camera)
    reader.camerauserpermission_set.all().delete()
    Delivery.objects.filter(gathering=True).update(next_attempt_at=timezone.now())
    sent = delivery_send(delivery_id=first.id)
    assert sent is not None and (sent.state, sent.reason) == (DeliveryState.SUPPRESSED, DeliveryReason.NO_PERMISSION)
    assert sink.messages == []


def raise_on(camera: Camera) -> Delivery:
    """The message of a new alert, tried once."""
    (alert,) = alert_raise_for_event(event=make_event(camera))
    delivery = alert.deliveries.get()
    delivery_send(delivery_id=delivery.id)
    return delivery
