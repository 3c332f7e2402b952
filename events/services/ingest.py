"""Takes in events from GPU hosts: checked against the lease and the job's frozen rules, kept once."""

from __future__ import annotations

import json
import math
import re
from datetime import timedelta
from typing import cast

from django.db import DataError, IntegrityError, transaction

from alerts.services import alert_raise_for_event
from events.announcements import event_announce
from events.choices import EventState
from events.models import Event
from rules.engine.schema import RuleSpec
from vms.errors import InvalidError
from workers.models import Job, WorkerNode
from workers.runtime.contract import CameraConfig, EventEnd, EventSubmission, RuleConfig, event_key
from workers.services.leases import lease_require, node_worked_on

PLACEHOLDER = re.compile(r"\{(rule|class_name|camera|zone)\}")
MAX_EVIDENCE_BYTES = 32_000
CLOCK_SLACK_MS = 60_000
MAX_TRACK_ID = 2**63 - 1


def event_ingest(*, node: WorkerNode, submission: EventSubmission) -> tuple[Event, bool]:
    """Store the event and raise its alerts in one transaction; the flag says whether it is new.

    Raises:
        LeaseLostError: the node does not hold the chunk the event comes from.
        InvalidError: the event does not fit the job; the sentence says why.
    """
    with transaction.atomic():
        chunk = lease_require(node=node, job_id=submission.job_id, epoch=submission.epoch)
        return _take_in(Job.objects.select_related("recording__camera").get(id=chunk.job_id), submission)


def event_replay(*, message: EventSubmission | EventEnd) -> tuple[Event, bool]:
    """Take in what was refused, because a person says so: all is checked but the lease, which is long gone.

    Raises:
        InvalidError: it still does not fit its job; the sentence says why.
    """
    with transaction.atomic():
        if isinstance(message, EventEnd):
            return _end_once(_event_to_end(message), message)
        job = Job.objects.select_related("recording__camera").filter(id=message.job_id).first()
        if job is None:
            raise InvalidError("The event's job is not there any more.")
        return _take_in(job, message)


def _take_in(job: Job, submission: EventSubmission) -> tuple[Event, bool]:
    rule = _rule_of(job, submission)
    _sound_require(job, submission)
    known = Event.objects.filter(id=submission.event_id).first()
    if known is not None:
        return known, False
    return _event_create(job, rule, submission)


def _event_create(job: Job, rule: RuleConfig, submission: EventSubmission) -> tuple[Event, bool]:
    event = _event(job, rule, submission)
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            alert_raise_for_event(event=event)
            event_announce("event.started", event)
    except DataError as error:
        raise InvalidError("The event holds a value that cannot be stored.") from error
    except IntegrityError:
        # Sent twice at the same moment: the other one was first.
        known = Event.objects.filter(id=submission.event_id).first()
        if known is None:
            raise InvalidError("The event's rule or camera does not exist any more.") from None
        return known, False
    return event, True


def _event(job: Job, rule: RuleConfig, submission: EventSubmission) -> Event:
    return Event(
        id=submission.event_id,
        camera=job.recording.camera,
        rule_id=submission.rule_id,
        rule_version=submission.rule_version,
        job=job,
        track_id=submission.track_id,
        class_name=submission.class_name[:64],
        confidence=submission.confidence,
        severity=rule.spec.severity,
        message=event_message(rule.spec, submission.class_name, job.recording.camera.name),
        started_at=job.recording.started_at + timedelta(milliseconds=submission.start_ms),
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
    return PLACEHOLDER.sub(lambda match: words[match[1]], spec.message)[:500]


def event_end(*, node: WorkerNode, end: EventEnd) -> tuple[Event, bool]:
    """Note when the event ended; the flag says whether that was news.

    Raises:
        LeaseLostError: the node neither holds the chunk nor had a part in the job that is over.
        InvalidError: there is no such event in this job, or it would end before it started.
    """
    with transaction.atomic():
        event = _event_to_end(end)
        if not node_worked_on(node=node, job_id=end.job_id):
            lease_require(node=node, job_id=end.job_id, epoch=end.epoch)
        return _end_once(event, end)


def _event_to_end(end: EventEnd) -> Event | None:
    events = Event.objects.select_for_update(of=("self",)).select_related("job__recording")
    return events.filter(id=end.event_id, job_id=end.job_id).first()


def _end_once(event: Event | None, end: EventEnd) -> tuple[Event, bool]:
    if event is None:
        raise InvalidError("There is no such event to end.")
    if event.state == EventState.ENDED:
        return event, False
    _end(event, end)
    return event, True


def _end(event: Event, end: EventEnd) -> None:
    job = cast(Job, event.job)
    _moment_require(job, end.end_ms)
    ended_at = job.recording.started_at + timedelta(milliseconds=end.end_ms)
    if ended_at < event.started_at:
        raise InvalidError("The event would end before it started.")
    event.state, event.ended_at = EventState.ENDED, ended_at
    event.save(update_fields=["state", "ended_at"])
    event_announce("event.updated", event)


def _rule_of(job: Job, submission: EventSubmission) -> RuleConfig:
    config = CameraConfig.model_validate(job.config)
    if submission.camera_id != config.camera_id:
        raise InvalidError("The event is of another camera than its job.")
    for rule in config.rules:
        if (rule.rule_id, rule.version) == (submission.rule_id, submission.rule_version):
            return rule
    raise InvalidError("The event's rule is not one of its job's.")


def _sound_require(job: Job, submission: EventSubmission) -> None:
    """Refuse what could not be stored or could not have come from an honest worker."""
    expected = event_key(
        submission.job_id, submission.rule_id, submission.rule_version, submission.track_id, submission.start_ms
    )
    if submission.event_id != expected:
        raise InvalidError("The event's id does not belong to what it tells.")
    if abs(submission.track_id) > MAX_TRACK_ID:
        raise InvalidError("The event's track number is too large.")
    if not all(math.isfinite(value) for value in submission.box_xyxy):
        raise InvalidError("The event's box is not made of numbers.")
    _moment_require(job, submission.start_ms)
    _text_require(submission)


def _moment_require(job: Job, at_ms: int) -> None:
    duration_ms = (job.recording.facts or {}).get("duration_ms", 0)
    if at_ms > duration_ms + CLOCK_SLACK_MS:
        raise InvalidError("The event lies behind the end of the recording.")


def _text_require(submission: EventSubmission) -> None:
    if "\x00" in submission.class_name:
        raise InvalidError("The event's class holds a NUL character.")
    try:
        evidence = json.dumps(submission.evidence, allow_nan=False)
    except ValueError:
        raise InvalidError("The event's evidence holds something that is not a number.") from None
    if len(evidence) > MAX_EVIDENCE_BYTES or "\\u0000" in evidence:
        raise InvalidError("The event's evidence is too long or holds a NUL character.")
