"""Python runs this at the start of a GPU host's process in these tests: its clock and its detector fail as told.

``VMS_TEST_CLOCK_OFFSET`` shifts its wall clock by so many seconds. ``VMS_TEST_DETECTOR=colour`` gives it a detector
that shares canvases, as one with weights does. The file that ``VMS_TEST_FAULTS`` names says what goes wrong meanwhile.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

OFFSET_SECONDS = float(os.environ.get("VMS_TEST_CLOCK_OFFSET", "0"))

if OFFSET_SECONDS:
    _true_time = time.time
    time.time = lambda: _true_time() + OFFSET_SECONDS

# Any other Python that the host starts is left alone.
if "VMS_TEST_FAULTS" in os.environ and sys.orig_argv[1:3] == ["-m", "workers.runtime"]:
    from tests.faults.live.injected.faulty_sight import install

    install(Path(os.environ["VMS_TEST_FAULTS"]), with_colour=os.environ.get("VMS_TEST_DETECTOR") == "colour")
