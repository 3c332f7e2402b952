"""One verdict or note for many events at once, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from cameras.selectors import CameraPermission
from events.choices import Verdict
from events.live import LiveMessage, camera_group, push_all
from events.models import Event, ReviewBatch
from events.selectors import events_visible_to
from events.services.review import MAX_NOTE_CHARACTERS
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError, InvalidError, NotFoundError

MOST_AT_ONCE = 500
KEPT_FOR = timedelta(days=1)
FIELDS = ["verdict", "verdict_note", "reviewed_by", "reviewed_at"]


class ReviewState(BaseModel):
    """What people said of an event: kept before and after a change."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    note: str
    reviewer: int | None
    at: datetime | None

    @classmethod
    def of(cls, event: Event) -> ReviewState:
        return cls(
            verdict=Verdict(event.verdict), note=event.verdict_note, reviewer=event.reviewed_by_id, at=event.reviewed_at
        )

    def put_on(self, event: Event) -> None:
        event.verdict, event.verdict_note = self.verdict, self.note
        event.reviewed_by_id, event.reviewed_at = self.reviewer, self.at


class ReviewChange(BaseModel):
    event: uuid.UUID
    before: ReviewState
    after: ReviewState


@transaction.atomic
def events_review(
    *, user: User, event_ids: Iterable[uuid.UUID], verdict: Verdict | None = None, note: str = ""
) -> ReviewBatch:
    """Judge several events; without ``verdict`` they keep theirs, without ``note`` also their notes.

    Raises:
        NotFoundError: one of them is not there, or not the user's to review; nothing is changed then.
        InvalidError: there is nothing to do, too many at once, or the note is too long.
    """
    wanted, note = set(event_ids), note.strip()
    _require_sensible(wanted, verdict, note)
    events = _locked(user, wanted)
    if len(events) != len(wanted):
        raise NotFoundError(_("At least one of these events is not yours to review. Nothing was changed."))
    now = timezone.now()
    changes = []
    for event in events:
        before = ReviewState.of(event)
        _judge(event, user, verdict, note, now)
        changes.append(ReviewChange(event=event.id, before=before, after=ReviewState.of(event)))
    _keep(user, events, "event.reviewed")
    rows = [change.model_dump(mode="json") for change in changes]
    return ReviewBatch.objects.create(user=user, at=now, changes=rows)


@transaction.atomic
def review_undo(*, user: User, batch_id: uuid.UUID) -> list[Event]:
    """Take a batch back where nobody has said anything else since; returns the events that changed.

    Raises:
        NotFoundError: there is none of the user's any more.
        ConflictError: it was taken back already.
    """
    batch = ReviewBatch.objects.filter(id=batch_id, user=user).first()
    if batch is None:
        raise NotFoundError(_("This cannot be taken back any more."))
    if not ReviewBatch.objects.filter(id=batch.id, undone_at=None).update(undone_at=timezone.now()):
        raise ConflictError(_("This was taken back already."))
    changes = {change.event: change for change in map(ReviewChange.model_validate, batch.changes)}
    events = [event for event in _locked(user, set(changes)) if ReviewState.of(event) == changes[event.id].after]
    for event in events:
        changes[event.id].before.put_on(event)
    _keep(user, events, "event.review_undone")
    return events


def review_batches_sweep() -> int:
    return ReviewBatch.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _require_sensible(wanted: set[uuid.UUID], verdict: Verdict | None, note: str) -> None:
    if not wanted:
        raise InvalidError(_("No event was chosen. Tick at least one and try again."))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidError(_("At most %(most)s events can be judged at once.") % {"most": MOST_AT_ONCE})
    if verdict is None and not note:
        raise InvalidError(_("Write the note first."))
    if len(note) > MAX_NOTE_CHARACTERS or "\x00" in note:
        raise InvalidError(_("A note has at most %(most)s characters.") % {"most": MAX_NOTE_CHARACTERS})


def _locked(user: User, wanted: set[uuid.UUID]) -> list[Event]:
    """In the order of their ids, so that two people who judge the same list cannot block each other."""
    mine = events_visible_to(user, CameraPermission.REVIEW).filter(id__in=wanted)
    return list(mine.order_by("id").select_for_update(of=("self",)))


def _judge(event: Event, user: User, verdict: Verdict | None, note: str, now: datetime) -> None:
    event.verdict_note = note or event.verdict_note
    if verdict is None:
        return
    reviewed = verdict != Verdict.UNREVIEWED
    event.verdict = verdict
    event.reviewed_by, event.reviewed_at = (user, now) if reviewed else (None, None)


def _keep(user: User, events: list[Event], action: str) -> None:
    Event.objects.bulk_update(events, FIELDS)
    for event in events:
        audit_record(actor=user, action=action, target=event, verdict=event.verdict, note=event.verdict_note)
    after_commit(push_all, [(camera_group(event.camera_id), _message(event)) for event in events])


def _message(event: Event) -> LiveMessage:
    return {
        "kind": "event.updated",
        "id": str(event.id),
        "camera_id": event.camera_id,
        "data": {"verdict": event.verdict},
    }
