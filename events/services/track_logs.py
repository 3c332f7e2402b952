"""Takes in track logs from GPU hosts: checked against the lease, encrypted, every stretch kept once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from cameras.models import Camera
from events.models import TrackLog
from rules.engine.track_log import SEGMENT_MS, BadSegmentError, SegmentHeader, decode_segment, read_header
from vms.errors import InvalidError
from vms.storage.encryption import seal
from vms.storage.media import media_delete, media_path, media_write, space_require
from workers.models import Job, Stream, WorkerNode
from workers.services.leases import lease_require
from workers.services.stream_turns import turn_require

FOLDER = "tracks"
PURPOSE = "track log"
MOST_BYTES = 8 * 2**20
FUTURE = timedelta(seconds=60)
MOST_MS = 100 * 366 * 86_400_000
"""No stream goes on for so long, and the calendar ends somewhere."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the tracks are of: a job or a stream. ``zero`` is where its milliseconds count from."""

    camera: Camera
    zero: datetime
    job: Job | None = None
    stream: Stream | None = None

    def moment(self, at_ms: int) -> datetime:
        return self.zero + timedelta(milliseconds=at_ms)

    def same(self, header: SegmentHeader) -> Q:
        """The row that this segment would replace."""
        if self.stream is not None:
            return Q(stream=self.stream, epoch=header.epoch, start_ms=header.start_ms)
        return Q(job=self.job, start_ms=header.start_ms)


def track_log_store(*, node: WorkerNode, data: bytes) -> bool:
    """Keep a segment; True when it is news, False when it was there, or a later lease has given this stretch anew.

    The file is written first: a row without its file would be a gap that nobody sees.

    Raises:
        LeaseLostError: the node does not hold the chunk, or had lost the stream before the segment began.
        InvalidError: these are no tracks, or not of that job or stream; the sentence says why.
        StorageFullError: there is no room.
    """
    header = _checked(data)
    source = _source(node, header)
    _fitting_require(source, header)
    sha256 = hashlib.sha256(data).hexdigest()
    known = TrackLog.objects.filter(source.same(header)).first()
    if known is not None and _is_kept(known, header, sha256):
        return False
    name = _file_name(source.camera, header, sha256)
    sealed = seal(data, purpose=PURPOSE, name=name)
    space_require(len(sealed))
    media_write(name, [sealed])
    row = _row(source, header)
    row.name, row.size_bytes, row.sha256 = name, len(sealed), sha256
    return _kept(row, source.same(header))


def _checked(data: bytes) -> SegmentHeader:
    """Whoever reads the log later can rely on it."""
    try:
        decode_segment(data)
        return read_header(data)
    except BadSegmentError as error:
        raise InvalidError(f"The track log is not understood: {error}.") from None


@transaction.atomic
def _source(node: WorkerNode, header: SegmentHeader) -> Source:
    """Of a stream, what a lease's node began in its time counts; where the next lease has its own, that goes first."""
    turn = turn_require(node=node, stream_id=header.owner_id, epoch=header.epoch, at_ms=header.start_ms)
    if turn is not None:
        return Source(turn.stream.camera, turn.stream.started_at, stream=turn.stream)
    chunk = lease_require(node=node, job_id=header.owner_id, epoch=header.epoch)
    job = Job.objects.select_related("recording__camera").get(id=chunk.job_id)
    return Source(job.recording.camera, job.recording.started_at, job=job)


def _fitting_require(source: Source, header: SegmentHeader) -> None:
    if header.camera_id != source.camera.id:
        raise InvalidError("The tracks are of another camera than their job or stream.")
    if header.start_ms < 0 or header.end_ms > MOST_MS or header.end_ms - header.start_ms > SEGMENT_MS:
        raise InvalidError("The tracks are of a time that no segment can have.")
    if source.stream is not None and source.moment(header.end_ms) > timezone.now() + FUTURE:
        raise InvalidError("The tracks lie in the future.")
    if source.job is not None:
        duration_ms = (source.job.recording.facts or {}).get("duration_ms", 0)
        if header.end_ms > duration_ms + FUTURE / timedelta(milliseconds=1):
            raise InvalidError("The tracks lie behind the end of the recording.")


def _file_name(camera: Camera, header: SegmentHeader, sha256: str) -> str:
    """By the day on which it came, as that is how long it is kept; by its content, so that a retry overwrites."""
    day = f"{timezone.now():%Y-%m-%d}"
    return f"{FOLDER}/{day}/{camera.id}/{header.owner_id}-{header.epoch}-{header.start_ms}-{sha256[:16]}.tracks"


def _is_kept(known: TrackLog, header: SegmentHeader, sha256: str) -> bool:
    return known.epoch > header.epoch or (known.sha256 == sha256 and media_path(known.name).exists())


def _row(source: Source, header: SegmentHeader) -> TrackLog:
    return TrackLog(
        camera=source.camera,
        job=source.job,
        stream=source.stream,
        epoch=header.epoch,
        start_ms=header.start_ms,
        end_ms=header.end_ms,
        starts_at=source.moment(header.start_ms),
        ends_at=source.moment(header.end_ms),
        frames=header.frames,
        objects_seen=header.objects,
        finished=header.finished,
    )


def _kept(row: TrackLog, same: Q) -> bool:
    """Put the row in the place of what it replaces; the file that is not wanted any more goes with the commit."""
    with transaction.atomic():
        known = TrackLog.objects.select_for_update(of=("self",)).filter(same).first()
        if known is None:
            return _is_inserted(row)
        if known.epoch > row.epoch:
            transaction.on_commit(partial(media_delete, row.name))
            return False
        if known.name != row.name:
            transaction.on_commit(partial(media_delete, known.name))
        row.pk = known.pk
        row.save(force_update=True)
        return True


def _is_inserted(row: TrackLog) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Sent twice at the same moment: the other one was first, under the same name, as its content is the same.
        return False
    return True
