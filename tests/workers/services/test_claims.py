"""Who gets which chunk, and when the platform gives up on one."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.workers.leased import (
    boot,
    boot_id,
    checkpoint_of,
    claim,
    make_node,
    make_queued_job,
    stopped_at,
)
from workers.choices import ChunkState, JobState
from workers.errors import SupersededError
from workers.models import Chunk
from workers.services.chunks import chunk_checkpoint
from workers.services.claims import MAX_ATTEMPTS, chunk_claim
from workers.services.leases import leases_expire

pytestmark = pytest.mark.django_db


def test_the_first_claim_leases_the_first_chunk_and_starts_the_job() -> None:
    node, job = make_node(), make_queued_job()
    work = claim(node, job)
    job.refresh_from_db()
    assert (work.chunk_index, work.chunk_count, work.start_ms, work.end_ms, work.is_last) == (0, 3, 0, 20_000, False)
    assert (work.epoch, work.state) == (1, None)
    assert job.state == JobState.RUNNING and job.started_at is not None


def test_a_leased_chunk_is_nobody_elses_nor_a_second_time_its_holders() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    claim(node, job)
    assert chunk_claim(node=other, boot_id=boot_id(other), job_id=job.id) is None
    assert chunk_claim(node=node, boot_id=boot_id(node), job_id=job.id) is None


def test_a_chunk_gets_the_state_in_which_the_chunk_before_ended() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    work = claim(node, job)
    chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, work, last_slot=99))
    following = claim(other, job)
    assert (following.chunk_index, following.state, following.epoch) == (1, {"last_slot": 99}, 2)


def test_an_expired_lease_is_taken_over_under_a_later_epoch() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    first = claim(node, job)
    Chunk.objects.filter(job=job, index=0).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    second = claim(other, job)
    assert (second.chunk_index, second.epoch) == (0, first.epoch + 1)


def test_the_sweep_frees_only_leases_that_ran_out() -> None:
    node, job, other_job = make_node(), make_queued_job(), make_queued_job()
    claim(node, job)
    claim(node, other_job)
    Chunk.objects.filter(job=job, index=0).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert leases_expire() == [job.id]
    assert Chunk.objects.get(job=job, index=0).state == ChunkState.WAITING
    assert Chunk.objects.get(job=other_job, index=0).state == ChunkState.LEASED


def test_a_restarted_node_finds_its_chunks_free_at_once() -> None:
    node, job = make_node(), make_queued_job()
    first = claim(node, job)
    boot(node)
    assert claim(node, job).epoch == first.epoch + 1


def test_a_process_that_was_replaced_gets_nothing() -> None:
    node, job = make_node(), make_queued_job()
    earlier = boot_id(node)
    boot(node)
    with pytest.raises(SupersededError):
        chunk_claim(node=node, boot_id=earlier, job_id=job.id)


@pytest.mark.parametrize("state", [JobState.VALIDATING, JobState.DONE, JobState.CANCELLED, JobState.FAILED])
def test_a_job_that_is_not_to_be_worked_on_gives_nothing(state: JobState) -> None:
    node, job = make_node(), make_queued_job()
    job.state = state
    job.save()
    assert chunk_claim(node=node, boot_id=boot_id(node), job_id=job.id) is None


def test_an_unknown_job_gives_nothing() -> None:
    node = make_node()
    assert chunk_claim(node=node, boot_id=boot_id(node), job_id=uuid.uuid4()) is None


def test_a_chunk_that_kills_its_worker_three_times_in_one_place_fails_the_job() -> None:
    node, job = make_node(), make_queued_job()
    for position_ms in (12_000, 12_200, 12_100):
        boot(node, stopped_at(claim(node, job), position_ms))
    assert chunk_claim(node=node, boot_id=boot_id(node), job_id=job.id) is None
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.error == "The analysis stopped 3 times, last at 0:00:12 of the recording."
    assert Chunk.objects.get(job=job, index=0).state == ChunkState.FAILED


def test_a_worker_killed_here_and_there_goes_on() -> None:
    node, job = make_node(), make_queued_job()
    for position_ms in (2_000, 9_000, 4_000, 4_100, 15_000, 11_000, 3_000, 7_000, 1_000, 12_000):
        boot(node, stopped_at(claim(node, job), position_ms))
    assert claim(node, job).chunk_index == 0


def test_even_that_has_an_end() -> None:
    node, job = make_node(), make_queued_job()
    for attempt in range(MAX_ATTEMPTS):
        boot(node, stopped_at(claim(node, job), (attempt % 2) * 10_000))
    assert chunk_claim(node=node, boot_id=boot_id(node), job_id=job.id) is None
    job.refresh_from_db()
    assert job.state == JobState.FAILED
