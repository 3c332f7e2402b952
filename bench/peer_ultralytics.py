"""Runs in the Ultralytics environment: ``ultralytics track`` over a file; prints frames, time and CPU time as JSON."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from ultralytics import YOLO


def track(model_path: str, video: str, stride: int, frames: int) -> dict[str, float]:
    """Time from the first frame asked for to the last one tracked; loading and warming up do not count."""
    model = YOLO(model_path, task="detect")
    model.predict(np.zeros((576, 768, 3), np.uint8), imgsz=640, verbose=False)
    start, cpu = time.perf_counter(), time.process_time()
    count = 0
    for _ in model.track(
        video, stream=True, imgsz=640, vid_stride=stride, tracker="bytetrack.yaml", conf=0.1, verbose=False
    ):
        count += 1
        if count == frames:
            break
    return {"frames": count, "seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}


if __name__ == "__main__":
    _, weights, file, every, most = sys.argv
    sys.stdout.write(json.dumps(track(weights, file, int(every), int(most))) + "\n")
