"""Python runs this at the start of a worker's process in a test: one place of one recording kills it.

``VMS_TEST_POISON`` is the recording's id. Any other Python that the worker starts is left alone.
"""

from __future__ import annotations

import os
import sys

if "VMS_TEST_POISON" in os.environ and sys.orig_argv[1:3] == ["-m", "workers.runtime"]:
    from tests.faults.poison.deadly_recording import install

    install(os.environ["VMS_TEST_POISON"])
