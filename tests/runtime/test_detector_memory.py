"""What a detector takes of the memory, and when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MEGABYTES_BY_USE = """
import sys
from pathlib import Path
import numpy as np
import psutil
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.heaps import keep_few_heaps

def own_bytes():
    resident = psutil.Process().memory_info()
    return resident.rss - resident.shared

keep_few_heaps()
detector = load_detector(DetectorSettings(Path(sys.argv[1])))
loaded = own_bytes()
width, height = detector.canvas_size
for pixels in (*detector.canvas_heights, height):
    canvas = np.zeros((pixels, width, 3), np.uint8)
    for answer in [detector.submit_canvas(canvas) for _ in range(3 * detector.in_flight)]:
        answer.result()
print((own_bytes() - loaded) / 1e6)
detector.close()
"""
MOST_MEGABYTES = 20
"""Heaps move by a few; the height that is needed least took more by itself before it was used at the start."""


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is told which memory is shared")
def test_canvases_of_every_height_take_no_memory_that_was_not_taken_at_the_start(installed_models: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", MEGABYTES_BY_USE, str(installed_models)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    )

    assert float(told.stdout) < MOST_MEGABYTES
