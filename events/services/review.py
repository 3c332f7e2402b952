"""A person's verdict on an event."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.selectors import CameraPermission, cameras_visible_to
from events.choices import Verdict
from events.live import LiveMessage, camera_group, push
from events.models import Event
from events.selectors import event_get
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ForbiddenError, InvalidError

MAX_NOTE_CHARACTERS = 2000


@transaction.atomic
def event_review(*, user: User, event_id: uuid.UUID, verdict: Verdict, note: str = "") -> Event:
    """Set the verdict; ``UNREVIEWED`` takes an earlier one back. A note of at most 2000 characters goes with it.

    Raises:
        NotFoundError: there is no such event on the user's cameras.
        ForbiddenError: the user may look at the camera's events, but not judge them.
        InvalidError: the note is too long.
    """
    event = event_get(user, event_id)
    if not cameras_visible_to(user, CameraPermission.REVIEW).filter(id=event.camera_id).exists():
        raise ForbiddenError(_("You may look at this event, but not review it."))
    if len(note) > MAX_NOTE_CHARACTERS:
        raise InvalidError(
            _("A note has at most %(most)s characters.") % {"most": MAX_NOTE_CHARACTERS},
            fields={"note": [_("Too long.")]},
        )
    reviewed = verdict != Verdict.UNREVIEWED
    event.verdict, event.verdict_note = verdict, note.strip()
    event.reviewed_by = user if reviewed else None
    event.reviewed_at = timezone.now() if reviewed else None
    Event.objects.filter(id=event.id).update(
        verdict=event.verdict,
        verdict_note=event.verdict_note,
        reviewed_by=event.reviewed_by,
        reviewed_at=event.reviewed_at,
    )
    audit_record(actor=user, action="event.reviewed", target=event, verdict=event.verdict, note=event.verdict_note)
    message = LiveMessage(
        kind="event.updated", id=str(event.id), camera_id=event.camera_id, data={"verdict": event.verdict}
    )
    after_commit(push, camera_group(event.camera_id), message)
    return event
