"""Events that nobody will end any more are ended where their job's or their live camera's analysis stood."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from events.announcements import event_announce
from events.choices import EventState
from events.models import Event
from workers.choices import ENDED_JOB_STATES, StreamWorkState
from workers.models import Job, Stream, StreamLease

AT_A_TIME = 200
GRACE = timedelta(seconds=15)
"""For the last words of the node that stops."""
LATE = timedelta(seconds=30)
"""For the end that a node which was cut off sends after the start."""
PATIENCE = timedelta(minutes=10)
"""For a node that could go on with what is open."""


@transaction.atomic
def events_close(*, job: Job) -> int:
    """End the job's open events; return how many there were."""
    stopped_at = job.recording.started_at + timedelta(milliseconds=job.position_ms)
    events = list(Event.objects.select_for_update(of=("self",)).filter(job=job, state=EventState.OPEN))
    for event in events:
        event.state, event.ended_at = EventState.ENDED, max(stopped_at, event.started_at)
        event.save(update_fields=["state", "ended_at"])
        event_announce("event.updated", event)
    return len(events)


def events_close_abandoned() -> int:
    """End the open events of jobs that were cancelled or have failed, and of streams of which nobody minds them."""
    jobs = Job.objects.filter(state__in=ENDED_JOB_STATES, events__state=EventState.OPEN).distinct()
    return sum(events_close(job=job) for job in jobs.select_related("recording")[:20]) + stream_events_close()


def stream_events_close() -> int:
    """End what nobody goes on with, at the last moment in which its camera was known to be watched.

    Those of the platform's own rules are ended by the cameras' health, which started them.
    That is: of streams that are off, set aside, or left without a worker for long; and what came in late from a
    worker that was cut off, after another had taken over without knowing of it.
    """
    return sum(
        _stream_event_close(event_id) for event_id in _without_a_watcher().values_list("id", flat=True)[:AT_A_TIME]
    )


def _without_a_watcher() -> QuerySet[Event]:
    now = timezone.now()
    ended = Q(stream__state__in=[StreamWorkState.OFF, StreamWorkState.QUARANTINED], stream__freed_at__lt=now - GRACE)
    left = Q(stream__state=StreamWorkState.WAITING, stream__freed_at__lt=now - PATIENCE)
    unknown = Q(held_epoch__lt=F("stream__epoch"), received_at__lt=now - LATE)
    return Event.objects.filter(ended | left | unknown, state=EventState.OPEN, stream__isnull=False, rule__system="")


@transaction.atomic
def _stream_event_close(event_id: uuid.UUID) -> int:
    event = _without_a_watcher().select_for_update(of=("self",)).select_related("stream").filter(id=event_id).first()
    if event is None or event.stream is None:
        return 0
    event.state, event.ended_at = EventState.ENDED, max(_watched_until(event, event.stream), event.started_at)
    event.save(update_fields=["state", "ended_at"])
    event_announce("event.updated", event)
    return 1


def _watched_until(event: Event, stream: Stream) -> datetime:
    lease = StreamLease.objects.filter(stream=stream, epoch=event.held_epoch).first()
    if lease is not None and lease.until_ms is not None:
        return stream.started_at + timedelta(milliseconds=lease.until_ms)
    return stream.freed_at or timezone.now()
