"""Plays a clip for ever in real time, as one stream of a camera, to whoever subscribed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from bench.simulator.faults import Fault, FaultBoard
from bench.simulator.link import Link
from bench.simulator.media import TICKS_PER_SECOND, AccessUnit, Clip
from bench.simulator.rtp import payloads_from


@dataclass(frozen=True)
class LiveUnit:
    """One picture as it leaves the camera; times are ticks on the stream's own endless clock."""

    clip: Clip
    pts_ticks: int
    dts_ticks: int
    nals: tuple[bytes, ...]
    is_keyframe: bool

    @cached_property
    def payloads(self) -> list[tuple[bool, bytes]]:
        """RTP payloads, cut once for all clients."""
        return payloads_from(self.clip.codec, self.nals)

    @property
    def start_code_bytes(self) -> bytes:
        return b"".join(b"\x00\x00\x00\x01" + nal for nal in self.nals)

    @property
    def byte_count(self) -> int:
        return sum(len(nal) for nal in self.nals)


class Subscriber(Protocol):
    """Someone who gets the pictures; ``offer`` never waits."""

    def offer(self, unit: LiveUnit) -> None: ...

    def close(self, *, reset: bool) -> None: ...

    def end(self) -> None: ...


class KeyframeGate:
    """Lets a client in at a keyframe, and out again while it reads too slowly."""

    def __init__(self) -> None:
        self._is_open = False
        self.has_opened = False

    def admits(self, unit: LiveUnit, *, is_congested: bool) -> bool:
        self._is_open = not is_congested and (self._is_open or unit.is_keyframe)
        self.has_opened = self.has_opened or self._is_open
        return self._is_open


class Feed:
    """The endless stream: laps of a clip on one clock, with the faults that change what is sent or when."""

    def __init__(
        self, clip: Clip, *, board: FaultBoard, phase_seconds: float, on_unit: Callable[[LiveUnit], None]
    ) -> None:
        self.clip = clip
        self.subscribers: set[Subscriber] = set()
        self._board = board
        self._phase_ticks = round(phase_seconds * TICKS_PER_SECOND) % clip.duration_ticks
        self._on_unit = on_unit
        self._link = Link(self._deliver)
        # A camera's clock starts anywhere; kept low enough for MP4 and TS to hold it.
        self._offset_ticks = random.randrange(2**31)
        self._restarts = False
        self._next_clip: Clip | None = None
        self._last_keyframe: AccessUnit | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        lap_start = loop.time() - self._phase_ticks / TICKS_PER_SECOND
        first_ticks = self._phase_ticks
        while True:
            clip = self.clip
            played_ticks = clip.duration_ticks
            for unit in clip.units:
                if unit.dts_ticks < first_ticks:
                    continue
                await asyncio.sleep(lap_start + unit.dts_ticks / TICKS_PER_SECOND - loop.time())
                if self._next_clip is not None:
                    played_ticks = unit.dts_ticks
                    break
                self._play(unit)
            if self._next_clip is not None:
                self.clip, self._next_clip, self._last_keyframe = self._next_clip, None, None
            lap_start += played_ticks / TICKS_PER_SECOND
            self._offset_ticks += played_ticks
            first_ticks = -TICKS_PER_SECOND  # pictures that are sorted before the first have a negative DTS

    def change_clip(self, clip: Clip) -> None:
        self._next_clip = clip

    def shift_clock(self, seconds: float) -> None:
        self._offset_ticks += round(seconds * TICKS_PER_SECOND)

    def restart_clock(self) -> None:
        self._restarts = True

    def _play(self, unit: AccessUnit) -> None:
        if self._restarts:
            self._restarts = False
            self._offset_ticks = -unit.dts_ticks
        if unit.is_keyframe and not self._board.is_raised(Fault.FROZEN):
            self._last_keyframe = unit
        if self._board.is_raised(Fault.STALL):
            return
        live = self._live(unit)
        slow = self._board.find(Fault.SLOW)
        if slow is None:
            self._link.flush()
            self._deliver(live)
        else:
            self._link.carry(live, slow)

    def _live(self, unit: AccessUnit) -> LiveUnit:
        """The unit on the camera's clock, with what the raised faults make of it."""
        pts, dts = unit.pts_ticks + self._offset_ticks, unit.dts_ticks + self._offset_ticks
        if self._last_keyframe is not None and self._board.is_raised(Fault.FROZEN):
            unit = replace(self._last_keyframe, dts_ticks=unit.dts_ticks)
            pts = dts
        nals = self.clip.parameter_sets + unit.nals if unit.is_keyframe else unit.nals
        if self._board.is_raised(Fault.GARBAGE):
            nals = tuple(_scrambled(nal) for nal in nals)
        return LiveUnit(clip=self.clip, pts_ticks=pts, dts_ticks=dts, nals=nals, is_keyframe=unit.is_keyframe)

    def _deliver(self, unit: LiveUnit) -> None:
        self._on_unit(unit)
        for subscriber in list(self.subscribers):
            subscriber.offer(unit)


def _scrambled(nal: bytes) -> bytes:
    """The same kind and length of NAL unit, with random content."""
    return nal[:2] + random.randbytes(len(nal) - 2)
