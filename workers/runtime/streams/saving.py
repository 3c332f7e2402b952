"""Saves what streams remember at the platform, so that another host can go on: the newest, and only what changed."""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple

import structlog

from workers.runtime.client import PlatformClient, PlatformError, UnreachableError
from workers.runtime.contract import StreamState, StreamStates, StreamStatesAnswer, pack_state
from workers.runtime.streams.held import HeldStream, Phase
from workers.runtime.streams.host import StreamHost

log = structlog.get_logger(__name__)

SAVE_SECONDS = 5.0
LOOK_SECONDS = 1.0
GATHER_SECONDS = 0.1
"""News of one stream waits so long for that of others."""
AWAY_SECONDS = 1.0
STREAMS_AT_A_TIME = 100
"""A request costs the platform far more than a state in it."""


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
        due = [held for held in self._host.streams() if _is_due(held, now)]
        due.sort(key=lambda held: not held.dirty.is_set())
        for start in range(0, len(due), STREAMS_AT_A_TIME):
            if self._stopping.is_set():
                return
            self._save(due[start : start + STREAMS_AT_A_TIME])

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._host.changed.wait(LOOK_SECONDS):
                self._stopping.wait(GATHER_SECONDS)
            self._host.changed.clear()
            try:
                self.save_due()
            except UnreachableError as error:
                log.debug("streams.state_not_saved", error=str(error))
                self._stopping.wait(AWAY_SECONDS)
            except Exception:  # the thread's edge: hand-overs would lose their memory for good
                log.exception("streams.saving_failed")
                self._stopping.wait(AWAY_SECONDS)

    def _save(self, due: list[HeldStream]) -> None:
        changed = [state for held in due if (state := _changed_state(held)) is not None]
        if not changed:
            return
        try:
            answer = self._client.stream_states(
                StreamStates(boot_id=self._host.settings.boot_id, states=tuple(state.message for state in changed))
            )
        except UnreachableError:
            for state in changed:
                state.held.dirty.set()
            raise
        except PlatformError as error:
            log.warning("streams.states_refused", streams=len(changed), error=str(error))
            return
        for state in changed:
            self._settle(state, answer)

    def _settle(self, state: ChangedState, answer: StreamStatesAnswer) -> None:
        stream_id = state.message.stream_id
        if stream_id in answer.lost:
            self._host.lease_lost(stream_id, state.message.epoch)
        elif stream_id in answer.refused:
            log.warning("stream.state_refused", stream_id=str(stream_id))
        else:
            state.held.saved = state.memory


class ChangedState(NamedTuple):
    """``memory``: what there is to compare the next state with."""

    held: HeldStream
    message: StreamState
    memory: list[Any]


def _is_due(held: HeldStream, now: float) -> bool:
    return held.phase is Phase.RUNNING and (held.dirty.is_set() or now - held.saved_at >= SAVE_SECONDS)


def _changed_state(held: HeldStream) -> ChangedState | None:
    work = held.work
    held.dirty.clear()
    state = held.runner.state()
    held.saved_at = time.monotonic()
    memory = _memory(state)
    if memory == held.saved:
        return None
    message = StreamState(stream_id=work.stream_id, epoch=work.epoch, packed=pack_state(state))
    return ChangedState(held, message, memory)


def _memory(state: dict[str, Any]) -> list[Any]:
    """What another host would miss; where nothing is tracked, time alone goes on."""
    tracker, rules = state.get("tracker") or {}, state.get("rules") or {}
    return [tracker.get("rows"), rules.get("rules"), rules.get("open"), state.get("events")]
