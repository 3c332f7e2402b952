"""Tells the platform every few seconds how all streams stand, and does with each what the answer says."""

from __future__ import annotations

import threading
import time

import structlog

from workers.runtime.client import NotAllowedError, PlatformClient, PlatformError, SupersededError
from workers.runtime.contract import NodeRegistered, StreamReport
from workers.runtime.streams.host import StreamHost

log = structlog.get_logger(__name__)


class StreamReporter:
    """A thread. ``moved_at``: when it last came round, by the steady clock."""

    def __init__(self, host: StreamHost, client: PlatformClient) -> None:
        self.moved_at = time.monotonic()
        self._host, self._client = host, client
        self._seconds = 2.0
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream-report", daemon=True)

    def start(self, registered: NodeRegistered) -> None:
        self._seconds = registered.stream_report_seconds
        self._host.lease_clock.lease_seconds = registered.stream_lease_seconds
        self.moved_at = time.monotonic()
        self._thread.start()

    def stop(self, seconds: float = 0.5) -> None:
        """Ends; a report that is under way is waited for so long."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    @property
    def is_over(self) -> bool:
        """Not yet begun, or told to end."""
        return self._stopping.is_set() or self._thread.ident is None

    def report(self) -> None:
        """Once, and obey. Its answer counts from when it was asked for."""
        asked_at = self._host.lease_clock.now()
        standings = tuple(held.standing() for held in self._host.streams())
        epochs = {standing.stream_id: standing.epoch for standing in standings}
        report = StreamReport(boot_id=self._host.settings.boot_id, streams=standings)
        # Half a lease: then there is time for one more try.
        answer = self._client.stream_report(report, self._host.lease_clock.lease_seconds / 2)
        self._host.lease_clock.keep(asked_at)
        for verdict in answer.verdicts:
            if verdict.stream_id in epochs:
                self._host.obey(verdict, epochs[verdict.stream_id])

    def _run(self) -> None:
        while not self._stopping.is_set():
            began_at = time.monotonic()
            self.moved_at = began_at
            try:
                self._report_once()
            except Exception:  # the thread's edge: without it every lease would run out
                log.exception("streams.report_failed")
            self._stopping.wait(max(0.1, self._seconds - (time.monotonic() - began_at)))

    def _report_once(self) -> None:
        self._host.look_after()
        try:
            self.report()
            self._failures = 0
        except SupersededError as error:
            self._host.superseded(error)
        except PlatformError as error:
            self._failures += 1
            if isinstance(error, NotAllowedError):
                self._host.lease_clock.refuse()
            if self._failures == 1 or isinstance(error, NotAllowedError):
                log.warning("streams.not_reported", error=str(error))
