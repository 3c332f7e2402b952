"""Ends the process when something in it hangs: code inside a library cannot be interrupted, and cameras wait."""

from __future__ import annotations

import faulthandler
import os
import threading
from collections.abc import Callable

import structlog

from workers.runtime.lease import STALLED_EXIT_CODE

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
FROZEN_SECONDS = 60.0
"""If not even this thread comes round, since some library keeps Python's lock, the process is ended from outside it."""


class Watchdog:
    """A thread. ``gauges`` say for how many seconds each thing has not moved; ``duties`` are done each time round."""

    def __init__(
        self,
        gauges: dict[str, Callable[[], float]],
        limit_seconds: float,
        duties: tuple[Callable[[], None], ...] = (),
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._gauges, self._limit_seconds = gauges, limit_seconds
        self._duties, self._end = duties, end
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        faulthandler.cancel_dump_traceback_later()

    def look(self) -> None:
        for name, seconds in self._gauges.items():
            if seconds() > self._limit_seconds:
                log.critical("worker.stalled", what=name, seconds=round(seconds(), 1))
                self._end(STALLED_EXIT_CODE)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            faulthandler.dump_traceback_later(FROZEN_SECONDS, exit=True)
            try:
                self.look()
                for duty in self._duties:
                    duty()
            except Exception:  # the thread's edge: who else would notice
                log.exception("watchdog.failed")
        faulthandler.cancel_dump_traceback_later()
