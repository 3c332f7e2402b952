"""Many events are judged at once, and it can be taken back."""

from __future__ import annotations

import pytest

from cameras.models import Camera
from events.choices import Verdict
from events.models import Event
from events.services import event_review, events_review, review_undo
from tests.pages.rows import camera_make, event_make, user_make
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, InvalidError, NotFoundError

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    return camera_make("Gate")


@pytest.fixture
def guard(gate: Camera) -> User:
    return user_make("guard", gate)


def test_a_verdict_is_set_on_all_of_them_and_keeps_their_notes(guard: User, gate: Camera) -> None:
    events = [event_make(gate, verdict_note="A cat"), event_make(gate)]
    events_review(user=guard, event_ids=[event.id for event in events], verdict=Verdict.FALSE)
    assert sorted(Event.objects.values_list("verdict", "verdict_note")) == [("false", ""), ("false", "A cat")]
    assert set(Event.objects.values_list("reviewed_by", flat=True)) == {guard.id}
    assert AuditEntry.objects.filter(action="event.reviewed").count() == 2


def test_a_note_alone_leaves_the_verdicts(guard: User, gate: Camera) -> None:
    event = event_make(gate, verdict="true")
    events_review(user=guard, event_ids=[event.id], note="Patrol was there")
    event.refresh_from_db()
    assert (event.verdict, event.verdict_note) == ("true", "Patrol was there")


def test_one_event_of_somebody_elses_camera_and_nothing_is_changed(guard: User, gate: Camera) -> None:
    mine, other = event_make(gate), event_make(camera_make("Vault"))
    with pytest.raises(NotFoundError):
        events_review(user=guard, event_ids=[mine.id, other.id], verdict=Verdict.TRUE)
    assert set(Event.objects.values_list("verdict", flat=True)) == {"unreviewed"}


def test_who_may_only_view_changes_nothing(gate: Camera) -> None:
    visitor = user_make("visitor", gate, permissions=("view_camera",))
    with pytest.raises(NotFoundError):
        events_review(user=visitor, event_ids=[event_make(gate).id], verdict=Verdict.TRUE)


@pytest.mark.parametrize(("verdict", "note"), [(None, "  "), (Verdict.TRUE, "x" * 2001), (Verdict.TRUE, "\x00")])
def test_what_makes_no_sense_is_refused(verdict: Verdict | None, note: str, guard: User, gate: Camera) -> None:
    with pytest.raises(InvalidError):
        events_review(user=guard, event_ids=[event_make(gate).id], verdict=verdict, note=note)


def test_undo_puts_back_what_stood_there_before(guard: User, gate: Camera) -> None:
    event = event_make(gate)
    event_review(user=guard, event_id=event.id, verdict=Verdict.TRUE, note="Real")
    before = Event.objects.values().get()
    batch = events_review(user=guard, event_ids=[event.id], verdict=Verdict.FALSE, note="A cat")
    review_undo(user=guard, batch_id=batch.id)
    assert Event.objects.values().get() == before


def test_undo_leaves_what_somebody_else_has_judged_since(guard: User, gate: Camera) -> None:
    first, second = event_make(gate), event_make(gate)
    batch = events_review(user=guard, event_ids=[first.id, second.id], verdict=Verdict.FALSE)
    event_review(user=user_make("other", gate), event_id=second.id, verdict=Verdict.TRUE)
    assert [event.id for event in review_undo(user=guard, batch_id=batch.id)] == [first.id]
    assert Event.objects.get(id=second.id).verdict == "true"


def test_undo_works_once_and_only_for_who_did_it(guard: User, gate: Camera) -> None:
    batch = events_review(user=guard, event_ids=[event_make(gate).id], verdict=Verdict.FALSE)
    with pytest.raises(NotFoundError):
        review_undo(user=user_make("other", gate), batch_id=batch.id)
    review_undo(user=guard, batch_id=batch.id)
    with pytest.raises(ConflictError):
        review_undo(user=guard, batch_id=batch.id)


def test_undo_after_the_camera_was_taken_away_changes_nothing(guard: User, gate: Camera) -> None:
    batch = events_review(user=guard, event_ids=[event_make(gate).id], verdict=Verdict.FALSE)
    gate_grants = guard.camerauserpermission_set.all()
    gate_grants.delete()
    assert review_undo(user=guard, batch_id=batch.id) == []
    assert Event.objects.get().verdict == "false"
