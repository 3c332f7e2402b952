"""A person's wishes against one alert."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.test import Client
from django.utils import timezone

from alerts.choices import Channel, DeliveryReason, DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import Alert, AlertPolicy, Delivery, Preference
from alerts.preferences import is_quiet, preference_answer
from alerts.services import alert_raise_for_event
from events.choices import Severity
from tests.alerts.scenes import camera_of, grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.models import User

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)  # 23:30 in Berlin


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def alert() -> Alert:
    make_policy(channels=())
    (alert,) = alert_raise_for_event(event=make_event(make_camera()))
    return alert


def wish(user: User, **values: object) -> Preference:
    return Preference.objects.create(user=user, channel=Channel.EMAIL, time_zone="Europe/Berlin", **values)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, None),
        ({"enabled": False}, DeliveryReason.PREFERENCE),
        ({"least_severity": Severity.HIGH}, None),
        ({"least_severity": Severity.CRITICAL}, DeliveryReason.PREFERENCE),
        ({"quiet_from": time(22), "quiet_until": time(6), "quiet_hold": False}, DeliveryReason.QUIET),
        ({"quiet_from": time(22), "quiet_until": time(6)}, None),
        ({"quiet_from": time(8), "quiet_until": time(18)}, None),
        ({"paused_from": date(2026, 10, 20), "paused_until": date(2026, 10, 24)}, DeliveryReason.HOLIDAY),
        ({"paused_until": date(2026, 10, 23)}, None),
    ],
)
def test_a_message_is_wanted_or_there_is_a_reason(
    values: dict[str, object], reason: DeliveryReason | None, user: User, alert: Alert
) -> None:
    assert preference_answer(wish(user, **values), alert, NIGHT).reason == reason


def test_only_the_chosen_cameras_count(user: User, alert: Alert) -> None:
    asked = wish(user)
    asked.cameras.add(make_camera("Other"))
    assert preference_answer(asked, alert, NIGHT).reason == DeliveryReason.PREFERENCE
    asked.cameras.add(camera_of(alert))
    assert preference_answer(asked, alert, NIGHT).reason is None


def test_a_policy_may_override_quiet_hours_and_that_is_noted(user: User, alert: Alert) -> None:
    alert.policy.overrides_quiet = True
    answer = preference_answer(wish(user, quiet_from=time(22), quiet_until=time(6)), alert, NIGHT)
    assert (answer.reason, answer.in_quiet_hours) == (None, True)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),  # 02:30, before the clock goes back
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),  # 02:30 again
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), False),  # 03:00
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), False),  # 03:00, right after 01:59
    ],
)
def test_quiet_hours_follow_the_wall_clock(moment: datetime, quiet: bool, user: User) -> None:
    assert is_quiet(wish(user, quiet_from=time(2), quiet_until=time(3)), moment) is quiet


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (NIGHT, datetime(2026, 10, 25, 5, 0, tzinfo=UTC)),  # the clock goes back in between
        (datetime(2026, 10, 23, 1, 0, tzinfo=UTC), datetime(2026, 10, 23, 4, 0, tzinfo=UTC)),
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 3, 29, 4, 0, tzinfo=UTC)),  # it goes forward
    ],
)
def test_what_comes_in_quiet_hours_waits_for_their_end(now: datetime, end: datetime, user: User, alert: Alert) -> None:
    assert preference_answer(wish(user, quiet_from=time(22), quiet_until=time(6)), alert, now).held_until == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 10, 25, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 02:15 → 02:30
        (datetime(2026, 10, 25, 1, 15, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # the same again
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # 02:30 is not there
    ],
)
def test_an_end_in_the_hour_that_comes_twice_or_never_lies_ahead(
    now: datetime, end: datetime, user: User, alert: Alert
) -> None:
    assert preference_answer(wish(user, quiet_from=time(1), quiet_until=time(2, 30)), alert, now).held_until == end


def night_is_over() -> None:
    Preference.objects.update(quiet_from=None, quiet_until=None)


def test_what_was_held_is_told_in_one_mail_and_once(user: User, sink: Sink) -> None:
    camera = make_camera()
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    wish(user, quiet_from=time(0), quiet_until=time(0))
    for _ in range(3):
        alert_raise_for_event(event=make_event(camera))
    held = list(Delivery.objects.order_by("created_at"))
    assert {(row.state, row.held) for row in held} == {(DeliveryState.QUEUED, True)}
    assert all(row.next_attempt_at and row.next_attempt_at > timezone.now() for row in held)
    night_is_over()
    for _ in range(2):  # first they gather, then the digest goes out
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=timezone.now())
        for row in held:
            delivery_send(delivery_id=row.id)
    (message,) = sink.messages
    assert message["Subject"] == "3 alerts"
    assert sorted(Delivery.objects.values_list("state", "reason")) == [
        ("sent", ""), ("suppressed", "quiet"), ("suppressed", "quiet"),
    ]  # fmt: skip


def test_one_that_was_held_alone_is_a_message_of_its_own(user: User, sink: Sink) -> None:
    camera = make_camera()
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    wish(user, quiet_from=time(0), quiet_until=time(0))
    alert_raise_for_event(event=make_event(camera))
    night_is_over()
    for _ in range(2):
        Delivery.objects.update(next_attempt_at=timezone.now())
        delivery_send(delivery_id=Delivery.objects.get().id)
    assert "Person in Yard" in sink.messages[0]["Subject"]


def waiting_mail(user: User) -> Delivery:
    """One whose mail server was away when it was to go out."""
    camera = make_camera()
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    (raised,) = alert_raise_for_event(event=make_event(camera))
    return raised.deliveries.get()


def test_a_mail_that_had_to_wait_until_quiet_hours_waits_for_their_end(user: User, sink: Sink) -> None:
    delivery = waiting_mail(user)
    wish(user, quiet_from=time(0), quiet_until=time(0))
    held = delivery_send(delivery_id=delivery.id)
    assert held is not None and (held.state, held.held, held.attempts) == (DeliveryState.QUEUED, True, 0)
    assert held.next_attempt_at is not None and held.next_attempt_at > timezone.now()
    assert sink.messages == []


def test_a_mail_that_had_to_wait_goes_out_in_quiet_hours_where_its_policy_may(user: User, sink: Sink) -> None:
    delivery = waiting_mail(user)
    wish(user, quiet_from=time(0), quiet_until=time(0))
    AlertPolicy.objects.update(overrides_quiet=True)
    delivery_send(delivery_id=delivery.id)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.in_quiet_hours, len(sink.messages)) == (DeliveryState.SENT, True, 1)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"enabled": False}, DeliveryReason.PREFERENCE),
        ({"paused_from": date(2020, 1, 1)}, DeliveryReason.HOLIDAY),
        ({"quiet_from": time(0), "quiet_until": time(0), "quiet_hold": False}, DeliveryReason.QUIET),
    ],
)
def test_who_stopped_messages_while_one_waited_does_not_get_it(
    values: dict[str, object], reason: DeliveryReason, user: User, sink: Sink
) -> None:
    delivery = waiting_mail(user)
    wish(user, **values)
    sent = delivery_send(delivery_id=delivery.id)
    assert sent is not None and (sent.state, sent.reason) == (DeliveryState.SUPPRESSED, reason)
    assert sink.messages == []


def test_a_digest_that_is_due_in_quiet_hours_waits_for_their_end(user: User, sink: Sink) -> None:
    camera = make_camera()
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    asked = wish(user, digest_minutes=60)
    for _ in range(2):
        alert_raise_for_event(event=make_event(camera))
    digest, _joined = Delivery.objects.order_by("created_at")
    for row in Delivery.objects.order_by("created_at"):
        delivery_send(delivery_id=row.id)
    asked.quiet_from, asked.quiet_until = time(0), time(0)
    asked.save()
    for expected in ([], ["2 alerts"]):
        Delivery.objects.filter(id=digest.id).update(next_attempt_at=timezone.now())
        delivery_send(delivery_id=digest.id)
        assert [message["Subject"] for message in sink.messages] == expected
        night_is_over()


def test_wishes_are_kept_on_the_page_and_hold_for_the_next_alert(user: User, client: Client) -> None:
    camera = make_camera()
    grant(user, camera)
    client.force_login(user)
    form = {
        "channel": "email",
        "email-enabled": "on",
        "email-least_severity": "critical",
        "email-digest_minutes": "60",
        "email-time_zone": "Europe/Berlin",
    }
    assert client.post("/account/messages/", form).status_code == 302
    make_policy(user, channels=(Channel.EMAIL,))
    alert_raise_for_event(event=make_event(camera))
    assert Delivery.objects.get().reason == DeliveryReason.PREFERENCE


def test_half_of_the_quiet_hours_is_an_error_and_what_was_entered_is_kept(user: User, client: Client) -> None:
    client.force_login(user)
    form = {"channel": "email", "email-least_severity": "low", "email-digest_minutes": "0", "email-time_zone": "UTC"}
    answer = client.post("/account/messages/", form | {"email-quiet_from": "22:00"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Quiet hours need a start and an end." in page and 'value="22:00"' in page


def test_the_page_names_the_policies_that_may_override_quiet_hours(user: User, client: Client) -> None:
    client.force_login(user)
    make_policy(name="Fire", overrides_quiet=True, roles=[user.role])
    make_policy(name="Others'", overrides_quiet=True)
    page = client.get("/account/messages/").content.decode()
    assert "<strong>Fire</strong>" in page and "Others" not in page
