"""Who may work on a chunk, until when, and what becomes of a lease that nobody keeps up."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from vms.broker import chunk_send
from vms.commits import after_commit
from workers.choices import ENDED_JOB_STATES, ChunkState, JobState
from workers.errors import LeaseLostError
from workers.models import Chunk, Job, WorkerNode
from workers.runtime.contract import Stopped

SAME_PLACE_MS = 500
HELD_STATES = (ChunkState.LEASED, ChunkState.WAITING)
"""A lease that ran out is still its node's for as long as nobody has taken the next one: the epoch tells."""


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.CHUNK_LEASE_SECONDS)


def lease_require(*, node: WorkerNode, job_id: uuid.UUID, epoch: int) -> Chunk:
    """The chunk that the node holds under this epoch.

    Raises:
        LeaseLostError: it holds none.
    """
    chunk = Chunk.objects.filter(job_id=job_id, node=node, epoch=epoch, state__in=HELD_STATES).first()
    if chunk is None:
        raise LeaseLostError("This part of the recording is no longer yours.")
    return chunk


def leases_release_earlier_boots(*, node: WorkerNode, boot_id: uuid.UUID, stopped: Stopped | None) -> bool:
    """Free what earlier processes of the node held, and wake somebody for it when the transaction commits.

    True: a recording has ended the last process where it ended one before.
    """
    ended_again = stopped is not None and _note_stopped(node, stopped)
    released = Chunk.objects.filter(node=node, state=ChunkState.LEASED).exclude(boot_id=boot_id)
    jobs = set(released.values_list("job_id", flat=True)) | set(_jobs_left_between_chunks(node))
    released.update(state=ChunkState.WAITING, lease_expires_at=None)
    for job_id in jobs:
        after_commit(chunk_send, str(job_id))
    return ended_again


def _note_stopped(node: WorkerNode, stopped: Stopped) -> bool:
    """Say whether the attempt before it ended in the same place."""
    chunks = Chunk.objects.filter(
        job_id=stopped.job_id, index=stopped.chunk_index, epoch=stopped.epoch, node=node, state__in=HELD_STATES
    )
    here = (stopped.position_ms - SAME_PLACE_MS, stopped.position_ms + SAME_PLACE_MS)
    again = chunks.filter(stopped_ms__range=here).exists()
    chunks.update(reached_ms=stopped.position_ms)
    return again


def _jobs_left_between_chunks(node: WorkerNode) -> list[uuid.UUID]:
    """Running jobs of which this node did the latest chunk and nobody holds the next one."""
    running = Job.objects.filter(state=JobState.RUNNING, chunks__node=node, chunks__state=ChunkState.DONE)
    return list(running.exclude(chunks__state=ChunkState.LEASED).distinct().values_list("id", flat=True))


@transaction.atomic
def leases_expire() -> list[uuid.UUID]:
    """Free the leases that ran out and wake somebody for their jobs; return the jobs."""
    now = timezone.now()
    expired = Chunk.objects.filter(state=ChunkState.LEASED, lease_expires_at__lte=now)
    found = list(expired.select_for_update(skip_locked=True).values_list("id", "job_id")[:100])
    expired.filter(id__in=[chunk_id for chunk_id, _ in found]).update(state=ChunkState.WAITING, lease_expires_at=None)
    jobs = [job_id for _, job_id in found]
    for job_id in jobs:
        after_commit(chunk_send, str(job_id))
    return jobs


def node_worked_on(*, node: WorkerNode, job_id: uuid.UUID) -> bool:
    """The job is over and the node had a part in it: what it still has to say of known events may be taken in."""
    job = Job.objects.filter(id=job_id, state__in=ENDED_JOB_STATES)
    return job.filter(chunks__node=node).exists()
