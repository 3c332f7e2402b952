"""Stores an event and raises its alerts, whatever it comes from; refuses what no honest worker could have sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext_noop

from alerts.services import alert_raise_for_event, alerts_raise_for_events
from cameras.models import Camera
from events.announcements import event_announce, events_announce
from events.choices import SEVERITY_RANK
from events.models import Event
from rules.engine.schema import MESSAGE_WORDS, SCENE_CLASS, RuleSpec
from vms.errors import InvalidError
from workers.models import Job, Stream
from workers.runtime.contract import EventSubmission, event_key

PLACEHOLDER = re.compile(r"\{(" + "|".join(MESSAGE_WORDS) + r")\}")
OF_SCENE = "{rule}: {camera}"
"""Where a rule says nothing else, and the event is about no kind of object."""
MAX_EVIDENCE_BYTES = 32_000
MAX_TRACK_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Origin:
    """What an event comes from: a job or a stream. ``zero`` is where its milliseconds count from.

    ``lease_epoch`` and ``held_epoch`` are of a stream: the lease that found it, and the latest that knows of it.
    """

    camera: Camera
    zero: datetime
    spec: RuleSpec
    job: Job | None = None
    stream: Stream | None = None
    lease_epoch: int = 0
    held_epoch: int = 0

    def moment(self, at_ms: int) -> datetime:
        return self.zero + timedelta(milliseconds=at_ms)


def event_store(origin: Origin, submission: EventSubmission) -> tuple[Event, bool]:
    """The stored event, and whether it is new: of two that store it at the same moment one is second."""
    event = _event(origin, submission)
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            alert_raise_for_event(event=event)
            event_announce("event.started", event)
    except DataError as error:
        raise InvalidError(gettext_noop("The event holds a value that cannot be stored.")) from error
    except IntegrityError:
        # Sent twice at the same moment: the other one was first.
        known = Event.objects.filter(id=submission.event_id).first()
        if known is None:
            raise InvalidError(gettext_noop("The event's rule or camera does not exist any more.")) from None
        return known, False
    return event, True


def events_store(found: Sequence[tuple[Origin, EventSubmission]]) -> list[Event]:
    """Store new events and raise their alerts, in the caller's transaction.

    Raises:
        DatabaseError: one of them is stored already, or cannot be: none is.
    """
    events = Event.objects.bulk_create([_event(origin, submission) for origin, submission in found])
    alerts_raise_for_events(events=events)
    events_announce("event.started", events)
    return events


def _event(origin: Origin, submission: EventSubmission) -> Event:
    return Event(
        id=submission.event_id,
        camera=origin.camera,
        rule_id=submission.rule_id,
        rule_version=submission.rule_version,
        job=origin.job,
        stream=origin.stream,
        lease_epoch=origin.lease_epoch,
        held_epoch=origin.held_epoch,
        track_id=submission.track_id,
        class_name=submission.class_name[:64],
        confidence=submission.confidence,
        severity=origin.spec.severity,
        severity_rank=SEVERITY_RANK[origin.spec.severity],
        message=event_message(origin.spec, submission.class_name, origin.camera.name),
        started_at=origin.moment(submission.start_ms),
        box_xyxy=list(submission.box_xyxy),
        evidence=submission.evidence,
    )


def event_message(spec: RuleSpec, class_name: str, camera: str) -> str:
    """The rule's template with its four names filled in, and nothing else: it is a user's text, not a program."""
    words = {
        "rule": spec.name,
        "class_name": class_name,
        "camera": camera,
        "zone": ", ".join(sorted(spec.zone_names())),
    }
    is_plain = spec.message == RuleSpec.model_fields["message"].default
    template = OF_SCENE if is_plain and class_name == SCENE_CLASS else spec.message
    return PLACEHOLDER.sub(lambda match: words[match[1]], template)[:500]


def sound_require(submission: EventSubmission) -> None:
    """Refuse what could not be stored or could not have come from an honest worker."""
    expected = event_key(
        submission.job_id, submission.rule_id, submission.rule_version, submission.track_id, submission.start_ms
    )
    if submission.event_id != expected:
        raise InvalidError(gettext_noop("The event's id does not belong to what it tells."))
    if abs(submission.track_id) > MAX_TRACK_ID:
        raise InvalidError(gettext_noop("The event's track number is too large."))
    if not all(math.isfinite(value) for value in submission.box_xyxy):
        raise InvalidError(gettext_noop("The event's box is not made of numbers."))
    _text_require(submission)


def _text_require(submission: EventSubmission) -> None:
    if "\x00" in submission.class_name:
        raise InvalidError(gettext_noop("The event's class holds a NUL character."))
    try:
        evidence = json.dumps(submission.evidence, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        text = gettext_noop("The event's evidence holds something that is no number, or half a character.")
        raise InvalidError(text) from None
    if len(evidence) > MAX_EVIDENCE_BYTES or b"\\u0000" in evidence:
        raise InvalidError(gettext_noop("The event's evidence is too long or holds a NUL character."))
