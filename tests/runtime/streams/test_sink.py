"""Events of a live camera outlast a disk that is full for a while."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path

import pytest

from rules.engine.track_log import read_header
from tests.engine.walks import frame
from tests.runtime.outbox_entries import UPLOAD, due_kinds, end, start
from tests.runtime.streams.platform import FleetPlatform
from workers.runtime.outbox import TRACK_KINDS, Outbox
from workers.runtime.streams import unwritten
from workers.runtime.streams.sink import StreamSink
from workers.runtime.streams.unwritten import NoRoomError


class FullDisk(Outbox):
    """An outbox whose disk has no room while ``is_full``."""

    is_full = False

    def _insert(self, *arguments: object) -> None:
        if self.is_full:
            raise sqlite3.OperationalError("database or disk is full")
        super()._insert(*arguments)  # type: ignore[arg-type]


@pytest.fixture
def outbox(tmp_path: Path) -> FullDisk:
    return FullDisk(tmp_path / "spool", max_entries=100, max_bytes=1_000_000)


@pytest.fixture
def sink(outbox: FullDisk) -> StreamSink:
    return StreamSink(FleetPlatform().work(uuid.uuid4(), 1), outbox, lambda: None)


def test_what_a_full_disk_refused_is_written_in_its_order_when_there_is_room(
    outbox: FullDisk, sink: StreamSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwritten, "TRY_SECONDS", 0)
    first, second = start(), start()
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    outbox.is_full = True
    sink.started(first)
    sink.ended(end(first))
    sink.clip(first.event_id, clip, UPLOAD.meta, UPLOAD.boxes)
    sink.progress(0, 1)
    assert due_kinds(outbox) == []
    assert clip.exists()
    outbox.is_full = False
    sink.started(second)
    assert due_kinds(outbox) == ["start", "start"]
    assert outbox.waiting() == 4
    assert not clip.exists()


def test_a_full_disk_is_not_tried_with_every_frame(
    outbox: FullDisk, sink: StreamSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwritten, "TRY_SECONDS", 3600)
    outbox.is_full = True
    sink.started(start())
    outbox.is_full = False
    sink.progress(0, 1)
    assert outbox.waiting() == 0


def test_a_disk_that_stays_full_is_told_of_in_the_end(
    outbox: FullDisk, sink: StreamSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwritten, "MOST", 3)
    outbox.is_full = True
    for _ in range(3):
        sink.started(start())
    with pytest.raises(NoRoomError):
        sink.started(start())


def test_a_clip_that_could_not_be_made_is_counted_as_lost(outbox: FullDisk, sink: StreamSink) -> None:
    sink.no_clip(uuid.uuid4())
    assert outbox.counter("lost") == 1


def test_that_the_rules_were_told_of_an_end_goes_into_the_track_log(outbox: FullDisk, sink: StreamSink) -> None:
    sink.tracked(frame(200, {}))
    sink.rules_finished()
    (entry,) = outbox.due(TRACK_KINDS, 10)
    assert entry.file is not None
    assert read_header(entry.file.read_bytes()).finished


def test_a_full_disk_costs_the_track_log_and_not_the_watch(outbox: FullDisk, sink: StreamSink) -> None:
    outbox.is_full = True
    sink.tracked(frame(200, {}))
    sink.keep_tracks()
    assert (outbox.tracks_lost(), outbox.counter("lost")) == (1, 0)
