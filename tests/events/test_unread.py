"""Which events each user has not seen yet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cameras.models import Camera
from events.models import Event, EventRead
from events.selectors import events_visible_to
from events.services import events_mark_read, read_mark_set, reads_sweep
from events.unread import unread_among, unread_by, unread_count
from tests.pages.rows import camera_make, event_make, user_make
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    return camera_make("Gate")


@pytest.fixture
def guard(gate: Camera) -> User:
    return user_make("guard", gate)


def arrived(camera: Camera, *, ago: timedelta) -> Event:
    event = event_make(camera)
    Event.objects.filter(id=event.id).update(received_at=timezone.now() - ago)
    event.refresh_from_db()
    return event


def test_what_came_since_the_account_was_made_is_unread_and_what_came_before_is_not(guard: User, gate: Camera) -> None:
    old, new = arrived(gate, ago=timedelta(hours=1)), event_make(gate)
    assert unread_among(guard, [old, new]) == {new.id}
    assert list(events_visible_to(guard).filter(unread_by(guard))) == [new]


def test_an_event_that_was_opened_is_read_for_that_user_only(guard: User, gate: Camera) -> None:
    other, event = user_make("other", gate), event_make(gate)
    events_mark_read(user=guard, event_ids=[event.id])
    events_mark_read(user=guard, event_ids=[event.id])
    assert (unread_count(guard), unread_count(other)) == (0, 1)


def test_everything_is_marked_as_read_by_one_row_and_that_is_taken_back(guard: User, gate: Camera) -> None:
    opened, events = event_make(gate), [event_make(gate) for _ in range(3)]
    events_mark_read(user=guard, event_ids=[opened.id])
    before = read_mark_set(user=guard, until=timezone.now())
    assert unread_count(guard) == 0
    read_mark_set(user=guard, until=before)
    assert unread_among(guard, [opened, *events]) == {event.id for event in events}


def test_what_comes_after_the_mark_is_unread_again(guard: User, gate: Camera) -> None:
    event_make(gate)
    read_mark_set(user=guard, until=timezone.now())
    later = event_make(gate)
    assert unread_among(guard, Event.objects.all()) == {later.id}


def test_a_mark_in_the_future_hides_nothing_for_long(guard: User, gate: Camera) -> None:
    read_mark_set(user=guard, until=timezone.now() + timedelta(days=400))
    assert guard.read_mark.until < timezone.now() + timedelta(minutes=2)


def test_what_is_older_than_two_weeks_counts_as_read_and_its_rows_are_swept(guard: User, gate: Camera) -> None:
    User.objects.filter(id=guard.id).update(date_joined=timezone.now() - timedelta(days=100))
    guard.refresh_from_db()
    old, new = arrived(gate, ago=timedelta(days=15)), arrived(gate, ago=timedelta(days=13))
    assert unread_among(guard, [old, new]) == {new.id}
    EventRead.objects.create(user=guard, event=old, read_at=timezone.now() - timedelta(days=15))
    events_mark_read(user=guard, event_ids=[new.id])
    assert reads_sweep() == 1
    assert EventRead.objects.get().event == new


def test_events_of_others_are_neither_counted_nor_marked(guard: User) -> None:
    event = event_make(camera_make("Vault"))
    events_mark_read(user=guard, event_ids=[event.id])
    assert unread_count(guard) == 0
    assert not EventRead.objects.exists()
