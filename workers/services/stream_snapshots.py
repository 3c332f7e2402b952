"""What streams remember, kept for the next host: compressed JSON, saved as it comes and read when it is needed."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
import zlib
from typing import Any, NoReturn

import structlog
from django.db import transaction
from django.utils import timezone

from vms.errors import InvalidError, TooLargeError
from workers.models import Stream, StreamLease, StreamSnapshot, WorkerNode
from workers.runtime.contract import StreamState, StreamStates, StreamStatesAnswer, pack_state

log = structlog.get_logger(__name__)

MAX_STATE_BYTES = 8 * 2**20


@transaction.atomic
def stream_states_save(*, node: WorkerNode, told: StreamStates) -> StreamStatesAnswer:
    """Keep each state whose stream is still the node's; the answer names the others. A few queries for any number."""
    epochs = {state.stream_id: state.epoch for state in told.states}
    # Locked: the next claim waits. A stream is still the node's if nobody took over what it lost.
    leases = StreamLease.objects.select_for_update(of=("self",), no_key=True).order_by("id")
    mine = leases.filter(stream__in=epochs, node=node, boot_id=told.boot_id, until_ms=None)
    held = {lease.stream_id for lease in mine.only("stream_id", "epoch") if lease.epoch == epochs[lease.stream_id]}
    kept = [(state, data) for state in told.states if state.stream_id in held and (data := _readable(state))]
    _write([(state.stream_id, state.epoch, data) for state, data in kept])
    return StreamStatesAnswer(
        lost=tuple(epochs.keys() - held), refused=tuple(held - {state.stream_id for state, _ in kept})
    )


def snapshot_write(stream_id: uuid.UUID, epoch: int, state: dict[str, Any]) -> None:
    """Keep one state.

    Raises:
        InvalidError: it holds something that is not a number.
        TooLargeError: nothing needs so much.
    """
    try:
        told = StreamState(stream_id=stream_id, epoch=epoch, packed=pack_state(state))
    except ValueError:
        raise InvalidError("The stream's state holds something that is not a number.") from None
    data = _readable(told)
    if data is None:
        raise TooLargeError(f"A stream's state has at most {MAX_STATE_BYTES // 2**20} MB.")
    _write([(stream_id, epoch, data)])


def snapshot_read(stream: Stream) -> dict[str, Any] | None:
    """None where there is none, or none that can be read: the stream then begins anew."""
    snapshot = StreamSnapshot.objects.filter(stream=stream).first()
    if snapshot is None:
        return None
    try:
        state = json.loads(zlib.decompress(snapshot.data), parse_constant=_refuse)
    except (ValueError, RecursionError):
        state = None
    if not isinstance(state, dict):
        log.error("stream.state_unreadable", stream_id=str(stream.id))
        return None
    return state


def _readable(state: StreamState) -> bytes | None:
    """The compressed bytes; None where they are none, or would unfold beyond the limit."""
    try:
        data = base64.b64decode(state.packed, validate=True)
        unfolding = zlib.decompressobj()
        text = unfolding.decompress(data, MAX_STATE_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return data if unfolding.eof and len(text) <= MAX_STATE_BYTES else None


def _write(rows: list[tuple[uuid.UUID, int, bytes]]) -> None:
    now = timezone.now()
    StreamSnapshot.objects.bulk_create(
        [
            StreamSnapshot(stream_id=stream_id, epoch=epoch, saved_at=now, data=data)
            for stream_id, epoch, data in sorted({row[0]: row for row in rows}.values())
        ],
        update_conflicts=True,
        unique_fields=["stream"],
        update_fields=["epoch", "saved_at", "data"],
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
