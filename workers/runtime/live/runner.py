"""Watches one camera: reads it, analyses its newest frames, hands on events, and tells how it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import structlog

from workers.runtime.analysis import EventSink, Owner, PipelineState, StreamAnalysis
from workers.runtime.closeups.closeups import CloseupSettings
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.contract import LiveBox, StreamHealth, StreamWork
from workers.runtime.detectors.base import Detector
from workers.runtime.live.address import StreamAddress
from workers.runtime.live.clips import LiveClips
from workers.runtime.live.computing import COMPUTING
from workers.runtime.live.conditions import ConditionChange
from workers.runtime.live.marks import NO_MARKS, StreamMarks
from workers.runtime.live.picture import LivePicture, PictureDesk, live_boxes
from workers.runtime.live.ring import PacketRing, RingLimits
from workers.runtime.live.sight import open_sight
from workers.runtime.live.slot import FrameSlot
from workers.runtime.live.stream import LiveStream, StreamOutputs, StreamSettings
from workers.runtime.media import MediaWriter
from workers.runtime.source import SampledFrame

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.5
HEALTH_SECONDS = 1.0
RING_SLACK_SECONDS = 10.0
"""Kept beyond the longest pre-roll: a keyframe's distance, and the time from a moment to its event."""
MEDIA_GRACE_MS = 3_000
"""A clip that no frame makes due, since none comes, waits so much longer for packets on their way."""
OFFLINE_MS = 60_000
"""Without a picture for so long nobody can say that an event still lasts: it ends where it was last seen."""


class LiveSink(EventSink, Protocol):
    """Where a live stream's events and its health go; called on the analysing thread. What it raises ends the watch."""

    def condition(self, change: ConditionChange) -> None: ...

    def health(self, health: StreamHealth) -> None:
        """About once a second."""


@dataclass(frozen=True, slots=True)
class RunnerSettings:
    """``detect_fps`` of ``stream`` comes with the work."""

    stream: StreamSettings = field(default_factory=StreamSettings)
    ring_bytes: int = 64_000_000
    clock: Callable[[], float] = field(default=time.monotonic)
    marks: StreamMarks = NO_MARKS
    models: CloseupModels = NO_MODELS


class StreamRunner:
    """One camera from ``start`` until ``stop``, ``finish``, or until its sink refuses (``failure``).

    Raises:
        UnusableAddressError: an address is none of a camera.
    """

    def __init__(
        self, work: StreamWork, detector: Detector, sink: LiveSink, folder: Path, settings: RunnerSettings | None = None
    ) -> None:
        settings = settings or RunnerSettings()
        self._clock = settings.clock
        self._zero = self._clock() - work.now_ms / 1000
        state = _usable(PipelineState.model_validate(work.state or {}), detector)
        self._work = work
        self._sink = sink
        self._marks = settings.marks
        self._closeups = CloseupSettings(settings.models, work.priority, settings.marks.inferring)
        self._slot = FrameSlot()
        self._ring = PacketRing(RingLimits(_ring_seconds(work), settings.ring_bytes))
        self._media = MediaWriter(LiveClips(self._ring, folder), folder, is_live=True)
        self._detector = detector
        self._analysis = self._analysis_of(work, state)
        self._frames_before = 0
        self._began_ms = self.now_ms()
        self._ended_ms = -1
        self._sight = open_sight(detector, work.priority, work.camera.detect_fps, settings.marks.inferring)
        self._streams = self._open_streams(work, settings)
        self._desk = PictureDesk(self._slot, self.now_ms)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._told_health_ms = 0
        self._skipped_told = 0
        self._thread = threading.Thread(target=self._run, name=f"analyse {work.camera.camera_id}", daemon=True)
        self.failure: Exception | None = None

    def _open_streams(self, work: StreamWork, settings: RunnerSettings) -> tuple[LiveStream, ...]:
        """The analysed stream, and behind it the one that clips are cut from where that is another."""
        name, fps = f"camera {work.camera.camera_id}", work.camera.detect_fps
        detect = StreamAddress(name, work.detect_url, work.networks)
        detect_settings = replace(settings.stream, detect_fps=fps)
        if work.clip_url in (None, work.detect_url):
            outputs = StreamOutputs(self._ring, self._slot, settings.marks.decoding)
            return (LiveStream(detect, detect_settings, outputs, self.now_ms),)
        clip = StreamAddress(f"{name} (clips)", work.clip_url or "", work.networks)
        clip_settings = replace(settings.stream, detect_fps=None)
        return (
            LiveStream(
                detect,
                detect_settings,
                StreamOutputs(slot=self._slot, decoding=settings.marks.decoding),
                self.now_ms,
            ),
            LiveStream(clip, clip_settings, StreamOutputs(ring=self._ring), self.now_ms),
        )

    def now_ms(self) -> int:
        """Stream time now."""
        return round((self._clock() - self._zero) * 1000)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        for stream in self._streams:
            stream.start()
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> dict[str, Any]:
        """Stop reading, cut the clips of open events as far as they go, and give the state for the next host."""
        state = self.suspend(seconds)
        self.close()
        return state

    def suspend(self, seconds: float = 5.0) -> dict[str, Any]:
        """Stop reading and give the state for the next host, who need not wait for the clips; ``close`` follows."""
        self._halt(seconds)
        with self._lock:
            self._analysis.order_media(None)
        return self.state()

    def close(self) -> None:
        """Give the sink what is still being written."""
        with self._lock:
            self._analysis.hand_over(wait=True)
        self._media.close()

    def renew(self, work: StreamWork, sink: LiveSink) -> bool:
        """Go on under a new lease with its zones and rules, the camera left connected.

        False, and nothing is changed, where the camera is to be read from elsewhere or otherwise.
        """
        if _source(work) != _source(self._work):
            return False
        with self._lock:
            state = self._analysis.state()
            self._frames_before += self._analysis.frames_analysed
            self._work, self._sink = work, sink
            self._analysis = self._analysis_of(work, state)
            self._ring.keep(_ring_seconds(work))
        return True

    def _analysis_of(self, work: StreamWork, state: PipelineState) -> StreamAnalysis:
        owner = Owner(work.stream_id, work.epoch, work.camera, work.open_events)
        return StreamAnalysis(owner, self._detector, self._sink, self._media, state, self._closeups)

    def finish(self, seconds: float = 5.0) -> None:
        """Stop watching this camera for good: its events end."""
        self._halt(seconds)
        with self._lock:
            self._analysis.finish()
            self._analysis.hand_over(wait=True)
        self._media.close()

    def state(self) -> dict[str, Any]:
        """Everything that another host needs to go on from here; between two frames, from any thread.

        Not the boxes of the last seconds: that host's clips begin with the packets that it received itself.
        """
        with self._lock:
            return self._analysis.state(with_boxes=False).model_dump(mode="json")

    def picture(self, max_age_seconds: float = 10.0) -> LivePicture | None:
        """The newest picture, at most two new ones a second; None where there is none that young. From any thread."""
        return self._desk.picture(max_age_seconds)

    def boxes(self, at_ms: int) -> tuple[LiveBox, ...]:
        """What was found about then; empty where nothing was analysed lately."""
        return live_boxes(self._analysis.newest, at_ms)

    def limit_ring(self, max_bytes: int) -> None:
        self._ring.limit(max_bytes)

    def health(self) -> StreamHealth:
        """How the camera does now; from any thread."""
        stream = self._streams[0]
        width, height = stream.judge.size or (0, 0)
        change = stream.board.current
        return StreamHealth(
            condition=change.condition,
            since_ms=change.at_ms,
            now_ms=self.now_ms(),
            frame_ms=stream.last_frame_ms,
            width=width,
            height=height,
            frames_analysed=self._frames_before + self._analysis.frames_analysed,
            frames_skipped=self._slot.skipped,
            frames_unmoved=self._sight.frames_unmoved,
            frames_held_back=stream.pace.held_back,
            frames_damaged=stream.counts.damaged,
            connections=stream.counts.connections,
            clock_jumps=stream.counts.clock_jumps,
            lag_ms=round(stream.counts.lag_ms),
            ring_bytes=self._ring.byte_count,
            clip_condition=next((clips.board.current.condition for clips in self._streams[1:]), None),
        )

    def _halt(self, seconds: float) -> None:
        self._stopping.set()
        self._slot.close()
        for stream in self._streams:
            stream.stop()
        if self._thread.is_alive():
            self._thread.join(seconds)
        self._sight.close()
        for stream in self._streams:
            stream.stop(seconds)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if (sampled := self._slot.take(TICK_SECONDS)) is not None:
                    self._analyse(sampled)
                self._tick()
        except Exception as error:  # the thread's edge: whoever started it looks at ``failure``
            log.exception("stream.analysis_ended", stream=self._streams[0].address.name)
            self.failure = error
            for stream in self._streams:
                stream.stop()

    def _analyse(self, sampled: SampledFrame) -> None:
        with COMPUTING.turn():
            self._find_and_tell(sampled)

    def _find_and_tell(self, sampled: SampledFrame) -> None:
        with self._marks.inferring:
            findings = self._sight.find(sampled, self._analysis)
        with COMPUTING.holding(self._lock):
            if self._stopping.is_set():
                return  # the state may be saved already
            self._analysis.analyse(sampled, findings.detections, findings.looked)
            self._keep_what_is_needed()

    def _tick(self) -> None:
        now_ms = self.now_ms()
        for stream in self._streams:
            stream.watch()
        self._adapt_rate()
        for stream in self._streams:
            for change in stream.board.take_changes():
                log.info("stream.condition", stream=stream.address.name, condition=change.condition)
                if stream is self._streams[0]:
                    self._sink.condition(change)
        if now_ms - self._told_health_ms < HEALTH_SECONDS * 1000:
            return
        self._told_health_ms = now_ms
        self._sink.health(self.health())
        with self._lock:
            self._end_if_offline(now_ms)
            self._analysis.order_media(now_ms - MEDIA_GRACE_MS)
            self._analysis.hand_over()
            self._keep_what_is_needed()

    def _end_if_offline(self, now_ms: int) -> None:
        last_ms = self._streams[0].last_frame_ms or self._began_ms
        if now_ms - last_ms > OFFLINE_MS and self._ended_ms != last_ms:
            self._analysis.finish(last_ms)
            self._ended_ms = last_ms

    def _adapt_rate(self) -> None:
        """Take as many frames as the process has time for, and tell it how many went by unseen."""
        skipped = self._slot.skipped
        self._streams[0].pace.allow(self._sight.allowed_fps(replaced=skipped - self._skipped_told))
        self._skipped_told = skipped

    def _keep_what_is_needed(self) -> None:
        """The ring goes back to its usual length once no clip waits any more."""
        earliest_ms = self._analysis.earliest_clip_ms(default_ms=-1)
        if earliest_ms >= 0:
            self._ring.need_from(earliest_ms)
        elif not self._media.is_busy:
            self._ring.need_from(None)


def _source(work: StreamWork) -> tuple[object, ...]:
    return work.detect_url, work.clip_url, work.networks, work.camera.detect_fps, work.priority


def _ring_seconds(work: StreamWork) -> float:
    return max((rule.spec.pre_roll_seconds for rule in work.camera.rules), default=0.0) + RING_SLACK_SECONDS


def _usable(state: PipelineState, detector: Detector) -> PipelineState:
    """Tracks of another model are let go of, so that their events end; new ones get new ids."""
    if state.class_names in (None, detector.class_names):
        return state
    log.warning("stream.model_changed", model=detector.name)
    tracker = None if state.tracker is None else state.tracker | {"rows": []}
    return PipelineState(tracker=tracker, rules=state.rules, events=state.events, boxes=state.boxes)
