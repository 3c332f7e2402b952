"""One turn of the reconcile loop: what should be watched is compared with what is, and the difference is set right.

Every change is compare-and-set, so two of these at once, or one of a leader that was one, do no harm.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from vms.broker import gpu_queues_answer
from workers.choices import StreamWorkState
from workers.models import Stream, WorkerNode
from workers.services.breaker import node_failed
from workers.services.fleet import Fleet, Watch, fleet_read, seats
from workers.services.placement import MOST_MOVES, Held, Need, place, rebalance
from workers.services.stream_configs import config_hashes
from workers.services.streams import (
    assignments_free,
    streams_assign,
    streams_create,
    streams_forget_stops,
    streams_free_silent,
    streams_resend,
    streams_switch_off,
    streams_switch_on,
    streams_try_again,
)

log = structlog.get_logger(__name__)

TAKE_SECONDS = 10
DWELL = timedelta(seconds=60)
"""How long a stream stays where it is, at least, before it is moved for balance."""

Avoid = dict[uuid.UUID, int]


def reconcile(*, may_blame: bool = True, thoroughly: bool = True) -> int:
    """Set right what differs; return how many streams were changed.

    ``may_blame`` is False while silence says nothing about nodes, since we ourselves were away. ``thoroughly``: also
    compare what every node was told of its cameras with what it should know.
    """
    now = timezone.now()
    fleet = fleet_read()
    changed = _cameras_follow(fleet)
    fleet = fleet_read() if changed else fleet
    changed += streams_forget_stops(now) + (_configs_follow(fleet) if thoroughly else 0)
    avoid = _untaken(fleet, now)
    changed += len(avoid) + (_silent(fleet, now) if may_blame else 0)
    if changed:
        fleet, now = fleet_read(), timezone.now()
    return changed + _resend(fleet, now) + _place(fleet, avoid, now) + _rebalance(fleet, now)


def _cameras_follow(fleet: Fleet) -> int:
    """A stream for each live camera; off where nobody wants it; out of quarantine when its time is over."""
    now = timezone.now()
    missing = [watch.camera_id for watch in fleet.watches if watch.is_wanted and watch.stream_id is None]
    changed = streams_create(missing) if missing else 0
    if on := _ids(watch for watch in fleet.in_state(StreamWorkState.OFF) if watch.is_wanted):
        changed += streams_switch_on(on)
    unwanted = (watch for watch in fleet.watches if not watch.is_wanted and watch.state != StreamWorkState.OFF)
    if off := _ids(unwanted):
        changed += streams_switch_off(off)
    if over := _ids(watch for watch in fleet.in_state(StreamWorkState.QUARANTINED) if _due(watch, now)):
        changed += streams_try_again(over, gettext_noop("An hour had passed: it was tried again."))
    return changed


def _configs_follow(fleet: Fleet) -> int:
    """Note what each node should know of its cameras by now; whoever knows something else is told so at its report."""
    by_camera = {watch.camera_id: watch for watch in fleet.watches if watch.stream_id is not None}
    changed = []
    for camera_id, wanted_hash in config_hashes(by_camera).items():
        watch = by_camera[camera_id]
        if watch.wanted_hash != wanted_hash:
            changed.append((watch, Stream(id=watch.stream_id, wanted_hash=wanted_hash)))
    if changed:
        Stream.objects.bulk_update([stream for _, stream in changed], ["wanted_hash"], batch_size=500)
        set_aside = [watch for watch, _ in changed if watch.state == StreamWorkState.QUARANTINED]
        streams_try_again(
            _ids(watch for watch in set_aside if watch.wanted_hash), gettext_noop("The camera was changed.")
        )
    return len(changed)


def _silent(fleet: Fleet, now: datetime) -> int:
    """Free what silent nodes should be watching. Where all are silent it is hardly they who failed."""
    limit = now - timedelta(seconds=settings.STREAM_LEASE_SECONDS)
    freed_of: dict[int, int] = {}
    for node_id, reported_at in fleet.reported.items():
        watched = [watch for watch in fleet.held_by(node_id) if watch.taken_at and watch.taken_at < limit]
        if watched and (reported_at is None or reported_at < limit):
            freed_of[node_id] = len(streams_free_silent(node_id=node_id, reported_at=reported_at, limit=limit))
    if fleet.available:
        _blame(
            (node_id for node_id, freed in freed_of.items() if freed),
            gettext_noop("It fell silent while it watched cameras."),
        )
    return sum(freed_of.values())


def _untaken(fleet: Fleet, now: datetime) -> Avoid:
    """Free what nodes were given and do not take, at once from those that may not take it; say where it was."""
    available = {available.node.id for available in fleet.available}
    late = now - timedelta(seconds=TAKE_SECONDS)
    avoid: Avoid = {}
    given = fleet.in_state(StreamWorkState.ASSIGNED)
    for node_id in {watch.node_id for watch in given if watch.node_id is not None}:
        mine = [watch for watch in given if watch.node_id == node_id]
        if node_id not in available:
            freed = assignments_free(node_id=node_id, assigned_before=now)
        elif any(watch.assigned_at and watch.assigned_at <= late for watch in mine):
            freed = assignments_free(node_id=node_id, assigned_before=late)
            if freed and gpu_queues_answer():  # else it may not have been told
                _blame([node_id], gettext_noop("It did not take the cameras that it was given."))
        else:
            continue
        avoid |= dict.fromkeys(freed, node_id)
    return avoid


def _blame(node_ids: Iterable[int], reason: str) -> None:
    for node in WorkerNode.objects.filter(id__in=list(node_ids)):
        node_failed(node=node, reason=reason)


def _resend(fleet: Fleet, now: datetime) -> int:
    given = fleet.in_state(StreamWorkState.ASSIGNED)
    due = {watch.stream_id: watch.node_id for watch in given if _due(watch, now) and watch.stream_id and watch.node_id}
    return streams_resend(due, now) if due else 0


def _place(fleet: Fleet, avoid: Avoid, now: datetime) -> int:
    waiting = [watch for watch in fleet.in_state(StreamWorkState.WAITING) if watch.is_wanted and _due(watch, now)]
    if not waiting or not fleet.available:
        return 0
    placed = place([_need(watch, avoid) for watch in waiting], seats(fleet))
    return streams_assign(placed, now)


def _need(watch: Watch, avoid: Avoid) -> Need:
    """It goes back to the node that had it last, unless it was moved away from there or has just failed there."""
    stream_id = _id(watch)
    avoids = avoid.get(stream_id, watch.node_id if watch.stops else None)
    prefers = watch.moving_to_id or watch.node_id
    return Need(stream_id, watch.detect_fps, watch.priority, prefers=prefers, avoids=avoids)


def _rebalance(fleet: Fleet, now: datetime) -> int:
    """Mark a few streams to be moved, while everything else is settled; their nodes hand them over at their report."""
    if any(watch.state in (StreamWorkState.WAITING, StreamWorkState.ASSIGNED) for watch in fleet.watches):
        return 0
    running = fleet.in_state(StreamWorkState.RUNNING)
    most = MOST_MOVES - sum(watch.moving_to_id is not None for watch in running)
    settled = [watch for watch in running if watch.taken_at and watch.taken_at <= now - DWELL and watch.node_id]
    if most <= 0 or not settled or len(fleet.available) < 2:
        return 0
    held = [Held(_id(watch), watch.node_id or 0, watch.detect_fps, watch.priority) for watch in settled]
    moves = rebalance(held, seats(fleet), most)
    for stream_id, node_id in moves.items():
        still = Stream.objects.filter(id=stream_id, state=StreamWorkState.RUNNING, taken_at__lte=now - DWELL)
        still.update(moving_to=node_id)
    return len(moves)


def _due(watch: Watch, now: datetime) -> bool:
    return watch.next_attempt_at is None or watch.next_attempt_at <= now


def _id(watch: Watch) -> uuid.UUID:
    if watch.stream_id is None:
        raise ValueError("a camera without a stream is neither placed nor moved")
    return watch.stream_id


def _ids(watches: Iterable[Watch]) -> list[uuid.UUID]:
    return [watch.stream_id for watch in watches if watch.stream_id is not None]
