"""Takes in events from GPU hosts: checked against the lease and the rules that the host was told, kept once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from events.announcements import event_announce
from events.choices import EventState
from events.models import Event
from events.services.line import line_event_ingest
from events.services.storing import Origin, event_store, sound_require
from events.services.stream_events import event_find, past_require, stream_event_ingest, stream_time_ms
from rules.engine.schema import RuleSpec
from vms.errors import InvalidError
from workers.errors import LeaseLostError, StartAwaitedError
from workers.models import Job, WorkerNode
from workers.runtime.contract import CameraConfig, EventEnd, EventSubmission
from workers.services.leases import lease_require, node_worked_on
from workers.services.line_node import JOB_ID
from workers.services.stream_turns import StreamTurn, turn_find, turn_require

CLOCK_SLACK_MS = 60_000
START_AWAITED_MS = 10 * 60_000
"""Later the end is a dead letter: the host that found the event will hardly come back."""


@transaction.atomic
def event_ingest(*, node: WorkerNode, submission: EventSubmission) -> tuple[Event, bool]:
    """Store the event and raise its alerts in one transaction; the flag says whether it is new.

    Raises:
        LeaseLostError: the node does not hold the chunk, or the stream's time, that the event comes from.
        InvalidError: the event does not fit the job or stream; the sentence says why.
    """
    if submission.job_id == JOB_ID:
        return line_event_ingest(node=node, submission=submission)
    turn = turn_require(node=node, stream_id=submission.job_id, epoch=submission.epoch, at_ms=submission.start_ms)
    if turn is not None:
        return stream_event_ingest(turn=turn, submission=submission)
    chunk = lease_require(node=node, job_id=submission.job_id, epoch=submission.epoch)
    return _take_in(Job.objects.select_related("recording__camera").get(id=chunk.job_id), submission)


@transaction.atomic
def event_replay(*, message: EventSubmission | EventEnd) -> tuple[Event, bool]:
    """Take in what was refused, because a person says so: all is checked but whose turn it was, which is long past.

    Raises:
        InvalidError: it still does not fit its job or stream; the sentence says why.
    """
    if isinstance(message, EventEnd):
        return _end_once(message)
    try:
        turn = turn_find(stream_id=message.job_id, epoch=message.epoch)
    except LeaseLostError:
        raise InvalidError(gettext_noop("The event's camera was never watched under this lease.")) from None
    if turn is not None:
        return stream_event_ingest(turn=turn, submission=message)
    job = Job.objects.select_related("recording__camera").filter(id=message.job_id).first()
    if job is None:
        raise InvalidError(gettext_noop("The event's job is not there any more."))
    return _take_in(job, message)


def _take_in(job: Job, submission: EventSubmission) -> tuple[Event, bool]:
    spec = _spec_of(job, submission)
    sound_require(submission)
    _moment_require(job, submission.start_ms)
    known = Event.objects.filter(id=submission.event_id).first()
    if known is not None:
        return known, False
    return event_store(Origin(job.recording.camera, job.recording.started_at, spec, job=job), submission)


@transaction.atomic
def event_end(*, node: WorkerNode, end: EventEnd) -> tuple[Event, bool]:
    """Note when the event ended; the flag says whether that was news.

    Raises:
        LeaseLostError: the node has no part in the job or stream, or no longer had when the event ended.
        StartAwaitedError: it goes on with what another node began, and that one has not told the start yet.
        InvalidError: there is no such event, or it would end before it started.
    """
    turn = turn_require(node=node, stream_id=end.job_id, epoch=end.epoch, at_ms=end.end_ms)
    if turn is None and not node_worked_on(node=node, job_id=end.job_id):
        lease_require(node=node, job_id=end.job_id, epoch=end.epoch)
    if turn is not None and _start_may_come(turn, end):
        raise StartAwaitedError("Whoever found this event has not told of its start yet.")
    return _end_once(end)


def _start_may_come(turn: StreamTurn, end: EventEnd) -> bool:
    """A host that died or is cut off may have handed the event on in its state, with the start still in its outbox."""
    is_recent = abs(stream_time_ms(turn.stream, timezone.now()) - end.end_ms) < START_AWAITED_MS
    if not is_recent or event_find(end.event_id)[0] is not None:
        return False
    return turn.stream.leases.filter(epoch__lt=turn.lease.epoch).exists()


def _end_once(end: EventEnd) -> tuple[Event, bool]:
    event, is_alias = event_find(end.event_id, lock=True)
    if event is None or end.job_id not in (event.job_id, event.stream_id):
        raise InvalidError(gettext_noop("There is no such event to end."))
    # Found by two nodes, it lasted until the later of their ends.
    if event.ended_at is not None and not (is_alias and _ended_at(event, end) > event.ended_at):
        return event, False
    event.state, event.ended_at = EventState.ENDED, _ended_at(event, end)
    event.save(update_fields=["state", "ended_at"])
    event_announce("event.updated", event)
    return event, True


def _ended_at(event: Event, end: EventEnd) -> datetime:
    if event.stream is not None:
        past_require(event.stream, end.end_ms)
        ended_at = event.stream.started_at + timedelta(milliseconds=end.end_ms)
    else:
        job = cast(Job, event.job)
        _moment_require(job, end.end_ms)
        ended_at = job.recording.started_at + timedelta(milliseconds=end.end_ms)
    if ended_at < event.started_at:
        raise InvalidError(gettext_noop("The event would end before it started."))
    return ended_at


def _spec_of(job: Job, submission: EventSubmission) -> RuleSpec:
    config = CameraConfig.model_validate(job.config)
    if submission.camera_id != config.camera_id:
        raise InvalidError(gettext_noop("The event is of another camera than its job."))
    for rule in config.rules:
        if (rule.rule_id, rule.version) == (submission.rule_id, submission.rule_version):
            return rule.spec
    raise InvalidError(gettext_noop("The event's rule is not one of its job's."))


def latest_of_job(job: Job) -> int:
    """Behind which no event of it lies, in milliseconds of its recording."""
    duration_ms: int = (job.recording.facts or {}).get("duration_ms", 0)
    return duration_ms + CLOCK_SLACK_MS


def _moment_require(job: Job, at_ms: int) -> None:
    if at_ms > latest_of_job(job):
        raise InvalidError(gettext_noop("The event lies behind the end of the recording."))
