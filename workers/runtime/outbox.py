"""What still has to reach the platform, in a local SQLite file: kept once it is fsynced, in order, bounded."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from rules.engine.schema import Severity
from rules.engine.track_log import Segment
from workers.runtime.contract import ClipUpload, EventEnd, EventSubmission

log = structlog.get_logger(__name__)

Kind = Literal["start", "end", "clip", "snapshot", "tracks"]
EVENT_KINDS: tuple[Kind, ...] = ("start", "end")
FILE_KINDS: tuple[Kind, ...] = ("clip", "snapshot")
TRACK_KINDS: tuple[Kind, ...] = ("tracks",)
RANKS = {severity.value: rank for rank, severity in enumerate(Severity)}
Lease = tuple[uuid.UUID, int]
"""A job and the epoch under which a part of it is worked on."""
UNKNOWN_RANK = RANKS[Severity.MEDIUM]
TRACKS_RANK = -1
"""A track log gives way to everything else."""
LOST, TRACKS_LOST = "lost", "tracks_lost"

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, event_id TEXT NOT NULL, job_id TEXT NOT NULL,
    epoch INTEGER NOT NULL, rank INTEGER NOT NULL, payload TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL DEFAULT 0, UNIQUE (event_id, kind)
);
CREATE INDEX IF NOT EXISTS entries_by_job ON entries (job_id);
CREATE TABLE IF NOT EXISTS events (
    event_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, epoch INTEGER NOT NULL, rank INTEGER NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

# What has to wait: whatever belongs to an event whose start is still to be told.
DUE = """
SELECT id, kind, event_id, job_id, epoch, payload, file, attempts FROM entries AS entry
WHERE kind IN ({kinds}) AND due_at <= ? AND (kind = 'start' OR NOT EXISTS (
    SELECT 1 FROM entries AS start WHERE start.event_id = entry.event_id AND start.kind = 'start'))
ORDER BY id LIMIT ?
"""

TELL_WITH_ITS_END = """
UPDATE entries SET payload = json_set(payload, '$.end_ms', ?) WHERE event_id = ? AND kind = 'start'
"""

# The least grave first; of one event its files before what was told, of equals the oldest.
FIRST_TO_SHED = """
SELECT id, kind, event_id FROM entries WHERE bytes >= ?
ORDER BY rank, CASE kind WHEN 'clip' THEN 0 WHEN 'snapshot' THEN 1 WHEN 'end' THEN 2 ELSE 3 END, id LIMIT 1
"""

FORGET = """
DELETE FROM events WHERE rowid <= (SELECT max(rowid) FROM events) - ?
AND event_id NOT IN (SELECT event_id FROM entries)
"""
MAX_REMEMBERED = 50_000
FORGET_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    kind: Kind
    event_id: uuid.UUID
    job_id: uuid.UUID
    epoch: int
    payload: str
    file: Path | None
    attempts: int


class Outbox:
    """Thread-safe. Every change is on the disk before a call returns; files are the outbox's once handed over."""

    def __init__(self, folder: Path, *, max_entries: int, max_bytes: int) -> None:
        self._files = folder / "outgoing"
        self._files.mkdir(parents=True, exist_ok=True)
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._puts = self._tracks_unwritten = 0
        self._changed = threading.Condition(threading.RLock())
        self._database = sqlite3.connect(folder / "outbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(SCHEMA)
        # Pauses are counted on the steady clock, which begins anew with the machine.
        self._database.execute("UPDATE entries SET due_at = 0")
        self._remove_strays()

    def close(self) -> None:
        with self._changed:
            self._database.close()

    # --- putting -----------------------------------------------------------------------------------------------------

    def put_start(self, event: EventSubmission) -> None:
        """Keep the start of an event; an earlier attempt's word about the same event gives way."""
        event_id, rank = str(event.event_id), RANKS[event.severity]
        with self._transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO events (event_id, job_id, epoch, rank) VALUES (?, ?, ?, ?)",
                (event_id, str(event.job_id), event.epoch, rank),
            )
            self._insert("start", event.event_id, event.job_id, event.epoch, event.model_dump_json())
            self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        """A live stream's events are never over as a job's are; a late end of one then counts as of medium rank."""
        self._puts += 1
        if self._puts % FORGET_EVERY == 0:
            self._database.execute(FORGET, (MAX_REMEMBERED,))

    def put_end(self, end: EventEnd) -> None:
        """Keep the end of an event. A start that is still to be told says then that it is over."""
        with self._transaction() as database:
            database.execute(TELL_WITH_ITS_END, (end.end_ms, str(end.event_id)))
            self._insert("end", end.event_id, end.job_id, end.epoch, end.model_dump_json())

    def put_clip(self, event_id: uuid.UUID, job_id: uuid.UUID, epoch: int, upload: ClipUpload, file: Path) -> None:
        self._put_file("clip", event_id, (job_id, epoch), upload.model_dump_json(), file)

    def put_snapshot(self, event_id: uuid.UUID, job_id: uuid.UUID, epoch: int, file: Path) -> None:
        self._put_file("snapshot", event_id, (job_id, epoch), "", file)

    def put_tracks(self, segment: Segment) -> None:
        """Keep a segment of a track log, or count it as lost where the disk has no room: nobody waits for it."""
        header, kept = segment.header, self._files / uuid.uuid4().hex
        key = uuid.uuid5(header.owner_id, f"tracks:{header.epoch}:{header.start_ms}")
        try:
            kept.write_bytes(segment.data)
            _sync(kept)
            _sync(self._files)
            with self._transaction():
                self._insert("tracks", key, header.owner_id, header.epoch, "", kept)
        except (sqlite3.Error, OSError) as error:
            self._tracks_unwritten += 1
            log.error("outbox.tracks_not_written", owner=str(header.owner_id), error=str(error))
            with suppress(OSError):
                _remove(kept)

    def tracks_lost(self) -> int:
        """How many segments never reached the platform."""
        return self.counter(TRACKS_LOST) + self._tracks_unwritten

    def note_lost(self) -> None:
        """Count a file that could not even be made as those are counted that had to be given up."""
        with self._transaction():
            self._count(LOST, 1)

    def _put_file(
        self, kind: Kind, event_id: uuid.UUID, lease: tuple[uuid.UUID, int], payload: str, file: Path
    ) -> None:
        kept = self._files / uuid.uuid4().hex
        _sync(file)
        file.replace(kept)
        try:
            _sync(self._files)
            with self._transaction():
                self._insert(kind, event_id, *lease, payload, kept)
        except (sqlite3.Error, OSError):
            kept.replace(file)  # whoever gave it still has it, and may try again
            raise

    def _insert(
        self, kind: Kind, event_id: uuid.UUID, job_id: uuid.UUID, epoch: int, payload: str, file: Path | None = None
    ) -> None:
        event = self._database.execute(
            "SELECT rank, dropped FROM events WHERE event_id = ?", (str(event_id),)
        ).fetchone()
        rank, dropped = event or (TRACKS_RANK if kind in TRACK_KINDS else UNKNOWN_RANK, 0)
        if dropped:
            _remove(file)
            return
        self._delete("event_id = ? AND kind = ?", (str(event_id), kind))
        size = file.stat().st_size if file else 0
        self._database.execute(
            "INSERT INTO entries (kind, event_id, job_id, epoch, rank, payload, file, bytes) VALUES (?,?,?,?,?,?,?,?)",
            (kind, str(event_id), str(job_id), epoch, rank, payload, file.name if file else "", size),
        )
        self._shed()

    def _shed(self) -> None:
        """Make room by giving up the least important entries; each one is counted."""
        while (over := self._over()) is not None:
            row = self._database.execute(FIRST_TO_SHED, (over,)).fetchone()
            if row is None:
                return
            entry_id, kind, event_id = row
            if kind == "start":
                self._database.execute("UPDATE events SET dropped = 1 WHERE event_id = ?", (event_id,))
                lost = self._delete("event_id = ?", (event_id,))
            else:
                lost = self._delete("id = ?", (entry_id,))
            self._count(TRACKS_LOST if kind in TRACK_KINDS else LOST, lost)
            log.error("outbox.full", shed=lost, kind=kind, event_id=event_id)

    def _over(self) -> int | None:
        """How large an entry must be to help, or None where all is within bounds."""
        entries, size = self._database.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM entries").fetchone()
        if entries > self._max_entries:
            return 0
        return 1 if size > self._max_bytes else None

    # --- taking ------------------------------------------------------------------------------------------------------

    def due(self, kinds: tuple[Kind, ...], limit: int) -> list[Entry]:
        """The oldest entries that may be sent now."""
        with self._changed:
            due = DUE.format(kinds=", ".join("?" * len(kinds)))
            rows = self._database.execute(due, (*kinds, time.monotonic(), limit)).fetchall()
        return [self._entry(*row) for row in rows]

    def _entry(
        self, entry_id: int, kind: Kind, event_id: str, job_id: str, epoch: int, payload: str, file: str, attempts: int
    ) -> Entry:
        path = self._files / file if file else None
        return Entry(entry_id, kind, uuid.UUID(event_id), uuid.UUID(job_id), epoch, payload, path, attempts)

    def wait(self, seconds: float) -> None:
        """Until something changes, or for so long."""
        with self._changed:
            self._changed.wait(seconds)

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def delivered(self, entries: Collection[Entry]) -> None:
        with self._transaction():
            for entry in entries:
                self._delete("id = ?", (entry.id,))

    def postpone(self, entry: Entry, seconds: float) -> None:
        with self._transaction() as database:
            database.execute(
                "UPDATE entries SET attempts = attempts + 1, due_at = ? WHERE id = ?",
                (time.monotonic() + seconds, entry.id),
            )

    def give_up(self, entry: Entry, *, counter: str) -> None:
        """Drop an entry that the platform will not have; with a start goes all that this lease knows of the event."""
        with self._transaction() as database:
            if entry.kind == "start":
                told = (str(entry.event_id), entry.epoch)
                database.execute("UPDATE events SET dropped = 1 WHERE event_id = ? AND epoch <= ?", told)
                self._count(counter, self._delete("event_id = ? AND epoch <= ?", told))
            else:
                self._count(counter, self._delete("id = ?", (entry.id,)))

    def forget_job(self, job_id: uuid.UUID) -> None:
        """The job is over; what was remembered about its events is of no more use."""
        with self._transaction() as database:
            database.execute(
                "DELETE FROM events WHERE job_id = ? AND event_id NOT IN (SELECT event_id FROM entries)", (str(job_id),)
            )

    def waiting(self, job_id: uuid.UUID | None = None) -> int:
        """How many entries are still to be sent: of one job, or all."""
        where, values = ("job_id = ?", (str(job_id),)) if job_id else ("1", ())
        with self._changed:
            count: int = self._database.execute(f"SELECT count(*) FROM entries WHERE {where}", values).fetchone()[0]  # noqa: S608
        return count

    def counter(self, name: str) -> int:
        """``lost``: shed for want of room. ``refused``: the platform would not have it. ``stale``: of a lost lease.

        Segments of track logs that were given up, for whatever reason, are ``tracks_lost`` and nothing else.
        """
        with self._changed:
            row = self._database.execute("SELECT value FROM counters WHERE name = ?", (name,)).fetchone()
        return row[0] if row else 0

    def drain(self, job_id: uuid.UUID, seconds: float) -> bool:
        """Wait until nothing of the job is left to be sent; False when that takes too long."""
        limit = time.monotonic() + seconds
        with self._changed:
            while self.waiting(job_id):
                if time.monotonic() >= limit:
                    return False
                self._changed.wait(0.5)
        return True

    # --- below the surface -------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._changed:
            self._doomed: list[str] = []
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:  # a full disk may have ended it already
                    self._database.execute("ROLLBACK")
                raise
            # Only now: a file without an entry is swept at the next start, an entry without its file is a loss.
            for name in self._doomed:
                _remove(self._files / name)
            self._changed.notify_all()

    def _delete(self, where: str, values: tuple[object, ...]) -> int:
        rows = self._database.execute(f"DELETE FROM entries WHERE {where} RETURNING file", values).fetchall()  # noqa: S608
        self._doomed += [name for (name,) in rows if name]
        return len(rows)

    def _count(self, name: str, more: int) -> None:
        self._database.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (name, more),
        )

    def _remove_strays(self) -> None:
        """Files whose entry was never written, or is gone: the process was killed in between."""
        with self._changed:
            known = {name for (name,) in self._database.execute("SELECT file FROM entries WHERE file <> ''")}
        for path in self._files.iterdir():
            if path.name not in known:
                path.unlink()


def _remove(file: Path | None) -> None:
    if file is not None:
        file.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
