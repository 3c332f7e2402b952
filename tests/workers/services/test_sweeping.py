"""What the sweep sends again, what it leaves alone, and which files it removes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cameras.world import file_of
from tests.workers.leased import claim, make_node, make_queued_job
from workers.choices import JobState
from workers.models import Job
from workers.services import sweeping
from workers.services.sweeping import jobs_wake, recordings_remove_analysed

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    jobs: list[str] = []
    monkeypatch.setattr(sweeping, "chunk_send", jobs.append)
    monkeypatch.setattr(sweeping, "chunk_queue_length", lambda: 0)
    return jobs


def make_due(job: Job) -> Job:
    Job.objects.filter(id=job.id).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    return job


def test_a_job_whose_message_was_lost_is_sent_again_and_then_given_time(woken: list[str]) -> None:
    job = make_due(make_queued_job())
    assert [jobs_wake(), jobs_wake()] == [1, 0]
    assert woken == [str(job.id)]


def test_a_job_between_two_chunks_is_sent_again(woken: list[str]) -> None:
    job = make_due(make_queued_job())
    Job.objects.filter(id=job.id).update(state=JobState.RUNNING)
    jobs_wake()
    assert woken == [str(job.id)]


def test_a_job_that_is_worked_on_or_not_due_or_over_is_left_alone(woken: list[str]) -> None:
    held = make_queued_job()
    claim(make_node(), held)
    make_due(held)
    make_queued_job()
    Job.objects.filter(id=make_due(make_queued_job()).id).update(state=JobState.FAILED)
    assert jobs_wake() == 0


def test_a_long_queue_gets_no_longer_while_workers_are_missing(
    woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_due(make_queued_job())
    monkeypatch.setattr(sweeping, "chunk_queue_length", lambda: 100)
    assert jobs_wake() == 0
    monkeypatch.setattr(sweeping, "chunk_queue_length", lambda: 99)
    assert jobs_wake() == 1


def test_a_recording_that_outlived_its_job_is_removed_and_one_that_failed_is_kept() -> None:
    done, failed = make_queued_job(), make_queued_job()
    Job.objects.filter(id=done.id).update(state=JobState.DONE, ended_at=timezone.now())
    Job.objects.filter(id=failed.id).update(state=JobState.FAILED, ended_at=timezone.now())
    assert recordings_remove_analysed() == 1
    assert file_of(failed.recording_id).exists()
