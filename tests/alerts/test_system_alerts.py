"""Alerts about the platform itself: raised once, seen by those who may, over when the trouble is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts import system_watch
from alerts.choices import AlertState, Channel, DeliveryState, PolicyAbout, SystemCategory
from alerts.deliveries import delivery_send
from alerts.models import Alert, AlertPolicy, Delivery, DeliveryAttempt, EndpointHealth, SystemEvent
from alerts.selectors import alert_counts, alerts_visible_to, alerts_waiting_for
from alerts.services import alert_acknowledge, alert_raise_for_event, alert_reopen, alert_resolve
from alerts.services.policies import PolicyChange, policy_create
from alerts.services.system_events import Finding, system_events_settle
from alerts.system_watch import platform_watch
from events.catch_up import missed_by_all
from events.choices import Severity
from tests.alerts.channels.endpoints import make_webhook
from tests.alerts.scenes import make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import InvalidError, NotFoundError
from vms.storage.space import Space
from workers.models import DeadLetter, WorkerNode

pytestmark = pytest.mark.django_db

WORSE = Finding("7", "gpu-1", Severity.CRITICAL, "Worker gpu-1 burns.")
LOST = Finding("7", "gpu-1", Severity.HIGH, "Worker gpu-1 is silent.")
NODE = SystemCategory.NODE_LOST


@pytest.fixture(autouse=True)
def _fresh_watch() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def policy() -> AlertPolicy:
    AlertPolicy.objects.all().delete()
    return make_policy(name="Platform", about=PolicyAbout.SYSTEM, roles=[Role.ADMIN, Role.SUPERVISOR])


@pytest.fixture
def admin() -> User:
    return make_user("root", role=Role.ADMIN)


def settle(*findings: Finding, category: SystemCategory = NODE, unknown: tuple[str, ...] = ()) -> None:
    system_events_settle(category=category, findings=findings, unknown=unknown)


def calm(seconds: int) -> None:
    SystemEvent.objects.filter(ended_at=None).update(calm_since=timezone.now() - timedelta(seconds=seconds))


def make_node(**more: object) -> WorkerNode:
    values: dict[str, object] = {"name": "gpu-1", "boot_id": uuid.uuid4(), "seen_at": timezone.now()}
    return WorkerNode.objects.create(**(values | more))


def watched_long() -> None:
    cache.set(system_watch.WATCHED_SINCE, timezone.now() - timedelta(hours=1), timeout=60)


def test_admins_are_told_in_the_app_and_by_mail_by_the_policy_that_vms_brings(admin: User) -> None:
    settle(LOST)
    alert = Alert.objects.get()
    told = {(row.recipient, row.channel) for row in alert.deliveries.all()}
    assert told == {(admin, Channel.IN_APP), (admin, Channel.EMAIL)}
    assert (alert.camera, alert.event, alert.message) == (None, None, LOST.message)


def test_a_trouble_that_goes_on_is_one_alert(policy: AlertPolicy) -> None:
    settle(LOST)
    settle(LOST)
    assert (SystemEvent.objects.count(), Alert.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_sweepers_one_raises_the_alert() -> None:
    AlertPolicy.objects.all().delete()
    make_policy(name="Platform", about=PolicyAbout.SYSTEM)

    def sweep(_: int) -> None:
        try:
            settle(LOST)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sweep, range(16)))
    assert (SystemEvent.objects.count(), Alert.objects.count()) == (1, 1)


def test_what_is_over_for_a_minute_resolves_its_alert_with_a_note(policy: AlertPolicy) -> None:
    settle(LOST)
    settle()
    assert Alert.objects.get().state == AlertState.OPEN
    calm(61)
    settle()
    alert = Alert.objects.get()
    assert alert.state == AlertState.RESOLVED
    assert [(change.actor_name, change.note) for change in alert.changes.all()] == [("VMS", "It is over.")]


def test_what_comes_and_goes_within_a_minute_is_one_trouble(policy: AlertPolicy) -> None:
    for findings in ([LOST], [], [LOST], []):
        settle(*findings)
    assert (Alert.objects.count(), SystemEvent.objects.filter(ended_at=None).count()) == (1, 1)


def test_what_comes_back_later_is_another_alert(policy: AlertPolicy) -> None:
    settle(LOST)
    calm(61)
    settle()
    settle(LOST)
    assert sorted(Alert.objects.values_list("state", flat=True)) == [AlertState.OPEN, AlertState.RESOLVED]


def test_what_becomes_worse_is_told_again_and_what_is_less_grave_is_not(policy: AlertPolicy) -> None:
    for finding in (LOST, WORSE, LOST):
        settle(finding)
    states = Alert.objects.order_by("raised_at").values_list("severity", "state")
    assert list(states) == [(Severity.HIGH, AlertState.RESOLVED), (Severity.CRITICAL, AlertState.OPEN)]


def test_what_nobody_can_tell_now_stays_as_it_is(policy: AlertPolicy) -> None:
    settle(LOST)
    calm(61)
    settle(unknown=("7",))
    assert Alert.objects.get().state == AlertState.OPEN


def test_an_alert_that_a_person_resolved_is_left_alone_while_the_trouble_goes_on(
    policy: AlertPolicy, admin: User
) -> None:
    settle(LOST)
    alert_resolve(user=admin, alert_id=Alert.objects.get().id)
    settle(LOST)
    calm(61)
    settle()
    alert = Alert.objects.get()
    assert (alert.resolved_by, alert.changes.count()) == (admin, 1)


def test_it_can_be_acknowledged_and_opened_again(policy: AlertPolicy, admin: User) -> None:
    settle(LOST)
    alert = Alert.objects.get()
    alert_acknowledge(user=admin, alert_id=alert.id)
    alert_resolve(user=admin, alert_id=alert.id)
    assert alert_reopen(user=admin, alert_id=alert.id).state == AlertState.OPEN


@pytest.mark.parametrize(
    ("category", "role", "seen"),
    [
        (SystemCategory.NODE_LOST, Role.ADMIN, True),
        (SystemCategory.NODE_LOST, Role.SUPERVISOR, True),
        (SystemCategory.NODE_LOST, Role.VIEWER, False),
        (SystemCategory.DEAD_LETTERS, Role.ADMIN, True),
        (SystemCategory.DEAD_LETTERS, Role.SUPERVISOR, False),
        (SystemCategory.MAIL, Role.SUPERVISOR, False),
    ],
)
def test_who_has_no_right_sees_nothing_anywhere(
    policy: AlertPolicy, category: SystemCategory, role: Role, seen: bool
) -> None:
    user = make_user("olga", role=role)
    settle(LOST, category=category)
    alert = Alert.objects.get()
    client = Client()
    client.force_login(user)
    assert alerts_visible_to(user).filter(id=alert.id).exists() is seen
    assert bool(sum(alert_counts(user).values())) is seen
    assert alerts_waiting_for([(user, frozenset())]) == [int(seen)]
    assert (LOST.message in client.get(reverse("alert_list")).content.decode()) is seen
    assert (client.get(reverse("alert_detail", args=[alert.id])).status_code == 200) is seen
    assert (client.get(f"/api/v1/alerts/{alert.id}").status_code == 200) is seen
    assert bool(client.get("/api/v1/alerts").json()["results"]) is seen
    assert (alert.deliveries.filter(recipient=user).exclude(state=DeliveryState.SUPPRESSED).exists()) is seen


def test_pages_of_those_without_the_right_are_told_nothing(policy: AlertPolicy, admin: User) -> None:
    policy.recipients.add(make_user("viewer"))
    settle(LOST)
    told = missed_by_all(timezone.now() - timedelta(minutes=1))
    assert {group for group, message in told if message["kind"].startswith("alert")} == {f"user.{admin.id}"}


def test_a_recipient_without_the_right_is_told_nothing(policy: AlertPolicy) -> None:
    viewer = make_user("viewer")
    policy.recipients.add(viewer)
    settle(LOST)
    assert set(Delivery.objects.filter(recipient=viewer).values_list("state", "reason")) == {
        ("suppressed", "no_permission")
    }


def test_a_viewer_cannot_take_it_in_hand(policy: AlertPolicy) -> None:
    settle(LOST)
    with pytest.raises(NotFoundError):
        alert_acknowledge(user=make_user("viewer"), alert_id=Alert.objects.get().id)


def test_a_policy_takes_the_categories_and_severities_that_it_names(policy: AlertPolicy) -> None:
    AlertPolicy.objects.filter(id=policy.id).update(system_categories=[SystemCategory.DISK], least_severity="critical")
    settle(LOST)
    settle(LOST, category=SystemCategory.DISK)
    assert not Alert.objects.exists()
    settle(WORSE, category=SystemCategory.DISK)
    assert Alert.objects.get().system_category == SystemCategory.DISK


def test_a_policy_about_the_platform_takes_no_event_of_a_camera(policy: AlertPolicy) -> None:
    assert alert_raise_for_event(event=make_event(make_camera())) == []


def test_a_policy_about_the_platform_has_no_cameras(admin: User) -> None:
    values = {"name": "Mixed", "about": PolicyAbout.SYSTEM, "cameras": [make_camera()]}
    with pytest.raises(InvalidError, match="no sites, cameras"):
        policy_create(user=admin, change=PolicyChange(values))


def test_a_silent_worker_is_lost_until_it_is_heard(policy: AlertPolicy) -> None:
    node = make_node(seen_at=timezone.now() - timedelta(minutes=5))
    watched_long()
    platform_watch()
    event = SystemEvent.objects.get()
    assert (event.category, event.subject) == (NODE, str(node.id))
    WorkerNode.objects.update(seen_at=timezone.now())
    calm(61)
    platform_watch()
    assert SystemEvent.objects.get().ended_at is not None


def test_after_a_pause_of_the_platform_no_worker_is_lost_yet(policy: AlertPolicy) -> None:
    make_node(seen_at=timezone.now() - timedelta(days=1))
    platform_watch()
    assert not SystemEvent.objects.exists()


@pytest.mark.parametrize("more", [{"enabled": False}, {"draining": True}, {"boot_id": None}])
def test_a_worker_that_is_off_or_drained_or_new_is_not_missed(policy: AlertPolicy, more: dict[str, object]) -> None:
    make_node(seen_at=timezone.now() - timedelta(minutes=5), **more)
    watched_long()
    platform_watch()
    assert not SystemEvent.objects.exists()


def test_a_worker_that_was_taken_out_is_told(policy: AlertPolicy) -> None:
    now = timezone.now()
    make_node(breaker_opened_at=now, breaker_until=now + timedelta(seconds=30))
    platform_watch()
    assert "taken out" in SystemEvent.objects.get().message


def test_a_disk_that_fills_is_told_and_told_again_when_it_is_full(
    policy: AlertPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free in (300, 50):
        monkeypatch.setattr(system_watch, "storage_space", lambda free=free: Space(free, 100))
        platform_watch()
    assert list(Alert.objects.order_by("raised_at").values_list("severity", flat=True)) == ["high", "critical"]


def test_dead_letters_are_told_until_they_are_handled(policy: AlertPolicy) -> None:
    DeadLetter.objects.create(kind="job", reason="x", payload={})
    platform_watch()
    DeadLetter.objects.create(kind="job", reason="x", payload={})
    platform_watch()
    assert SystemEvent.objects.get().message.startswith("2 things")
    DeadLetter.objects.update(state="discarded")
    platform_watch()
    assert Alert.objects.get().state == AlertState.RESOLVED


def test_an_endpoint_that_is_left_alone_is_told_until_it_works(policy: AlertPolicy) -> None:
    now, endpoint = timezone.now(), make_webhook("https://hooks.example/very-secret", name="Desk")
    EndpointHealth.objects.create(endpoint=endpoint, opened_at=now, probe_at=now)
    platform_watch()
    assert "Desk" in SystemEvent.objects.get().message
    EndpointHealth.objects.update(opened_at=None, probe_at=None)
    platform_watch()
    assert Alert.objects.get().state == AlertState.RESOLVED


def test_mails_that_fail_again_and_again_are_told_until_one_is_taken(policy: AlertPolicy) -> None:
    delivery = make_delivery()
    for _ in range(3):
        DeliveryAttempt.objects.create(delivery=delivery, milliseconds=1, succeeded=False, answer="451 Busy")
    platform_watch()
    assert SystemEvent.objects.get().message == "The last 3 mails were not taken: 451 Busy"
    DeliveryAttempt.objects.create(delivery=delivery, milliseconds=1, succeeded=True, answer="Taken")
    platform_watch()
    assert Alert.objects.exclude(system_category="").get().state == AlertState.RESOLVED


def make_delivery() -> Delivery:
    camera = make_camera()
    event = make_event(camera)
    alert = Alert.objects.create(policy=make_policy(), event=event, camera=camera, severity="high")
    return Delivery.objects.create(alert=alert, address="desk@example.org", channel=Channel.EMAIL, state="queued")


def test_what_cannot_be_looked_at_hides_nothing_else(policy: AlertPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> system_watch.Look:
        raise RuntimeError

    monkeypatch.setitem(system_watch.LOOKS, SystemCategory.DISK, broken)
    DeadLetter.objects.create(kind="job", reason="x", payload={})
    platform_watch()
    assert SystemEvent.objects.get().category == SystemCategory.DEAD_LETTERS


def test_the_mail_names_what_is_in_trouble_and_leads_to_the_alert(policy: AlertPolicy, sink: Sink) -> None:
    make_user("root", role=Role.ADMIN)
    settle(Finding("7", "gpu-1\r\nBcc: spy@example.org", Severity.HIGH, "Worker gpu-1 is <b>silent</b>."))
    alert = Alert.objects.get()
    delivery_send(delivery_id=alert.deliveries.get(channel=Channel.EMAIL).id)
    (message,) = sink.messages
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and rich is not None
    text, html = plain.get_content(), rich.get_content()
    assert message["Bcc"] is None
    assert f"/alerts/{alert.id}/" in text
    assert "Camera" not in text
    assert "<b>silent" not in html


@pytest.mark.parametrize("category", SystemCategory)
def test_the_alert_leads_to_a_page_that_its_viewers_may_open(
    policy: AlertPolicy, admin: User, category: SystemCategory
) -> None:
    endpoint = make_webhook("https://hooks.example/x")
    settle(Finding(str(endpoint.id), "It", Severity.HIGH, "It broke."), category=category)
    client = Client()
    client.force_login(admin)
    alert = Alert.objects.get()
    response = client.get(reverse("alert_detail", args=[alert.id]))
    assert client.get(response.context["trouble"].url).status_code == 200
