"""Empties the outbox: a lane each for events, files and track logs, so that no alert waits for a clip."""

from __future__ import annotations

import random
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import structlog

from workers.runtime.client import (
    LeaseLostError,
    NotAllowedError,
    PlatformClient,
    RefusedError,
    UnreachableError,
)
from workers.runtime.contract import ClipUpload, EventReceipt
from workers.runtime.outbox import EVENT_KINDS, FILE_KINDS, TRACK_KINDS, TRACKS_LOST, Entry, Kind, Outbox

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
"""An alert that waits behind it is late by as much, once the platform is there again."""
NOT_ALLOWED_PAUSE_SECONDS = 30.0
IDLE_SECONDS = 1.0
EVENTS_IN_A_BATCH = 100

LeaseLost = Callable[[uuid.UUID, int], None]


def pause_seconds(failures: int) -> float:
    """Twice as long each time, up to a limit, and never the same for two nodes that failed together."""
    longest = min(FIRST_PAUSE_SECONDS * 2 ** min(failures, 16), LONGEST_PAUSE_SECONDS)
    return random.uniform(longest / 2, longest)  # noqa: S311  no secret


class Lane(ABC):
    """A thread that sends one sort of entries, in their order. ``alarm`` is a sentence while nothing may be sent."""

    kinds: tuple[Kind, ...]
    limit: int
    stale_counter, refused_counter = "stale", "refused"

    def __init__(self, outbox: Outbox, client: PlatformClient, lease_lost: LeaseLost) -> None:
        self.alarm = ""
        self._outbox, self._client, self._lease_lost = outbox, client, lease_lost
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> None:
        self._stopping.set()
        self._outbox.wake()
        if self._thread.is_alive():  # a stop may come before the start
            self._thread.join(seconds)

    @abstractmethod
    def _send(self, entries: Sequence[Entry]) -> None:
        """Send them and settle each."""

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            entries = self._outbox.due(self.kinds, self.limit)
            if not entries:
                self._outbox.wait(IDLE_SECONDS)
                continue
            try:
                self._send(entries)
                failures, self.alarm = 0, ""
            except UnreachableError as error:
                failures += 1
                log.warning("outbox.unreachable", lane=self._thread.name, failures=failures, error=str(error))
                self._stopping.wait(pause_seconds(failures))
            except NotAllowedError as error:
                self.alarm = error.message
                log.error("outbox.not_allowed", lane=self._thread.name, error=error.message)
                self._stopping.wait(NOT_ALLOWED_PAUSE_SECONDS)
            except Exception:  # the thread's edge: a lane that ends silently loses everything behind it
                failures += 1
                log.exception("outbox.lane_failed", lane=self._thread.name)
                self._stopping.wait(pause_seconds(failures))

    def _stale(self, entry: Entry) -> None:
        log.warning("outbox.lease_lost", kind=entry.kind, event_id=str(entry.event_id), epoch=entry.epoch)
        self._outbox.give_up(entry, counter=self.stale_counter)
        self._lease_lost(entry.job_id, entry.epoch)

    def _refused(self, entry: Entry, reason: str) -> None:
        log.error("outbox.refused", kind=entry.kind, event_id=str(entry.event_id), reason=reason)
        self._outbox.give_up(entry, counter=self.refused_counter)


class EventLane(Lane):
    kinds = EVENT_KINDS
    limit = EVENTS_IN_A_BATCH

    def _send(self, entries: Sequence[Entry]) -> None:
        answer = self._client.events([entry.payload for entry in entries])
        receipts = {(receipt.event_id, receipt.kind): receipt for receipt in answer.receipts}
        settled = [(entry, receipts.get((entry.event_id, entry.kind))) for entry in entries]  # type: ignore[arg-type]
        self._outbox.delivered([entry for entry, receipt in settled if receipt and receipt.status in {200, 201}])
        for entry, receipt in settled:
            self._settle(entry, receipt)

    def _settle(self, entry: Entry, receipt: EventReceipt | None) -> None:
        if receipt is None:
            self._outbox.postpone(entry, pause_seconds(entry.attempts + 1))
        elif receipt.status == 409:
            self._stale(entry)
        elif receipt.status == 422:
            self._refused(entry, receipt.detail)


class FileLane(Lane):
    """One file at a time."""

    kinds = FILE_KINDS
    limit = 1

    def _send(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            try:
                self._send_file(entry)
                self._outbox.delivered([entry])
            except LeaseLostError:
                self._stale(entry)
            except NotAllowedError:
                raise
            except RefusedError as error:
                self._refused(entry, error.message)

    def _send_file(self, entry: Entry) -> None:
        if entry.file is None or not entry.file.exists():
            raise RefusedError(0, "no_file", "the file is gone from the spool folder")
        if entry.kind == "clip":
            self._client.clip(entry.event_id, ClipUpload.model_validate_json(entry.payload), entry.file)
        elif entry.kind == "snapshot":
            self._client.snapshot(entry.event_id, entry.file)
        else:
            self._client.tracks(entry.file)


class TrackLane(FileLane):
    """What is not taken is lost, and told as a loss of the track log, not of events."""

    kinds = TRACK_KINDS
    stale_counter = refused_counter = TRACKS_LOST
