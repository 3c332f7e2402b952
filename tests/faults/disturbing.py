"""What the fault tests do with a job, and what must hold in the end."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from cameras.models import Camera
from events.services.sweeping import orphans_remove
from events.services.track_log_sweep import track_log_orphans_remove
from tests.faults.running import Running, sweep, wait_until
from tests.faults.worlds import (
    FoundEvent,
    duplicate_keys,
    files_under,
    found_events,
    job_of,
    make_accepted_job,
    media_orphans,
    tracked_times,
)
from tests.runtime.footage import CAMPUS
from vms.storage.media import incoming_sweep
from workers.choices import ENDED_JOB_STATES, JobState
from workers.models import DeadLetter, Job

ROUNDS = int(os.environ.get("VMS_FAULT_ROUNDS") or 2)
SEED = int(os.environ.get("VMS_FAULT_SEED") or time.time_ns() % 10_000)
JOB_SECONDS = 300
ATTEMPTS = 4


def is_over(job: Job) -> bool:
    sweep()
    return job_of(job.id).state in ENDED_JOB_STATES


@dataclass(frozen=True)
class Usual:
    """What the recording gives when nothing happens, and how long a worker is at it on this machine."""

    events: list[FoundEvent]
    seconds: float

    def moment_within(self, seconds: float) -> float:
        """So short that a job is not over before its last kill, also where machines are fast."""
        return min(seconds, self.seconds / (ROUNDS + 1))


def undisturbed(camera: Camera) -> Usual:
    job = make_accepted_job(camera, CAMPUS.path)
    wait_until(lambda: is_running(job), 120, "a worker takes the job up")
    began = time.monotonic()
    wait_until(lambda: is_over(job), JOB_SECONDS, "the undisturbed job ends")
    seconds = time.monotonic() - began
    assert job_of(job.id).state == JobState.DONE
    return Usual(found_events(job), seconds)


def is_running(job: Job) -> bool:
    return is_over(job) or job.chunks.filter(state="leased").exists()


def disturbed(camera: Camera, platform: Running, kill: Callable[[], None], *, within_seconds: float) -> Job:
    """A job during which ``kill`` is called at random moments, ``ROUNDS`` times: each while the job still ran.

    A machine that is faster than a moment ago may end a job before its last kill. Such a job shows nothing; the next
    one is killed sooner.
    """
    moments = random.Random(SEED)
    for attempt in range(ATTEMPTS):
        job = make_accepted_job(camera, CAMPUS.path)
        if is_killed_while_it_runs(job, kill, moments, within_seconds / 2**attempt):
            wait_until(lambda: is_over(job), JOB_SECONDS, "the disturbed job ends")  # noqa: B023
            return job
    raise AssertionError(f"seed {SEED}: {ATTEMPTS} jobs were over before the last of {ROUNDS} kills")


def is_killed_while_it_runs(job: Job, kill: Callable[[], None], moments: random.Random, within_seconds: float) -> bool:
    for _ in range(ROUNDS):
        wait_until(lambda: is_running(job), 120, "a worker takes the job up")
        time.sleep(moments.uniform(0, within_seconds))
        if is_over(job):
            return False
        kill()
    return True


def assert_as_undisturbed(job: Job, expected: list[FoundEvent], platform: Running) -> None:
    finished = job_of(job.id)
    told = f"seed {SEED}: {finished.error}\n{platform.log('worker')[-3000:]}"
    assert finished.state == JobState.DONE, told
    assert duplicate_keys(job) == [], told
    assert found_events(job) == expected, told
    assert DeadLetter.objects.count() == 0, told
    times = tracked_times(job)
    assert (len(times), len(set(times))) == (finished.frames_analysed, finished.frames_analysed), told


def assert_nothing_is_left(platform: Running) -> None:
    """The sweeps of a later hour have nothing to wait for here."""
    orphans_remove(older_than_seconds=-1)
    track_log_orphans_remove(older_than_seconds=-1)
    incoming_sweep(older_than_seconds=-1)
    assert media_orphans() == set()
    assert {name for name in files_under(platform.spool) if "/" in name} == set()
