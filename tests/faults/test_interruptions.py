"""A job that is cancelled, a worker that is asked to stop, and one whose name another has taken."""

from __future__ import annotations

from contextlib import suppress

import pytest

from cameras.models import Camera
from events.choices import EventState
from events.models import Event
from events.services import events_close_abandoned
from tests.cameras.world import make_user
from tests.faults.running import Running, sweep, wait_until
from tests.faults.worlds import files_under, job_of, make_accepted_job
from tests.runtime.footage import CAMPUS
from vms.accounts.choices import Role
from workers.choices import ChunkState, JobState
from workers.models import Chunk
from workers.services.jobs import job_cancel

pytestmark = [pytest.mark.faults]


def test_a_cancelled_job_leaves_its_worker_idle_and_its_spool_empty(camera: Camera, platform: Running) -> None:
    job = make_accepted_job(camera, CAMPUS.path)
    wait_until(lambda: job_of(job.id).position_ms > 0, 60, "the job gets going")
    job_cancel(user=make_user("ada", role=Role.ADMIN), job_id=job.id)

    def held() -> tuple[list[int], list[str]]:
        chunks = Chunk.objects.filter(state=ChunkState.LEASED).values_list("index", flat=True)
        return list(chunks), [name for name in files_under(platform.spool) if "/" in name]

    with suppress(AssertionError):
        wait_until(lambda: held() == ([], []), 30, "the worker lets go")
    assert held() == ([], [])
    events_close_abandoned()
    assert job_of(job.id).state == JobState.CANCELLED
    assert not Event.objects.filter(state=EventState.OPEN).exists()


def test_a_worker_that_is_asked_to_stop_gives_its_chunk_back_at_once(camera: Camera, platform: Running) -> None:
    job = make_accepted_job(camera, CAMPUS.path)
    wait_until(lambda: job_of(job.id).position_ms > 0, 60, "the job gets going")
    assert platform.stop("worker", seconds=8) == 0
    assert not Chunk.objects.filter(state=ChunkState.LEASED).exists()
    platform.start_worker()

    def is_done() -> bool:
        sweep()
        return job_of(job.id).state == JobState.DONE

    wait_until(is_done, 200, "the next process ends the job")
