"""Progress, checkpoints and failures of a leased chunk."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from cameras.choices import RecordingState
from events.choices import EventState
from events.services import event_ingest
from tests.cameras.world import file_of
from tests.workers.leased import (
    boot,
    boot_id,
    checkpoint_of,
    claim,
    failure_of,
    make_node,
    make_queued_job,
    progress_at,
    start_of,
)
from vms.retrying import JITTER
from workers.choices import ChunkState, JobState
from workers.errors import LeaseLostError
from workers.models import Chunk, Job, WorkerNode
from workers.services.chunks import chunk_checkpoint, chunk_failure, chunk_progress
from workers.services.claims import chunk_claim
from workers.services.leases import leases_expire

pytestmark = pytest.mark.django_db


def chunk_of(job: Job, index: int = 0) -> Chunk:
    return Chunk.objects.get(job=job, index=index)


def let_the_lease_run_out(job: Job, index: int = 0) -> None:
    Chunk.objects.filter(job=job, index=index).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def finish_all(node: WorkerNode, job: Job) -> bool:
    done = False
    while work := chunk_claim(node=node, boot_id=boot_id(node), job_id=job.id):
        done = chunk_checkpoint(
            node=node, job_id=job.id, index=work.chunk_index, checkpoint=checkpoint_of(node, work, at=work.chunk_index)
        )
    return done


def test_progress_extends_the_lease_and_moves_the_job() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    let_the_lease_run_out(job)
    assert not chunk_progress(node=node, job_id=job.id, index=0, progress=progress_at(node, work, 7_000))
    job.refresh_from_db()
    assert (job.position_ms, job.frames_analysed) == (7_000, 10)
    lease_end = chunk_of(job).lease_expires_at
    assert lease_end is not None and lease_end > timezone.now()


def test_progress_of_a_cancelled_job_says_so_and_frees_the_chunk() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    Job.objects.filter(id=job.id).update(state=JobState.CANCELLED)
    assert chunk_progress(node=node, job_id=job.id, index=0, progress=progress_at(node, work, 7_000))
    assert chunk_of(job).state == ChunkState.WAITING


def test_an_earlier_epoch_has_no_say() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    stale = claim(node, job)
    let_the_lease_run_out(job)
    claim(other, job)
    with pytest.raises(LeaseLostError):
        chunk_progress(node=node, job_id=job.id, index=0, progress=progress_at(node, stale, 7_000))
    with pytest.raises(LeaseLostError):
        chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, stale))
    with pytest.raises(LeaseLostError):
        chunk_failure(node=node, job_id=job.id, index=0, failure=failure_of(node, stale))
    assert chunk_of(job).state == ChunkState.LEASED


def test_another_process_of_the_same_node_has_no_say() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    boot(node)
    with pytest.raises(LeaseLostError):
        chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, work))


def test_a_lease_that_ran_out_and_that_nobody_took_still_counts() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    let_the_lease_run_out(job)
    leases_expire()
    chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, work))
    assert chunk_of(job).state == ChunkState.DONE


def test_a_checkpoint_sent_again_changes_nothing() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    for _ in range(2):
        assert not chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, work, at=1))
    job.refresh_from_db()
    assert (job.position_ms, job.frames_analysed) == (20_000, 100)
    assert chunk_of(job).end_state == {"at": 1}


def test_a_checkpoint_of_a_cancelled_job_frees_the_chunk_and_says_that_it_is_over() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    Job.objects.filter(id=job.id).update(state=JobState.CANCELLED)
    assert chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, work))
    assert chunk_of(job).state == ChunkState.WAITING


def test_the_last_checkpoint_ends_the_job_and_its_recording(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    node, job = make_node(), make_queued_job()
    assert file_of(job.recording_id).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert finish_all(node, job)
    job.refresh_from_db()
    assert (job.state, job.frames_analysed) == (JobState.DONE, 300)
    assert job.recording.state == RecordingState.DELETED
    assert not file_of(job.recording_id).exists()


def test_the_end_of_a_job_ends_its_open_events() -> None:
    node, job = make_node(), make_queued_job(seconds=20)
    work = claim(node, job)
    event, _ = event_ingest(node=node, submission=start_of(work))
    chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, work))
    event.refresh_from_db()
    assert event.state == EventState.ENDED
    assert event.ended_at == job.recording.started_at + timedelta(seconds=20)


def test_lost_frames_are_told_on_the_job() -> None:
    node, job = make_node(), make_queued_job(seconds=20)
    work = claim(node, job)
    checkpoint = checkpoint_of(node, work).model_copy(update={"frames_lost": 5})
    chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint)
    job.refresh_from_db()
    assert job.frames_lost == 5
    assert job.notes == ["5 of 105 pictures could not be read and were not analysed."]


def test_a_failure_gives_the_chunk_back_for_later() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    chunk_failure(node=node, job_id=job.id, index=0, failure=failure_of(node, work))
    job.refresh_from_db()
    assert (chunk_of(job).state, job.state) == (ChunkState.WAITING, JobState.RUNNING)
    assert job.next_attempt_at is not None and job.next_attempt_at > timezone.now()


def test_a_chunk_that_fails_again_and_again_waits_twice_as_long_each_time() -> None:
    node, job = make_node(), make_queued_job()
    for place_ms, seconds in ((2_000, 5), (6_000, 10), (10_000, 20), (14_000, 40)):
        work = claim(node, job)
        chunk_progress(node=node, job_id=job.id, index=0, progress=progress_at(node, work, place_ms))
        before = timezone.now()
        chunk_failure(node=node, job_id=job.id, index=0, failure=failure_of(node, work))
        job.refresh_from_db()
        least, most = (timedelta(seconds=seconds * share) for share in (1 - JITTER, 1 + JITTER))
        assert job.next_attempt_at is not None
        assert before + least <= job.next_attempt_at <= timezone.now() + most


def test_three_failures_in_one_place_fail_the_job_with_the_reason() -> None:
    node, job = make_node(), make_queued_job()
    for _ in range(3):
        work = claim(node, job)
        chunk_progress(node=node, job_id=job.id, index=0, progress=progress_at(node, work, 9_000))
        chunk_failure(node=node, job_id=job.id, index=0, failure=failure_of(node, work))
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.error == "The analysis stopped 3 times, last at 0:00:09 of the recording. The model is missing."


def test_a_permanent_failure_fails_the_job_at_once_and_keeps_the_recording(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    with django_capture_on_commit_callbacks(execute=True):
        chunk_failure(node=node, job_id=job.id, index=0, failure=failure_of(node, work, permanent=True))
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "The model is missing.")
    assert file_of(job.recording_id).exists()


def test_an_unknown_job_is_a_lost_lease() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    with pytest.raises(LeaseLostError):
        chunk_progress(node=node, job_id=uuid.uuid4(), index=0, progress=progress_at(node, work, 1))
