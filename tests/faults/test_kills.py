"""Processes killed at random moments of a job: the events, their files and their number stay what they are without.

``VMS_FAULT_ROUNDS`` says how many kills (2 in ``make test``, 10 in ``make test-faults``), ``VMS_FAULT_SEED`` repeats
the moments of a run that failed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cameras.models import Camera
from tests.faults.disturbing import Usual, assert_as_undisturbed, assert_nothing_is_left, disturbed, undisturbed
from tests.faults.running import Running, running
from tests.faults.worlds import make_watched_camera
from tests.runtime.footage import CAMPUS, asset, differences
from workers.runtime.model_install import install_openvino

pytestmark = [pytest.mark.faults]


@cache
def motion_usual() -> Usual:
    """The same for each test, since no id is part of it."""
    return undisturbed(Camera.objects.get())


def kill_worker(platform: Running) -> None:
    platform.kill("worker")
    platform.start_worker()


def kill_web(platform: Running) -> None:
    platform.kill("web")
    platform.start_web()
    platform.wait_for_web()


def test_a_worker_killed_at_random_moments_changes_no_event(camera: Camera, platform: Running) -> None:
    usual = motion_usual()
    job = disturbed(camera, platform, lambda: kill_worker(platform), within_seconds=usual.moment_within(1.5))
    assert_as_undisturbed(job, usual.events, platform)
    assert_nothing_is_left(platform)


def test_a_web_process_killed_while_events_arrive_changes_no_event(camera: Camera, platform: Running) -> None:
    usual = motion_usual()
    job = disturbed(camera, platform, lambda: kill_web(platform), within_seconds=usual.moment_within(1.5))
    assert_as_undisturbed(job, usual.events, platform)
    assert_nothing_is_left(platform)


def test_with_the_real_model_the_true_events_survive_a_killed_worker(
    transactional_db: None, media: Path, tmp_path: Path
) -> None:
    camera = make_watched_camera(CAMPUS, anything_counts=False)
    install_openvino(tmp_path / "models", asset("models/yolo11n_int8_openvino_model"), origin="test assets")
    with running(tmp_path, tmp_path / "models") as platform:
        usual = undisturbed(camera)
        job = disturbed(camera, platform, lambda: kill_worker(platform), within_seconds=usual.moment_within(5))
        assert_as_undisturbed(job, usual.events, platform)
        assert_nothing_is_left(platform)
    found = [
        (event.rule, round((event.started_at - job.recording.started_at).total_seconds() * 1000))
        for event in usual.events
    ]
    assert differences(CAMPUS, found) == []
