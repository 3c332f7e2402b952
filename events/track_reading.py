"""Reads track logs back: decrypted, in the order of time, and where two nodes watched at once each moment only once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.db.models import Min
from django.utils.translation import gettext as _

from events.models import TrackLog
from events.services.track_logs import PURPOSE
from rules.engine.frames import FrameTracks
from rules.engine.track_log import BadSegmentError, decode_segment
from vms.errors import NotFoundError
from vms.storage.encryption import DecryptionError, unseal
from vms.storage.media import media_path

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TrackStretch:
    """Frames of one stream or job, ``owner_id``, that follow on those of its stretch before, if there is one.

    The frames' times count from ``zero``. ``finished``: after them the rules were told that the stream was over or
    paused (``RuleEngine.finish``), as whoever replays them has to do.
    """

    camera_id: int
    owner_id: uuid.UUID
    zero: datetime
    frames: Sequence[FrameTracks]
    finished: bool


def segment_of(row: TrackLog) -> bytes:
    """The segment as its node wrote it.

    Raises:
        NotFoundError: the file is gone, or was written under another secret key.
    """
    try:
        return unseal(media_path(row.name).read_bytes(), purpose=PURPOSE, name=row.name)
    except OSError:
        raise NotFoundError(_("These tracks are not there any more.")) from None
    except DecryptionError as error:
        log.error("track_log.unreadable", name=row.name, error=str(error))
        raise NotFoundError(_("These tracks cannot be read with the platform's secret key.")) from None


def frames_of(row: TrackLog) -> Iterator[FrameTracks]:
    """All frames of one segment; the errors are those of ``segment_of``."""
    try:
        return decode_segment(segment_of(row))
    except BadSegmentError as error:
        log.error("track_log.unreadable", name=row.name, error=str(error))
        raise NotFoundError(_("These tracks cannot be read any more.")) from None


def stretches(rows: Iterable[TrackLog], start: datetime, end: datetime) -> Iterator[TrackStretch]:
    """What ``rows`` hold from ``start`` until ``end``: stream by stream and job by job, each in the order of time.

    Where two leases of a stream have told of the same time, the later one counts from its first frame on. A segment
    that cannot be read is left out and logged. One segment at a time is held in memory.
    """
    for cut in cuts(rows, start, end):
        try:
            frames = [each for each in frames_of(cut.row) if cut.first_ms <= each.timestamp_ms < cut.limit_ms]
        except NotFoundError:
            continue
        if frames:
            yield TrackStretch(cut.row.camera_id, owner_of(cut.row), cut.zero, frames, cut.is_finished)


@dataclass(frozen=True, slots=True)
class Cut:
    """Of a segment what counts: from ``first_ms`` up to, not including, ``limit_ms``, in time from ``zero``."""

    row: TrackLog
    zero: datetime
    first_ms: float
    limit_ms: float

    @property
    def is_finished(self) -> bool:
        return self.row.finished and self.row.end_ms < self.limit_ms


def cuts(rows: Iterable[TrackLog], start: datetime, end: datetime) -> Iterator[Cut]:
    """The segments to read, in the order and with the bounds of ``stretches``."""
    by_owner = sorted(rows, key=lambda row: (row.camera_id, str(owner_of(row)), row.epoch, row.start_ms))
    for _owner, of_owner in groupby(by_owner, key=owner_of):
        segments = list(of_owner)
        limits = _limits(segments)
        for row in segments:
            zero = row.starts_at - timedelta(milliseconds=row.start_ms)
            cut = Cut(row, zero, _ms(start - zero), min(_ms(end - zero), limits[row.epoch]))
            if row.start_ms < cut.limit_ms:
                yield cut


def owner_of(row: TrackLog) -> uuid.UUID:
    owner_id = row.stream_id or row.job_id
    assert owner_id is not None  # noqa: S101  a constraint of the table
    return owner_id


def _limits(segments: Sequence[TrackLog]) -> dict[int, float]:
    """By epoch: where the earliest frame of any later lease is, also of one with nothing in these segments."""
    first = segments[0]
    later = TrackLog.objects.filter(stream=first.stream_id, job=first.job_id, epoch__gte=first.epoch)
    begins = dict(later.order_by().values_list("epoch").annotate(Min("start_ms")))
    return {
        row.epoch: min((at_ms for epoch, at_ms in begins.items() if epoch > row.epoch), default=float("inf"))
        for row in segments
    }


def _ms(span: timedelta) -> float:
    return span / timedelta(milliseconds=1)
