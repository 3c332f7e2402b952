"""What is done with ticked alerts of the inbox, by a form as any browser sends it."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from alerts.choices import AlertState
from alerts.models import Alert
from alerts.services import alert_acknowledge
from cameras.models import Camera
from tests.pages.rows import alert_make, camera_make, event_make, user_make
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


def ticked(client: Client, deed: str, *alerts: Alert, **more: object) -> str:
    values = {"deed": deed, "alert": [str(alert.id) for alert in alerts], **more}
    answer = client.post("/alerts/do?severity=high", values, follow=True)
    assert answer.status_code == 200
    assert "severity=high" in answer.redirect_chain[0][0]
    return answer.content.decode()


@pytest.mark.parametrize(
    ("deed", "state"),
    [("acknowledge", AlertState.ACKNOWLEDGED), ("resolve", AlertState.RESOLVED), ("false", AlertState.FALSE)],
)
def test_ticked_alerts_change_together_and_the_others_stay(
    deed: str, state: AlertState, client: Client, gate: Camera
) -> None:
    first, second, other = (alert_make(event_make(gate)) for _ in range(3))
    page = ticked(client, deed, first, second, note="Patrol was there")
    assert "2 alerts" in page
    assert {alert.state for alert in Alert.objects.exclude(id=other.id)} == {state}
    assert Alert.objects.get(id=other.id).state == AlertState.OPEN
    assert [change.note for change in first.changes.all()] == ["Patrol was there"]


def test_ticked_alerts_are_assigned_put_off_noted_and_opened_again(client: Client, gate: Camera, guard: User) -> None:
    alert = alert_make(event_make(gate))
    ticked(client, "assign", alert, assignee=guard.id)
    ticked(client, "comment", alert, note="Look at the fence")
    ticked(client, "snooze", alert, minutes=60)
    alert.refresh_from_db()
    assert (alert.assigned_to, alert.snoozed_until is not None) == (guard, True)
    ticked(client, "resolve", alert)
    ticked(client, "reopen", alert)
    assert Alert.objects.get().state == AlertState.OPEN
    assert alert.changes.filter(note="Look at the fence").exists()


def test_the_button_of_a_row_acknowledges_that_one_only(client: Client, gate: Camera) -> None:
    mine, other = alert_make(event_make(gate)), alert_make(event_make(gate))
    client.post("/alerts/do", {"only": str(mine.id), "alert": [str(other.id)]})
    assert Alert.objects.get(id=mine.id).state == AlertState.ACKNOWLEDGED
    assert Alert.objects.get(id=other.id).state == AlertState.OPEN


def test_where_somebody_was_faster_theirs_stands_and_the_rest_is_done(client: Client, gate: Camera) -> None:
    first, second = alert_make(event_make(gate)), alert_make(event_make(gate))
    other = user_make("other", gate)
    alert_acknowledge(user=other, alert_id=first.id)
    assert "1 alert acknowledged." in ticked(client, "acknowledge", first, second)
    assert Alert.objects.get(id=first.id).acknowledged_by == other
    assert "Somebody was faster" in ticked(client, "acknowledge", first)


def test_one_alert_of_somebody_elses_camera_and_nothing_is_changed(client: Client, gate: Camera) -> None:
    mine, hidden = alert_make(event_make(gate)), alert_make(event_make(camera_make("Vault")))
    values = {"deed": "resolve", "alert": [str(mine.id), str(hidden.id)]}
    assert client.post("/alerts/do", values).status_code == 404
    assert set(Alert.objects.values_list("state", flat=True)) == {AlertState.OPEN}


def test_who_may_only_view_gets_no_ticks_and_changes_nothing(gate: Camera) -> None:
    client = Client()
    client.force_login(user_make("visitor", gate, permissions=("view_camera",)))
    alert = alert_make(event_make(gate))
    assert "data-tick " not in client.get("/alerts/").content.decode()
    assert client.post("/alerts/do", {"deed": "resolve", "alert": [str(alert.id)]}).status_code == 404


@pytest.mark.parametrize(
    "values",
    [{"deed": "resolve"}, {"deed": "explode"}, {"deed": "link"}, {"deed": "resolve", "alert": [str(uuid.uuid4())] * 1}],
)
def test_what_makes_no_sense_is_refused(client: Client, values: dict[str, object]) -> None:
    assert client.post("/alerts/do", values).status_code in {404, 422}


def test_with_htmx_the_list_comes_back_with_what_was_done(client: Client, gate: Camera) -> None:
    mine, other = alert_make(event_make(gate)), alert_make(event_make(gate))
    values = {"deed": "resolve", "alert": [str(mine.id)]}
    part = client.post("/alerts/do", values, headers={"HX-Request": "true"}).content.decode()
    assert f"alert-{other.id}" in part and f"alert-{mine.id}" not in part
    assert "1 alert resolved." in part and "<html" not in part
