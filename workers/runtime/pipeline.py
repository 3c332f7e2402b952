"""Analyses one chunk of a recording: frames to detections, tracks, rules, events and their clips."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from pydantic import BaseModel, ConfigDict

from rules.engine.evaluation import ActiveRule, Ended, FrameTracks, RuleEngine, Started, Transition
from workers.runtime.contract import BoxSidecar, ChunkWork, ClipMeta, EventEnd, EventSubmission, event_key
from workers.runtime.detections import Detections, Tracks
from workers.runtime.detectors.base import Detector
from workers.runtime.media import MediaOrder, MediaWriter
from workers.runtime.open_events import EventRecord, OpenEvents
from workers.runtime.recording import Recording, open_recording
from workers.runtime.sidecar import BoxHistory, BoxHistoryState
from workers.runtime.source import NOTHING_SAMPLED, SampledFrame, SampledReader, Sampling, to_image
from workers.runtime.tracking import Tracker, TrackerConfig

KEYFRAME_SLACK_MS = 10_000
"""A copied clip starts up to one group of pictures early; its boxes are remembered so much longer."""


class EventSink(Protocol):
    """Where events and files go. An event's id is the same however often its chunk is analysed.

    Files belong to the sink once handed over.
    """

    def started(self, event: EventSubmission) -> None: ...

    def ended(self, end: EventEnd) -> None: ...

    def clip(self, event_id: uuid.UUID, path: Path, meta: ClipMeta, sidecar: BoxSidecar) -> None: ...

    def snapshot(self, event_id: uuid.UUID, path: Path) -> None: ...

    def progress(self, position_ms: int, frames_analysed: int) -> None:
        """Called after every analysed frame; may raise to stop the chunk (cancelled, lease lost)."""


class DetectorChangedError(Exception):
    """The chunks before were analysed with another model, whose classes mean something else."""


class PipelineState(BaseModel):
    """Everything that the next chunk needs to go on as if there were no chunks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    last_slot: int = NOTHING_SAMPLED
    tracker: dict[str, Any] | None = None
    rules: dict[str, Any] | None = None
    detector: dict[str, Any] | None = None
    class_names: tuple[str, ...] | None = None
    events: tuple[EventRecord, ...] = ()
    boxes: BoxHistoryState = BoxHistoryState()


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """``frames_lost``: grid steps whose frames could not be decoded. ``state`` goes into the checkpoint."""

    state: dict[str, Any]
    frames_analysed: int
    frames_lost: int


def process_chunk(work: ChunkWork, file: Path, detector: Detector, sink: EventSink, folder: Path) -> ChunkResult:
    """Analyse ``work``'s part of the recording in ``file``; clips and snapshots are written into ``folder``.

    Analysing a chunk again gives the same events and the same files. When this returns, every event, end and
    file of the chunk was handed to the sink.

    Raises:
        UnreadableRecordingError: the file is no recording of an allowed kind.
        DetectorChangedError: ``detector`` is not the one that analysed the chunks before.
        Exception: whatever the sink raises.
    """
    # Only a recording whose clock is sound was split; one that was not is read from its start for each clip.
    recording = Recording(file, work.container_format, steady=work.chunk_count > 1)
    with closing(MediaWriter(recording, folder)) as media:
        return _ChunkRun(work, detector, sink, media).run(recording)


class _ChunkRun:
    """One run over one chunk; holds the stream's memory while it lasts."""

    def __init__(self, work: ChunkWork, detector: Detector, sink: EventSink, media: MediaWriter) -> None:
        state = PipelineState.model_validate(work.state or {})
        self._work = work
        self._sink = sink
        self._media = media
        self._sampling = _sampling(work, state)
        if state.class_names not in (None, detector.class_names):
            raise DetectorChangedError(
                "This recording was begun with another detection model. Install that model again and retry, "
                "or upload the recording anew."
            )
        self._detector = detector.open_stream(state.detector)
        self._tracker = Tracker.restore(TrackerConfig(), state.tracker) if state.tracker else Tracker()
        self._engine = _engine(work, state)
        self._specs = {(rule.rule_id, rule.version): rule.spec for rule in work.camera.rules}
        self._events = OpenEvents(record.model_copy() for record in state.events)
        self._boxes = BoxHistory.restore(state.boxes)
        longest_pre_roll = max((spec.pre_roll_seconds for spec in self._specs.values()), default=0)
        self._memory_ms = round(longest_pre_roll * 1000) + KEYFRAME_SLACK_MS
        self._frames_analysed = 0
        self._frame_size = (1, 1)

    def run(self, recording: Recording) -> ChunkResult:
        with open_recording(recording) as source:
            reader = SampledReader(source, self._sampling)
            for sampled, found in self._detected(reader):
                self._analyse(sampled, found)
        if self._work.is_last:
            self._finish()
        self._hand_over(wait=True)
        return ChunkResult(self._state(reader.last_slot), self._frames_analysed, reader.lost)

    def _detected(self, reader: SampledReader) -> Iterator[tuple[SampledFrame, Detections]]:
        """Frames and what was found in them, in their order, with several on their way at a time."""
        reformatter = VideoReformatter()
        waiting: deque[tuple[SampledFrame, Future[Detections]]] = deque()
        for sampled in reader:
            waiting.append((sampled, self._detector.submit(to_image(sampled.picture, reformatter))))
            if len(waiting) > self._detector.in_flight:
                earliest, found = waiting.popleft()
                yield earliest, found.result()
        for sampled, found in waiting:
            yield sampled, found.result()

    def _analyse(self, sampled: SampledFrame, found: Detections) -> None:
        tracks = self._tracker.update(found, sampled.at_ms)
        frame = self._normalised(tracks, sampled)
        self._boxes.add(frame)
        for transition in self._engine.step(frame):
            self._apply(transition, sampled.picture)
        self._events.look(frame, sampled.picture)
        self._order_media(sampled.at_ms)
        self._hand_over()
        self._forget(sampled.at_ms)
        self._frames_analysed += 1
        self._sink.progress(sampled.at_ms, self._frames_analysed)

    def _normalised(self, tracks: Tracks, sampled: SampledFrame) -> FrameTracks:
        names = self._detector.class_names
        self._frame_size = sampled.picture.width, sampled.picture.height
        return FrameTracks(
            timestamp_ms=sampled.at_ms,
            track_ids=tracks.track_ids,
            class_names=tuple(names[class_id] for class_id in tracks.class_ids),
            confidences=tracks.confidences,
            # A tracker's smoothed boxes may reach a little beyond the picture.
            boxes_xyxy=np.clip(tracks.boxes_xyxy / (self._frame_size * 2), 0, 1),
        )

    def _apply(self, transition: Transition, picture: VideoFrame) -> None:
        if isinstance(transition, Started):
            self._start(transition, picture)
        else:
            self._end(transition)

    def _start(self, started: Started, picture: VideoFrame) -> None:
        spec = self._specs[started.rule_id, started.version]
        event_id = self._event_id(started)
        self._events.begin(EventRecord.begin(event_id, started, spec), picture)
        self._sink.started(
            EventSubmission(
                event_id=event_id,
                job_id=self._work.job_id,
                epoch=self._work.epoch,
                camera_id=self._work.camera.camera_id,
                rule_id=started.rule_id,
                rule_version=started.version,
                track_id=started.track_id,
                class_name=started.class_name,
                confidence=round(started.confidence, 4),
                severity=spec.severity,
                start_ms=started.start_ms,
                box_xyxy=started.box_xyxy,
                evidence=started.evidence,
            )
        )

    def _end(self, ended: Ended) -> None:
        event_id = self._event_id(ended)
        self._events.end(event_id, ended)
        self._sink.ended(
            EventEnd(event_id=event_id, job_id=self._work.job_id, epoch=self._work.epoch, end_ms=ended.end_ms)
        )

    def _event_id(self, transition: Transition) -> uuid.UUID:
        return event_key(
            self._work.job_id, transition.rule_id, transition.version, transition.track_id, transition.start_ms
        )

    def _finish(self) -> None:
        for ended in self._engine.finish():
            self._end(ended)
        self._order_media(None)

    def _order_media(self, now_ms: int | None) -> None:
        for record, picture in self._events.take_due(now_ms):
            window = record.window()
            frames = self._boxes.between(window.start_ms - KEYFRAME_SLACK_MS, window.end_ms)
            self._media.order(MediaOrder(record, frames, picture, self._frame_size))

    def _hand_over(self, *, wait: bool = False) -> None:
        for written in self._media.finished(wait=wait):
            if written.clip is not None:
                self._sink.clip(written.event_id, written.clip.path, written.clip.meta, written.clip.sidecar)
            if written.snapshot is not None:
                self._sink.snapshot(written.event_id, written.snapshot)

    def _forget(self, now_ms: int) -> None:
        self._boxes.forget_before(
            min(now_ms - self._memory_ms, self._events.earliest_clip_ms(now_ms) - KEYFRAME_SLACK_MS)
        )

    def _state(self, last_slot: int) -> dict[str, Any]:
        state = PipelineState(
            last_slot=last_slot,
            tracker=self._tracker.state(),
            rules=self._engine.state(),
            detector=self._detector.stream_state(),
            class_names=self._detector.class_names,
            events=self._events.records(),
            boxes=self._boxes.state(),
        )
        return state.model_dump(mode="json")


def _sampling(work: ChunkWork, state: PipelineState) -> Sampling:
    return Sampling(
        fps=work.camera.detect_fps,
        start_ms=work.start_ms,
        end_ms=None if work.is_last else work.end_ms,
        last_slot=state.last_slot,
    )


def _engine(work: ChunkWork, state: PipelineState) -> RuleEngine:
    rules = [ActiveRule(rule.rule_id, rule.version, rule.spec) for rule in work.camera.rules]
    engine = RuleEngine(rules, work.camera.zones)
    if state.rules:
        engine.restore(state.rules)
    return engine
