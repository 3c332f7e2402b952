"""Whose turn a live stream is: under which lease a node found what it sends, however late that comes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from workers.errors import LeaseLostError
from workers.models import Stream, StreamLease, WorkerNode

NOT_YOURS = "This camera is watched by another worker now."


@dataclass(frozen=True, slots=True)
class StreamTurn:
    """A stream, locked, and the lease of which a message speaks. ``is_current``: nobody has taken a later one."""

    stream: Stream
    lease: StreamLease
    current: StreamLease

    @property
    def is_current(self) -> bool:
        return self.lease.epoch == self.current.epoch

    @property
    def same_process_goes_on(self) -> bool:
        """A node that claimed anew, for other rules, has not stopped in between."""
        return (self.lease.node_id, self.lease.boot_id) == (self.current.node_id, self.current.boot_id)


def turn_find(*, stream_id: uuid.UUID, epoch: int) -> StreamTurn | None:
    """The stream, locked, and its lease of this epoch; None: there is no such stream, so that it is a job's id.

    Raises:
        LeaseLostError: there never was such a lease.
    """
    streams = Stream.objects.select_for_update(of=("self",), no_key=True).select_related("camera")
    stream = streams.filter(id=stream_id).first()
    if stream is None:
        return None
    leases = {lease.epoch: lease for lease in stream.leases.filter(epoch__in=[epoch, stream.epoch])}
    if epoch not in leases:
        raise LeaseLostError(NOT_YOURS)
    return StreamTurn(stream, leases[epoch], leases[stream.epoch])


def turn_require(*, node: WorkerNode, stream_id: uuid.UUID, epoch: int, at_ms: int) -> StreamTurn | None:
    """As ``turn_find``, for something that the node says happened at ``at_ms`` of stream time.

    Something found in an earlier lease's time counts, since its node may have been cut off. What it found after the
    next lease began is the next one's to find. A stay may have begun before its lease did, on another host.

    Raises:
        LeaseLostError: the node never held it, or no longer did by then.
    """
    turn = turn_find(stream_id=stream_id, epoch=epoch)
    if turn is None:
        return None
    is_late = turn.lease.until_ms is not None and at_ms >= turn.lease.until_ms
    if turn.lease.node_id != node.id or (is_late and not turn.same_process_goes_on):
        raise LeaseLostError(NOT_YOURS)
    return turn


def part_require(*, node: WorkerNode, stream: Stream, epochs: Iterable[int]) -> None:
    """The node held the stream under one of these epochs, or holds it now.

    Raises:
        LeaseLostError: neither.
    """
    if not StreamLease.objects.filter(stream=stream, node=node, epoch__in=[*epochs, stream.epoch]).exists():
        raise LeaseLostError(NOT_YOURS)
