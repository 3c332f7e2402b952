"""A replay camera behind a host's interface: it plays when told, counts what it skips, and tells what it played."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.replay import oracle, runner
from bench.replay.address import ReplayAddress
from bench.replay.journal import ReplayJournal, read_journals
from bench.replay.oracle import expected_events
from bench.replay.player import ReplayPlayer
from bench.replay.runner import ReplayRunner
from bench.replay.schedule import ReplaySchedule
from tests.replay.cameras import CAMERA, NAME, STREAM_ID, walking
from tests.runtime.live.watch import LiveRememberingSink
from workers.runtime.contract import StreamCondition, StreamWork
from workers.runtime.live.runner import RunnerSettings

START_MS = 10_000
SEED = 1


class World:
    """One camera and the clock it goes by, in seconds."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.folder = folder
        self.sink = LiveRememberingSink()
        self.schedule = ReplaySchedule(walking(), SEED)
        self.runner = self.take_over(None, epoch=1)

    def take_over(self, state: dict[str, object] | None, *, epoch: int) -> ReplayRunner:
        work = StreamWork(
            stream_id=STREAM_ID,
            epoch=epoch,
            now_ms=START_MS + round(self.now * 1000),
            camera=CAMERA,
            detect_url=ReplayAddress(NAME, SEED).url,
            state=state,
        )
        settings = RunnerSettings(clock=lambda: self.now)
        journal = ReplayJournal(self.folder / "journal")
        made = ReplayRunner(work, self.sink, self.folder, settings, ReplayPlayer(), journal)
        made.start()
        return made

    def play(self, playing: ReplayRunner, frames: int) -> None:
        for _ in range(frames):
            self.now += max(0.0, playing.next_in_seconds() or 0.0)
            playing.play()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for module in (oracle, runner):
        monkeypatch.setattr(module, "recorded", lambda name: walking())
    return World(tmp_path)


def test_what_a_camera_gives_is_what_its_oracle_says(world: World) -> None:
    world.play(world.runner, 300)
    world.runner.write_journal()
    wanted = expected_events(read_journals([world.folder / "journal"])[STREAM_ID])
    assert len(wanted) >= 5
    assert {event.event_id for event in wanted} == set(world.sink.starts)
    assert {event.event_id: event.end_ms for event in wanted} == {
        event_id: end.end_ms for event_id, end in world.sink.ends.items()
    }


def test_a_camera_that_moves_gives_what_one_that_stays_does(world: World) -> None:
    world.play(world.runner, 113)
    state = world.runner.stop()
    second = world.take_over(state, epoch=2)
    world.play(second, 187)
    second.stop()
    leases = read_journals([world.folder / "journal"])[STREAM_ID]
    assert [lease.epoch for lease in leases] == [1, 2]
    assert leases[0].spans[-1][1] + 1 == leases[1].spans[0][0]
    assert {event.event_id for event in expected_events(leases)} == set(world.sink.starts)


def test_frames_that_are_late_give_way_to_the_newest_and_are_counted(world: World) -> None:
    world.play(world.runner, 5)
    world.now += 2.0
    world.runner.play()
    skipped = world.runner.health().frames_skipped
    assert 8 <= skipped <= 10
    world.runner.write_journal()
    (lease,) = read_journals([world.folder / "journal"])[STREAM_ID]
    assert (len(lease.spans), lease.skipped) == (2, skipped)


def test_a_camera_that_was_stopped_plays_no_more(world: World) -> None:
    world.play(world.runner, 3)
    world.runner.stop()
    assert world.runner.next_in_seconds() is None
    assert not world.runner.is_running


def test_it_reports_as_a_camera_that_is_online(world: World) -> None:
    world.play(world.runner, 3)
    health = world.runner.health()
    assert (health.condition, health.frames_analysed) == (StreamCondition.ONLINE, 3)
    assert (health.width, health.height) == (640, 480)


def test_all_cameras_of_a_process_play_until_they_are_paused(world: World) -> None:
    class Counting:
        played = 0

        def next_in_seconds(self) -> float:
            return 0.001

        def play(self) -> None:
            self.played += 1

    player, cameras = ReplayPlayer(), [Counting() for _ in range(3)]
    player.start()
    for camera in cameras:
        player.add(camera)
    while min(camera.played for camera in cameras) < 3:
        pass
    player.pause()
    counts = [camera.played for camera in cameras]
    assert player.idle.is_set()
    assert [camera.played for camera in cameras] == counts
