"""A stream's life on a node: claimed, and released by whoever holds its latest lease."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_noop

from cameras.models import CameraNetwork
from events.services.stream_events import events_hand_over
from rules.frozen import camera_config
from vms.storage.encryption import DecryptionError
from workers.choices import StreamWorkState
from workers.errors import LeaseLostError
from workers.models import Stream, StreamLease, ToldConfig, WorkerNode
from workers.runtime.contract import CameraConfig, Priority, StreamRelease, StreamWork
from workers.services.breaker import node_failed
from workers.services.dead_letters import without_addresses
from workers.services.nodes import boot_require
from workers.services.stream_configs import config_hashes
from workers.services.stream_snapshots import snapshot_read, snapshot_write
from workers.services.stream_turns import NOT_YOURS
from workers.services.streams import stream_stop_note
from workers.services.waking import reconcile_soon

log = structlog.get_logger(__name__)

UNREADABLE = gettext_noop(
    "The camera's address cannot be read: the platform's secret key has changed. Save the camera again."
)


@transaction.atomic
def stream_claim(*, node: WorkerNode, boot_id: uuid.UUID, stream_id: uuid.UUID) -> StreamWork | None:
    """Begin a new lease for the node that the stream was given to, or that asks anew; None: it is not its own.

    Raises:
        SupersededError: a later process has registered as this node.
    """
    boot_require(node=node, boot_id=boot_id)
    streams = Stream.objects.select_for_update(of=("self",), no_key=True).select_related("camera__site")
    stream = streams.filter(id=stream_id).first()
    if stream is None or not _may_take(stream, node, boot_id):
        return None
    # The hash first: a change that comes between the two is told once more, never missed.
    config_hash = config_hashes([stream.camera_id])[stream.camera_id]
    config = camera_config(stream.camera, stream.started_at).config
    try:
        addresses = stream.camera.url, stream.camera.clip_url or None
    except DecryptionError:
        _set_aside(stream, node)
        return None
    stream.config_hash = stream.wanted_hash = config_hash
    lease = _lease_begin(stream, node, boot_id, config)
    stream.save()
    return _work(stream, lease, config, addresses)


def _may_take(stream: Stream, node: WorkerNode, boot_id: uuid.UUID) -> bool:
    if stream.node_id != node.id:
        return False
    renews = stream.state == StreamWorkState.RUNNING and stream.boot_id == boot_id
    return renews or (stream.state == StreamWorkState.ASSIGNED and not node.draining)


def _set_aside(stream: Stream, node: WorkerNode) -> None:
    stream.stops = 255
    stream_stop_note(stream=stream, node=node, reason=UNREADABLE)


def _lease_begin(stream: Stream, node: WorkerNode, boot_id: uuid.UUID, config: CameraConfig) -> StreamLease:
    now = timezone.now()
    if stream.state != StreamWorkState.RUNNING:
        stream.taken_at = now
    now_ms = stream_ms(stream, now)
    former = StreamLease.objects.filter(stream=stream, until_ms=None)
    told, _ = ToldConfig.objects.get_or_create(
        stream=stream, digest=stream.config_hash, defaults={"config": config.model_dump(mode="json")}
    )
    former.update(until_ms=Greatest(F("from_ms"), Value(now_ms)))
    stream.state, stream.boot_id, stream.epoch = StreamWorkState.RUNNING, boot_id, stream.epoch + 1
    stream.freed_at = stream.next_attempt_at = stream.moving_to = None
    return StreamLease.objects.create(
        stream=stream,
        epoch=stream.epoch,
        node=node,
        boot_id=boot_id,
        claimed_at=now,
        rules=[[rule.rule_id, rule.version] for rule in config.rules],
        told=told,
        from_ms=now_ms,
    )


def stream_ms(stream: Stream, at: datetime) -> int:
    """The moment in stream time."""
    return max(0, round((at - stream.started_at) / timedelta(milliseconds=1)))


def _work(stream: Stream, lease: StreamLease, config: CameraConfig, addresses: tuple[str, str | None]) -> StreamWork:
    return StreamWork(
        stream_id=stream.id,
        epoch=stream.epoch,
        now_ms=stream_ms(stream, timezone.now()),
        zero_ms=round(stream.started_at.timestamp() * 1000),
        camera=config,
        priority=Priority(stream.camera.priority),
        detect_url=addresses[0],
        clip_url=addresses[1],
        networks=tuple(CameraNetwork.objects.values_list("network", flat=True)),
        state=snapshot_read(stream),
        open_events=events_hand_over(stream=stream, epoch=lease.epoch),
        suspect=stream.stops > 0,
    )


def _latest_lease(node: WorkerNode, stream_id: uuid.UUID, told: StreamRelease) -> StreamLease:
    """The node's lease, locked: the next claim waits. It is still the node's if nobody took over what it lost."""
    leases = StreamLease.objects.select_for_update(of=("self",), no_key=True)
    lease = leases.filter(stream=stream_id, epoch=told.epoch, node=node, boot_id=told.boot_id, until_ms=None).first()
    if lease is None:
        raise LeaseLostError(NOT_YOURS)
    return lease


@transaction.atomic
def stream_release(*, node: WorkerNode, stream_id: uuid.UUID, release: StreamRelease) -> None:
    """The node stops watching: its last state is kept, and the stream is free at once. Told again, it changes nothing.

    Raises:
        LeaseLostError: another has taken the stream since.
    """
    stream = Stream.objects.select_for_update(of=("self",), no_key=True).filter(id=stream_id).first()
    lease = _latest_lease(node, stream_id, release)
    if stream is None:
        return
    if release.state is not None:
        snapshot_write(stream_id, release.epoch, release.state)
    if stream.node_id != node.id or stream.boot_id != release.boot_id:
        return  # released before, or given to another that will find this state
    release = release.model_copy(update={"reason": without_addresses(release.reason)})
    lease.end_reason = release.reason[:200] or "It was handed over."
    lease.save(update_fields=["end_reason"])
    _let_go(stream, node, release)
    reconcile_soon()


def _let_go(stream: Stream, node: WorkerNode, release: StreamRelease) -> None:
    now = timezone.now()
    stream.boot_id = None
    if stream.state not in (StreamWorkState.RUNNING, StreamWorkState.WAITING):
        stream.freed_at = now
        stream.save(update_fields=["boot_id", "freed_at"])
        return
    stream.state, stream.freed_at, stream.next_attempt_at = StreamWorkState.WAITING, now, now
    if not release.failed:
        stream.save()
        return
    log.warning("stream.failed", stream_id=str(stream.id), node=node.name, reason=release.reason)
    if not stream_stop_note(stream=stream, node=node, reason=release.reason):
        node_failed(node=node, reason=release.reason)
