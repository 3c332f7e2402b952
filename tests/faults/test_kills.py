"""Processes killed at random moments of a job: the events, their files and their number stay what they are without.

``VMS_FAULT_ROUNDS`` says how many kills (2 in ``make test``, 10 in ``make test-faults``), ``VMS_FAULT_SEED`` repeats
the moments of a run that failed.
"""

from __future__ import annotations

import os
import random
import time
from functools import cache

import pytest

from cameras.models import Camera
from events.services.sweeping import orphans_remove
from tests.faults.running import Running, sweep, wait_until
from tests.faults.worlds import (
    FoundEvent,
    duplicate_keys,
    files_under,
    found_events,
    job_of,
    make_accepted_job,
    media_orphans,
)
from tests.runtime.footage import CAMPUS
from vms.storage.media import incoming_sweep
from workers.choices import ENDED_JOB_STATES, JobState
from workers.models import DeadLetter, Job

pytestmark = [pytest.mark.faults]

ROUNDS = int(os.environ.get("VMS_FAULT_ROUNDS") or 2)
SEED = int(os.environ.get("VMS_FAULT_SEED") or time.time_ns() % 10_000)
JOB_SECONDS = 300


def is_over(job: Job) -> bool:
    sweep()
    return job_of(job.id).state in ENDED_JOB_STATES


@cache
def undisturbed() -> list[FoundEvent]:
    """What the recording gives when nothing happens; the same for each test, since no id is part of it."""
    job = make_accepted_job(Camera.objects.get(), CAMPUS.path)
    wait_until(lambda: is_over(job), JOB_SECONDS, "the undisturbed job ends")
    assert job_of(job.id).state == JobState.DONE
    return found_events(job)


def is_running(job: Job) -> bool:
    sweep()
    return job.chunks.filter(state="leased").exists() or is_over(job)


def assert_nothing_is_left(platform: Running) -> None:
    """The sweeps of a later hour have nothing to wait for here."""
    orphans_remove(older_than_seconds=-1)
    incoming_sweep(older_than_seconds=-1)
    assert media_orphans() == set()
    assert {name for name in files_under(platform.spool) if "/" in name} == set()


def assert_as_undisturbed(job: Job, expected: list[FoundEvent], platform: Running) -> None:
    finished = job_of(job.id)
    told = f"seed {SEED}: {finished.error}\n{platform.log('worker')[-3000:]}"
    assert finished.state == JobState.DONE, told
    assert duplicate_keys(job) == [], told
    assert found_events(job) == expected, told
    assert DeadLetter.objects.count() == 0, told


def test_a_worker_killed_at_random_moments_changes_no_event(camera: Camera, platform: Running) -> None:
    expected = undisturbed()
    moments = random.Random(SEED)
    job = make_accepted_job(camera, CAMPUS.path)
    for _ in range(ROUNDS):
        wait_until(lambda: is_running(job), 60, "a worker takes the job up")
        time.sleep(moments.uniform(0, 1.5))
        platform.kill("worker")
        platform.start_worker()
    wait_until(lambda: is_over(job), JOB_SECONDS, "the disturbed job ends")

    assert_as_undisturbed(job, expected, platform)
    assert_nothing_is_left(platform)


def test_a_web_process_killed_while_events_arrive_changes_no_event(camera: Camera, platform: Running) -> None:
    expected = undisturbed()
    moments = random.Random(SEED)
    job = make_accepted_job(camera, CAMPUS.path)
    for _ in range(ROUNDS):
        wait_until(lambda: is_running(job), 60, "a worker takes the job up")
        time.sleep(moments.uniform(0, 1.5))
        platform.kill("web")
        platform.start_web()
        platform.wait_for_web()
    wait_until(lambda: is_over(job), JOB_SECONDS, "the disturbed job ends")

    assert_as_undisturbed(job, expected, platform)
    assert_nothing_is_left(platform)
