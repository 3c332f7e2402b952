"""The runs of `bench tracker`: every tracker on the same frames, judged and timed by the same code."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.tracker_peers import PEERS, DetectedFrame, Ours, Peer, Roboflow
from bench.tracking_metrics import Labelled, quality
from workers.runtime.detections import Detections

ROOT = Path(__file__).resolve().parent.parent
ASSETS = Path(os.environ.get("VMS_TEST_ASSETS", ROOT.parent / "shared/assets"))
CAMPUS = ASSETS / "tracking/TUD-Campus"
CAMPUS_FPS = 25
VTEST = ASSETS / "videos/vtest.avi"
VTEST_FPS = 10
MODEL = ASSETS / "models/yolo11n_int8_openvino_model"
VTEST_BOXES = ROOT / "var/bench/vtest_boxes.npy"
MIN_CONFIDENCE = 0.1
COST_GOAL = 0.5
ROUNDS = 7


def compare() -> int:
    reached = [*_compare_quality(), _compare_cost()]
    return 0 if all(reached) else 1


def _compare_quality() -> list[bool]:
    truth = {
        number: Labelled(rows[:, 1].astype(np.int64), _boxes_xyxy(rows))
        for number, rows in _by_frame(np.loadtxt(CAMPUS / "gt.txt", delimiter=",")).items()
    }
    frames = [
        DetectedFrame(
            number,
            round(number * 1000 / CAMPUS_FPS),
            Detections(
                _boxes_xyxy(rows).astype(np.float32), rows[:, 6].astype(np.float32), np.zeros(len(rows), np.int32)
            ),
        )
        for number, rows in _by_frame(np.loadtxt(CAMPUS / "det.txt", delimiter=",")).items()
    ]
    results = {peer.name: quality(truth, _tracked(peer(), frames)) for peer in PEERS}
    reached = []
    for index, measure in enumerate(("HOTA", "MOTA", "IDF1")):
        values = {name: result[index] for name, result in results.items()}
        ours = values.pop(Ours.name)
        best = max(values, key=lambda name: values[name])
        print(
            f"TUD-Campus {measure}: measured {ours:.1f}, goal >= {values[best]:.1f}, peer {values[best]:.1f}"
            f" ({', '.join(f'{name} {value:.1f}' for name, value in values.items())}), ratio {ours / values[best]:.2f}"
        )
        reached.append(ours >= values[best])
    return reached


def _compare_cost() -> bool:
    frames = _vtest_frames()
    rounds: dict[str, list[float]] = {peer.name: [] for peer in PEERS}
    for _ in range(ROUNDS):  # interleaved, so that a busy machine slows every tracker
        for peer in PEERS:
            rounds[peer.name].append(_milliseconds_a_frame(peer(), frames))
    cost = {name: min(values) for name, values in rounds.items()}  # what others do to the machine only adds
    ours, theirs = cost[Ours.name], cost[Roboflow.name]
    boxes = statistics.fmean(len(frame.detections) for frame in frames)
    print(
        f"ms a frame on vtest ({boxes:.1f} boxes): measured {ours:.3f}, goal <= {COST_GOAL * theirs:.3f}, peer"
        f" {theirs:.3f} ({', '.join(f'{name} {value:.3f}' for name, value in cost.items() if name != Ours.name)}),"
        f" ratio {ours / theirs:.2f}"
    )
    return ours <= COST_GOAL * theirs


def _tracked(peer: Peer, frames: Sequence[DetectedFrame]) -> dict[int, Labelled]:
    return {frame.number: peer.labelled(peer.track(peer.prepare(frame))) for frame in frames}


def _milliseconds_a_frame(peer: Peer, frames: Sequence[DetectedFrame]) -> float:
    prepared = [peer.prepare(frame) for frame in frames]
    start = time.perf_counter()
    for each in prepared:
        peer.track(each)
    return (time.perf_counter() - start) * 1000 / len(frames)


def _vtest_frames() -> list[DetectedFrame]:
    if not VTEST_BOXES.exists():
        VTEST_BOXES.parent.mkdir(parents=True, exist_ok=True)
        np.save(VTEST_BOXES, _detect_vtest())
    return [
        DetectedFrame(
            number,
            round(number * 1000 / VTEST_FPS),
            Detections(rows[:, 1:5].astype(np.float32), rows[:, 5].astype(np.float32), rows[:, 6].astype(np.int32)),
        )
        for number, rows in _by_frame(np.load(VTEST_BOXES)).items()
    ]


def _detect_vtest() -> NDArray[np.float64]:
    """Rows of frame number, box, confidence and class of the real model, all frames."""
    import cv2  # only for the first run; reading a known local file
    from ultralytics import YOLO

    model = YOLO(MODEL, task="detect")
    video = cv2.VideoCapture(str(VTEST))
    tables = []
    number = 0
    while (read := video.read())[0]:
        number += 1
        found = model.predict(read[1], conf=MIN_CONFIDENCE, imgsz=640, verbose=False)[0].boxes.data.cpu().numpy()
        tables.append(np.column_stack((np.full(len(found), number), found)))
    return np.concatenate(tables).astype(np.float64)


def _by_frame(rows: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
    return {int(number): rows[rows[:, 0] == number] for number in np.unique(rows[:, 0])}


def _boxes_xyxy(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of MOTChallenge rows: frame, id, left, top, width, height, …"""
    return np.column_stack((rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]))
