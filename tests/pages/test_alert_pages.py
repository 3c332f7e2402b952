"""The pages of alerts, messages and policies, without any script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from alerts.choices import AlertState, Channel, DeliveryState
from alerts.models import Alert, AlertPolicy, Delivery, EscalationStep, OnCallGroup
from alerts.services import alert_raise_for_event
from cameras.models import Camera
from tests.pages.reading import text_of
from tests.pages.rows import alert_make, camera_make, event_make, user_make
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(user_make("boss", role="admin"))
    return client


def do(client: Client, alert: Alert, deed: str, **more: object) -> int:
    return client.post(f"/alerts/{alert.id}/do", {"deed": deed, **more}).status_code


@pytest.mark.parametrize(
    ("deed", "state"),
    [("acknowledge", AlertState.ACKNOWLEDGED), ("resolve", AlertState.RESOLVED), ("false", AlertState.FALSE)],
)
def test_a_button_of_the_alerts_page_changes_it_and_the_page_tells(
    deed: str, state: AlertState, client: Client, gate: Camera
) -> None:
    alert = alert_make(event_make(gate))
    assert do(client, alert, deed, note="Seen <b>him</b>") == 302
    page = text_of(client, f"/alerts/{alert.id}/")
    assert Alert.objects.get().state == state
    assert "Seen &lt;b&gt;him&lt;/b&gt;" in page and "<strong>guard</strong>" in page


def test_an_alert_is_put_off_given_away_and_written_under(client: Client, gate: Camera, guard: User) -> None:
    alert = alert_make(event_make(gate))
    other = event_make(gate, "Another person")
    do(client, alert, "assign", assignee=guard.id)
    do(client, alert, "snooze", minutes=60)
    do(client, alert, "link", event=f"https://vms.example.org/events/{other.id}/?severity=high")
    page = text_of(client, f"/alerts/{alert.id}/")
    assert "Another person" in page and "Put off" in page
    assert str(alert.id) not in text_of(client, "/alerts/")
    assert str(alert.id) in text_of(client, "/alerts/?state=put-off&mine=yes")


def test_the_strip_of_the_live_wall_says_once_of_which_camera_an_alert_is(client: Client, gate: Camera) -> None:
    alert_make(event_make(gate, "Somebody stays"))
    for words in (f"{gate.name}: a car", f"Person at {gate.name}"):
        alert_make(event_make(gate, words))
        assert f'"wall-alert-words">{words}<' in text_of(client, "/wall/alerts")
    assert f"{gate.name}: Somebody stays" in text_of(client, "/wall/alerts")


def test_the_strip_names_a_camera_whose_name_is_part_of_other_words(boss: Client) -> None:
    alert_make(event_make(camera_make("A"), "A person stays"))
    assert "A: A person stays" in text_of(boss, "/wall/alerts")


@pytest.mark.parametrize(
    ("deed", "more"), [("", {}), ("explode", {}), ("snooze", {"minutes": "7"}), ("link", {"event": "nowhere"})]
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    deed: str, more: dict[str, str], client: Client, gate: Camera
) -> None:
    alert = alert_make(event_make(gate))
    assert do(client, alert, deed, **more) == 422
    assert not alert.changes.exists()


def test_an_alert_of_another_camera_is_not_there(client: Client) -> None:
    alert = alert_make(event_make(camera_make("Hidden")))
    assert client.get(f"/alerts/{alert.id}/").status_code == 404
    assert do(client, alert, "comment", note="Hello") == 404


def test_the_inbox_asks_the_same_queries_for_one_alert_and_for_many(
    client: Client, gate: Camera, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        alert_make(event_make(gate))
    with django_assert_max_num_queries(20):
        client.get("/alerts/")


POLICY = {
    "about": "events",
    "name": "Night",
    "enabled": "on",
    "least_severity": "medium",
    "start": "22:00",
    "end": "06:00",
    "days": ["fri", "sat"],
    "threshold_count": "1",
    "threshold_seconds": "300",
    "map_high": "critical",
    "group_by": ["camera"],
    "group_minutes": "30",
    "limit_alerts": "0",
    "limit_minutes": "10",
    "auto_resolve_minutes": "0",
    "addresses": "desk@example.org, roof@example.org",
    "channels": ["email"],
    "step0-after_minutes": "5",
    "step0-roles": ["admin"],
    "step0-channels": ["in_app"],
}


def test_a_policy_is_made_and_changed_by_forms(boss: Client) -> None:
    assert boss.post("/alerts/policies/add", {**POLICY, "deed": "save"}).status_code == 302
    policy = AlertPolicy.objects.get(about="events")
    assert policy.schedule == {"days": ["fri", "sat"], "start": "22:00", "end": "06:00", "holidays": "as_usual"}
    assert (policy.severity_map, policy.addresses) == ({"high": "critical"}, ["desk@example.org", "roof@example.org"])
    assert EscalationStep.objects.get().roles == ["admin"]
    page = text_of(boss, f"/alerts/policies/{policy.id}/")
    assert 'value="22:00"' in page and "desk@example.org,roof@example.org" in page
    changed = {**POLICY, "deed": "save", "name": "Nights", "step0-after_minutes": ""}
    assert boss.post(f"/alerts/policies/{policy.id}/", changed).status_code == 302
    assert AlertPolicy.objects.get(about="events").name == "Nights"
    assert not EscalationStep.objects.exists()
    assert boss.post(f"/alerts/policies/{policy.id}/delete").status_code == 302
    assert not AlertPolicy.objects.filter(about="events").exists()


def test_a_draft_is_tried_on_the_last_days_and_not_saved(boss: Client, gate: Camera) -> None:
    now = timezone.now()
    for minutes in (0, 10, 20, 200):
        event_make(gate, started_at=now - timedelta(minutes=minutes))
    event_make(gate, started_at=now - timedelta(days=8))
    event_make(gate, severity="low")
    draft = {name: value for name, value in POLICY.items() if name not in ("start", "end", "days")}
    page = boss.post("/alerts/policies/add", {**draft, "deed": "preview"}).content.decode()
    assert "<strong>4</strong> of 4 events fit: <strong>2 alerts</strong>, 2 counted in them" in page
    assert "Critical</span>" in page  # as the policy makes it
    assert not AlertPolicy.objects.filter(about="events").exists() and not Alert.objects.exists()


def test_where_nobody_is_on_call_the_form_says_how_to_change_that(boss: Client) -> None:
    page = boss.get("/alerts/policies/add").content.decode()
    assert 'name="on_call"' not in page and "/alerts/on-call/new/" in page
    OnCallGroup.objects.create(name="Nights")
    assert 'name="on_call"' in boss.get("/alerts/policies/add").content.decode()


def test_the_list_of_policies_names_the_first_cameras_and_counts_the_others(boss: Client, gate: Camera) -> None:
    policy = AlertPolicy.objects.create(name="Night")
    policy.cameras.set([camera_make(f"Quay {number}") for number in range(7)])
    policy.sites.add(gate.site)
    page = boss.get("/alerts/policies/").content.decode()
    assert "<span>Quay 0, Quay 1, Quay 2, Quay 3, Quay 4 and 2 more</span>" in page
    assert f"<span>{gate.site.name}</span>" in page


def test_the_preview_counts_what_thresholds_and_limits_would_have_done(boss: Client, gate: Camera) -> None:
    now = timezone.now()
    for minutes in (1, 2, 3, 40):
        event_make(gate, started_at=now - timedelta(minutes=minutes))
    base = {name: value for name, value in POLICY.items() if name not in ("start", "end", "days")}
    threshold = {**base, "deed": "preview", "threshold_count": "3"}
    page = boss.post("/alerts/policies/add", threshold).content.decode()
    assert "<strong>1 alert</strong>, 2 counted in them, 1 too few for an alert" in page
    limited = {**base, "deed": "preview", "group_minutes": "0", "limit_alerts": "2", "limit_minutes": "600"}
    page = boss.post("/alerts/policies/add", limited).content.decode()
    assert "<strong>4 alerts</strong>" in page and "2 told singly, 2 in digests" in page


def test_a_wrong_policy_is_refused_and_what_was_entered_is_kept(boss: Client) -> None:
    AlertPolicy.objects.create(name="Night")
    answer = boss.post("/alerts/policies/add", {**POLICY, "deed": "save"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "desk@example.org" in page
    answer = boss.post("/alerts/policies/add", {**POLICY, "name": "Other", "addresses": "nobody", "deed": "save"})
    assert answer.status_code == 422
    assert AlertPolicy.objects.filter(about="events").count() == 1


@pytest.mark.parametrize("path", ["/alerts/policies/", "/alerts/policies/add", "/alerts/messages/"])
def test_policies_and_messages_are_for_admins(path: str, client: Client) -> None:
    assert client.get(path).status_code == 403


def test_a_message_that_was_given_up_is_found_and_sent_again(boss: Client, gate: Camera, guard: User) -> None:
    policy = AlertPolicy.objects.create(name="Mail", channels=[Channel.EMAIL])
    policy.recipients.add(guard)
    alert_raise_for_event(event=event_make(gate))
    Delivery.objects.update(state=DeliveryState.FAILED, attempts=10, detail="451 Busy", next_attempt_at=None)
    delivery = Delivery.objects.get()
    assert f"/alerts/messages/{delivery.id}/" in text_of(boss, "/alerts/messages/?state=failed&target=gua")
    assert f"/alerts/messages/{delivery.id}/" not in text_of(boss, "/alerts/messages/?state=sent")
    assert "451 Busy" in text_of(boss, f"/alerts/messages/{delivery.id}/")
    assert boss.post(f"/alerts/messages/{delivery.id}/again").status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.admitted) == (DeliveryState.QUEUED, 0, True)
    assert boss.post(f"/alerts/messages/{delivery.id}/again").status_code == 409


def test_a_message_is_not_there_for_others(client: Client, gate: Camera, guard: User) -> None:
    delivery = Delivery.objects.create(alert=alert_make(event_make(gate)), recipient=guard, channel=Channel.EMAIL)
    assert client.get(f"/alerts/messages/{delivery.id}/").status_code == 404
    assert client.post(f"/alerts/messages/{delivery.id}/again").status_code == 403
