"""Watches a replay camera the way a real one is watched, but for its reader, its detector and its threads."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import structlog

from bench.replay.address import ReplayAddress
from bench.replay.journal import Played, ReplayJournal, Spans
from bench.replay.oracle import ReplayDetector, constant_picture
from bench.replay.player import ReplayPlayer
from bench.replay.recording import recorded
from bench.replay.schedule import STEP_MS, ReplaySchedule
from workers.runtime.contract import StreamHealth, StreamWork
from workers.runtime.live.conditions import Condition
from workers.runtime.live.runner import TICK_SECONDS, LiveSink, RunnerSettings, StreamRunner
from workers.runtime.live.stream import LiveStream
from workers.runtime.source import SampledFrame

log = structlog.get_logger(__name__)


class ReplayStream(LiveStream):
    """In place of a camera's reader: always there, never stalls."""

    def start(self) -> None:
        self.counts.connections = 1
        self.board.put(Condition.ONLINE, self.now_ms())

    def stop(self, seconds: float = 0.0) -> bool:
        self.stopping.set()
        return True

    def watch(self) -> None: ...


class ReplayRunner(StreamRunner):
    """A StreamRunner that is told when to play a frame, and gets its detections with it."""

    def __init__(
        self,
        work: StreamWork,
        sink: LiveSink,
        folder: Path,
        settings: RunnerSettings | None,
        player: ReplayPlayer,
        journal: ReplayJournal,
    ) -> None:
        self._replay = ReplayAddress.parse(work.detect_url)
        recording = recorded(self._replay.recording)
        super().__init__(work, ReplayDetector(recording), sink, folder, settings)
        self._schedule = ReplaySchedule(recording, self._replay.seed)
        self._picture = constant_picture(*recording.size)
        self._player, self._journal = player, journal
        self._number = 0
        self._spans = Spans()
        self._skipped = self._slowest_ms = 0
        self._tick_at = 0.0
        self._streams[0].judge.size = recording.size

    def _open_streams(self, work: StreamWork, settings: RunnerSettings) -> tuple[LiveStream, ...]:
        opened = super()._open_streams(replace_clip(work), settings)[0]
        return (ReplayStream(opened.address, opened.settings, opened.outputs, self.now_ms),)

    @property
    def is_running(self) -> bool:
        return not self._stopping.is_set()

    def start(self) -> None:
        for stream in self._streams:
            stream.start()
        self._number = self._schedule.first_after(self.now_ms())
        self._player.add(self)

    # --- what the player calls ---------------------------------------------------------------------------------------

    def next_in_seconds(self) -> float | None:
        if self._stopping.is_set():
            return None
        return (self._schedule.at_ms(self._number) - self.now_ms()) / 1000

    def play(self) -> None:
        late_ms = self.now_ms() - self._schedule.at_ms(self._number)
        missed = max(0, late_ms // STEP_MS - 1)
        self._skipped += missed
        self._number += missed
        try:
            self._play(self._number)
            if time.monotonic() >= self._tick_at:
                self._tick_at = time.monotonic() + TICK_SECONDS
                self._tick()
        except Exception as error:  # as in the thread of a real runner: whoever started it looks at ``failure``
            log.exception("replay.analysis_ended")
            self.failure = error
            self._stopping.set()
        self._number += 1

    def _play(self, number: int) -> None:
        frame = self._schedule.frame(number)
        with self._lock:
            if self._stopping.is_set():
                return  # the state may be saved already
            self._analysis.analyse(SampledFrame(frame.at_ms, self._picture), frame.found)
            self._keep_what_is_needed()
            self._spans.add(number)
        self._streams[0].last_frame_ms = frame.at_ms
        self._slowest_ms = max(self._slowest_ms, self.now_ms() - frame.at_ms)

    def health(self) -> StreamHealth:
        return super().health().model_copy(update={"frames_skipped": self._skipped})

    # --- the end -----------------------------------------------------------------------------------------------------

    def suspend(self, seconds: float = 5.0) -> dict[str, Any]:
        state = super().suspend(seconds)
        self.write_journal()
        return state

    def finish(self, seconds: float = 5.0) -> None:
        super().finish(seconds)
        self.write_journal()

    def write_journal(self) -> None:
        """Tell what was played since this was last called."""
        with self._lock:
            spans, self._spans = self._spans, Spans()
        if not spans.runs:
            return
        work = self._work
        self._journal.write(
            Played(
                stream_id=work.stream_id,
                epoch=work.epoch,
                zero_ms=work.zero_ms,
                recording=self._replay.recording,
                seed=self._replay.seed,
                camera=work.camera,
                spans=spans.as_tuples(),
                skipped=self._skipped,
                slowest_ms=self._slowest_ms,
            )
        )


def replace_clip(work: StreamWork) -> StreamWork:
    """Without a stream for clips: there are none."""
    return work.model_copy(update={"clip_url": None})
