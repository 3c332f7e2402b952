"""The host of live streams with the threads that serve it, started and stopped as one."""

from __future__ import annotations

import time

from workers.runtime.client import PlatformClient
from workers.runtime.contract import NodeRegistered
from workers.runtime.outbox import Outbox
from workers.runtime.streams.host import HostSettings, StreamHost
from workers.runtime.streams.journal import StreamJournal
from workers.runtime.streams.pictures import PictureSender
from workers.runtime.streams.reporter import StreamReporter
from workers.runtime.streams.runner import RunnerFactory
from workers.runtime.streams.saving import StateSaver


class StreamService:
    """``journal`` is written as long as the process lives, and cleared where it ends in order."""

    def __init__(
        self, settings: HostSettings, client: PlatformClient, outbox: Outbox, runner_factory: RunnerFactory
    ) -> None:
        self.journal = StreamJournal(settings.folder.parent)
        self.host = StreamHost(settings, client, outbox, runner_factory, self.journal)
        self._reporter = StreamReporter(self.host, client)
        self._saver = StateSaver(self.host, client)
        self._pictures = PictureSender(self.host, client)

    def start(self, registered: NodeRegistered) -> None:
        self._reporter.start(registered)
        self._saver.start()
        self._pictures.start()

    def quieten(self) -> None:
        """Tell the platform nothing more of the streams; the leases last long enough to hand them over."""
        self._pictures.stop()
        self._saver.stop()
        self._reporter.stop()

    def stop(self, seconds: float) -> None:
        """Hand over all streams."""
        self.quieten()
        self.host.stop(seconds)
        self.journal.clear()

    def look_after(self) -> None:
        """Give up what nobody has asked about for very long: somebody else has it, or nobody needs it."""
        if self.host.streams() and self.host.lease_clock.is_over:
            self.host.give_up_all("could not report")

    def stuck_seconds(self) -> float:
        """For how long the detector has owed some stream an answer: all of them wait for the same one."""
        return max((held.slot.inferring_seconds() for held in self.host.streams()), default=0.0)

    def silent_seconds(self) -> float:
        """For how long the thread that reports has not come round."""
        if self._reporter.is_over:
            return 0.0
        return time.monotonic() - self._reporter.moved_at
