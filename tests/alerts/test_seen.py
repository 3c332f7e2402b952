"""An alert that groups events of several cameras tells each reader of those on their cameras only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from alerts.choices import Channel, GroupBy
from alerts.digest_mail import digest_mail
from alerts.live import alert_message
from alerts.models import Alert
from alerts.seen import alert_as_seen
from alerts.selectors import alerts_visible_to
from alerts.services import alert_raise_for_event
from tests.alerts.scenes import AT, grant, make_camera, make_event, make_policy, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=5)


@pytest.fixture
def guard() -> User:
    """Sees the gate, not the vault."""
    return make_user("guard")


@pytest.fixture
def alert(guard: User) -> Alert:
    """Of the gate; what happens in the vault of the same site is counted in it."""
    gate, vault = make_camera("Gate"), make_camera("Vault")
    grant(guard, gate, "view_camera", "review_camera")
    make_policy(guard, channels=(Channel.EMAIL,), group_by=[GroupBy.SITE], group_minutes=60)
    (alert,) = alert_raise_for_event(event=make_event(gate))
    alert_raise_for_event(event=make_event(vault, at=LATER))
    alert.refresh_from_db()
    assert alert.event_count == 2
    return alert


def test_a_reader_is_told_of_the_events_on_their_cameras(alert: Alert, guard: User) -> None:
    seen = alert_as_seen(guard, alerts_visible_to(guard).get())
    assert (seen.event_count, seen.first_event_at, seen.last_event_at) == (1, AT, AT)


def test_whoever_sees_all_cameras_is_told_of_all_events(alert: Alert, guard: User) -> None:
    seen = alert_as_seen(make_user("admin", role=Role.ADMIN), Alert.objects.get())
    assert (seen.event_count, seen.last_event_at) == (2, LATER)


def test_one_who_gets_the_other_camera_too_is_told_of_both(alert: Alert, guard: User) -> None:
    grant(guard, alert.links.exclude(event__camera=alert.camera).get().event.camera)
    assert alert_as_seen(guard, alerts_visible_to(guard).get()).event_count == 2


@pytest.mark.parametrize("page", ["/alerts/", "/alerts/{id}/", "/"])
def test_no_page_tells_of_the_others(page: str, alert: Alert, guard: User, client: Client) -> None:
    client.force_login(guard)
    text = client.get(page.format(id=alert.id)).content.decode()
    assert alert.message in text
    assert "2 events" not in text and "Vault" not in text and "the last one" not in text


def test_the_api_tells_of_none_of_the_others(alert: Alert, guard: User, client: Client) -> None:
    client.force_login(guard)
    listed = client.get("/api/v1/alerts").json()["results"]
    one = client.get(f"/api/v1/alerts/{alert.id}").json()
    taken = client.post(f"/api/v1/alerts/{alert.id}/acknowledge").json()
    assert [answer["event_count"] for answer in (*listed, one, taken)] == [1, 1, 1]


def test_a_digest_counts_what_its_reader_may_see(alert: Alert, guard: User) -> None:
    mail = digest_mail(alert.deliveries.get(recipient=guard), guard.email)
    assert "events)" not in str(mail.body)


def test_open_pages_are_told_no_number(alert: Alert) -> None:
    """One text goes to all who see the first camera; they ask for their own."""
    assert "event_count" not in alert_message("alert.updated", alert)["data"]
