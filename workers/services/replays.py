"""What a person does with a dead letter: send it again, or discard it. Either once, whoever else tries to."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import TypeAdapter, ValidationError

from cameras.selectors import CameraPermission, cameras_visible_to
from events.services import event_replay
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import ConflictError, ForbiddenError, InvalidError
from vms.validation import first_fault
from workers.choices import DeadLetterState
from workers.models import DeadLetter, Job, Stream
from workers.runtime.contract import EventEnd, EventMessage, EventSubmission
from workers.selectors import dead_letter_get
from workers.services.jobs import job_retry
from workers.services.streams import streams_try_again
from workers.services.waking import reconcile_soon

Replay = Callable[[DeadLetter, User], str]
"""Does it again and says in a sentence what came of it; raises Conflict- or InvalidError where it failed again."""

MESSAGE: TypeAdapter[EventSubmission | EventEnd] = TypeAdapter(EventMessage)
MAX_REASON = 1_000


def replay_event(letter: DeadLetter, user: User) -> str:
    try:
        message = MESSAGE.validate_python(letter.payload)
    except ValidationError as error:
        raise InvalidError(first_fault(error)) from None
    return (
        gettext_noop("It was taken in.") if event_replay(message=message)[1] else gettext_noop("It was known already.")
    )


def replay_stream(letter: DeadLetter, user: User) -> str:
    stream_id = _subject(letter)
    if not streams_try_again([stream_id], gettext_noop("It was sent again.")):
        is_there = Stream.objects.filter(id=stream_id).exists()
        gone = gettext_noop("The camera was deleted.")
        raise ConflictError(gettext_noop("The camera is not set aside any more.") if is_there else gone)
    reconcile_soon()
    return gettext_noop("The camera is watched again.")


def replay_job(letter: DeadLetter, user: User) -> str:
    job_id = _subject(letter)
    job = Job.objects.filter(id=job_id).select_related("recording").first()
    if job is None:
        raise ConflictError(gettext_noop("The job is not there any more."))
    if not cameras_visible_to(user, CameraPermission.UPLOAD).filter(id=job.recording.camera_id).exists():
        raise ForbiddenError(gettext_noop("You may not upload for this camera, so you may not start its jobs again."))
    job_retry(user=user, job_id=job_id)
    return gettext_noop("The job goes on where it stopped.")


def _subject(letter: DeadLetter) -> uuid.UUID:
    try:
        return uuid.UUID(letter.subject)
    except ValueError:
        raise InvalidError(gettext_noop("It does not say what it is about.")) from None


REPLAYS: dict[str, Replay] = {
    "event.start": replay_event,
    "event.end": replay_event,
    "stream": replay_stream,
    "job": replay_job,
}
"""By kind. A kind that is not here can be looked at and discarded."""


@transaction.atomic
def dead_letter_replay(*, user: User, letter_id: int) -> DeadLetter:
    """Do it again. One that fails again stays kept, and its outcome says why.

    Raises:
        NotFoundError: there is none that the user may see.
        ForbiddenError: the user may see it but not do what it asks for.
        ConflictError: it is settled, or its kind cannot be sent again.
    """
    letter = _kept(user, letter_id)
    replay = REPLAYS.get(letter.kind)
    if replay is None:
        raise ConflictError(_("This kind cannot be sent again. Discard it when it is dealt with."))
    try:
        with transaction.atomic(), translation.override("en"):  # what is kept is read in other languages too
            outcome = replay(letter, user)
    except ForbiddenError as error:
        raise ForbiddenError(_(error.message)) from None
    except (ConflictError, InvalidError) as error:
        return _failed_again(letter, user, error.message)
    return _settle(letter, user, DeadLetterState.REPLAYED, outcome)


@transaction.atomic
def dead_letter_discard(*, user: User, letter_id: int, reason: str) -> DeadLetter:
    """Give it up, with a reason.

    Raises:
        NotFoundError: there is none that the user may see.
        ConflictError: it is settled.
        InvalidError: the reason is empty or too long.
    """
    reason = reason_require(reason)
    return _settle(_kept(user, letter_id), user, DeadLetterState.DISCARDED, reason)


def reason_require(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise InvalidError(
            _("Say why, in 1 to %(most)s characters.") % {"most": MAX_REASON}, fields={"reason": [_("Say why.")]}
        )
    return reason


def _kept(user: User, letter_id: int) -> DeadLetter:
    """The row lock is the compare-and-set: who comes second waits, and finds it settled."""
    dead_letter_get(user, letter_id)
    letter = DeadLetter.objects.select_for_update().get(id=letter_id)
    if letter.state != DeadLetterState.KEPT:
        raise ConflictError(_("It is settled already: %(state)s.") % {"state": DeadLetterState(letter.state).label})
    return letter


def _settle(letter: DeadLetter, user: User, state: DeadLetterState, outcome: str) -> DeadLetter:
    letter.state, letter.outcome = state, outcome
    letter.settled_at, letter.settled_by = timezone.now(), user
    letter.save(update_fields=["state", "outcome", "settled_at", "settled_by"])
    audit_record(actor=user, action=f"dead_letter.{state}", target=letter, kind=letter.kind, outcome=outcome)
    return letter


def _failed_again(letter: DeadLetter, user: User, message: str) -> DeadLetter:
    letter.outcome, letter.tried_at, letter.tried_by = message, timezone.now(), user
    letter.save(update_fields=["outcome", "tried_at", "tried_by"])
    audit_record(actor=user, action="dead_letter.failed_again", target=letter, kind=letter.kind, outcome=message)
    return letter
