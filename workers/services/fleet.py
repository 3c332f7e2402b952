"""One look at the whole fleet: every live camera with its stream, every node, in a few queries however many."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Q

from cameras.choices import CameraPriority, SourceKind
from cameras.models import Camera
from workers.choices import StreamWorkState
from workers.models import WorkerNode
from workers.selectors import AvailableNode, nodes_available
from workers.services.coordination import loads_of
from workers.services.placement import Seat

LIVE_KINDS = (SourceKind.RTSP, SourceKind.HTTP)
PRIORITY_RANK = {name: rank for rank, name in enumerate(CameraPriority.values)}
HELD = (StreamWorkState.ASSIGNED, StreamWorkState.RUNNING)
LEAST_FACTOR = 0.2
"""However calm its cameras are now, a node is never counted on to watch more than five times what it can look at."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A live camera and its stream; without a ``stream_id`` there is none yet. ``is_wanted``: it is to be watched."""

    camera_id: int
    is_wanted: bool
    detect_fps: float
    priority: int
    stream_id: uuid.UUID | None
    state: str
    node_id: int | None
    moving_to_id: int | None
    assigned_at: datetime | None
    taken_at: datetime | None
    next_attempt_at: datetime | None
    stops: int
    wanted_hash: str


@dataclass(frozen=True, slots=True)
class Fleet:
    watches: list[Watch]
    available: list[AvailableNode]
    reported: dict[int, datetime | None]
    """When each node last told of its streams, by its id."""

    def held_by(self, node_id: int) -> list[Watch]:
        return [watch for watch in self.watches if watch.node_id == node_id and watch.state in HELD]

    def in_state(self, state: str) -> list[Watch]:
        return [watch for watch in self.watches if watch.state == state]


def fleet_read() -> Fleet:
    return Fleet(watches_read(), nodes_available(), dict(WorkerNode.objects.values_list("id", "streams_reported_at")))


def watches_read() -> list[Watch]:
    cameras = Camera.objects.filter(Q(source_kind__in=LIVE_KINDS) | Q(stream__isnull=False)).order_by("id")
    of_stream = [f"stream__{field.name}" for field in fields(Watch)[5:]]
    rows = cameras.values_list("id", "enabled", "source_kind", "detect_fps", "priority", "stream__id", *of_stream)
    return [
        Watch(camera_id, enabled and kind in LIVE_KINDS, fps, PRIORITY_RANK[priority], stream_id, *rest)
        for camera_id, enabled, kind, fps, priority, stream_id, *rest in rows
    ]


def seats(fleet: Fleet) -> list[Seat]:
    """The nodes that may get streams, with what those they have ask of them."""
    loads = loads_of(available.node for available in fleet.available)
    found = []
    for available in fleet.available:
        held = fleet.held_by(available.node.id)
        asked = sum(watch.detect_fps for watch in held)
        measured = loads.get(available.node.id)
        factor = _factor(asked, measured.load.frames_asked_per_second if measured else 0)
        seat = Seat(
            node_id=available.node.id,
            capacity=max(available.frames_per_second, 0.1),
            load=asked * factor,
            streams=len(held),
            probation=available.probation,
        )
        found.append(seat)
    return found


def _factor(asked: float, measured: float) -> float:
    """The share of its cameras' frames that a node really looks at, behind its motion gate; 1 where unknown."""
    return min(1.0, max(LEAST_FACTOR, measured / asked)) if asked and measured else 1.0
