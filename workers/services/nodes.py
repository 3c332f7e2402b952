"""GPU hosts: their tokens, their start, their signs of life."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from vms.errors import ConflictError, InvalidError
from workers.errors import SupersededError
from workers.models import WorkerNode
from workers.runtime.contract import Heartbeat, NodeRegistered, NodeRegistration
from workers.services.breaker import node_succeeded
from workers.services.coordination import load_keep
from workers.services.leases import leases_release_earlier_boots
from workers.services.stream_boots import streams_release_earlier_boots

MIN_TOKEN_CHARACTERS = 32
MAX_CAPACITY = 10_000
SEEN_EVERY = timedelta(seconds=1)


def node_create(*, name: str) -> tuple[WorkerNode, str]:
    """Add a node and return it with its new token, which is stored sealed and shown only now.

    Raises:
        ConflictError: a node of this name exists.
    """
    token = secrets.token_urlsafe(32)
    node = WorkerNode(name=_clean(name))
    node.token = token
    try:
        with transaction.atomic():
            node.save(force_insert=True)
    except IntegrityError:
        raise ConflictError(f"A node named {name} exists already.") from None
    return node, token


def node_ensure(*, name: str, token: str) -> WorkerNode:
    """Make sure that the node exists, is enabled and has this token: for the one-machine start."""
    if len(token) < MIN_TOKEN_CHARACTERS:
        raise InvalidError(f"A node's token needs at least {MIN_TOKEN_CHARACTERS} characters.")
    node, created = WorkerNode.objects.get_or_create(name=_clean(name))
    if created or not node.enabled or node.token_differs(token):
        node.token, node.enabled = token, True
        node.save(update_fields=["sealed_token", "enabled"])
    return node


def _clean(name: str) -> str:
    """Raise InvalidError for a name that could not travel in a header."""
    if not name or len(name) > 64 or not name.isascii() or not name.isprintable() or name != name.strip():
        raise InvalidError("A node's name has 1 to 64 plain characters.")
    return name


@transaction.atomic
def node_register(*, node: WorkerNode, registration: NodeRegistration) -> NodeRegistered:
    """Note that a process of the node has started; what an earlier process held is free at once."""
    now = timezone.now()
    WorkerNode.objects.filter(id=node.id).update(
        boot_id=registration.boot_id,
        hostname=registration.hostname,
        version=registration.version[:32],
        detector=registration.detector,
        model=registration.model[:200],
        classes=list(registration.classes),
        further_models=list(registration.further_models),
        broken_models={},
        capacity=registration.capacity,
        registered_at=now,
        seen_at=now,
    )
    by_recording = leases_release_earlier_boots(node=node, boot_id=registration.boot_id, stopped=registration.stopped)
    # Whatever cameras were looked at in that moment have nothing to do with it.
    blamed = () if by_recording else registration.stopped_streams
    streams_release_earlier_boots(node=node, boot_id=registration.boot_id, stopped=blamed)
    return NodeRegistered(
        node_id=node.id,
        name=node.name,
        # Placement counts on a node that was heard within the stream lease time: it has two tries to be heard.
        heartbeat_seconds=max(1, min(settings.NODE_HEARTBEAT_SECONDS, settings.STREAM_LEASE_SECONDS // 2)),
        clock_ms=round(now.timestamp() * 1000),
        stream_lease_seconds=settings.STREAM_LEASE_SECONDS,
    )


def node_heartbeat(*, node: WorkerNode, heartbeat: Heartbeat) -> None:
    """Note a sign of life and what the node measured.

    Raises:
        SupersededError: a later process has registered under this name.
    """
    boot_require(node=node, boot_id=heartbeat.boot_id)
    if heartbeat.leaving:
        # As if it had not been heard for long: what it hands over now must not be given to it again.
        WorkerNode.objects.filter(id=node.id, boot_id=heartbeat.boot_id).update(seen_at=None)
        return
    load_keep(node=node, boot_id=heartbeat.boot_id, load=heartbeat.load)
    told: dict[str, object] = {
        "outbox_waiting": heartbeat.outbox_waiting,
        "outbox_lost": heartbeat.outbox_lost,
        "broken_models": heartbeat.broken_models,
    }
    if heartbeat.load.inferences_per_second is not None:
        # Kept here too, so that an emptied Valkey does not make a strong node look weak.
        told["capacity"] = min(max(1, round(heartbeat.load.inferences_per_second)), MAX_CAPACITY)
    if any(getattr(node, name) != value for name, value in told.items()):
        WorkerNode.objects.filter(id=node.id, boot_id=heartbeat.boot_id).update(seen_at=timezone.now(), **told)
    else:
        node_seen(node=node, boot_id=heartbeat.boot_id)
    if heartbeat.load.streams:
        node_succeeded(node=node)


def node_seen(*, node: WorkerNode, boot_id: uuid.UUID) -> None:
    """Note a sign of life: the truth behind leases. Written at most once a second, however often it is told."""
    now = timezone.now()
    if node.seen_at is None or now - node.seen_at >= SEEN_EVERY:
        stale = Q(seen_at=None) | Q(seen_at__lte=now - SEEN_EVERY)
        WorkerNode.objects.filter(stale, id=node.id, boot_id=boot_id).update(seen_at=now)


def boot_require(*, node: WorkerNode, boot_id: uuid.UUID) -> None:
    if node.boot_id != boot_id:
        raise SupersededError(f"Another process has registered as {node.name}. This one may not go on.")
