"""Events of live cameras: under which lease they were found, who goes on with them, and found twice but kept once."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop
from pydantic import ValidationError

from events.announcements import event_announce
from events.choices import EventState
from events.models import Event, EventAlias
from events.services.duplicates import Finding, Handover, is_same
from events.services.storing import Origin, event_store, sound_require
from rules.engine.schema import RuleSpec
from rules.frozen import version_on_camera
from rules.models import RuleVersion
from vms.errors import InvalidError
from workers.models import Stream
from workers.runtime.contract import EventSubmission, OpenStreamEvent
from workers.services.stream_turns import StreamTurn

FUTURE = timedelta(seconds=60)
NEAR = timedelta(seconds=15)


def stream_event_ingest(*, turn: StreamTurn, submission: EventSubmission) -> tuple[Event, bool]:
    """Store the event under its lease. The stream is locked, so a claim comes wholly before it or after.

    Raises:
        InvalidError: it does not fit the stream, or what its node was told to look for.
    """
    stream = turn.stream
    spec = _spec_of(turn, submission)
    sound_require(submission)
    origin = Origin(
        stream.camera,
        stream.started_at,
        spec,
        stream=stream,
        lease_epoch=turn.lease.epoch,
        held_epoch=stream.epoch if turn.is_current or turn.same_process_goes_on else turn.lease.epoch,
    )
    past_require(stream, submission.start_ms)
    known, _ = event_find(submission.event_id)
    if known is None:
        known = _found_by_another(turn, origin, submission)
    return (known, False) if known is not None else event_store(origin, submission)


def past_require(stream: Stream, at_ms: int) -> None:
    """Raise InvalidError for a moment of stream time that has not come yet, but for what clocks differ."""
    if at_ms > stream_time_ms(stream, timezone.now() + FUTURE):
        raise InvalidError(gettext_noop("The event lies in the future."))


def _spec_of(turn: StreamTurn, submission: EventSubmission) -> RuleSpec:
    if submission.camera_id != turn.stream.camera_id:
        raise InvalidError(gettext_noop("The event is of another camera than its stream."))
    if [submission.rule_id, submission.rule_version] not in turn.lease.rules:
        raise InvalidError(gettext_noop("The event's rule is not one that its worker was told."))
    version = RuleVersion.objects.filter(rule=submission.rule_id, number=submission.rule_version).first()
    if version is None:
        raise InvalidError(gettext_noop("The event's rule does not exist any more."))
    try:
        return version_on_camera(version, turn.stream.camera)
    except ValidationError:
        # What the platform sets on this camera was changed since its worker was told.
        return version.parsed


def event_find(event_id: uuid.UUID, *, lock: bool = False) -> tuple[Event | None, bool]:
    """The event of this id, and whether that is only the id under which it was found once more."""
    events = Event.objects.select_related("stream", "job__recording", "camera")
    events = events.select_for_update(of=("self",)) if lock else events
    event = events.filter(id=event_id).first()
    if event is not None:
        return event, False
    event = events.filter(id__in=EventAlias.objects.filter(id=event_id).values("event")).first()
    return event, event is not None


def _found_by_another(turn: StreamTurn, origin: Origin, submission: EventSubmission) -> Event | None:
    """The event as another lease's node has told it already. One row is kept, with the earlier start."""
    started_at = origin.moment(submission.start_ms)
    if turn.is_current and started_at - NEAR > origin.moment(turn.lease.from_ms):
        return None  # what other nodes found began before this lease did
    near = Event.objects.select_for_update(of=("self",)).filter(
        stream=turn.stream,
        rule=submission.rule_id,
        rule_version=submission.rule_version,
        class_name=submission.class_name,
        started_at__range=(started_at - NEAR, started_at + NEAR),
    )
    candidates = list(near.exclude(lease_epoch=turn.lease.epoch).order_by("started_at"))
    if not candidates:
        return None
    leases = {lease.epoch: lease for lease in turn.stream.leases.filter(epoch__in=[c.lease_epoch for c in candidates])}
    mine = Finding(submission.start_ms, submission.end_ms, submission.box_xyxy)
    for candidate in candidates:
        lease = leases.get(candidate.lease_epoch)
        if lease is None or (lease.node_id, lease.boot_id) == (turn.lease.node_id, turn.lease.boot_id):
            continue
        theirs = _finding(candidate, turn.stream)
        first, second = (theirs, mine) if lease.epoch < turn.lease.epoch else (mine, theirs)
        change_ms = max(lease, turn.lease, key=lambda one: one.epoch).from_ms
        if is_same(Handover(first, second, change_ms), origin.spec):
            _merge(candidate, origin, submission)
            return candidate
    return None


def _finding(event: Event, stream: Stream) -> Finding:
    end_ms = None if event.ended_at is None else stream_time_ms(stream, event.ended_at)
    left, top, right, bottom = event.box_xyxy
    return Finding(stream_time_ms(stream, event.started_at), end_ms, (left, top, right, bottom))


def stream_time_ms(stream: Stream, at: datetime) -> int:
    return round((at - stream.started_at) / timedelta(milliseconds=1))


def _merge(event: Event, origin: Origin, submission: EventSubmission) -> None:
    EventAlias.objects.create(id=submission.event_id, event=event, lease_epoch=origin.lease_epoch)
    found_again = {"lease": origin.lease_epoch, "track_id": submission.track_id, "start_ms": submission.start_ms}
    event.evidence = {**event.evidence, "found_again": found_again}
    event.started_at = min(event.started_at, origin.moment(submission.start_ms))
    event.held_epoch = max(event.held_epoch, origin.held_epoch)
    event.save(update_fields=["evidence", "started_at", "held_epoch"])
    event_announce("event.updated", event)


def events_hand_over(*, stream: Stream, epoch: int) -> tuple[OpenStreamEvent, ...]:
    """The stream's open events, which the node of this new lease is now to go on with; the stream is locked."""
    opened = Event.objects.filter(stream=stream, state=EventState.OPEN, rule__system="")
    opened.update(held_epoch=epoch)
    return tuple(
        OpenStreamEvent(
            event_id=event.id,
            rule_id=event.rule_id,
            rule_version=event.rule_version,
            track_id=event.track_id,
            start_ms=max(0, stream_time_ms(stream, event.started_at)),
        )
        for event in opened.order_by("started_at")
    )
