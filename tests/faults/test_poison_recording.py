"""A recording that kills whatever decodes it: set aside after three tries, told, and in nobody's way."""

from __future__ import annotations

import signal
import urllib.request
from pathlib import Path

import pytest

from cameras.models import Camera
from tests.cameras.world import make_user
from tests.faults.running import REPOSITORY, Running, running, sweep, wait_until
from tests.faults.worlds import duplicate_keys, found_events, job_of, make_accepted_job
from tests.runtime.footage import CAMPUS
from vms.accounts.choices import Role
from workers.choices import ENDED_JOB_STATES, DeadLetterState, JobState
from workers.models import DeadLetter, Job
from workers.selectors import dead_letters_visible_to
from workers.services.replays import dead_letter_replay

pytestmark = [pytest.mark.faults]

POISON = REPOSITORY / "tests/faults/poison"


def test_a_recording_that_kills_its_worker_is_set_aside_while_others_are_analysed(
    camera: Camera, tmp_path: Path
) -> None:
    with running(tmp_path, tmp_path / "models", VMS_METRICS_LOOPBACK="true") as platform:
        platform.stop("worker")  # it would bear the recording
        deadly, harmless = (make_accepted_job(camera, CAMPUS.path) for _ in range(2))
        deaths = [code for code in supervised(platform, deadly, harmless) if code == -signal.SIGKILL]
        assert 'vms_dead_letters{kind="job"} 1.0' in metrics(platform)
        admin = make_user("ada", role=Role.ADMIN)
        letter = dead_letters_visible_to(admin).get()
        assert (letter.kind, letter.subject, letter.state) == ("job", str(deadly.id), DeadLetterState.KEPT)
        assert "stopped 3 times, last at 0:00:0" in letter.reason
        assert len(deaths) == deadly.chunks.get(index=0).attempts == 3
        assert job_of(deadly.id).state == JobState.FAILED
        assert (job_of(harmless.id).state, job_of(harmless.id).frames_analysed) == (JobState.DONE, 398)

        platform.start_worker()  # as if the decoder had been mended
        dead_letter_replay(user=admin, letter_id=letter.id)
        wait_until(lambda: is_over(deadly), 120, "the job that was sent again ends")
    assert job_of(deadly.id).state == JobState.DONE
    assert duplicate_keys(deadly) == duplicate_keys(harmless) == []
    assert found_events(deadly) == found_events(harmless) != []
    assert not DeadLetter.objects.filter(state=DeadLetterState.KEPT).exists()


def supervised(platform: Running, deadly: Job, harmless: Job) -> list[int]:
    """Start the worker again whenever it ends, until both jobs are over; its exit codes. It is stopped then."""
    codes: list[int] = []
    poison = {"VMS_TEST_POISON": str(deadly.recording_id), "PYTHONPATH": f"{POISON}:{REPOSITORY}"}
    platform.start_worker(**poison)

    def are_over() -> bool:
        if (code := platform.processes["worker"].poll()) is not None:
            codes.append(code)
            platform.start_worker(**poison)
        return is_over(deadly) and is_over(harmless)

    wait_until(are_over, 240, "both jobs end")
    platform.stop("worker")
    return codes


def is_over(job: Job) -> bool:
    sweep()
    return job_of(job.id).state in ENDED_JOB_STATES


def metrics(platform: Running) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{platform.port}/metrics", timeout=60) as answer:
        return str(answer.read().decode())
