"""Takes in the plain ones of many events at once, with as many queries for fifty as for two."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from events.announcements import events_announce
from events.choices import EventState
from events.models import Event, EventAlias
from events.services.sources import Source, sources_of, specs_of
from events.services.storing import Origin, events_store, sound_require
from vms.errors import InvalidError
from workers.models import WorkerNode
from workers.runtime.contract import EventEnd, EventSubmission


@transaction.atomic
def events_ingest(*, node: WorkerNode, submissions: Sequence[EventSubmission]) -> dict[uuid.UUID, bool]:
    """Store the plain events and raise their alerts in one transaction; of each of them, whether it is new.

    Plain is what is sound, and was found under a lease that the node still holds, well after that began: nobody else
    can have found it too. What is missing from the answer is for ``event_ingest``, which says what is wrong with it.

    Raises:
        DatabaseError: nothing is stored, since one cannot be, or somebody is at one of the streams just now.
    """
    sources = sources_of(node, {submission.job_id for submission in submissions})
    specs = specs_of(sources.values(), submissions)
    plain: dict[uuid.UUID, tuple[Origin, EventSubmission]] = {}
    for submission in submissions:
        source = sources.get((submission.job_id, submission.epoch))
        spec = specs.get((submission.job_id, submission.rule_id, submission.rule_version))
        if source is not None and spec is not None and _is_plain(source, submission):
            plain.setdefault(submission.event_id, (source.origin(spec), submission))
    known = _known(plain)
    events_store([found for event_id, found in plain.items() if event_id not in known])
    return {event_id: event_id not in known for event_id in plain}


@transaction.atomic
def events_end(*, node: WorkerNode, ends: Sequence[EventEnd]) -> dict[uuid.UUID, bool]:
    """Note the plain ends of events; of each, whether it is news. What is missing is for ``event_end``.

    Raises:
        DatabaseError: nothing is noted, since somebody is at one of the streams or events just now.
    """
    sources = sources_of(node, {end.job_id for end in ends})
    told = {end.event_id: end for end in ends if (end.job_id, end.epoch) in sources}
    news: dict[uuid.UUID, bool] = {}
    changed = []
    for event in Event.objects.select_for_update(of=("self",), nowait=True).filter(id__in=told):
        end = told[event.id]
        source = sources[end.job_id, end.epoch]
        ended_at = source.moment(end.end_ms)
        if not source.is_of(event) or end.end_ms > source.latest_ms or ended_at < event.started_at:
            continue
        news[event.id] = event.ended_at is None
        if event.ended_at is None:
            event.state, event.ended_at = EventState.ENDED, ended_at
            changed.append(event)
    Event.objects.bulk_update(changed, ["state", "ended_at"])
    events_announce("event.updated", changed)
    return news


def _is_plain(source: Source, submission: EventSubmission) -> bool:
    if submission.camera_id != source.camera.id or not source.alone_from_ms < submission.start_ms <= source.latest_ms:
        return False
    try:
        sound_require(submission)
    except InvalidError:
        return False
    return True


def _known(events: Mapping[uuid.UUID, object]) -> set[uuid.UUID]:
    """Those that are stored already, or are another name of one that is."""
    aliases = EventAlias.objects.filter(id__in=events).values_list("id", flat=True)
    return {*Event.objects.filter(id__in=events).values_list("id", flat=True), *aliases}
