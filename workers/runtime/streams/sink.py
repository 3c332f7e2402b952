"""Where a live stream's events go under one lease: into the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

from rules.engine.frames import FrameTracks
from rules.engine.track_log import Segment
from workers.runtime.contract import (
    BoxSidecar,
    ClipMeta,
    ClipUpload,
    EventEnd,
    EventSubmission,
    StreamHealth,
    StreamWork,
)
from workers.runtime.live.computing import COMPUTING
from workers.runtime.live.conditions import ConditionChange
from workers.runtime.outbox import Outbox
from workers.runtime.streams.unwritten import Unwritten
from workers.runtime.track_recorder import TrackRecorder, stream_origin


class StreamGoneError(Exception):
    """The stream is another's now; what begins from here on is that one's to tell."""


class StreamSink:
    """A runner's ``LiveSink``. ``changed`` is called with each start and end, once that is on the disk.

    ``former``: of the same stream under the lease before; what the disk had no room for is written in one order.
    """

    def __init__(
        self,
        work: StreamWork,
        outbox: Outbox,
        changed: Callable[[], None],
        model: str = "",
        former: StreamSink | None = None,
    ) -> None:
        self._stream_id, self._epoch = work.stream_id, work.epoch
        self._outbox = outbox
        self._changed = changed
        self._unwritten: Unwritten = Unwritten() if former is None else former._unwritten
        self._tracks = TrackRecorder(stream_origin(work, model), self._keep_segment)
        self._gone = False

    def revoke(self) -> None:
        """Take no more events; files of events that were told already are still taken."""
        self._gone = True

    def keep_tracks(self) -> None:
        """The lease ends, or another's rules apply: whatever was tracked is to be kept."""
        self._tracks.close()

    def started(self, event: EventSubmission) -> None:
        self._require()
        self._unwritten.put(lambda: self._outbox.put_start(event))
        self._changed()

    def ended(self, end: EventEnd) -> None:
        self._require()
        self._unwritten.put(lambda: self._outbox.put_end(end))
        self._changed()

    def clip(self, event_id: uuid.UUID, path: Path, meta: ClipMeta, sidecar: BoxSidecar) -> None:
        upload = ClipUpload(meta=meta, boxes=sidecar)
        self._unwritten.put(lambda: self._outbox.put_clip(event_id, self._stream_id, self._epoch, upload, path))

    def snapshot(self, event_id: uuid.UUID, path: Path) -> None:
        self._unwritten.put(lambda: self._outbox.put_snapshot(event_id, self._stream_id, self._epoch, path))

    def no_clip(self, event_id: uuid.UUID) -> None:
        self._unwritten.put(self._outbox.note_lost)

    def tracked(self, frame: FrameTracks) -> None:
        self._tracks.add(frame)

    def rules_finished(self) -> None:
        self._tracks.close(finished=True)

    def progress(self, position_ms: int, frames_analysed: int) -> None:
        self._require()
        self._unwritten.try_now_and_then()

    def condition(self, change: ConditionChange) -> None:
        """Reported with the stream's health."""

    def health(self, health: StreamHealth) -> None:
        """Asked for when it is reported."""
        self._unwritten.try_now_and_then()

    def _keep_segment(self, segment: Segment) -> None:
        with COMPUTING.away():
            self._outbox.put_tracks(segment)

    def _require(self) -> None:
        if self._gone:
            raise StreamGoneError("the stream is another's now")
