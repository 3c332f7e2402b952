"""How many cameras of 5 frames/s two cores keep up with in real time, against ``ultralytics track``.

The campus clip (768x576) and the table clip (768x432) in turn, sent by simulated RTSP cameras, each at another place
of its clip. Everything a node does with a camera is done: reading, the ring, decoding, the gate, the real model,
tracks, rules, clips and snapshots of events. The cameras' simulator runs on the same cores and is printed beside;
the platform (HTTP, database) is left out, and the peer reads the same encoded files without any network.

A number of cameras is kept up with when 99 % of all frames are decided, 95 % of them within a second, and none lags at
the end; a frame that a lowered rate held back is not decided. Events are compared with those of an ungated run over
the same frames.
"""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

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
MOST_TRIALS = int(os.environ.get("BENCH_TRIALS", "4"))
FIRST_TRIAL = int(os.environ.get("BENCH_CAMERAS", "0"))
"""How many cameras to begin with; 0: as many as the goal asks for."""
TRIAL_SECONDS = float(os.environ.get("BENCH_SECONDS", "45"))
STEP = 2
PEER_FRAMES = 150
MODEL = "models/yolo11n_int8_openvino_model"
PROJECT = Path(__file__).resolve().parents[1]


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="vms-bench-") as folder:
        bench = _Bench(Path(folder))
        peer = bench.peer_cameras()
        best = bench.most_cameras(FIRST_TRIAL or math.ceil(CAMERAS_GOAL * peer))
        peer = (peer + bench.peer_cameras()) / 2
        if best is None:
            print("no number of cameras was kept up with")
            return 1
        comparison = bench.compare(best)
    return report(_criteria(best, peer, comparison))


def _criteria(best: TrialResult, peer: float, comparison: Comparison) -> list[Criterion]:
    kept = float(len(best.cameras))
    found = float(comparison.expected - len(comparison.missed))
    return [
        Criterion("cameras", kept, "ultralytics track (frames/s / 5)", peer, CAMERAS_GOAL, "cameras"),
        Criterion("events", found, "ungated run", float(comparison.expected), EVENTS_GOAL, "events"),
    ]


class _Bench:
    """The footage, and what is measured with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        pull_model(folder / "models", asset(MODEL), project=PROJECT)
        detector = load_detector(DetectorSettings(folder / "models"))
        self._class_names = detector.class_names
        self._footage: list[LiveFootage] = footage_prepare(folder, detector)
        detector.close()

    def most_cameras(self, first: int) -> TrialResult | None:
        """The trial with the largest number kept up with: up from ``first`` while it works, else down, then between."""
        count, best, too_many = first, None, sys.maxsize
        for _ in range(MOST_TRIALS):
            result = self._trial(count)
            if result.keeps_up:
                best = result
            else:
                too_many = count
            kept = 0 if best is None else len(best.cameras)
            count = max(1, count - STEP) if best is None else min(kept + STEP, too_many - 1)
            if count <= kept:
                break
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

    def peer_cameras(self) -> float:
        """Frames a second of ``ultralytics track`` over both clips alike, as cameras of ours."""
        seconds_a_frame = [_peer_seconds_a_frame(each.path) for each in self._footage]
        frames_a_second = len(seconds_a_frame) / sum(seconds_a_frame)
        print(f"ultralytics track: {frames_a_second:.1f} frames/s", flush=True)
        return frames_a_second / FRAMES_PER_SECOND


def _peer_seconds_a_frame(path: Path) -> float:
    python = Path(os.environ.get("VMS_GPU_PYTHON", PROJECT / ".venv-gpu/bin/python"))
    if not python.exists():
        raise SystemExit("ultralytics is missing: make an environment .venv-gpu from requirements/gpu.txt")
    command = [python, PROJECT / "bench" / "peer_ultralytics.py", asset(MODEL), path, 1, PEER_FRAMES]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    return float(answer["seconds"] / answer["frames"])


if __name__ == "__main__":
    raise SystemExit(main())
