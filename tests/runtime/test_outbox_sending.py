"""How the outbox is emptied: what each answer of the platform does to what waits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.running import wait_until
from tests.runtime.outbox_entries import JOB, end, put_clip, put_snapshot, put_tracks, start
from tests.runtime.scripted_platform import Reply, Request, ScriptedPlatform, receipts, scripted
from tests.runtime.test_client import client_of
from workers.runtime import sender
from workers.runtime.contract import EventBatch
from workers.runtime.outbox import Outbox
from workers.runtime.sender import EventLane, FileLane, TrackLane

LANES = EventLane, FileLane, TrackLane
Lost = list[tuple[uuid.UUID, int]]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(sender, "NOT_ALLOWED_PAUSE_SECONDS", 0.01)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "spool", max_entries=1000, max_bytes=10**9)
    yield made
    made.close()


@contextmanager
def sending(
    outbox: Outbox, folder: Path, answer: Callable[[Request], Reply]
) -> Iterator[tuple[ScriptedPlatform, Lost]]:
    lost: Lost = []
    with scripted(answer) as platform:
        client = client_of(platform.url, folder)
        lanes = [lane(outbox, client, lambda *lease: lost.append(lease)) for lane in LANES]
        for lane in lanes:
            lane.start()
        try:
            yield platform, lost
        finally:
            for lane in lanes:
                lane.stop(20)


def accept(request: Request) -> Reply:
    return receipts(request) if request.path.endswith("/events") else Reply(201)


def once(bad: Reply) -> Callable[[Request], Reply]:
    answered: list[Request] = []

    def answer(request: Request) -> Reply:
        answered.append(request)
        return bad if len(answered) == 1 else accept(request)

    return answer


def test_events_go_in_batches_and_files_after_their_event(outbox: Outbox, tmp_path: Path) -> None:
    events = [start() for _ in range(150)]
    for event in events:
        outbox.put_start(event)
    put_clip(outbox, events[0], tmp_path)
    put_snapshot(outbox, events[0], tmp_path)
    with sending(outbox, tmp_path, accept) as (platform, _):
        assert outbox.drain(JOB, 20)
    batches = [request for request in platform.requests if request.path.endswith("/events")]
    assert [len(EventBatch.model_validate_json(request.body).events) for request in batches] == [100, 50]
    first_file = next(i for i, path in enumerate(platform.paths) if "/" in path)
    assert "events" in platform.paths[:first_file]


@pytest.mark.parametrize(
    "bad", [Reply(503), Reply(200, b"{}", cut=1), Reply.error(401, "unauthenticated"), Reply(200, b'{"receipts":[]}')]
)
def test_what_could_not_be_delivered_is_sent_again(outbox: Outbox, tmp_path: Path, bad: Reply) -> None:
    outbox.put_start(start())
    with sending(outbox, tmp_path, once(bad)) as (platform, lost):
        assert outbox.drain(JOB, 20)
    assert platform.paths == ["events", "events"]
    assert (lost, outbox.counter("refused"), outbox.counter("stale")) == ([], 0, 0)


def test_a_lost_lease_drops_the_event_with_its_parts_and_is_told(outbox: Outbox, tmp_path: Path) -> None:
    event = start(epoch=3)
    outbox.put_start(event)
    outbox.put_end(end(event))
    put_clip(outbox, event, tmp_path)
    with sending(outbox, tmp_path, lambda request: receipts(request, 409)) as (platform, lost):
        assert outbox.drain(JOB, 20)
        wait_until(lambda: bool(lost), 20, "the loss is told")
    assert (lost, outbox.counter("stale")) == ([(JOB, 3)], 3)
    assert platform.paths == ["events"]
    assert list((tmp_path / "spool" / "outgoing").iterdir()) == []


def test_a_refused_event_is_dropped_and_counted(outbox: Outbox, tmp_path: Path) -> None:
    outbox.put_start(start())
    with sending(outbox, tmp_path, lambda request: receipts(request, 422)) as (_, lost):
        assert outbox.drain(JOB, 20)
    assert (outbox.counter("refused"), lost) == (1, [])


@pytest.mark.parametrize(
    ("reply", "counter", "is_lost"),
    [
        (Reply.error(409, "lease_lost"), "stale", True),
        (Reply.error(404, "not_found"), "refused", False),
        (Reply.error(422, "invalid"), "refused", False),
    ],
)
def test_a_file_that_is_not_wanted_is_dropped(
    outbox: Outbox, tmp_path: Path, reply: Reply, counter: str, is_lost: bool
) -> None:
    put_clip(outbox, start(), tmp_path)
    with sending(outbox, tmp_path, lambda _: reply) as (_, lost):
        assert outbox.drain(JOB, 20)
    assert (outbox.counter(counter), bool(lost)) == (1, is_lost)


def test_no_alert_waits_for_a_clip_that_cannot_be_stored(outbox: Outbox, tmp_path: Path) -> None:
    put_clip(outbox, start(), tmp_path)

    def files_fail(request: Request) -> Reply:
        return receipts(request) if request.path.endswith("/events") else Reply.error(507, "storage_full")

    with sending(outbox, tmp_path, files_fail):
        outbox.put_start(start())
        wait_until(lambda: outbox.waiting() == 1, 20, "the event is delivered")


def test_a_file_that_vanished_is_counted_and_holds_nothing_up(outbox: Outbox, tmp_path: Path) -> None:
    put_clip(outbox, start(), tmp_path)
    for path in (tmp_path / "spool" / "outgoing").iterdir():
        path.unlink()
    put_snapshot(outbox, start(), tmp_path)
    with sending(outbox, tmp_path, accept) as (platform, _):
        assert outbox.drain(JOB, 20)
    assert (outbox.counter("refused"), len(platform.requests)) == (1, 1)


def test_a_track_log_is_sent_as_it_was_written(outbox: Outbox, tmp_path: Path) -> None:
    data = put_tracks(outbox)
    with sending(outbox, tmp_path, once(Reply(503))) as (platform, _):
        assert outbox.drain(JOB, 20)
    assert [(request.method, request.path) for request in platform.requests] == [("PUT", "/internal/v1/tracks")] * 2
    assert platform.requests[1].body == data
    assert outbox.tracks_lost() == 0


@pytest.mark.parametrize("reply", [Reply.error(409, "lease_lost"), Reply.error(422, "invalid"), Reply.error(404, "x")])
def test_a_track_log_that_is_not_taken_is_a_loss_of_its_own_kind(outbox: Outbox, tmp_path: Path, reply: Reply) -> None:
    put_tracks(outbox)
    with sending(outbox, tmp_path, lambda _: reply):
        assert outbox.drain(JOB, 20)
    assert (outbox.tracks_lost(), outbox.counter("stale"), outbox.counter("refused")) == (1, 0, 0)


def test_clips_do_not_wait_for_track_logs(outbox: Outbox, tmp_path: Path) -> None:
    put_tracks(outbox)
    put_clip(outbox, start(), tmp_path)
    with sending(outbox, tmp_path, lambda request: Reply(503) if "tracks" in request.path else Reply(201)):
        wait_until(lambda: outbox.waiting() == 1, 20, "the clip is delivered")
