"""The event list as a place to work: unread marks, saved filters, and what is done with ticked rows."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from alerts.models import Alert
from cameras.models import Camera
from events.models import Event, SavedFilter
from tests.pages.reading import text_of
from tests.pages.rows import alert_make, camera_make, event_make, user_make

pytestmark = pytest.mark.django_db


def is_unread(page: str, event: Event) -> bool:
    return bool(re.search(rf'<li id="event-{event.id}"[^>]* class="unread"', page))


def test_an_event_is_unread_until_its_page_was_opened(client: Client, gate: Camera) -> None:
    event = event_make(gate)
    assert is_unread(text_of(client, "/events/"), event)
    text_of(client, f"/events/{event.id}/")
    assert not is_unread(text_of(client, "/events/"), event)


def test_the_filter_for_unread_events_shows_only_those(client: Client, gate: Camera) -> None:
    read, unread = event_make(gate), event_make(gate)
    text_of(client, f"/events/{read.id}/")
    page = text_of(client, "/events/?unread=yes")
    assert (f"event-{read.id}" in page, f"event-{unread.id}" in page) == (False, True)


def test_mark_all_as_read_spares_what_came_after_the_page_and_can_be_undone(client: Client, gate: Camera) -> None:
    seen = event_make(gate)
    page = text_of(client, "/events/")
    until = page.partition('name="until" value="')[2].partition('"')[0]
    late = event_make(gate)
    page = client.post("/events/read", {"until": until}, follow=True).content.decode()
    assert (is_unread(page, seen), is_unread(page, late)) == (False, True)
    before = re.findall('name="until" value="([^"]+)"', page)[-1]
    page = client.post("/events/read", {"until": before}, follow=True).content.decode()
    assert is_unread(page, seen)


@pytest.mark.parametrize("until", ["", "yesterday", "2026-01-01T00:00:00"])
def test_a_mark_that_is_no_moment_is_refused(client: Client, until: str) -> None:
    assert client.post("/events/read", {"until": until}).status_code == 422


@pytest.mark.parametrize("deed", ["true", "false"])
def test_ticked_events_are_judged_together_and_taken_back(client: Client, gate: Camera, deed: str) -> None:
    ticked, other = [event_make(gate), event_make(gate)], event_make(gate)
    answer = client.post("/events/do?severity=high", {"deed": deed, "event": [str(e.id) for e in ticked]}, follow=True)
    assert {e.verdict for e in Event.objects.exclude(id=other.id)} == {deed}
    assert "severity=high" in answer.redirect_chain[0][0]
    undo = re.search(r'action="(/events/reviews/[^"]+/undo)', answer.content.decode())
    assert undo is not None
    client.post(undo[1])
    assert {e.verdict for e in Event.objects.all()} == {"unreviewed"}


def test_with_htmx_only_the_changed_rows_come_back_with_a_way_to_take_it_back(client: Client, gate: Camera) -> None:
    ticked, other = event_make(gate), event_make(gate)
    answer = client.post("/events/do", {"deed": "false", "event": [str(ticked.id)]}, headers={"HX-Request": "true"})
    part = answer.content.decode()
    assert f'id="event-{ticked.id}"' in part and f'id="event-{other.id}"' not in part
    assert "False alarm" in part and "/undo" in part
    assert "<html" not in part


def test_a_note_is_kept_with_ticked_events_and_shown_in_their_rows(client: Client, gate: Camera) -> None:
    event = event_make(gate)
    client.post("/events/do", {"deed": "note", "event": [str(event.id)], "note": "Cleaner <b>"})
    assert "Cleaner &lt;b&gt;" in text_of(client, "/events/")


def test_acknowledging_ticked_events_takes_their_alerts_in_hand(client: Client, gate: Camera) -> None:
    mine, other = alert_make(event_make(gate)), alert_make(event_make(gate))
    client.post("/events/do", {"deed": "acknowledge", "event": [str(mine.event_id)]})
    assert Alert.objects.get(id=mine.id).acknowledged_by is not None
    assert Alert.objects.get(id=other.id).state == "open"


@pytest.mark.parametrize(
    ("values", "status"), [({}, 422), ({"deed": "true"}, 422), ({"deed": "eat", "event": "x"}, 422)]
)
def test_a_deed_without_sense_is_refused(client: Client, values: dict[str, str], status: int) -> None:
    assert client.post("/events/do", values).status_code == status


def test_events_of_another_camera_cannot_be_worked_on(client: Client) -> None:
    hidden = event_make(camera_make("Vault"))
    for deed in ("true", "note", "acknowledge", "read"):
        client.post("/events/do", {"deed": deed, "event": [str(hidden.id)], "note": "x"})
    hidden.refresh_from_db()
    assert (hidden.verdict, hidden.verdict_note, hidden.reads.count()) == ("unreviewed", "", 0)


def test_a_filter_is_saved_under_a_name_used_and_deleted(client: Client, gate: Camera) -> None:
    answer = client.post("/events/filters/save?severity=high&after=x", {"name": " Night  gate "}, follow=True)
    page = answer.content.decode()
    assert 'href="?severity=high" aria-current="true"' in page and "Night gate" in page
    saved = SavedFilter.objects.get()
    client.post(f"/events/filters/{saved.id}/delete")
    assert "Night gate</a>" not in text_of(client, "/events/")


def test_saving_under_the_same_name_replaces_the_filter(client: Client, gate: Camera) -> None:
    for severity in ("high", "low"):
        client.post(f"/events/filters/save?severity={severity}", {"name": "Mine"})
    assert [saved.query for saved in SavedFilter.objects.all()] == ["severity=low"]


@pytest.mark.parametrize(("query", "name"), [("", "Empty"), ("severity=high", ""), ("camera=999", "Not mine")])
def test_a_filter_that_cannot_be_used_is_not_saved(client: Client, query: str, name: str) -> None:
    assert client.post(f"/events/filters/save?{query}", {"name": name}).status_code == 422
    assert not SavedFilter.objects.exists()


def test_nobody_sees_or_deletes_the_filters_of_others(client: Client, gate: Camera) -> None:
    other = SavedFilter.objects.create(user=user_make("other", gate), name="Secret plan", query="severity=low")
    assert "Secret plan" not in text_of(client, "/events/")
    assert client.post(f"/events/filters/{other.id}/delete").status_code == 404
