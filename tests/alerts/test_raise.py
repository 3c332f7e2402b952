"""Which events raise which alerts, and who is to be told."""

from __future__ import annotations

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from alerts.choices import Channel, DeliveryState
from alerts.models import Alert, AlertPolicy, Delivery, PushSubscription
from alerts.services import alert_raise_for_event
from alerts.services.queueing import MAY_NOT_VIEW, NO_ADDRESS, NO_BROWSER
from events.choices import Severity
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_rule, make_user

pytestmark = pytest.mark.django_db


def test_without_policies_an_event_raises_nothing_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    event = make_event(make_camera())
    with django_assert_num_queries(1):
        assert alert_raise_for_event(event=event) == []


def test_an_event_raises_one_alert_and_a_message_for_each_recipient_and_channel() -> None:
    camera, user = make_camera(), make_user()
    grant(user, camera)
    make_policy(user)
    (alert,) = alert_raise_for_event(event=make_event(camera))
    assert (alert.severity, alert.camera_id) == (Severity.HIGH, camera.id)
    assert set(alert.deliveries.values_list("channel", "state")) == {
        (Channel.IN_APP, DeliveryState.SENT),
        (Channel.EMAIL, DeliveryState.QUEUED),
    }


def test_the_same_event_raises_its_alert_once() -> None:
    camera, user = make_camera(), make_user()
    grant(user, camera)
    make_policy(user)
    event = make_event(camera)
    alert_raise_for_event(event=event)
    assert alert_raise_for_event(event=event) == []
    assert (Alert.objects.count(), Delivery.objects.count()) == (1, 2)


@pytest.mark.parametrize(("least", "raised"), [(Severity.MEDIUM, 1), (Severity.HIGH, 1), (Severity.CRITICAL, 0)])
def test_the_least_severity_counts(least: Severity, raised: int) -> None:
    make_policy(least_severity=least)
    assert len(alert_raise_for_event(event=make_event(make_camera(), severity=Severity.HIGH))) == raised


def test_a_policy_for_other_cameras_or_rules_stays_silent() -> None:
    camera, other = make_camera(), make_camera("Yard")
    make_policy(name="other camera").cameras.add(other)
    make_policy(name="other rule").rules.add(make_rule("Car in Yard"))
    both = make_policy(name="this camera and rule, among others")
    both.cameras.add(camera, other)
    both.rules.add(make_rule(), make_rule("Car in Yard"))
    alerts = alert_raise_for_event(event=make_event(camera))
    assert [alert.policy for alert in alerts] == [both]


def test_a_disabled_policy_stays_silent() -> None:
    make_policy(enabled=False)
    assert alert_raise_for_event(event=make_event(make_camera())) == []


def test_the_policy_may_set_the_severity() -> None:
    make_policy(severity=Severity.CRITICAL)
    (alert,) = alert_raise_for_event(event=make_event(make_camera(), severity=Severity.LOW))
    assert alert.severity == Severity.CRITICAL


@pytest.mark.parametrize("reason", ["not granted", "inactive"])
def test_who_may_not_view_the_camera_is_not_told_and_the_row_says_why(reason: str) -> None:
    camera, user = make_camera(), make_user()
    if reason == "inactive":
        grant(user, camera)
        type(user).objects.update(is_active=False)
    make_policy(user)
    (alert,) = alert_raise_for_event(event=make_event(camera))
    assert set(alert.deliveries.values_list("state", "detail")) == {(DeliveryState.SUPPRESSED, MAY_NOT_VIEW)}


def test_a_recipient_without_an_address_gets_no_mail_and_the_row_says_why() -> None:
    camera, user = make_camera(), make_user(email="")
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=make_event(camera))
    delivery = alert.deliveries.get()
    assert (delivery.state, delivery.detail) == (DeliveryState.SUPPRESSED, NO_ADDRESS)


def test_the_queries_do_not_grow_with_policies_and_recipients(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    camera = make_camera()
    people = [make_user(f"user{number}") for number in range(8)]
    for person in people:
        grant(person, camera)
    for number in range(5):
        make_policy(*people, name=f"policy {number}")
    event = make_event(camera)
    with django_assert_max_num_queries(16):
        alert_raise_for_event(event=event)
    assert Delivery.objects.count() == 5 * 8 * 2


def test_no_event_no_alert() -> None:
    policy = make_policy()
    with pytest.raises(RuntimeError), transaction.atomic():
        alert_raise_for_event(event=make_event(make_camera()))
        raise RuntimeError("the ingest failed")
    assert not Alert.objects.exists()
    assert AlertPolicy.objects.filter(id=policy.id).exists()


def test_who_asked_for_no_pushes_gets_none_and_the_row_says_why() -> None:
    camera, user, other = make_camera(), make_user(), make_user("other")
    for person in (user, other):
        grant(person, camera)
    PushSubscription.objects.create(user=other, address_digest="x", sealed="x")
    make_policy(user, other, channels=(Channel.WEB_PUSH,))
    (alert,) = alert_raise_for_event(event=make_event(camera))
    states = dict(alert.deliveries.values_list("recipient__username", "state"))
    assert states == {"olga": DeliveryState.SUPPRESSED, "other": DeliveryState.QUEUED}
    assert alert.deliveries.get(recipient=user).detail == NO_BROWSER
