"""What nodes tell of their streams every few seconds: it keeps up their leases, and the answer gives orders."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Literal

import structlog
from django.db.models import Q
from django.utils import timezone

from cameras.services.health import CameraReport, health_note
from cameras.services.pictures import pictures_wanted
from workers.choices import StreamWorkState
from workers.models import Stream, StreamLease, WorkerNode
from workers.runtime.contract import StreamReport, StreamReportAnswer, StreamStanding, StreamVerdict
from workers.services.breaker import node_succeeded
from workers.services.nodes import boot_require
from workers.services.waking import reconcile_soon

log = structlog.get_logger(__name__)

GRACE = timedelta(seconds=10)
"""A report that was written before the claim does not know of it yet."""
MOST_HANDED_OVER = 25
"""At a time: their cameras are opened anew elsewhere, all at once."""

Order = Literal["keep", "renew", "stop", "lost"]
FIELDS = (
    "id", "camera_id", "state", "node_id", "boot_id", "epoch", "taken_at", "config_hash", "wanted_hash", "moving_to_id"
)  # fmt: skip


def stream_report(*, node: WorkerNode, report: StreamReport) -> StreamReportAnswer:
    """Keep up the node's leases, free what it no longer watches, and say what to do with each stream.

    A few queries for any number of streams.

    Raises:
        SupersededError: a later process has registered as this node.
    """
    boot_require(node=node, boot_id=report.boot_id)
    now = timezone.now()
    WorkerNode.objects.filter(id=node.id, boot_id=report.boot_id).update(seen_at=now, streams_reported_at=now)
    streams = _streams(node, report)
    _free_given_up(node, report, streams.values(), now)
    orders = _orders(node, report, streams)
    _take_back(node, report, orders, streams)
    _note_health(report, orders, streams, now)
    if report.streams:
        node_succeeded(node=node)
    return _answer(orders, streams, now)


def _streams(node: WorkerNode, report: StreamReport) -> dict[uuid.UUID, Stream]:
    """What the report names, and what else the node should be watching."""
    named = [standing.stream_id for standing in report.streams]
    mine = Q(node=node, state=StreamWorkState.RUNNING)
    return {stream.id: stream for stream in Stream.objects.filter(Q(id__in=named) | mine).only(*FIELDS).order_by()}


def _orders(node: WorkerNode, report: StreamReport, streams: dict[uuid.UUID, Stream]) -> dict[uuid.UUID, Order]:
    orders: dict[uuid.UUID, Order] = {}
    handed_over = 0
    for standing in report.streams:
        order = _order(node, report.boot_id, standing, streams.get(standing.stream_id))
        if order == "keep" and _moves(node, streams[standing.stream_id]):
            handed_over += 1
            order = "stop" if handed_over <= MOST_HANDED_OVER else "keep"
        orders[standing.stream_id] = order
    return orders


def _order(node: WorkerNode, boot_id: uuid.UUID, standing: StreamStanding, stream: Stream | None) -> Order:
    if stream is None or stream.node_id != node.id or standing.epoch > stream.epoch:
        return "lost"
    if stream.state == StreamWorkState.ASSIGNED:
        return "renew"  # it fell silent, and is to go on
    if stream.boot_id != boot_id:
        return "lost"
    if stream.state in (StreamWorkState.OFF, StreamWorkState.QUARANTINED):
        return "stop"
    # The answer to its last claim may have been lost: only a new one tells it under which epoch it works.
    is_stale = standing.epoch < stream.epoch or stream.config_hash != stream.wanted_hash
    return "renew" if is_stale and stream.wanted_hash and not node.draining else "keep"


def _moves(node: WorkerNode, stream: Stream) -> bool:
    return node.draining or stream.moving_to_id is not None


def _take_back(
    node: WorkerNode, report: StreamReport, orders: dict[uuid.UUID, Order], streams: dict[uuid.UUID, Stream]
) -> None:
    """A stream that was freed because its node fell silent, and that nobody took, is still its node's."""
    freed = [
        stream_id
        for stream_id, order in orders.items()
        if order != "lost" and streams[stream_id].state == StreamWorkState.WAITING
    ]
    if not freed:
        return
    still_free = Stream.objects.filter(
        id__in=freed, state=StreamWorkState.WAITING, node=node, boot_id=report.boot_id, taken_at__isnull=False
    )
    taken = still_free.update(state=StreamWorkState.RUNNING, freed_at=None, next_attempt_at=None)
    StreamLease.objects.filter(stream__in=freed, until_ms=None, node=node).update(end_reason="")
    log.info("streams.taken_back", node=node.name, streams=taken)


def _free_given_up(node: WorkerNode, report: StreamReport, streams: object, now: datetime) -> None:
    """What the node should be watching and does not name, or what a process before it had, is free."""
    named = {standing.stream_id for standing in report.streams}
    given_up = [
        stream.id
        for stream in streams  # type: ignore[attr-defined]
        if stream.node_id == node.id
        and stream.state == StreamWorkState.RUNNING
        and (stream.boot_id != report.boot_id or (stream.id not in named and stream.taken_at <= now - GRACE))
    ]
    if not given_up:
        return
    mine = Stream.objects.filter(id__in=given_up, node=node, state=StreamWorkState.RUNNING, taken_at__lte=now - GRACE)
    freed = mine.update(state=StreamWorkState.WAITING, boot_id=None, freed_at=now, next_attempt_at=now, moving_to=None)
    log.warning("streams.given_up", node=node.name, streams=freed)
    reconcile_soon()


def _note_health(
    report: StreamReport, orders: dict[uuid.UUID, Order], streams: dict[uuid.UUID, Stream], now: datetime
) -> None:
    health_note(
        [
            CameraReport(camera_id=streams[standing.stream_id].camera_id, health=standing.health, at=now)
            for standing in report.streams
            if orders[standing.stream_id] != "lost"
        ]
    )


def _answer(orders: dict[uuid.UUID, Order], streams: dict[uuid.UUID, Stream], now: datetime) -> StreamReportAnswer:
    cameras = {stream_id: streams[stream_id].camera_id for stream_id, order in orders.items() if order != "lost"}
    wanted = pictures_wanted(cameras.values())
    verdicts = tuple(
        _verdict(stream_id, order, wanted.get(cameras.get(stream_id, 0))) for stream_id, order in orders.items()
    )
    return StreamReportAnswer(clock_ms=round(now.timestamp() * 1000), verdicts=verdicts)


def _verdict(stream_id: uuid.UUID, order: Order, pace: float | None) -> StreamVerdict:
    if pace is None:
        return StreamVerdict(stream_id=stream_id, order=order)
    return StreamVerdict(stream_id=stream_id, order=order, picture_wanted=True, picture_seconds=pace)
