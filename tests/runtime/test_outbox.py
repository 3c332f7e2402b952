"""The outbox keeps what was found, in order and within bounds, whatever becomes of the process."""

from __future__ import annotations

import errno
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rules.engine.schema import Severity
from tests.runtime.outbox_entries import JOB, due, due_kinds, end, put_clip, put_snapshot, put_tracks, spooled, start
from workers.runtime.contract import EventSubmission
from workers.runtime.outbox import EVENT_KINDS, Outbox

Make = Callable[..., Outbox]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    opened: list[Outbox] = []

    def outbox(*, entries: int = 1000, size: int = 10**9) -> Outbox:
        opened.append(Outbox(tmp_path / "spool", max_entries=entries, max_bytes=size))
        return opened[-1]

    yield outbox
    for one in opened:
        one.close()


def test_events_come_out_in_the_order_they_went_in(make: Make) -> None:
    outbox = make()
    starts = [start() for _ in range(5)]
    for event in starts:
        outbox.put_start(event)
    assert [entry.event_id for entry in outbox.due(EVENT_KINDS, 3)] == [event.event_id for event in starts[:3]]


def test_end_and_files_of_an_event_wait_until_its_start_was_delivered(make: Make, tmp_path: Path) -> None:
    outbox, event = make(), start()
    outbox.put_start(event)
    outbox.put_end(end(event))
    put_clip(outbox, event, tmp_path)
    put_snapshot(outbox, event, tmp_path)
    assert due_kinds(outbox) == ["start"]
    outbox.delivered(due(outbox))
    assert due_kinds(outbox) == ["end", "clip", "snapshot"]


def test_a_start_that_still_waits_when_the_event_is_over_says_so(make: Make) -> None:
    outbox, late, other = make(), start(), start()
    outbox.put_start(late)
    outbox.put_start(other)
    outbox.put_end(end(late))
    told = [EventSubmission.model_validate_json(entry.payload) for entry in due(outbox)]
    assert told == [late.model_copy(update={"end_ms": end(late).end_ms}), other]


def test_one_event_does_not_wait_for_another(make: Make, tmp_path: Path) -> None:
    outbox, first, second = make(), start(), start()
    outbox.put_start(first)
    outbox.delivered(due(outbox))
    outbox.put_start(second)
    put_clip(outbox, first, tmp_path)
    assert due_kinds(outbox) == ["start", "clip"]


def test_a_postponed_entry_is_not_due_but_still_waits(make: Make) -> None:
    outbox = make()
    outbox.put_start(start())
    outbox.postpone(due(outbox)[0], 60)
    assert due(outbox) == []
    assert outbox.waiting(JOB) == 1


def test_a_delivered_file_is_removed(make: Make, tmp_path: Path) -> None:
    outbox = make()
    put_clip(outbox, start(), tmp_path)
    assert spooled(tmp_path / "spool") == 1
    outbox.delivered(due(outbox))
    assert (outbox.waiting(), spooled(tmp_path / "spool")) == (0, 0)


def test_what_was_put_is_there_after_a_restart_and_strays_are_not(make: Make, tmp_path: Path) -> None:
    event = start()
    outbox = make()
    outbox.put_start(event)
    put_clip(outbox, event, tmp_path, size=7)
    outbox.close()
    (tmp_path / "spool" / "outgoing" / "stray").write_bytes(b"its entry was never written")
    again = make()
    assert (again.waiting(JOB), spooled(tmp_path / "spool")) == (2, 1)
    again.delivered(due(again))
    (clip,) = due(again)
    assert clip.file is not None and clip.file.stat().st_size == 7


def test_what_was_put_survives_a_kill(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from tests.runtime.outbox_entries import put_clip, start
        from workers.runtime.outbox import Outbox
        folder = Path(sys.argv[1])
        outbox = Outbox(folder / "spool", max_entries=100, max_bytes=10**6)
        for _ in range(20):
            event = start()
            outbox.put_start(event)
            put_clip(outbox, event, folder)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    outbox = Outbox(tmp_path / "spool", max_entries=100, max_bytes=10**6)
    assert (outbox.waiting(), spooled(tmp_path / "spool")) == (40, 20)
    outbox.close()


def test_a_later_attempt_takes_the_place_of_what_an_earlier_one_said(make: Make, tmp_path: Path) -> None:
    outbox, event = make(), start(epoch=1)
    outbox.put_start(event)
    put_clip(outbox, event, tmp_path)
    again = start(epoch=2, event_id=event.event_id)
    outbox.put_start(again)
    put_clip(outbox, again, tmp_path)
    assert (outbox.waiting(), spooled(tmp_path / "spool")) == (2, 1)
    assert [entry.epoch for entry in due(outbox)] == [2]


def test_an_answer_to_the_earlier_attempt_does_not_touch_the_later_one(make: Make) -> None:
    outbox, event = make(), start(epoch=1)
    outbox.put_start(event)
    (on_its_way,) = due(outbox)
    outbox.put_start(start(epoch=2, event_id=event.event_id))
    outbox.give_up(on_its_way, counter="stale")
    assert [entry.epoch for entry in due(outbox)] == [2]
    outbox.put_end(end(start(epoch=2, event_id=event.event_id)))
    assert outbox.waiting() == 2


def test_a_start_that_is_given_up_takes_all_of_its_event_with_it(make: Make, tmp_path: Path) -> None:
    outbox, event, other = make(), start(), start()
    for one in (event, other):
        outbox.put_start(one)
    put_clip(outbox, event, tmp_path)
    outbox.give_up(due(outbox)[0], counter="refused")
    outbox.put_end(end(event))
    put_snapshot(outbox, event, tmp_path)
    assert [entry.event_id for entry in due(outbox)] == [other.event_id]
    assert (outbox.waiting(), spooled(tmp_path / "spool"), outbox.counter("refused")) == (1, 0, 2)


def test_a_full_outbox_sheds_the_least_grave_event_and_counts_it(make: Make) -> None:
    outbox = make(entries=3)
    grave, slight, medium = (start(severity=level) for level in (Severity.CRITICAL, Severity.LOW, Severity.MEDIUM))
    for event in (grave, slight, medium, start(severity=Severity.HIGH)):
        outbox.put_start(event)
    assert slight.event_id not in {entry.event_id for entry in due(outbox)}
    assert (outbox.waiting(), outbox.counter("lost")) == (3, 1)


def test_of_an_events_parts_the_clip_goes_first_and_the_start_last(make: Make, tmp_path: Path) -> None:
    outbox, event = make(entries=3), start(severity=Severity.LOW)
    outbox.put_start(event)
    outbox.put_end(end(event))
    put_clip(outbox, event, tmp_path)
    outbox.put_start(start(severity=Severity.LOW))
    assert (spooled(tmp_path / "spool"), outbox.waiting(), outbox.counter("lost")) == (0, 3, 1)
    outbox.delivered(due(outbox))
    assert due_kinds(outbox) == ["end"]


def test_too_many_bytes_shed_files_and_never_events(make: Make, tmp_path: Path) -> None:
    outbox = make(size=250)
    events = [start(severity=level) for level in (Severity.LOW, Severity.HIGH, Severity.HIGH)]
    for event in events:
        outbox.put_start(event)
        put_clip(outbox, event, tmp_path, size=100)
    assert (spooled(tmp_path / "spool"), outbox.counter("lost")) == (2, 1)
    outbox.delivered(due(outbox))
    assert {entry.event_id for entry in due(outbox)} == {event.event_id for event in events[1:]}


def test_losses_are_still_known_after_a_restart(make: Make) -> None:
    outbox = make(entries=1)
    for _ in range(3):
        outbox.put_start(start())
    outbox.close()
    assert make().counter("lost") == 2


def test_draining_waits_until_the_jobs_last_entry_is_gone(make: Make) -> None:
    outbox = make()
    outbox.put_start(start())
    assert not outbox.drain(JOB, 0.01)
    threading.Timer(0.05, lambda: outbox.delivered(due(outbox))).start()
    assert outbox.drain(JOB, 10)


def test_a_segment_that_is_written_again_takes_the_place_of_the_first(make: Make, tmp_path: Path) -> None:
    outbox = make()
    put_tracks(outbox, start_ms=0)
    again = put_tracks(outbox, start_ms=0, confidence=0.5)
    put_tracks(outbox, start_ms=300_000)
    entries = due(outbox)
    assert [entry.kind for entry in entries] == ["tracks", "tracks"]
    assert entries[0].file is not None and entries[0].file.read_bytes() == again
    assert spooled(tmp_path / "spool") == 2


def test_track_logs_give_way_before_any_event_and_are_counted_apart(make: Make) -> None:
    outbox = make(entries=2)
    outbox.put_start(start(severity=Severity.LOW))
    put_tracks(outbox)
    outbox.put_start(start(severity=Severity.LOW))
    assert due_kinds(outbox) == ["start", "start"]
    assert (outbox.tracks_lost(), outbox.counter("lost")) == (1, 0)


def test_a_full_disk_costs_the_track_log_its_segment_and_nothing_else(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = make()

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("workers.runtime.outbox._sync", full)
        put_tracks(outbox)
    assert (outbox.tracks_lost(), due(outbox), spooled(tmp_path / "spool")) == (1, [], 0)
