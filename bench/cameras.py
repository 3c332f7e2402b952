"""How many cameras of 5 frames/s two cores keep up with in real time, against ``ultralytics track``.

The campus clip (768x576) and the table clip (768x432) in turn, sent by simulated RTSP cameras, each at another place
of its clip. Everything a node does with a camera is done: reading, the ring, decoding, the gate, the real model,
tracks, rules, clips and snapshots of events. The cameras' simulator runs on the same cores and is printed beside;
the platform (HTTP, database) is left out, and the peer reads the same encoded files without any network.

A number of cameras is kept up with when 99 % of all frames are decided, 95 % of them within a second, and none lags at
the end; a frame that a lowered rate held back is not decided. Events are compared with those of an ungated run over
the same frames.

The peer has a turn before and after every trial, and its median counts. Both sides' CPU time a frame is printed too,
which says the same where others disturb the machine, and ours by stage.
"""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import structlog

from bench.camera_load.footage import FRAMES_PER_SECOND, LiveFootage, footage_prepare
from bench.camera_load.oracle import Comparison, camera_compare
from bench.camera_load.trial import TrialResult, TrialSettings, trial_run
from bench.criterion import Criterion, report
from tests.runtime.footage import asset
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.live.detector import SharedDetector
from workers.runtime.model_export import pull_model

CAMERAS_GOAL, EVENTS_GOAL = 4.0, 0.99
MOST_TRIALS = int(os.environ.get("BENCH_TRIALS", "5"))
FIRST_TRIAL = int(os.environ.get("BENCH_CAMERAS", "0"))
"""How many cameras to begin with; 0: as many as the goal asks for."""
TRIAL_SECONDS = float(os.environ.get("BENCH_SECONDS", "45"))
STEP = 1.25
"""A number that was kept up with is followed by one so many times as large."""
PEER_FRAMES = 150
MODEL = "models/yolo11n_int8_openvino_model"
PROJECT = Path(__file__).resolve().parents[1]


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="vms-bench-") as folder:
        bench = _Bench(Path(folder))
        best = bench.most_cameras()
        if best is None:
            print("no number of cameras was kept up with")
            return 1
        print("\n".join([f"CPU of {len(best.cameras)} cameras:", *best.stage_lines()]))
        comparison = bench.compare(best)
    return report(_criteria(best, bench.peer, comparison))


def _criteria(best: TrialResult, peer: _Peer, comparison: Comparison) -> list[Criterion]:
    kept = float(len(best.cameras))
    found = float(comparison.expected - len(comparison.missed))
    a_core_second = 1 / best.cpu_seconds_a_frame, 1 / peer.cpu_seconds_a_frame
    return [
        Criterion("cameras", kept, "ultralytics track (frames/s / 5)", peer.cameras, CAMERAS_GOAL, "cameras"),
        Criterion("frames", a_core_second[0], "ultralytics track", a_core_second[1], CAMERAS_GOAL, "a CPU second"),
        Criterion("events", found, "ungated run", float(comparison.expected), EVENTS_GOAL, "events"),
    ]


@dataclass(frozen=True, slots=True)
class _Turn:
    """Of the peer, over both clips alike."""

    seconds_a_frame: float
    cpu_seconds_a_frame: float


class _Peer:
    """``ultralytics track``, as cameras of ours."""

    def __init__(self, footage: list[LiveFootage]) -> None:
        self._footage = footage
        self._turns: list[_Turn] = []

    def take_turn(self) -> None:
        answers = [_peer_answer(each.path) for each in self._footage]
        turn = _Turn(
            *(sum(each[key] / each["frames"] for each in answers) / len(answers) for key in ("seconds", "cpu_seconds"))
        )
        print(
            f"ultralytics track: {1 / turn.seconds_a_frame:.1f} frames/s, "
            f"{1000 * turn.cpu_seconds_a_frame:.1f} ms CPU a frame",
            flush=True,
        )
        self._turns.append(turn)

    @property
    def cameras(self) -> float:
        return 1 / median(turn.seconds_a_frame for turn in self._turns) / FRAMES_PER_SECOND

    @property
    def cpu_seconds_a_frame(self) -> float:
        return median(turn.cpu_seconds_a_frame for turn in self._turns)


class _Bench:
    """The footage, and what is measured with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        pull_model(folder / "models", asset(MODEL), project=PROJECT)
        detector = load_detector(DetectorSettings(folder / "models"))
        self._class_names = detector.class_names
        self._footage: list[LiveFootage] = footage_prepare(folder, detector)
        detector.close()
        self.peer = _Peer(self._footage)

    def most_cameras(self) -> TrialResult | None:
        """The trial with the largest number kept up with."""
        self.peer.take_turn()
        counts = _Search(FIRST_TRIAL or math.ceil(CAMERAS_GOAL * self.peer.cameras))
        best = None
        for count in counts:
            result = self._trial(count)
            self.peer.take_turn()
            counts.note(count, works=result.keeps_up)
            if result.keeps_up:
                best = result
        return best

    def _trial(self, count: int) -> TrialResult:
        shared = SharedDetector(load_detector(DetectorSettings(self._folder / "models")))
        settings = TrialSettings(count, seconds=TRIAL_SECONDS, folder=self._folder / f"trial{count}")
        result = trial_run(settings, self._footage, shared)
        shared.close()
        print(result.line(), flush=True)
        return result

    def compare(self, result: TrialResult) -> Comparison:
        total = Comparison(0, [], [])
        for camera in result.cameras:
            each = camera_compare(camera, self._class_names)
            total = replace(
                total,
                expected=total.expected + each.expected,
                missed=total.missed + each.missed,
                extra=total.extra + each.extra,
            )
        print(f"events: {total.expected} expected, {len(total.missed)} missed, {len(total.extra)} besides them")
        return total


class _Search:
    """Numbers of cameras to try: more and more while it works, fewer while it does not, then between."""

    def __init__(self, first: int) -> None:
        self._next, self._works, self._fails = first, 0, 0

    def __iter__(self) -> Iterator[int]:
        for _ in range(MOST_TRIALS):
            if self._next in (self._works, self._fails):
                return
            yield self._next

    def note(self, count: int, *, works: bool) -> None:
        if works:
            self._works = count
        else:
            self._fails = count
        if not self._fails:
            self._next = math.ceil(count * STEP)
        else:
            self._next = (self._works + self._fails) // 2 if self._works else max(1, count // 2)


def _peer_answer(path: Path) -> dict[str, float]:
    python = Path(os.environ.get("VMS_GPU_PYTHON", PROJECT / ".venv-gpu/bin/python"))
    if not python.exists():
        raise SystemExit("ultralytics is missing: make an environment .venv-gpu from requirements/gpu.txt")
    command = [python, PROJECT / "bench" / "peer_ultralytics.py", asset(MODEL), path, 1, PEER_FRAMES]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    raise SystemExit(main())
