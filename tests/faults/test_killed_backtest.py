"""A back-test whose process is killed: the next one does the cameras that are left, and no hit is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone

from rules.actors import sweep_backtests
from rules.backtests.selectors import backtest_get, camera_results
from rules.backtests.services import Period, backtest_ask
from rules.choices import BacktestState
from rules.models import Backtest, BacktestCamera, BacktestHit
from tests.alerts.smtp_sink import running_sink
from tests.cameras.world import make_user
from tests.faults.running import wait_until
from tests.faults.tasks_process import SlowSink, TasksProcess, ticking
from tests.rules.backtests.world import ZERO, log_tracks, make_live_rule, make_stream, visits
from vms.accounts.choices import Role
from vms.broker import tasks_broker

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

CAMERAS, MINUTES, VISITS = 4, 60, 8
LONGEST_SECONDS = 150


@pytest.fixture
def tasks(transactional_db: None, media: Path, settings: LazySettings, tmp_path: Path) -> Iterator[TasksProcess]:
    """Not started yet."""
    tasks_broker.flush_all()  # what other tests have asked for
    tasks = TasksProcess(tmp_path)
    with running_sink(settings, SlowSink()):
        yield tasks
        tasks.kill()


def done() -> dict[int, datetime | None]:
    """When each camera was done, of those that are."""
    return dict(BacktestCamera.objects.filter(done_at__isnull=False).values_list("camera", "done_at"))


@contextmanager
def last_camera_locked() -> Iterator[None]:
    """It cannot be done meanwhile."""
    with transaction.atomic():
        BacktestCamera.objects.select_for_update(of=("self",)).last()
        yield


def test_a_killed_back_test_goes_on_with_the_cameras_that_are_left(tasks: TasksProcess) -> None:
    admin = make_user("ada", role=Role.ADMIN)
    streams = [make_stream(f"Yard {number}") for number in range(CAMERAS)]
    frames = visits(MINUTES)
    for stream in streams:
        log_tracks(stream, frames)
    cameras = [stream.camera for stream in streams]
    rule = make_live_rule(admin, *cameras)
    period = Period(ZERO, ZERO + timedelta(minutes=MINUTES))
    asked = backtest_ask(user=admin, rule=rule, cameras=cameras, period=period, version=rule.versions.first())
    with last_camera_locked():
        tasks.start()
        wait_until(lambda: bool(done()), LONGEST_SECONDS, "a camera is done")
        tasks.kill()
    first = done()
    assert 1 <= len(first) < CAMERAS
    tasks.start()
    Backtest.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))  # its lease runs out
    with ticking(sweep_backtests):
        wait_until(lambda: Backtest.objects.get().state == BacktestState.DONE, LONGEST_SECONDS, "the next one ends it")
    assert Backtest.objects.get().attempts == 2
    assert first.items() <= done().items()
    results = [result for _, result in camera_results(backtest_get(admin, asked.id))]
    assert [result and result.hits for result in results] == [VISITS] * CAMERAS
    assert BacktestHit.objects.count() == VISITS * CAMERAS
