"""Events and files to put into an outbox."""

from __future__ import annotations

import uuid
from pathlib import Path

from rules.engine.schema import Severity
from rules.engine.track_log import SegmentOrigin, SegmentWriter, quantised
from tests.engine.walks import Sighting, frame
from workers.runtime.contract import BoxSidecar, ClipMeta, ClipUpload, EventEnd, EventSubmission
from workers.runtime.outbox import EVENT_KINDS, FILE_KINDS, TRACK_KINDS, Entry, Outbox

JOB = uuid.UUID("11111111-1111-4111-8111-111111111111")
UPLOAD = ClipUpload(
    meta=ClipMeta(start_ms=0, duration_ms=1000, codec="h264", sha256="", moment_ms=0),
    boxes=BoxSidecar(width=1, height=1, event_track_id=1, samples=()),
)


def start(
    *, severity: Severity = Severity.MEDIUM, epoch: int = 1, event_id: uuid.UUID | None = None
) -> EventSubmission:
    return EventSubmission(
        event_id=event_id or uuid.uuid4(),
        job_id=JOB,
        epoch=epoch,
        camera_id=1,
        rule_id=1,
        rule_version=1,
        track_id=1,
        class_name="person",
        confidence=0.5,
        severity=severity,
        start_ms=0,
        box_xyxy=(0, 0, 1, 1),
    )


def end(event: EventSubmission) -> EventEnd:
    return EventEnd(event_id=event.event_id, job_id=JOB, epoch=event.epoch, end_ms=1000)


def put_clip(outbox: Outbox, event: EventSubmission, folder: Path, *, size: int = 10) -> None:
    outbox.put_clip(event.event_id, JOB, event.epoch, UPLOAD, _file(folder, size))


def put_snapshot(outbox: Outbox, event: EventSubmission, folder: Path, *, size: int = 10) -> None:
    outbox.put_snapshot(event.event_id, JOB, event.epoch, _file(folder, size))


def put_tracks(outbox: Outbox, *, start_ms: int = 0, epoch: int = 1, confidence: float = 0.9) -> bytes:
    """A segment of one frame; its bytes."""
    writer = SegmentWriter(SegmentOrigin(camera_id=1, owner_id=JOB, epoch=epoch, interval_ms=200))
    writer.add(quantised(frame(start_ms, {1: Sighting(0.5, 0.5, confidence=confidence)})))
    segment = writer.close()
    assert segment is not None
    outbox.put_tracks(segment)
    return segment.data


def _file(folder: Path, size: int) -> Path:
    path = folder / uuid.uuid4().hex
    path.write_bytes(b"x" * size)
    return path


def due(outbox: Outbox) -> list[Entry]:
    entries = [entry for kinds in (EVENT_KINDS, FILE_KINDS, TRACK_KINDS) for entry in outbox.due(kinds, 100)]
    return sorted(entries, key=lambda entry: entry.id)


def due_kinds(outbox: Outbox) -> list[str]:
    return [entry.kind for entry in due(outbox)]


def spooled(spool: Path) -> int:
    return len(list((spool / "outgoing").iterdir()))
