"""How much a detector has to do, measured over the last seconds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from workers.runtime.live.speed import Work

WINDOW_SECONDS = 10.0
LATELY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class DetectorLoad:
    """Rates are per second of the last ten. ``capacity``: what it would do if it never waited for work."""

    inferences: float
    capacity: float
    frames_asked: float
    frames_answered: float
    busy_share: float
    mean_fill: float
    """Of the canvases' area, the part that showed pictures."""
    waited_seconds: float
    """How long a live frame waited until its inference began, on average."""
    in_flight_limit: int
    out_of_memory: int
    """Since the process began."""


@dataclass(slots=True)
class _Second:
    began: float
    asked: int = 0
    answered: int = 0
    inferences: int = 0
    fill: float = 0
    waited: float = 0
    busy: float = 0
    """Seconds that the device's parallel places were taken, divided by their number."""


@dataclass(slots=True)
class LoadMeter:
    """Counts what happens, second by second; whoever calls holds a lock."""

    places: int
    clock: Callable[[], float] = time.monotonic
    _seconds: deque[_Second] = field(default_factory=deque)
    _in_flight: int = 0
    _changed: float = 0
    _work: Work = field(default_factory=Work)
    out_of_memory: int = 0

    def asked(self) -> None:
        self._now().asked += 1

    def answered(self) -> None:
        self._now().answered += 1

    def waited(self, seconds: float) -> None:
        self._now().waited += seconds

    def began(self, fill: float) -> None:
        second = self._take_busy_time()
        second.fill += fill
        self._in_flight += 1

    def ended(self) -> None:
        self._take_busy_time().inferences += 1
        self._work += Work(inferences=1)
        self._in_flight -= 1

    def load(self, in_flight_limit: int) -> DetectorLoad:
        self._take_busy_time()
        span = max(self.clock() - self._seconds[0].began, 1.0)
        total = {name: sum(getattr(second, name) for second in self._seconds) for name in _COUNTS}
        return DetectorLoad(
            inferences=total["inferences"] / span,
            capacity=total["inferences"] / total["busy"] if total["busy"] > 0 else 0.0,
            frames_asked=total["asked"] / span,
            frames_answered=total["answered"] / span,
            busy_share=min(total["busy"] / span, 1.0),
            mean_fill=total["fill"] / max(total["inferences"], 1),
            waited_seconds=total["waited"] / max(total["answered"], 1),
            in_flight_limit=in_flight_limit,
            out_of_memory=self.out_of_memory,
        )

    def waited_lately_seconds(self) -> float:
        """How long a live frame of the last two seconds waited until its inference began, on average."""
        since = self._now().began - LATELY_SECONDS
        lately = [second for second in self._seconds if second.began >= since]
        return sum(second.waited for second in lately) / max(sum(second.answered for second in lately), 1)

    def work(self) -> Work:
        """Since the process began."""
        self._take_busy_time()
        return self._work

    def _now(self) -> _Second:
        now = self.clock()
        if not self._seconds or now - self._seconds[-1].began >= 1:
            self._seconds.append(_Second(now))
        while now - self._seconds[0].began > WINDOW_SECONDS + 1:
            self._seconds.popleft()
        return self._seconds[-1]

    def _take_busy_time(self) -> _Second:
        now, second = self.clock(), self._now()
        if self._in_flight:
            busy = (now - self._changed) * min(self._in_flight, self.places) / self.places
            second.busy += busy
            self._work += Work(busy_seconds=busy)
        self._changed = now
        return second


_COUNTS = tuple(each.name for each in fields(_Second) if each.name != "began")
