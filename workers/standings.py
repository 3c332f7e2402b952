"""How the nodes stand: their state, what they measured, and what they are at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from vms.audit.models import AuditEntry
from workers.choices import ChunkState, NodeState, StreamWorkState
from workers.models import Chunk, Stream, WorkerNode
from workers.runtime.contract import NodeLoad
from workers.selectors import node_frames_per_second
from workers.services.breaker import OPENED
from workers.services.coordination import loads_of


@dataclass(frozen=True, slots=True)
class NodeStanding:
    """``load`` is None where the node told none lately; ``chunks`` are the parts of recordings it works on."""

    node: WorkerNode
    state: NodeState
    load: NodeLoad | None
    frames_per_second: float
    streams: int
    chunks: tuple[Chunk, ...] = ()
    failure: str = ""
    """Why its breaker opened last; empty where it is closed."""

    @property
    def frames_share(self) -> float | None:
        """How much of what it can look at it is asked to look at; may exceed 1."""
        if self.load is None or not self.frames_per_second:
            return None
        return self.load.frames_asked_per_second / self.frames_per_second

    @property
    def busy_share(self) -> float | None:
        return self.load.busy if self.load else None

    @property
    def cpu_share(self) -> float | None:
        return self.load.cpu_share if self.load else None

    @property
    def gpu_share(self) -> float | None:
        return self.load.gpu_share if self.load else None

    @property
    def gpu_memory_share(self) -> float | None:
        load = self.load
        if load is None or not load.gpu_memory_bytes or load.gpu_memory_free_bytes is None:
            return None
        return 1 - load.gpu_memory_free_bytes / load.gpu_memory_bytes


def node_state(node: WorkerNode, now: datetime) -> NodeState:
    heard = node.seen_at is not None and now - node.seen_at <= timedelta(seconds=settings.STREAM_LEASE_SECONDS)
    if not node.enabled:
        return NodeState.OFF
    if node.boot_id is None:
        return NodeState.NEW
    if not heard:
        return NodeState.SILENT
    if node.breaker_until is not None and now < node.breaker_until:
        return NodeState.TAKEN_OUT
    if node.draining:
        return NodeState.DRAINING
    return NodeState.PROBATION if node.breaker_until is not None else NodeState.WORKING


def node_standings(nodes: Iterable[WorkerNode]) -> list[NodeStanding]:
    """Each node's standing, in the order given; the number of queries does not grow with them."""
    nodes, now = list(nodes), timezone.now()
    loads, streams = loads_of(nodes), _streams_by_node()
    chunks, failures = _chunks_by_node(), _failures(nodes)
    return [
        NodeStanding(
            node=node,
            state=node_state(node, now),
            load=loads[node.id].load if node.id in loads else None,
            frames_per_second=node_frames_per_second(node, loads.get(node.id)),
            streams=streams[node.id],
            chunks=tuple(chunks[node.id]),
            failure=failures.get(f"{node._meta.label_lower}:{node.id}", ""),
        )
        for node in nodes
    ]


def _streams_by_node() -> Counter[int | None]:
    held = Stream.objects.filter(state__in=[StreamWorkState.ASSIGNED, StreamWorkState.RUNNING])
    return Counter(held.values_list("node_id", flat=True))


def _chunks_by_node() -> dict[int | None, list[Chunk]]:
    found = defaultdict(list)
    leased = Chunk.objects.filter(state=ChunkState.LEASED)
    for chunk in leased.select_related("job__recording__camera__site").order_by("job_id", "index"):
        found[chunk.node_id].append(chunk)
    return found


def _failures(nodes: list[WorkerNode]) -> dict[str, str]:
    """The reason of each open breaker's last opening, by the target of its audit entry."""
    targets = [f"{node._meta.label_lower}:{node.id}" for node in nodes if node.breaker_until is not None]
    if not targets:
        return {}
    newest = AuditEntry.objects.filter(action=OPENED, target__in=targets).order_by("target", "-at").distinct("target")
    return {entry.target: str(entry.detail.get("reason", "")) for entry in newest}
