"""A back-test whose process is killed: the next one does the cameras that are left, and no hit is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from rules.actors import sweep_backtests
from rules.backtests.selectors import backtest_get, camera_results
from rules.backtests.services import Period, backtest_ask
from rules.choices import BacktestState
from rules.models import Backtest, BacktestCamera, BacktestHit
from tests.alerts.smtp_sink import running_sink
from tests.cameras.world import make_user
from tests.faults.running import wait_until
from tests.faults.tasks_process import SlowSink, TasksProcess, tasks_process
from tests.rules.backtests.world import ZERO, log_tracks, make_live_rule, make_stream, visits
from vms.accounts.choices import Role
from vms.broker import tasks_broker

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

EVERY_FRAME = "name: Somebody\nwhen: {any: [{absent: {zone: Yard, for: 1h}}, {in_zone: {zone: Yard, for: 5s}}]}\n"
"""A rule that has to be shown every frame, so that there is time to kill it."""
CAMERAS, MINUTES, VISITS = 4, 60, 8


@pytest.fixture
def tasks(transactional_db: None, media: Path, settings: LazySettings, tmp_path: Path) -> Iterator[TasksProcess]:
    tasks_broker.flush_all()  # what other tests have asked for
    with running_sink(settings, SlowSink()), tasks_process(tmp_path) as tasks:
        yield tasks


def done() -> int:
    return BacktestCamera.objects.filter(done_at__isnull=False).count()


def test_a_killed_back_test_goes_on_with_the_cameras_that_are_left(tasks: TasksProcess) -> None:
    admin = make_user("ada", role=Role.ADMIN)
    streams = [make_stream(f"Yard {number}") for number in range(CAMERAS)]
    frames = visits(MINUTES)
    for stream in streams:
        log_tracks(stream, frames)
    cameras = [stream.camera for stream in streams]
    rule = make_live_rule(admin, *cameras, text=EVERY_FRAME)
    period = Period(ZERO, ZERO + timedelta(minutes=MINUTES))
    asked = backtest_ask(user=admin, rule=rule, cameras=cameras, period=period, version=rule.versions.first())
    wait_until(lambda: done() >= 1, 150, "as far as it should be")
    tasks.kill()
    first = dict(BacktestCamera.objects.filter(done_at__isnull=False).values_list("camera", "done_at"))
    assert 1 <= len(first) < CAMERAS, "it was killed too late to show anything"
    tasks.start()
    # A tick that comes while it starts may be too old when it is ready; the scheduler's next one would not be.
    wait_until(lambda: tasks.log().count("ready for action") == 2, 150, "ready again")
    Backtest.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    sweep_backtests.send()
    wait_until(lambda: Backtest.objects.get().state == BacktestState.DONE, 150, "as far as it should be")
    assert Backtest.objects.get().attempts == 2
    assert dict(BacktestCamera.objects.filter(camera__in=first).values_list("camera", "done_at")) == first
    results = [result for _, result in camera_results(backtest_get(admin, asked.id))]
    assert [result and result.hits for result in results] == [VISITS] * CAMERAS
    assert BacktestHit.objects.count() == VISITS * CAMERAS
