"""Handing out chunks: one at a time of a job, in their order, and not for ever."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from workers.choices import ChunkState, JobState
from workers.models import Chunk, Job, WorkerNode
from workers.runtime.contract import CameraConfig, ChunkWork
from workers.services.jobs import job_fail
from workers.services.leases import SAME_PLACE_MS, lease_end
from workers.services.nodes import boot_require

MAX_STOPS_IN_ONE_PLACE = 3
MAX_ATTEMPTS = 20
ACTIVE = (JobState.QUEUED, JobState.RUNNING)


@transaction.atomic
def chunk_claim(*, node: WorkerNode, boot_id: uuid.UUID, job_id: uuid.UUID) -> ChunkWork | None:
    """Lease the job's next chunk to the node; None where there is nothing to do now.

    Raises:
        SupersededError: a later process has registered as this node.
    """
    boot_require(node=node, boot_id=boot_id)
    if not _takes_work(node):
        return None
    jobs = Job.objects.select_for_update(of=("self",)).select_related("recording__camera")
    job = jobs.filter(id=job_id, state__in=ACTIVE).first()
    chunk = job.chunks.exclude(state=ChunkState.DONE).order_by("index").first() if job else None
    if job is None or chunk is None or not _is_free(chunk):
        return None
    note_stop(chunk)
    if chunk_quarantine(job, chunk):
        return None
    _lease(job, chunk, node, boot_id)
    return _work(job, chunk)


def _takes_work(node: WorkerNode) -> bool:
    """A drained node, and one that its breaker took out, gets nothing new; the sweeper wakes another one."""
    return not node.draining and (node.breaker_until is None or node.breaker_until <= timezone.now())


def _is_free(chunk: Chunk) -> bool:
    expired = chunk.lease_expires_at is not None and chunk.lease_expires_at <= timezone.now()
    return chunk.state == ChunkState.WAITING or (chunk.state == ChunkState.LEASED and expired)


def note_stop(chunk: Chunk) -> None:
    """Count where the attempt that went before ended: a worker that was killed by chance was killed anywhere."""
    if chunk.attempts == 0:
        chunk.stopped_ms, chunk.stops_there = None, 0
    elif chunk.reached_ms is not None:
        here = chunk.stopped_ms is not None and abs(chunk.stopped_ms - chunk.reached_ms) <= SAME_PLACE_MS
        chunk.stops_there = chunk.stops_there + 1 if here else 1
        chunk.stopped_ms = chunk.reached_ms
    chunk.reached_ms = None


def chunk_quarantine(job: Job, chunk: Chunk) -> bool:
    """Give up on a chunk that stops its worker again and again; says whether it did."""
    if chunk.stops_there < MAX_STOPS_IN_ONE_PLACE and chunk.attempts < MAX_ATTEMPTS:
        return False
    place_ms = chunk.start_ms if chunk.stopped_ms is None else chunk.stopped_ms
    reason = f"The analysis stopped {chunk.attempts} times, last at {_clock(place_ms)} of the recording."
    if chunk.error:
        reason = f"{reason} {chunk.error}"
    chunk.state, chunk.error, chunk.lease_expires_at = ChunkState.FAILED, reason, None
    chunk.save()
    job_fail(job_id=job.id, reason=reason)
    return True


def _lease(job: Job, chunk: Chunk, node: WorkerNode, boot_id: uuid.UUID) -> None:
    latest: int = job.chunks.aggregate(latest=Max("epoch"))["latest"]
    chunk.state, chunk.node, chunk.boot_id = ChunkState.LEASED, node, boot_id
    chunk.epoch, chunk.attempts = latest + 1, chunk.attempts + 1
    chunk.lease_expires_at, chunk.reached_ms = lease_end(), chunk.start_ms
    chunk.save()
    job.state, job.next_attempt_at = JobState.RUNNING, chunk.lease_expires_at
    job.started_at = job.started_at or timezone.now()
    job.save(update_fields=["state", "next_attempt_at", "started_at"])


def _work(job: Job, chunk: Chunk) -> ChunkWork:
    recording, facts = job.recording, job.recording.facts or {}
    before = job.chunks.filter(index=chunk.index - 1).first() if chunk.index else None
    count = job.chunks.count()
    return ChunkWork(
        job_id=job.id,
        chunk_index=chunk.index,
        chunk_count=count,
        epoch=chunk.epoch,
        recording_id=recording.id,
        recording_bytes=recording.size_bytes,
        recording_sha256=recording.sha256,
        container_format=facts.get("container_format", ""),
        duration_ms=facts.get("duration_ms", chunk.end_ms),
        start_ms=chunk.start_ms,
        end_ms=chunk.end_ms,
        is_last=chunk.index == count - 1,
        camera=CameraConfig.model_validate(job.config),
        state=before.end_state if before else None,
    )


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
