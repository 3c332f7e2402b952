"""Events that nobody will end any more, since their job is over, are ended where its analysis stood."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from events.announcements import event_announce
from events.choices import EventState
from events.models import Event
from workers.choices import ENDED_JOB_STATES
from workers.models import Job


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
    """End the open events of jobs that were cancelled or have failed."""
    jobs = Job.objects.filter(state__in=ENDED_JOB_STATES, events__state=EventState.OPEN).distinct()
    return sum(events_close(job=job) for job in jobs.select_related("recording")[:20])
