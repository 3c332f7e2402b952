"""Everything that happens to a recording, from decoding to written clips, against ``ultralytics track`` and the model.

vtest.avi at 5 frames/s, YOLO11n int8 at 640 on every sampled frame, a zone rule and a line rule active. The three
are measured in turns, so that what else the machine does meets all of them; medians of the turns' ratios count.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino

from bench.criterion import Criterion, report
from tests.runtime.chunks import RememberingSink, run_chunks
from tests.runtime.footage import CAMPUS_AVI, asset, differences
from workers.runtime.detectors import Detector, DetectorSettings, load_detector
from workers.runtime.model_export import pull_model

TURNS = int(os.environ.get("BENCH_TURNS", "3"))
CEILING_FRAMES = 150
RECORDING_FPS, SAMPLED_FPS = 10, 5
PEER_GOAL, CEILING_GOAL = 1.15, 0.85
MODEL = "models/yolo11n_int8_openvino_model"
PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Turn:
    """Frames per second of each, measured right after one another."""

    pipeline: float
    peer: float
    ceiling: float


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="vms-bench-") as folder:
        pull_model(Path(folder) / "models", asset(MODEL), project=PROJECT)
        detector = load_detector(DetectorSettings(Path(folder) / "models"))
        ceiling = _Ceiling(asset(MODEL) / "yolo11n.xml")
        turns = [_turn(detector, ceiling, Path(folder) / f"turn{number}") for number in range(TURNS)]
        detector.close()
    return report(_criteria(turns))


def _criteria(turns: list[Turn]) -> list[Criterion]:
    by_peer = _median_turn(turns, lambda turn: turn.pipeline / turn.peer)
    by_ceiling = _median_turn(turns, lambda turn: turn.pipeline / turn.ceiling)
    return [
        Criterion("pipeline", by_peer.pipeline, "ultralytics track", by_peer.peer, PEER_GOAL, "frames/s"),
        Criterion("pipeline", by_ceiling.pipeline, "bare OpenVINO", by_ceiling.ceiling, CEILING_GOAL, "frames/s"),
    ]


def _median_turn(turns: list[Turn], ratio: Callable[[Turn], float]) -> Turn:
    return sorted(turns, key=ratio)[len(turns) // 2]


def _turn(detector: Detector, ceiling: _Ceiling, folder: Path) -> Turn:
    pipeline, frames = _run_pipeline(detector, folder)
    turn = Turn(pipeline, _run_peer(frames), ceiling.measure())
    print(f"turn: {turn.pipeline:.1f} pipeline, {turn.peer:.1f} ultralytics, {turn.ceiling:.1f} bare model (frames/s)")
    return turn


def _run_pipeline(detector: Detector, folder: Path) -> tuple[float, int]:
    """Frames per second, and how many frames there were; a wrong result is no result."""
    sink = RememberingSink()
    start = time.perf_counter()
    result = run_chunks(CAMPUS_AVI, (0, CAMPUS_AVI.duration_ms), detector, sink, folder)[0]
    seconds = time.perf_counter() - start
    if problems := differences(CAMPUS_AVI, sink.found(CAMPUS_AVI)):
        raise SystemExit("the pipeline's events are wrong: " + "; ".join(problems))
    if not sink.starts.keys() == sink.clips.keys() == sink.snapshots.keys():
        raise SystemExit("not every event has its clip and snapshot")
    return result.frames_analysed / seconds, result.frames_analysed


def _run_peer(frames: int) -> float:
    python = Path(os.environ.get("VMS_GPU_PYTHON", PROJECT / ".venv-gpu/bin/python"))
    if not python.exists():
        raise SystemExit("ultralytics is missing: make an environment .venv-gpu from requirements/gpu.txt")
    stride = str(RECORDING_FPS // SAMPLED_FPS)
    script = PROJECT / "bench" / "peer_ultralytics.py"
    command = [str(part) for part in (python, script, asset(MODEL), CAMPUS_AVI.path, stride, frames)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    return float(answer["frames"] / answer["seconds"])


class _Ceiling:
    """The model as it is, fed with the same ready input again and again: nothing can be faster with it."""

    def __init__(self, path: Path) -> None:
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(path), "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
        self._input = np.random.default_rng(1).random(tuple(compiled.input().shape), np.float32)
        requests = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._queue = openvino.AsyncInferQueue(compiled, 2 * requests)
        self._infer(2 * requests)

    def measure(self) -> float:
        start = time.perf_counter()
        self._infer(CEILING_FRAMES)
        return CEILING_FRAMES / (time.perf_counter() - start)

    def _infer(self, count: int) -> None:
        for _ in range(count):
            self._queue.start_async({0: self._input}, share_inputs=True)
        self._queue.wait_all()


if __name__ == "__main__":
    raise SystemExit(main())
