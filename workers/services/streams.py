"""Changes to streams that nobody claimed or reported: made, switched, freed, set aside, sent to a node."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_noop

from vms.broker import stream_send
from workers.choices import DeadLetterState, StreamWorkState
from workers.models import Stream, StreamLease, WorkerNode
from workers.services.dead_letters import dead_letter_keep, dead_letters_settle

log = structlog.get_logger(__name__)

RESEND = timedelta(seconds=5)
MAX_STOPS = 3
CALM = timedelta(seconds=60)
QUARANTINE = timedelta(hours=1)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60.0
STREAM_LETTER = "stream"
"""The kind of dead letter that a stream in quarantine leaves."""


def streams_create(camera_ids: Iterable[int]) -> int:
    """A stream for each camera; one that has one already keeps it. Stream time begins now."""
    now = timezone.now()
    new = [Stream(camera_id=camera_id, started_at=now, next_attempt_at=now) for camera_id in camera_ids]
    Stream.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def streams_switch_on(stream_ids: Iterable[uuid.UUID]) -> int:
    return Stream.objects.filter(id__in=stream_ids, state=StreamWorkState.OFF).update(
        state=StreamWorkState.WAITING, boot_id=None, stops=0, error="", next_attempt_at=timezone.now()
    )


def streams_switch_off(stream_ids: Iterable[uuid.UUID]) -> int:
    """Whoever watches one of them is told to stop when it reports next. One set aside waits for nobody."""
    on = Stream.objects.filter(id__in=stream_ids).exclude(state=StreamWorkState.OFF)
    set_aside = list(on.filter(state=StreamWorkState.QUARANTINED).values_list("id", flat=True))
    count = on.update(
        state=StreamWorkState.OFF, freed_at=_watched_until(), moving_to=None, stops=0, error="", next_attempt_at=None
    )
    for stream_id in set_aside:
        dead_letters_settle(
            kind=STREAM_LETTER,
            subject=str(stream_id),
            user=None,
            outcome=gettext_noop("The camera is not to be watched any more."),
            state=DeadLetterState.DISCARDED,
        )
    return count


def _watched_until() -> Coalesce:
    """The last sign that a stream was watched: now for one that is, else what is known already."""
    return Coalesce(F("freed_at"), Value(timezone.now()))


def streams_free_silent(*, node_id: int, reported_at: datetime | None, limit: datetime) -> list[uuid.UUID]:
    """Free what the node should be watching, since it has not told of its streams since ``limit``.

    Its boot stays noted: if it reports again before another node took over, the stream is still its own.
    """
    silent = Q(streams_reported_at__lt=limit) | Q(streams_reported_at=None)
    watched_until = Greatest(F("taken_at"), Value(reported_at)) if reported_at else F("taken_at")
    with transaction.atomic():
        # Locked, so that a report comes before or after. Not joined: what another changes meanwhile is looked at again
        # in the streams' own rows only, and a stream that was just set aside must stay so.
        if not WorkerNode.objects.filter(silent, id=node_id).select_for_update(no_key=True).exists():
            return []
        held = Stream.objects.filter(node_id=node_id, state=StreamWorkState.RUNNING, taken_at__lt=limit)
        return _free(held, gettext_noop("The worker fell silent."), freed_at=watched_until)


def assignments_free(*, node_id: int, assigned_before: datetime) -> list[uuid.UUID]:
    """Free what the node was given until then and has not taken."""
    given = Stream.objects.filter(node_id=node_id, state=StreamWorkState.ASSIGNED, assigned_at__lte=assigned_before)
    return _free(given, gettext_noop("The worker did not take it."), node=None, boot_id=None)


def _free(held: QuerySet[Stream], reason: str, **more: object) -> list[uuid.UUID]:
    ids = list(held.values_list("id", flat=True))
    if not ids or not held.filter(id__in=ids).update(
        state=StreamWorkState.WAITING, next_attempt_at=timezone.now(), moving_to=None, **more
    ):
        return []
    log.warning("streams.freed", streams=len(ids), reason=reason)
    StreamLease.objects.filter(stream__in=ids, until_ms=None, end_reason="").update(end_reason=reason)
    return ids


def streams_assign(placed: Mapping[uuid.UUID, int], now: datetime) -> int:
    """Give waiting streams to nodes, and wake those; what no longer waits is left alone."""
    by_node: dict[int, list[uuid.UUID]] = {}
    for stream_id, node_id in placed.items():
        by_node.setdefault(node_id, []).append(stream_id)
    count = 0
    for node_id, ids in by_node.items():
        waiting = Stream.objects.filter(id__in=ids, state=StreamWorkState.WAITING)
        count += waiting.update(
            state=StreamWorkState.ASSIGNED,
            node_id=node_id,
            boot_id=None,
            assigned_at=now,
            next_attempt_at=now + RESEND,
            moving_to=None,
        )
        for stream_id in ids:
            stream_send(node_id, str(stream_id))
    return count


def streams_resend(watches: Mapping[uuid.UUID, int], now: datetime) -> int:
    """Wake the nodes again for what they were given and have not taken."""
    given = Stream.objects.filter(id__in=watches, state=StreamWorkState.ASSIGNED, next_attempt_at__lte=now)
    count = given.update(next_attempt_at=now + RESEND)
    for stream_id, node_id in watches.items():
        stream_send(node_id, str(stream_id))
    return count


def streams_forget_stops(now: datetime) -> int:
    """A calm minute: what went before is no longer "in a row"."""
    calm = Stream.objects.filter(state=StreamWorkState.RUNNING, stops__gt=0, taken_at__lte=now - CALM)
    return calm.update(stops=0, error="")


def stream_stop_note(*, stream: Stream, node: WorkerNode, reason: str) -> bool:
    """Count that the locked stream broke or stopped its worker; True when it is set aside for that. Saves it.

    Of one that is set aside already, another worker may tell the same: that is no news.
    """
    if stream.state == StreamWorkState.QUARANTINED:
        return True
    stream.stops += 1
    stream.error = reason
    now = timezone.now()
    stream.moving_to = None
    if stream.stops < MAX_STOPS:
        stream.next_attempt_at = now + _pause(stream.stops)
        stream.save()
        return False
    stream.state, stream.freed_at, stream.next_attempt_at = StreamWorkState.QUARANTINED, now, now + QUARANTINE
    stream.save()
    dead_letter_keep(
        node=node,
        kind=STREAM_LETTER,
        reason=reason,
        payload={"stops": stream.stops, "epoch": stream.epoch},
        subject=str(stream.id),
        camera_id=stream.camera_id,
    )
    return True


def _pause(stops: int) -> timedelta:
    seconds = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (stops - 1))
    return timedelta(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311  spreads retries, hides nothing


def streams_try_again(stream_ids: Iterable[uuid.UUID], outcome: str) -> int:
    """End the quarantine of these streams, and settle their dead letters."""
    freed = 0
    for stream_id in stream_ids:
        set_aside = Stream.objects.filter(id=stream_id, state=StreamWorkState.QUARANTINED)
        if set_aside.update(state=StreamWorkState.WAITING, stops=0, boot_id=None, next_attempt_at=timezone.now()):
            dead_letters_settle(kind=STREAM_LETTER, subject=str(stream_id), user=None, outcome=outcome)
            freed += 1
    return freed
