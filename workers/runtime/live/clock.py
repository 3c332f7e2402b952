"""Maps a camera's timestamps, which jump, wrap and drift, to stream time, which follows our own clock."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LAG_MS = 10_000
"""A packet later than this counts as taken when it came: what is that old cannot be told from a wrong clock."""
JUMP_MS = 1_000
"""A packet this far ahead of our clock, or any step back, is the camera's clock and not the network."""
MAX_AHEAD_MS = 20_000
"""Of a stream that comes in bursts: the longest segment."""
DRIFT_WINDOW_MS = 3_000
MAX_DRIFT_MS = 500
"""More lag than this in a whole window is lateness, not drift."""


@dataclass(slots=True)
class StreamClock:
    """One connection's mapping. ``paced`` streams come in bursts and are played evenly; others are taken as they come.

    A picture cannot arrive before it was taken, so the packet that came fastest says where the camera's clock stands.
    """

    paced: bool = False
    jumps: int = 0
    lag_ms: float = 0
    """How late the packets of the last window came at least."""
    _shift_ms: float | None = None
    _last_stamp_ms: float = 0
    _window_start_ms: int = 0
    _window_lag_ms: float | None = None

    def at(self, stamp_ms: float | None, arrival_ms: int) -> float:
        """The stream time of a packet from its decoding time; ``arrival_ms`` is our clock's stream time.

        Beyond ``arrival_ms`` only for a paced stream: the packet is to wait until then.
        """
        if stamp_ms is None:
            return float(arrival_ms)
        if self._shift_ms is None:
            self._anchor(stamp_ms, arrival_ms)
        lag_ms = arrival_ms - self._at(stamp_ms)
        if self._has_jumped(stamp_ms, lag_ms):
            self.jumps += 1
            self._anchor(stamp_ms, arrival_ms)
        elif lag_ms > (0 if self.paced else MAX_LAG_MS) or (lag_ms < 0 and not self.paced):
            self._shift_ms = arrival_ms - stamp_ms
        self._last_stamp_ms = stamp_ms
        if not self.paced:
            self._note_lag(max(0.0, lag_ms), arrival_ms)
        return self._at(stamp_ms)

    def shift_ms(self, stamp_ms: float | None, arrival_ms: int) -> float:
        """What ``at`` added to the last packet's time."""
        return self._shift_ms if self._shift_ms is not None else arrival_ms - (stamp_ms or 0)

    def _at(self, stamp_ms: float) -> float:
        return stamp_ms + (self._shift_ms or 0)

    def _anchor(self, stamp_ms: float, arrival_ms: int) -> None:
        self._shift_ms = arrival_ms - stamp_ms
        self._last_stamp_ms = stamp_ms
        self._window_start_ms, self._window_lag_ms = arrival_ms, None

    def _has_jumped(self, stamp_ms: float, lag_ms: float) -> bool:
        return stamp_ms < self._last_stamp_ms or -lag_ms > (MAX_AHEAD_MS if self.paced else JUMP_MS)

    def _note_lag(self, lag_ms: float, arrival_ms: int) -> None:
        self._window_lag_ms = lag_ms if self._window_lag_ms is None else min(self._window_lag_ms, lag_ms)
        if arrival_ms - self._window_start_ms < DRIFT_WINDOW_MS:
            return
        self.lag_ms = self._window_lag_ms
        if self._shift_ms is not None and self.lag_ms <= MAX_DRIFT_MS:
            self._shift_ms += self.lag_ms
        self._window_start_ms, self._window_lag_ms = arrival_ms, None
