"""What one camera must give: the frames it played through the analysis alone, without clock, process or network."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from av.video.frame import VideoFrame

from bench.replay.journal import Played
from bench.replay.recording import DetectionRecording, recorded
from bench.replay.schedule import ReplaySchedule
from rules.engine.frames import FrameTracks
from rules.engine.schema import Severity
from workers.runtime.analysis import Owner, PipelineState, StreamAnalysis
from workers.runtime.clips import ClipError, CutClip
from workers.runtime.contract import BoxSidecar, ClipMeta, DetectorKind, EventEnd, EventSubmission
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image
from workers.runtime.media import MediaOrder, MediaWriter
from workers.runtime.open_events import EventRecord
from workers.runtime.source import SampledFrame


class ReplayDetector(Detector):
    """Stands for the model that made a recording; what it finds comes with the frames."""

    kind = DetectorKind.OPENVINO

    def __init__(self, recording: DetectionRecording) -> None:
        self.name = "replay"
        self.class_names = recording.class_names

    def submit(self, image: Image) -> Future[Detections]:
        raise NotImplementedError("a replay camera's detections come with its frames")


@cache
def constant_picture(width: int, height: int) -> VideoFrame:
    """What every replay camera shows."""
    picture = VideoFrame(width, height, "yuvj420p")
    for plane in picture.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    return picture


@dataclass(slots=True)
class Expected:
    """An event and when it must be known: ``at_ms`` is the frame that made it certain."""

    stream_id: uuid.UUID
    event_id: uuid.UUID
    rule_id: int
    track_id: int
    start_ms: int
    at_ms: int
    is_grave: bool
    end_ms: int | None = None


@dataclass(slots=True)
class ExpectingSink:
    """Takes what an analysis hands over."""

    now_ms: int = 0
    events: dict[uuid.UUID, Expected] = field(default_factory=dict)

    def started(self, event: EventSubmission) -> None:
        self.events[event.event_id] = Expected(
            event.job_id,
            event.event_id,
            event.rule_id,
            event.track_id,
            event.start_ms,
            self.now_ms,
            is_grave=event.severity == Severity.HIGH,
        )

    def ended(self, end: EventEnd) -> None:
        self.events[end.event_id].end_ms = end.end_ms

    def clip(self, event_id: uuid.UUID, path: Path, meta: ClipMeta, sidecar: BoxSidecar) -> None: ...

    def no_clip(self, event_id: uuid.UUID) -> None:
        """Files are not compared."""

    def snapshot(self, event_id: uuid.UUID, path: Path) -> None: ...

    def tracked(self, frame: FrameTracks) -> None:
        """No track log is kept."""

    def rules_finished(self) -> None:
        """No track log is kept."""

    def progress(self, position_ms: int, frames_analysed: int) -> None: ...


class NoMedia(MediaWriter):
    """Writes nothing."""

    def __init__(self) -> None:
        super().__init__(_NoClips(), Path())

    def order(self, order: MediaOrder) -> None: ...


class _NoClips:
    def cut(self, record: EventRecord, path: Path) -> CutClip:
        raise ClipError("nothing is cut here")

    def picture(self, record: EventRecord) -> VideoFrame | None:
        return None


def expected_events(leases: Sequence[Played]) -> list[Expected]:
    """What the platform must know in the end, of one stream, however its frames were spread over leases."""
    first = leases[0]
    recording = recorded(first.recording)
    schedule = ReplaySchedule(recording, first.seed)
    sink = ExpectingSink()
    owner = Owner(first.stream_id, first.epoch, first.camera)
    analysis = StreamAnalysis(owner, ReplayDetector(recording), sink, NoMedia(), PipelineState())
    picture = constant_picture(*recording.size)
    for start, end in (span for played in leases for span in played.spans):
        for number in range(start, end + 1):
            frame = schedule.frame(number)
            sink.now_ms = frame.at_ms
            analysis.analyse(SampledFrame(frame.at_ms, picture), frame.found)
    return list(sink.events.values())
