"""The tracker on real detections with ground truth: TUD-Campus of the MOT15 benchmark."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from workers.runtime.detections import Detections, Tracks
from workers.runtime.tracking import Tracker, TrackerConfig
from workers.runtime.tracking.association import overlaps

ASSETS = Path(os.environ.get("VMS_TEST_ASSETS", Path(__file__).parents[3] / "shared/assets"))
CAMPUS = ASSETS / "tracking/TUD-Campus"
MS_PER_FRAME = 40
FRAMES = range(1, 72)


def table(name: str) -> NDArray[np.float64]:
    path = CAMPUS / name
    if not path.exists():
        message = f"{name} of TUD-Campus is not in the folder that VMS_TEST_ASSETS names"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    rows = np.loadtxt(path, delimiter=",")
    rows[:, 4:6] += rows[:, 2:4]
    return rows


def campus_frames() -> list[tuple[int, Detections]]:
    rows = table("det.txt")
    frames = []
    for number in FRAMES:
        found = rows[rows[:, 0] == number]
        boxes, confidences = found[:, 2:6].astype(np.float32), found[:, 6].astype(np.float32)
        frames.append((number * MS_PER_FRAME, Detections(boxes, confidences, np.zeros(len(found), np.int32))))
    return frames


def identity_f1(truth: NDArray[np.float64], tracked: dict[int, Tracks]) -> float:
    """IDF1 (Ristani et al., 2016): frames in which the best one-to-one naming of tracks is right."""
    highest = max(int(tracks.track_ids.max(initial=0)) for tracks in tracked.values())
    together = np.zeros((int(truth[:, 1].max()) + 1, highest + 1))
    for number, tracks in tracked.items():
        real = truth[truth[:, 0] == number]
        rows, columns = np.nonzero(overlaps(real[:, 2:6], tracks.boxes_xyxy.astype(np.float64)) >= 0.5)
        np.add.at(together, (real[rows, 1].astype(int), tracks.track_ids[columns]), 1)
    right = together[linear_sum_assignment(together, maximize=True)].sum()
    return float(2 * right / (len(truth) + sum(map(len, tracked.values()))))


def test_identities_are_kept_better_than_the_best_peer_keeps_them() -> None:
    tracker = Tracker()
    tracked = {at // MS_PER_FRAME: tracker.update(found, at) for at, found in campus_frames()}
    assert identity_f1(table("gt.txt"), tracked) > 0.72  # 0.67: ultralytics' ByteTrack, see bench tracker


def test_a_tracker_restored_at_any_frame_goes_on_bit_for_bit() -> None:
    frames = campus_frames()
    tracker = Tracker()
    states, results = [], []
    for at, found in frames:
        states.append(json.dumps(tracker.state()))
        results.append(tracker.update(found, at))
    for cut in range(0, len(frames), 7):
        restored = Tracker.restore(TrackerConfig(), json.loads(states[cut]))
        for (at, found), expected in zip(frames[cut:], results[cut:], strict=True):
            again = restored.update(found, at)
            assert again.track_ids.tolist() == expected.track_ids.tolist()
            assert np.array_equal(again.boxes_xyxy, expected.boxes_xyxy)
        assert restored.state() == tracker.state()
