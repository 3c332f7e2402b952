"""Where several policies want the same event, nobody is told of it twice by the same channel."""

from __future__ import annotations

from datetime import time

import pytest

from alerts.choices import Channel, DeliveryReason, DeliveryState, EndpointKind
from alerts.models import Alert, Delivery, Endpoint, Preference
from alerts.services import alert_raise_for_event
from cameras.models import Camera
from events.choices import Severity
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera() -> Camera:
    return make_camera()


@pytest.fixture
def reader(camera: Camera) -> User:
    user = make_user()
    grant(user, camera)
    return user


def outcome(policy: str, channel: Channel = Channel.EMAIL) -> tuple[str, str]:
    delivery = Delivery.objects.get(alert__policy__name=policy, channel=channel)
    return delivery.state, delivery.reason


GOES = (DeliveryState.QUEUED, "")
TOLD = (DeliveryState.SUPPRESSED, DeliveryReason.DUPLICATE)


def test_the_gravest_alert_is_told_and_the_others_say_that_it_was(camera: Camera, reader: User) -> None:
    make_policy(reader, name="All", channels=(Channel.EMAIL,))
    make_policy(reader, name="Grave", channels=(Channel.EMAIL,), severity=Severity.CRITICAL)
    alert_raise_for_event(event=make_event(camera))
    assert (outcome("Grave"), outcome("All")) == (GOES, TOLD)
    assert Delivery.objects.get(reason=DeliveryReason.DUPLICATE).next_attempt_at is None


def test_one_that_may_tell_in_quiet_hours_goes_before_one_that_waits(camera: Camera, reader: User) -> None:
    Preference.objects.create(
        user=reader, channel=Channel.EMAIL, quiet_from=time(0), quiet_until=time(0), least_severity="low"
    )
    make_policy(reader, name="Grave", channels=(Channel.EMAIL,), severity=Severity.CRITICAL)
    make_policy(reader, name="Always", channels=(Channel.EMAIL,), overrides_quiet=True)
    alert_raise_for_event(event=make_event(camera))
    assert (outcome("Always"), outcome("Grave")) == (GOES, TOLD)


def test_what_is_not_wanted_from_one_policy_is_told_by_the_other(camera: Camera, reader: User) -> None:
    Preference.objects.create(user=reader, channel=Channel.EMAIL, least_severity=Severity.HIGH)
    make_policy(reader, name="Low", channels=(Channel.EMAIL,), severity=Severity.LOW)
    make_policy(reader, name="High", channels=(Channel.EMAIL,))
    alert_raise_for_event(event=make_event(camera))
    assert (outcome("Low")[1], outcome("High")) == (DeliveryReason.PREFERENCE, GOES)


def test_another_event_another_person_and_another_channel_are_told(camera: Camera, reader: User) -> None:
    other = make_user("other")
    grant(other, camera)
    make_policy(reader, name="One", channels=(Channel.EMAIL,))
    make_policy(other, name="Two", channels=(Channel.EMAIL,), addresses=["desk@example.org"])
    for _ in range(2):
        alert_raise_for_event(event=make_event(camera))
    assert Delivery.objects.filter(state=DeliveryState.QUEUED).count() == 6


def test_the_inbox_and_machines_get_what_each_policy_sends(camera: Camera, reader: User) -> None:
    hook = Endpoint.objects.create(name="Plant", kind=EndpointKind.WEBHOOK)
    for name in ("One", "Two"):
        make_policy(reader, name=name, channels=(Channel.IN_APP,)).endpoints.add(hook)
    alert_raise_for_event(event=make_event(camera))
    assert Alert.objects.count() == 2
    assert not Delivery.objects.filter(reason=DeliveryReason.DUPLICATE).exists()
