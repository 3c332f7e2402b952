"""The last packets of one camera, in whole groups of pictures, from which the clips of its events are cut."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import pairwise

from workers.runtime.clips import ClipWindow

NOTHING_NEEDED = 2**62
GAP_MS = 2_500
"""Packets further apart than this leave a hole in a clip."""


@dataclass(frozen=True, slots=True)
class RingLimits:
    """``seconds`` before now are always kept; more while an event needs it, but never more than ``max_bytes``."""

    seconds: float = 15.0
    max_bytes: int = 64_000_000


@dataclass(frozen=True, slots=True)
class KeptPacket:
    """``decode_ms`` never runs backwards; ``data`` has start codes and, at a keyframe, the parameter sets."""

    show_ms: float
    decode_ms: float
    data: bytes
    is_keyframe: bool


@dataclass(slots=True)
class Group:
    """A keyframe and what depends on it. Groups with another ``key`` cannot be in one clip."""

    key: tuple[str, bytes]
    packets: list[KeptPacket] = field(default_factory=list)
    size: int = 0

    @property
    def start_ms(self) -> float:
        return self.packets[0].show_ms

    @property
    def end_ms(self) -> float:
        return self.packets[-1].decode_ms


@dataclass(frozen=True, slots=True)
class RingPart:
    """What the ring has of a window. ``shortened`` says why that is less than was wanted; empty: it is all.

    One of picture_changed, begins_late, ends_early, gap.
    """

    codec: str
    packets: tuple[KeptPacket, ...]
    shortened: str = ""


Keyed = list[tuple[tuple[str, bytes], tuple[KeptPacket, ...]]]
"""Groups, each with what its packets must have in common to be in one clip."""


class PacketRing:
    """Filled by the thread that reads the camera, read by the ones that cut clips."""

    def __init__(self, limits: RingLimits) -> None:
        self._limits = limits
        self._groups: deque[Group] = deque()
        self._bytes = 0
        self._needed_ms: float = NOTHING_NEEDED
        self._lock = threading.Lock()
        self._waits_for_keyframe = True

    def begin_connection(self) -> None:
        """What comes next does not continue what came before."""
        self._waits_for_keyframe = True

    def add(self, packet: KeptPacket, codec: str, sets: bytes) -> None:
        """``sets``: the parameter sets of a keyframe."""
        if self._waits_for_keyframe and not packet.is_keyframe:
            return
        self._waits_for_keyframe = False
        with self._lock:
            if packet.is_keyframe:
                self._groups.append(Group((codec, sets)))
            group = self._groups[-1]
            group.packets.append(packet)
            group.size += len(packet.data)
            self._bytes += len(packet.data)
            self._forget(packet.decode_ms)

    def need_from(self, at_ms: float | None) -> None:
        """Some clip that is not cut yet begins here; None: there is none."""
        self._needed_ms = NOTHING_NEEDED if at_ms is None else at_ms

    def keep(self, seconds: float) -> None:
        """From now on."""
        self._limits = replace(self._limits, seconds=seconds)

    def limit(self, max_bytes: int) -> None:
        """Takes hold with the next packet."""
        self._limits = replace(self._limits, max_bytes=max_bytes)

    @property
    def byte_count(self) -> int:
        return self._bytes

    @property
    def start_ms(self) -> float | None:
        with self._lock:
            return self._groups[0].start_ms if self._groups else None

    def part(self, window: ClipWindow, moment_ms: int) -> RingPart | None:
        """The packets of the window around the moment, from the keyframe at or before its start; None: nothing."""
        with self._lock:
            groups = [(group.key, tuple(group.packets)) for group in self._groups]
        chosen = [(key, packets) for key, packets in groups if packets[0].show_ms <= window.end_ms]
        chosen = chosen[_last_at(chosen, window.start_ms) :]
        if not chosen or chosen[-1][1][-1].decode_ms < window.start_ms:
            return None
        middle = _last_at(chosen, moment_ms)
        first, stop = _run_of(chosen, middle)
        packets = tuple(packet for _, group in chosen[first:stop] for packet in group)
        wanted = tuple(packet for packet in packets if packet.decode_ms <= window.end_ms)
        if not wanted:
            return None
        whole = stop - first == len(chosen)
        return RingPart(chosen[middle][0][0], wanted, _shortened(wanted, window) if whole else "picture_changed")

    def _forget(self, now_ms: float) -> None:
        """Drop the first group while the second one is early enough to begin with."""
        keep_ms = min(now_ms - self._limits.seconds * 1000, self._needed_ms)
        while len(self._groups) > 1 and (self._groups[1].start_ms <= keep_ms or self._bytes > self._limits.max_bytes):
            self._bytes -= self._groups.popleft().size
        if self._bytes > self._limits.max_bytes:  # a camera that sends next to no keyframes
            self._groups.clear()
            self._bytes, self._waits_for_keyframe = 0, True


def _shortened(packets: tuple[KeptPacket, ...], window: ClipWindow) -> str:
    if packets[0].show_ms > window.start_ms:
        return "begins_late"
    if packets[-1].decode_ms < window.end_ms - GAP_MS:
        return "ends_early"
    has_gap = any(after.decode_ms - before.decode_ms > GAP_MS for before, after in pairwise(packets))
    return "gap" if has_gap else ""


def _last_at(groups: Keyed, at_ms: float) -> int:
    """The last group that begins at or before the time; the first one where none does."""
    return max((index for index, (_, packets) in enumerate(groups) if packets[0].show_ms <= at_ms), default=0)


def _run_of(groups: Keyed, index: int) -> tuple[int, int]:
    """The neighbours of a group that fit into one clip with it: first and behind last."""
    first, stop = index, index + 1
    while first > 0 and groups[first - 1][0] == groups[index][0]:
        first -= 1
    while stop < len(groups) and groups[stop][0] == groups[index][0]:
        stop += 1
    return first, stop
