"""A leased chunk's life: progress, checkpoint, failure. Each changes rows only for whoever holds the lease."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from events.services.closing import events_close
from vms.broker import chunk_send
from vms.commits import after_commit
from vms.retrying import retry_wait
from workers.choices import ENDED_JOB_STATES, ChunkState, JobState
from workers.errors import LeaseLostError
from workers.live import job_push
from workers.models import Chunk, Job, WorkerNode
from workers.runtime.contract import ChunkCheckpoint, ChunkFailure, ChunkProgress
from workers.services.claims import chunk_quarantine, note_stop
from workers.services.jobs import job_fail, job_finish
from workers.services.leases import HELD_STATES, lease_end

FIRST_RETRY_SECONDS = 5

Told = ChunkProgress | ChunkCheckpoint | ChunkFailure


@transaction.atomic
def chunk_progress(*, node: WorkerNode, job_id: uuid.UUID, index: int, progress: ChunkProgress) -> bool:
    """Keep the lease up and note how far the work is; True when the job was cancelled.

    Raises:
        LeaseLostError: the chunk is no longer the node's.
    """
    job, chunk = _held(node, job_id, index, progress)
    if job.state in ENDED_JOB_STATES:
        _release(chunk)
        return True
    chunk.state, chunk.lease_expires_at = ChunkState.LEASED, lease_end()
    chunk.reached_ms, chunk.frames_analysed = progress.position_ms, progress.frames_analysed
    chunk.save()
    job.position_ms = max(job.position_ms, progress.position_ms)
    _count(job)
    job.save(update_fields=["position_ms", "frames_analysed", "frames_lost"])
    job_push(job)
    return False


@transaction.atomic
def chunk_checkpoint(*, node: WorkerNode, job_id: uuid.UUID, index: int, checkpoint: ChunkCheckpoint) -> bool:
    """End the chunk and keep its end state; True when the job is over. Sent again, it changes nothing.

    Raises:
        LeaseLostError: the chunk is no longer the node's.
    """
    job, chunk = _held(node, job_id, index, checkpoint, (*HELD_STATES, ChunkState.DONE))
    if chunk.state == ChunkState.DONE:
        return job.state in ENDED_JOB_STATES
    if job.state in ENDED_JOB_STATES:
        _release(chunk)
        return True
    chunk.state, chunk.lease_expires_at, chunk.error = ChunkState.DONE, None, ""
    chunk.frames_analysed, chunk.frames_lost = checkpoint.frames_analysed, checkpoint.frames_lost
    chunk.end_state = checkpoint.state
    chunk.save()
    _forget_state_before(chunk)
    _count(job)
    job.position_ms = chunk.end_ms
    job.next_attempt_at = timezone.now() + timedelta(seconds=settings.CHUNK_LEASE_SECONDS)
    job.save(update_fields=["position_ms", "frames_analysed", "frames_lost", "next_attempt_at"])
    if not job.chunks.exclude(state=ChunkState.DONE).exists():
        _finish(job)
        return True
    job_push(job)
    if not checkpoint.continues:
        after_commit(chunk_send, str(job.id))
    return False


@transaction.atomic
def chunk_failure(*, node: WorkerNode, job_id: uuid.UUID, index: int, failure: ChunkFailure) -> None:
    """Give the chunk back, to be tried again later, or fail the job where that is of no use.

    Raises:
        LeaseLostError: the chunk is no longer the node's.
    """
    job, chunk = _held(node, job_id, index, failure)
    if job.state in ENDED_JOB_STATES:
        return _release(chunk)
    chunk.error = failure.reason
    if failure.permanent:
        chunk.state, chunk.lease_expires_at = ChunkState.FAILED, None
        chunk.save()
        job_fail(job_id=job.id, reason=failure.reason)
        return None
    note_stop(chunk)
    if chunk_quarantine(job, chunk):
        return None
    _release(chunk)
    job.next_attempt_at = timezone.now() + retry_wait(chunk.attempts, first_seconds=FIRST_RETRY_SECONDS)
    job.save(update_fields=["next_attempt_at"])
    return None


def _held(
    node: WorkerNode, job_id: uuid.UUID, index: int, told: Told, states: Iterable[str] = HELD_STATES
) -> tuple[Job, Chunk]:
    """The job, locked, and the chunk under this very lease."""
    jobs = Job.objects.select_for_update(of=("self",)).select_related("recording__camera")
    job = jobs.filter(id=job_id).first()
    chunks = Chunk.objects.filter(node=node, boot_id=told.boot_id, epoch=told.epoch, state__in=states)
    chunk = chunks.filter(job=job, index=index).first()
    if job is None or chunk is None:
        raise LeaseLostError("This part of the recording is no longer yours.")
    return job, chunk


def _release(chunk: Chunk) -> None:
    chunk.state, chunk.lease_expires_at = ChunkState.WAITING, None
    chunk.save()


def _forget_state_before(chunk: Chunk) -> None:
    """Only the latest end state is ever used again."""
    Chunk.objects.filter(job_id=chunk.job_id, index__lt=chunk.index, end_state__isnull=False).update(end_state=None)


def _count(job: Job) -> None:
    totals = job.chunks.aggregate(analysed=Sum("frames_analysed"), lost=Sum("frames_lost"))
    job.frames_analysed, job.frames_lost = totals["analysed"] or 0, totals["lost"] or 0


def _finish(job: Job) -> None:
    events_close(job=job)
    if job.frames_lost and job.state == JobState.RUNNING:
        job.notes = [*job.notes, _lost_note(job)]
        job.save(update_fields=["notes"])
    job_finish(job_id=job.id)


def _lost_note(job: Job) -> str:
    total = job.frames_analysed + job.frames_lost
    return f"{job.frames_lost} of {total} pictures could not be read and were not analysed."
