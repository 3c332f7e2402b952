"""Watches so many simulated cameras in real time, and measures whether the node keeps up."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.camera_load.footage import FRAMES_PER_SECOND, STEP_MS, LiveFootage, mark_of
from bench.camera_load.stages import STAGES, StageMeter
from bench.simulator import SimulatorProcess
from tests.runtime.live.watch import LiveRememberingSink
from workers.runtime.contract import CameraConfig, RuleConfig, StreamHealth, StreamWork
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.load import DetectorLoad
from workers.runtime.live.runner import LiveSink, RunnerSettings, StreamRunner
from workers.runtime.source import SampledFrame

DECIDED_SHARE = 0.99
LATE_MS = 1_000
"""From when a frame was taken until its events are known, for 95 of 100 frames."""
LONGEST_LAG_MS = 2_000
START_STEP_SECONDS = 0.3
"""A node is given its cameras one after the other."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A frame of which everything is known, ``late_ms`` after it was taken; ``mark``: which picture it was."""

    at_ms: int
    late_ms: int
    mark: int


class MeasuredRunner(StreamRunner):
    """Remembers every frame that was decided."""

    def __init__(
        self, work: StreamWork, detector: SharedDetector, sink: LiveSink, folder: Path, settings: RunnerSettings
    ) -> None:
        super().__init__(work, detector, sink, folder, settings)
        self.decided: list[Decided] = []

    def _analyse(self, sampled: SampledFrame) -> None:
        super()._analyse(sampled)
        self.decided.append(Decided(sampled.at_ms, self.now_ms() - sampled.at_ms, mark_of(sampled.picture)))


@dataclass(slots=True)
class WatchedCamera:
    footage: LiveFootage
    runner: MeasuredRunner
    sink: LiveRememberingSink


@dataclass(frozen=True, slots=True)
class TrialSettings:
    count: int
    warm_up_seconds: float = 12.0
    seconds: float = 45.0
    folder: Path = field(default_factory=Path)


@dataclass(frozen=True, slots=True)
class Span:
    """A measured stretch of real time, ``starts_ms`` in each camera's stream time. Cores are CPU-seconds a second."""

    seconds: float
    starts_ms: list[int]
    before: list[StreamHealth]
    after: list[StreamHealth]
    load: DetectorLoad
    stages: dict[str, float]
    """CPU seconds."""
    cores: float
    simulator_cores: float

    def grown(self, count: str) -> int:
        """By how much a count of the cameras' healths grew."""
        return sum(int(getattr(health, count)) for health in self.after) - self._had(count)

    def _had(self, count: str) -> int:
        return sum(int(getattr(health, count)) for health in self.before)


@dataclass(frozen=True, slots=True)
class TrialResult:
    cameras: list[WatchedCamera]
    span: Span

    def decided(self) -> list[list[Decided]]:
        """By camera, the frames taken in the measured stretch."""
        end_ms = round(self.span.seconds * 1000)
        return [
            [each for each in camera.runner.decided if start_ms <= each.at_ms < start_ms + end_ms]
            for camera, start_ms in zip(self.cameras, self.span.starts_ms, strict=True)
        ]

    @property
    def decided_share(self) -> float:
        due = len(self.cameras) * self.span.seconds * FRAMES_PER_SECOND
        return min(1.0, sum(map(len, self.decided())) / due)

    def late_ms(self, percentile: float) -> float:
        late = [each.late_ms for frames in self.decided() for each in frames]
        return float(np.percentile(late, percentile)) if late else float("inf")

    @property
    def lag_ms(self) -> float:
        """How far the camera that is furthest behind was behind at the end."""
        pairs = zip(self.decided(), self.span.starts_ms, strict=True)
        reached = min((frames[-1].at_ms - start_ms if frames else 0) for frames, start_ms in pairs)
        return self.span.seconds * 1000 - reached - STEP_MS

    @property
    def keeps_up(self) -> bool:
        in_time = self.late_ms(95) <= LATE_MS and self.lag_ms <= LONGEST_LAG_MS
        return in_time and self.decided_share >= DECIDED_SHARE

    @property
    def cpu_seconds_a_frame(self) -> float:
        """Of the node alone."""
        return self.span.cores * self.span.seconds / self._frames

    @property
    def _frames(self) -> int:
        return max(self.span.grown("frames_analysed"), 1)

    def line(self) -> str:
        span, load = self.span, self.span.load
        unmoved = span.grown("frames_unmoved") / self._frames
        return (
            f"{len(self.cameras)} cameras: {self.decided_share:.1%} of the frames decided, after "
            f"{self.late_ms(50):.0f} ms (p95 {self.late_ms(95):.0f}), {unmoved:.0%} without a look, "
            f"{load.inferences:.1f} inferences/s of {load.capacity:.1f} (fill {load.mean_fill:.2f}), "
            f"{span.cores:.2f} cores, {1000 * self.cpu_seconds_a_frame:.1f} ms CPU a frame, "
            f"simulator {span.simulator_cores:.2f} cores, {span.grown('frames_held_back')} held back: "
            f"{'keeps up' if self.keeps_up else 'does not keep up'}"
        )

    def stage_lines(self) -> list[str]:
        """CPU by stage: milliseconds a frame, and a camera-second."""
        each_ms = {stage: 1000 * self.span.stages[stage] / self._frames for stage in STAGES}
        return [
            f"  {stage:<10}{ms:7.2f} ms a frame {ms * FRAMES_PER_SECOND:8.1f} ms a camera-second   {STAGES[stage]}"
            for stage, ms in each_ms.items()
        ]


def trial_run(settings: TrialSettings, footage: Sequence[LiveFootage], detector: SharedDetector) -> TrialResult:
    arguments = [*(str(each.path) for each in footage), "--cameras", str(settings.count)]
    meter = StageMeter()
    with SimulatorProcess(*arguments) as simulator:
        cameras = []
        for number in range(settings.count):
            work = _work(number, footage[number % len(footage)], simulator.rtsp_url(f"cam{number}"))
            runner_settings = RunnerSettings(marks=meter.marks())
            cameras.append(_watch(footage[number % len(footage)], work, detector, settings.folder, runner_settings))
        for camera in cameras:
            camera.runner.start()
            time.sleep(START_STEP_SECONDS)
        time.sleep(settings.warm_up_seconds)
        span = _measure(cameras, settings.seconds, simulator.pid, detector, meter)
        for camera in cameras:
            camera.runner.finish()
    return TrialResult(cameras, span)


def _watch(
    footage: LiveFootage, work: StreamWork, detector: SharedDetector, folder: Path, settings: RunnerSettings
) -> WatchedCamera:
    sink, own = LiveRememberingSink(), folder / str(work.camera.camera_id)
    own.mkdir(parents=True)
    return WatchedCamera(footage, MeasuredRunner(work, detector, sink, own, settings), sink)


def _work(number: int, footage: LiveFootage, url: str) -> StreamWork:
    rules = tuple(RuleConfig(rule_id=place, version=1, spec=spec) for place, spec in enumerate(footage.rules, start=1))
    camera = CameraConfig(
        camera_id=number + 1, name=f"Camera {number}", detect_fps=FRAMES_PER_SECOND, zones=footage.zones, rules=rules
    )
    return StreamWork(
        stream_id=uuid.uuid4(),
        epoch=1,
        now_ms=0,
        camera=camera,
        detect_url=url,
        networks=("127.0.0.0/8",),
        state=None,
    )


def _measure(
    cameras: list[WatchedCamera], seconds: float, simulator_pid: int, detector: SharedDetector, meter: StageMeter
) -> Span:
    began, cpu, simulator_cpu = time.monotonic(), time.process_time(), _cpu_seconds(simulator_pid)
    stages = meter.read()
    starts_ms = [camera.runner.now_ms() for camera in cameras]
    before = [camera.runner.health() for camera in cameras]
    time.sleep(seconds)
    span = Span(
        seconds=(passed := time.monotonic() - began),
        starts_ms=starts_ms,
        before=before,
        after=[camera.runner.health() for camera in cameras],
        load=detector.load(),
        stages={stage: seconds - stages[stage] for stage, seconds in meter.read().items()},
        cores=(time.process_time() - cpu) / passed,
        simulator_cores=(_cpu_seconds(simulator_pid) - simulator_cpu) / passed,
    )
    time.sleep(LATE_MS / 1000)  # the last frames have so long
    return span


def _cpu_seconds(pid: int) -> float:
    values = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(values[11]) + int(values[12])) / 100
