"""Reads one camera for ever: connects, keeps its packets, decodes what is to be analysed, and names what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog

from workers.runtime.live.address import StreamAddress
from workers.runtime.live.backoff import Backoff
from workers.runtime.live.board import ConditionBoard
from workers.runtime.live.conditions import Condition, StreamFault
from workers.runtime.live.connection import Connection, Patience, open_connection, silent_seconds
from workers.runtime.live.frozen import FrozenWatch
from workers.runtime.live.marks import UNMARKED
from workers.runtime.live.pace import Pace
from workers.runtime.live.quality import PictureJudge
from workers.runtime.live.reading import Reading
from workers.runtime.live.ring import PacketRing
from workers.runtime.live.slot import FrameSlot

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """``detect_fps`` None: packets are kept, nothing is decoded.

    After a connection that lasted ``steady_seconds`` the pauses between tries start anew.
    """

    detect_fps: float | None = None
    patience: Patience = field(default_factory=Patience)
    backoff: Backoff = field(default_factory=Backoff)
    frozen_seconds: float = 20.0
    garbage_seconds: float = 3.0
    late_seconds: float = 1.5
    steady_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class StreamOutputs:
    """Where packets and frames go; ``decoding`` surrounds each call of the decoder."""

    ring: PacketRing | None = None
    slot: FrameSlot | None = None
    decoding: AbstractContextManager[object] = UNMARKED


@dataclass(slots=True)
class StreamCounts:
    connections: int = 0
    packets: int = 0
    pictures: int = 0
    damaged: int = 0
    clock_jumps: int = 0
    lag_ms: float = 0


class LiveStream:
    """One camera's stream and its thread. ``now_ms`` is stream time by our own clock, which never goes back."""

    def __init__(
        self, address: StreamAddress, settings: StreamSettings, outputs: StreamOutputs, now_ms: Callable[[], int]
    ) -> None:
        self.address = address
        self.settings = settings
        self.outputs = outputs
        self.now_ms = now_ms
        self.counts = StreamCounts()
        self.board = ConditionBoard(now_ms())
        self.judge = PictureJudge(FrozenWatch(settings.frozen_seconds))
        self.stopping = threading.Event()
        self.pace = Pace(settings.detect_fps or 1)
        self.last_frame_ms: int | None = None
        self._heard_ms: int | None = None
        self._stall_ms = round(1000 * silent_seconds(address, settings.patience))
        self._thread = threading.Thread(target=self._run, name=f"read {address.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 0.0) -> bool:
        """Ask the thread to end and wait a while; False: it still waits for its camera, and ends by itself."""
        self.stopping.set()
        if self._thread.is_alive() and seconds:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def watch(self) -> None:
        """Name a stall while the reading thread still hangs in it; to be called now and then from another thread."""
        heard_ms, now_ms = self._heard_ms, self.now_ms()
        if heard_ms is not None and now_ms - heard_ms > self._stall_ms:
            self.board.put(Condition.STALLED, now_ms)

    def heard(self, now_ms: int) -> None:
        self._heard_ms = now_ms

    def _run(self) -> None:
        failures = 0
        while not self.stopping.is_set():
            began_ms = self.now_ms()
            condition = self._connect_and_read()
            lasted_ms = (self._heard_ms or began_ms) - began_ms
            self._heard_ms = None
            if self.stopping.is_set():
                return
            failures = 1 if lasted_ms > self.settings.steady_seconds * 1000 else failures + 1
            self.board.put(condition, self.now_ms())
            pause_seconds = self.settings.backoff.pause_seconds(failures, condition)
            log.debug(
                "stream.off", stream=self.address.name, condition=condition, pause_seconds=round(pause_seconds, 1)
            )
            self.stopping.wait(pause_seconds)

    def _connect_and_read(self) -> Condition:
        """Until the connection is over; why it is."""
        try:
            connection = open_connection(self.address, self.settings.patience)
        except StreamFault as fault:
            return fault.condition
        self.counts.connections += 1
        try:
            self._read(connection)
        except StreamFault as fault:
            return fault.condition
        except Exception as error:  # noqa: BLE001 - the thread's edge; no text of it, which may hold the address
            log.error("stream.failed", stream=self.address.name, error=type(error).__name__)
            return Condition.GARBAGE
        finally:
            connection.close()
        return Condition.ENDED

    def _read(self, connection: Connection) -> None:
        self.heard(self.now_ms())
        reading = Reading(self, connection)
        for packet in connection.packets():
            if self.stopping.is_set():
                return
            reading.receive(packet)
