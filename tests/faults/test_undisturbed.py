"""The whole line once, with nothing going wrong."""

from __future__ import annotations

import pytest

from cameras.models import Camera
from events.models import TrackLog
from tests.faults.running import Running, sweep, wait_until
from tests.faults.worlds import files_under, found_events, job_of, make_accepted_job, media_orphans, tracked_times
from tests.runtime.footage import CAMPUS
from workers.choices import ENDED_JOB_STATES, JobState
from workers.models import WorkerNode
from workers.runtime.contract import DetectorKind

pytestmark = [pytest.mark.faults]


def test_an_accepted_recording_becomes_events_with_clips_and_is_deleted(camera: Camera, platform: Running) -> None:
    job = make_accepted_job(camera, CAMPUS.path)

    def over() -> bool:
        sweep()
        return job_of(job.id).state in ENDED_JOB_STATES

    wait_until(over, 120, "the job ends")

    job.refresh_from_db()
    assert job.state == JobState.DONE, platform.log("worker")[-4000:]
    assert job.frames_analysed == 398
    found = found_events(job)
    assert found
    assert all(event.ended_at and event.video and event.boxes and event.snapshot for event in found)
    assert len(tracked_times(job)) == 398
    assert TrackLog.objects.filter(job=job).order_by("start_ms").values_list("finished", flat=True).last()
    assert media_orphans() == set()
    assert {name for name in files_under(platform.spool) if "/" in name} == set()
    assert WorkerNode.objects.get().detector == DetectorKind.MOTION
