"""What happens to each frame of a stream, recorded or live: tracks, rules, events and orders for their media."""

from __future__ import annotations

import uuid
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from rules.engine.evaluation import ActiveRule, Ended, FrameTracks, RuleEngine, Started, Transition
from rules.engine.track_log import quantised
from rules.engine.wanted_looks import wants_signals
from workers.runtime.closeups.closeups import NO_CLOSEUPS, Closeups, CloseupSettings
from workers.runtime.closeups.wishes import PERSON
from workers.runtime.contract import BoxSidecar, CameraConfig, ClipMeta, EventEnd, EventSubmission, OpenStreamEvent
from workers.runtime.detections import Detections, Tracks
from workers.runtime.detectors.base import Detector, Image
from workers.runtime.event_names import AdoptedName, EventNames
from workers.runtime.masks import Masks
from workers.runtime.media import MediaOrder, MediaWriter
from workers.runtime.open_events import EventRecord, OpenEvents
from workers.runtime.scene_meter import SceneMeter
from workers.runtime.sidecar import BoxHistory, BoxHistoryState
from workers.runtime.source import NOTHING_SAMPLED, SampledFrame, to_image
from workers.runtime.tracking import Outlook, Tracker, TrackerConfig

log = structlog.get_logger(__name__)

KEYFRAME_SLACK_MS = 10_000
"""A copied clip starts up to one group of pictures early; its boxes are remembered so much longer."""


class EventSink(Protocol):
    """Where events and files go. An event's id is the same however often its frames are analysed.

    Files belong to the sink once handed over.
    """

    def started(self, event: EventSubmission) -> None: ...

    def ended(self, end: EventEnd) -> None: ...

    def clip(self, event_id: uuid.UUID, path: Path, meta: ClipMeta, sidecar: BoxSidecar) -> None: ...

    def snapshot(self, event_id: uuid.UUID, path: Path) -> None: ...

    def no_clip(self, event_id: uuid.UUID) -> None:
        """The event's clip could not be made, and will not be."""

    def tracked(self, frame: FrameTracks) -> None:
        """What the rules are about to be shown, for the track log."""

    def rules_finished(self) -> None:
        """The rules were told that the stream is over, or pauses: so must be who replays the track log."""

    def progress(self, position_ms: int, frames_analysed: int) -> None:
        """Called after every analysed frame; may raise to stop the work (cancelled, lease lost)."""


class DetectorChangedError(Exception):
    """The frames before were analysed with another model, whose classes mean something else."""


class PipelineState(BaseModel):
    """Everything that the next chunk, or the next host, needs to go on as if nothing had happened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    last_slot: int = NOTHING_SAMPLED
    tracker: dict[str, Any] | None = None
    rules: dict[str, Any] | None = None
    detector: dict[str, Any] | None = None
    class_names: tuple[str, ...] | None = None
    events: tuple[EventRecord, ...] = ()
    boxes: BoxHistoryState = BoxHistoryState()
    adopted: tuple[AdoptedName, ...] = ()
    closeups: dict[str, Any] | None = Field(default=None, exclude_if=lambda value: value is None)
    scene: list[Any] | None = Field(default=None, exclude_if=lambda value: value is None)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose events these are. ``owner_id`` (a job or a live stream) makes their ids and outlives every lease.

    ``open_events``: what the platform holds open of a live stream.
    """

    owner_id: uuid.UUID
    epoch: int
    camera: CameraConfig
    open_events: tuple[OpenStreamEvent, ...] = ()


class StreamAnalysis:
    """One stream's memory, from its first frame to its last or to its hand-over; for one thread.

    Raises:
        DetectorChangedError: ``detector`` is not the one that the state was made with.
    """

    def __init__(
        self,
        owner: Owner,
        detector: Detector,
        sink: EventSink,
        media: MediaWriter,
        state: PipelineState,
        closeups: CloseupSettings = NO_CLOSEUPS,
    ) -> None:
        if state.class_names not in (None, detector.class_names):
            raise DetectorChangedError(
                "This recording was begun with another detection model. Install that model again and retry, "
                "or upload the recording anew."
            )
        self.frames_analysed = 0
        self.detector = detector.open_stream(state.detector)
        self._owner = owner
        self._sink = sink
        self._media = media
        self._reformatter = VideoReformatter()
        self._tracker = Tracker.restore(TrackerConfig(), state.tracker) if state.tracker else Tracker()
        camera = owner.camera
        self._person = detector.class_names.index(PERSON) if PERSON in detector.class_names else -1
        self._closeups = Closeups([rule.spec for rule in camera.rules], camera.zones, closeups, state.closeups)
        self._scene_meter = _scene_meter(camera, state)
        self._masks = Masks(camera.masks)
        self._engine = _engine(camera, self._closeups.names, state)
        self._specs = {(rule.rule_id, rule.version): rule.spec for rule in owner.camera.rules}
        next_track_id = int((state.tracker or {}).get("next_id", 1))
        self._names = EventNames(owner.owner_id, state.rules, state.adopted, owner.open_events, next_track_id)
        self._events = OpenEvents(record.model_copy() for record in state.events)
        self._boxes = BoxHistory.restore(state.boxes)
        longest_pre_roll = max((spec.pre_roll_seconds for spec in self._specs.values()), default=0)
        self._memory_ms = round(longest_pre_roll * 1000) + KEYFRAME_SLACK_MS
        self._frame_size = (1, 1)
        self.newest: FrameTracks | None = None

    def submit(self, picture: VideoFrame) -> Future[Detections]:
        """Start looking for objects; frames are to be analysed in the order in which they were submitted."""
        return self.detector.submit(to_image(picture, self._reformatter))

    def outlook(self, at_ms: int) -> Outlook:
        """Where the tracks are expected in a frame of this time."""
        return self._tracker.outlook(at_ms)

    def analyse(self, sampled: SampledFrame, found: Detections, looked: NDArray[np.bool_] | None = None) -> None:
        """``looked``: of every track of the ``outlook``, whether the detector looked there; None: everywhere."""
        # As the track log has it, so that rules find the same in the log.
        self.newest = frame = quantised(self._tracked(sampled, found, looked))
        self._boxes.add(frame)
        self._sink.tracked(frame)
        self._names.seen(frame.track_ids.tolist(), sampled.at_ms)
        for transition in self._engine.step(frame):
            self._apply(transition, sampled.picture)
        self._end_all(self._names.overdue(sampled.at_ms))
        self._events.look(frame, sampled.picture)
        self.order_media(sampled.at_ms)
        self.hand_over()
        self._forget(sampled.at_ms)
        self.frames_analysed += 1
        self._sink.progress(sampled.at_ms, self.frames_analysed)

    def finish(self, now_ms: int = 0) -> None:
        """The stream is over, or pauses: every event ends; what another host left open, at ``now_ms`` at the latest."""
        for ended in self._engine.finish():
            self._end(ended)
        self._sink.rules_finished()
        self._end_all(self._names.give_up(now_ms))
        self.order_media(None)

    def order_media(self, now_ms: int | None) -> None:
        """Have the clips made whose window has passed; None: all of them, with what there is."""
        for record, picture in self._events.take_due(now_ms):
            window = record.window()
            frames = self._boxes.between(window.start_ms - KEYFRAME_SLACK_MS, window.end_ms)
            self._media.order(MediaOrder(record, frames, picture, self._frame_size))

    def hand_over(self, *, wait: bool = False) -> None:
        """Give the sink the files that are written; with ``wait`` all that were ordered."""
        for written in self._media.finished(wait=wait):
            if written.clip is not None:
                self._sink.clip(written.event_id, written.clip.path, written.clip.meta, written.clip.sidecar)
            else:
                self._sink.no_clip(written.event_id)
            if written.snapshot is not None:
                self._sink.snapshot(written.event_id, written.snapshot)

    def earliest_clip_ms(self, default_ms: int) -> int:
        """Where the earliest clip begins that is not ordered yet."""
        return self._events.earliest_clip_ms(default_ms)

    def state(self, last_slot: int = NOTHING_SAMPLED, *, with_boxes: bool = True) -> PipelineState:
        """``last_slot`` is for streams that are sampled on a grid.

        ``with_boxes``: whoever goes on cuts clips that show what was analysed here.
        """
        return PipelineState(
            last_slot=last_slot,
            tracker=self._tracker.state(),
            rules=self._engine.state(),
            detector=self.detector.stream_state(),
            class_names=self.detector.class_names,
            events=self._events.records(),
            boxes=self._boxes.state() if with_boxes else BoxHistoryState(),
            adopted=self._names.names(),
            closeups=self._closeups.state(),
            scene=self._scene_meter.state() if self._scene_meter else None,
        )

    def _tracked(self, sampled: SampledFrame, found: Detections, looked: NDArray[np.bool_] | None) -> FrameTracks:
        def image() -> Image:
            return to_image(sampled.picture, self._reformatter)

        if self._closeups.finds_lost:
            ids = self._tracker.outlook(sampled.at_ms).track_ids
            expected = (ids if looked is None else ids[looked]).tolist()
            found = self._closeups.find_lost(found, self._person, expected, sampled.at_ms, image)
        found = self._masks.keep(found, sampled.picture.width, sampled.picture.height)
        frame = self._normalised(self._tracker.update(found, sampled.at_ms, looked), sampled)
        if self._scene_meter is not None:
            frame = replace(frame, signals=self._scene_meter.measure(sampled.picture, sampled.at_ms))
        return self._closeups.add_to(frame, self._frame_size, image)

    def _normalised(self, tracks: Tracks, sampled: SampledFrame) -> FrameTracks:
        names = self.detector.class_names
        self._frame_size = width, height = sampled.picture.width, sampled.picture.height
        boxes_xyxy = tracks.boxes_xyxy / np.array((width, height, width, height))
        return FrameTracks(
            timestamp_ms=sampled.at_ms,
            track_ids=tracks.track_ids,
            class_names=tuple([names[class_id] for class_id in tracks.class_ids.tolist()]),
            confidences=tracks.confidences,
            # A tracker's smoothed boxes may reach a little beyond the picture.
            boxes_xyxy=np.minimum(np.maximum(boxes_xyxy, 0), 1),
            aspect=width / height,
        )

    def _apply(self, transition: Transition, picture: VideoFrame) -> None:
        if isinstance(transition, Started):
            self._start(transition, picture)
        else:
            self._end(transition)

    def _start(self, started: Started, picture: VideoFrame) -> None:
        spec = self._specs[started.rule_id, started.version]
        event_id, is_news = self._names.started(started)
        self._events.begin(EventRecord.begin(event_id, started, spec), picture)
        if not is_news:
            return
        self._sink.started(
            EventSubmission(
                event_id=event_id,
                job_id=self._owner.owner_id,
                epoch=self._owner.epoch,
                camera_id=self._owner.camera.camera_id,
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
        event_id = self._names.ended(ended)
        self._events.end(event_id, ended)
        self._end_all([(event_id, ended.end_ms)])

    def _end_all(self, ends: list[tuple[uuid.UUID, int]]) -> None:
        for event_id, end_ms in ends:
            self._sink.ended(
                EventEnd(event_id=event_id, job_id=self._owner.owner_id, epoch=self._owner.epoch, end_ms=end_ms)
            )

    def _forget(self, now_ms: int) -> None:
        self._boxes.forget_before(
            min(now_ms - self._memory_ms, self._events.earliest_clip_ms(now_ms) - KEYFRAME_SLACK_MS)
        )


def _scene_meter(camera: CameraConfig, state: PipelineState) -> SceneMeter | None:
    """None where no rule asks about the picture as a whole."""
    if not any(wants_signals(rule.spec) for rule in camera.rules):
        return None
    return SceneMeter.of_state(state.scene) if state.scene else SceneMeter()


def _engine(camera: CameraConfig, models: frozenset[str], state: PipelineState) -> RuleEngine:
    rules = [ActiveRule(rule.rule_id, rule.version, rule.spec) for rule in camera.rules]
    engine = RuleEngine(rules, camera.zones, replace(camera.surroundings(), models=models))
    for rule_id, reason in engine.unusable:
        log.warning("rule.unusable", camera_id=camera.camera_id, rule_id=rule_id, reason=reason)
    if state.rules:
        engine.restore(state.rules)
    return engine
