"""Saves what streams remember at the platform, so that another host can go on: the newest, and only what changed."""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog

from workers.runtime.client import LeaseLostError, PlatformClient, PlatformError, UnreachableError
from workers.runtime.contract import StreamState
from workers.runtime.streams.held import HeldStream, Phase
from workers.runtime.streams.host import StreamHost

log = structlog.get_logger(__name__)

SAVE_SECONDS = 5.0
LOOK_SECONDS = 0.5
AWAY_SECONDS = 1.0


class StateSaver:
    """A thread. Nothing waits in a queue: a state that could not be saved is overtaken by the next one."""

    def __init__(self, host: StreamHost, client: PlatformClient) -> None:
        self._host, self._client = host, client
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream-states", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._host.changed.set()

    def save_due(self) -> None:
        """Those with news of events first, for they must not be told twice."""
        now = time.monotonic()
        for held in sorted(self._host.streams(), key=lambda held: not held.dirty.is_set()):
            if self._stopping.is_set():
                return
            if held.phase is Phase.RUNNING and (held.dirty.is_set() or now - held.saved_at >= SAVE_SECONDS):
                self._save(held)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._host.changed.wait(LOOK_SECONDS)
            self._host.changed.clear()
            try:
                self.save_due()
            except UnreachableError as error:
                log.debug("streams.state_not_saved", error=str(error))
                self._stopping.wait(AWAY_SECONDS)
            except Exception:  # the thread's edge: hand-overs would lose their memory for good
                log.exception("streams.saving_failed")
                self._stopping.wait(AWAY_SECONDS)

    def _save(self, held: HeldStream) -> None:
        work = held.work
        held.dirty.clear()
        state = held.runner.state()
        held.saved_at = time.monotonic()
        memory = _memory(state)
        if memory == held.saved:
            return
        try:
            message = StreamState(boot_id=self._host.settings.boot_id, epoch=work.epoch, state=state)
            self._client.stream_state(work.stream_id, message)
        except LeaseLostError:
            self._host.lease_lost(work.stream_id, work.epoch)
        except UnreachableError:
            held.dirty.set()
            raise
        except PlatformError as error:
            log.warning("stream.state_refused", stream_id=str(work.stream_id), error=str(error))
        else:
            held.saved = memory


def _memory(state: dict[str, Any]) -> list[Any]:
    """What another host would miss; where nothing is tracked, time alone goes on."""
    tracker, rules = state.get("tracker") or {}, state.get("rules") or {}
    return [tracker.get("rows"), rules.get("rules"), rules.get("open"), state.get("events")]
