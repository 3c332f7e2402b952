"""What becomes of live streams when the process that watched them has ended without a word."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from workers.choices import StreamWorkState
from workers.models import Stream, StreamLease, WorkerNode
from workers.runtime.contract import StreamStopped
from workers.services.breaker import node_failed
from workers.services.streams import stream_stop_note
from workers.services.waking import reconcile_soon

SOON = timedelta(seconds=30)
STOPPED = gettext_noop("Its worker stopped while it looked at this camera.")
RESTARTED = gettext_noop("The worker was started again.")


def streams_release_earlier_boots(
    *, node: WorkerNode, boot_id: uuid.UUID, stopped: Sequence[StreamStopped] = ()
) -> None:
    """Free what earlier processes of the node held; call it where a new one registers, in its transaction.

    ``stopped`` names the streams whose picture a library was busy with at the end. One that stops its worker soon
    after it was taken, three times in a row, is set aside. ``node`` is as it was before the new process came.
    """
    now = timezone.now()
    held = Stream.objects.filter(node=node, state__in=[StreamWorkState.RUNNING, StreamWorkState.ASSIGNED])
    ids = list(held.exclude(boot_id=boot_id).values_list("id", flat=True))
    died = (
        Stream.objects.filter(id__in=ids, state=StreamWorkState.RUNNING)
        .exclude(boot_id=boot_id)
        .update(
            state=StreamWorkState.WAITING,
            boot_id=None,
            moving_to=None,
            next_attempt_at=now,
            freed_at=node.seen_at or now,
        )
    )
    # Given to the process before, whose message may be gone with it: to be sent again now.
    Stream.objects.filter(id__in=ids, state=StreamWorkState.ASSIGNED).update(next_attempt_at=now)
    StreamLease.objects.filter(stream__in=ids, node=node, until_ms=None, end_reason="").exclude(boot_id=boot_id).update(
        end_reason=RESTARTED
    )
    for one in stopped:
        _stop_note(node, one, seen_at=node.seen_at or now)
    if died or stopped:
        node_failed(node=node, reason=gettext_noop("Its process ended without a word."))
    if ids or stopped:
        reconcile_soon()


def _stop_note(node: WorkerNode, stopped: StreamStopped, seen_at: datetime) -> None:
    """Count it once, and only if it had not been watched for long: what runs for long is stopped by chance."""
    leases = StreamLease.objects.filter(stream=stopped.stream_id, epoch=stopped.epoch, node=node)
    soon = leases.filter(claimed_at__gt=seen_at - SOON).exclude(end_reason=STOPPED)
    stream = Stream.objects.select_for_update(of=("self",), no_key=True).filter(id=stopped.stream_id).first()
    if stream is None or stream.state == StreamWorkState.OFF or not soon.update(end_reason=STOPPED):
        return
    stream_stop_note(stream=stream, node=node, reason=STOPPED)
