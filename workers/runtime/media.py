"""Writes the clip, the snapshot and the boxes of events beside the analysis, on a thread of its own."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from av.video.frame import VideoFrame

from rules.engine.transitions import FrameTracks
from workers.runtime.clips import ClipError, CutClip, cut_clip
from workers.runtime.contract import BoxSidecar, ClipMeta
from workers.runtime.live.computing import COMPUTING
from workers.runtime.open_events import EventRecord
from workers.runtime.recording import Recording, UnreadableRecordingError, open_recording
from workers.runtime.sidecar import box_samples
from workers.runtime.snapshot import SnapshotError, write_snapshot
from workers.runtime.source import picture_at
from workers.runtime.transcoding import Transcoder

log = structlog.get_logger(__name__)

MAX_WAITING = 8
"""More clips waiting to be cut than this hold the analysis up, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class MediaOrder:
    """``frames`` are the boxes around the event; ``picture`` is its best frame where it is still at hand."""

    record: EventRecord
    frames: list[FrameTracks]
    picture: VideoFrame | None
    frame_size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ClipFile:
    path: Path
    meta: ClipMeta
    sidecar: BoxSidecar


@dataclass(frozen=True, slots=True)
class EventMedia:
    """What was written; None where the recording is too damaged to give it."""

    event_id: uuid.UUID
    clip: ClipFile | None
    snapshot: Path | None


class ClipSource(Protocol):
    """What clips are cut from. Called on the writer's thread."""

    def cut(self, record: EventRecord, path: Path) -> CutClip:
        """Write the event's clip to ``path``; raises ClipError or UnreadableRecordingError."""

    def picture(self, record: EventRecord) -> VideoFrame | None:
        """The event's best frame, after its clip was cut; None where there is none."""


class RecordingClips:
    """Clips of a recording's file."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._transcoder = Transcoder()

    def cut(self, record: EventRecord, path: Path) -> CutClip:
        return cut_clip(self._recording, record.window(), path, self._transcoder)

    def picture(self, record: EventRecord) -> VideoFrame | None:
        with open_recording(self._recording) as source:
            return picture_at(source, record.best_ms)


class MediaWriter:
    """Orders are carried out and handed back one after the other.

    ``is_live``: a full disk costs an event its clip. A recording can be analysed again instead.
    """

    def __init__(self, clips: ClipSource, folder: Path, *, is_live: bool = False) -> None:
        self._faults = (ClipError, SnapshotError, UnreadableRecordingError, *((OSError,) if is_live else ()))
        self._clips = clips
        self._folder = folder
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="media")
        self._waiting: deque[Future[EventMedia]] = deque()

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    def order(self, order: MediaOrder) -> None:
        self._waiting.append(self._thread.submit(self._write, order))

    def finished(self, *, wait: bool = False) -> Iterator[EventMedia]:
        """What is done by now; with ``wait`` everything ordered."""
        while self._waiting and (wait or self._waiting[0].done() or len(self._waiting) > MAX_WAITING):
            with COMPUTING.away():
                written = self._waiting.popleft().result()
            yield written

    def close(self) -> None:
        """Drop what is not begun and wait for what is."""
        self._thread.shutdown(cancel_futures=True)

    def _write(self, order: MediaOrder) -> EventMedia:
        return EventMedia(order.record.event_id, self._clip(order), self._snapshot(order))

    def _clip(self, order: MediaOrder) -> ClipFile | None:
        record = order.record
        try:
            cut = self._clips.cut(record, self._folder / f"{record.event_id}.mp4")
        except self._faults as error:
            log.warning("clip_not_cut", event_id=str(record.event_id), reason=str(error))
            return None
        return ClipFile(cut.path, _meta(cut, record), _sidecar(cut, order))

    def _snapshot(self, order: MediaOrder) -> Path | None:
        path = self._folder / f"{order.record.event_id}.jpg"
        try:
            write_snapshot(order.picture or self._read_again(order.record), path)
        except self._faults as error:
            log.warning("snapshot_not_written", event_id=str(order.record.event_id), reason=str(error))
            return None
        return path

    def _read_again(self, record: EventRecord) -> VideoFrame:
        picture = self._clips.picture(record)
        if picture is None:
            raise SnapshotError("the frame cannot be read again")
        return picture


def _meta(cut: CutClip, record: EventRecord) -> ClipMeta:
    return ClipMeta(
        start_ms=cut.start_ms,
        duration_ms=cut.duration_ms,
        codec=cut.codec,
        sha256=cut.sha256,
        # The clip of a live event may begin after it.
        moment_ms=max(0, record.start_ms - cut.start_ms),
        shortened=cut.shortened,
    )


def _sidecar(cut: CutClip, order: MediaOrder) -> BoxSidecar:
    width, height = order.frame_size
    return BoxSidecar(
        width=width,
        height=height,
        event_track_id=order.record.track_id,
        samples=box_samples(order.frames, cut.start_ms),
    )
