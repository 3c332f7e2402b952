"""Whether a device that was slow is fast again, so that what was taken from the cameras need not come back slowly."""

from __future__ import annotations

from dataclasses import dataclass

SURE_INFERENCES = 4
"""From so many on it is known how fast the device is."""
FASTER = 3.0
"""Only a device that became so many times faster was itself what was too slow; a fuller one is slower by less."""
FILLED_SHARE = 0.5
"""Of what the device can do by its speed, how much is trusted."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a device did. ``busy_seconds``: that its parallel places were taken, divided by their number."""

    inferences: int = 0
    busy_seconds: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(self.inferences + other.inferences, self.busy_seconds + other.busy_seconds)

    def __sub__(self, other: Work) -> Work:
        return Work(self.inferences - other.inferences, self.busy_seconds - other.busy_seconds)

    @property
    def per_second(self) -> float | None:
        """Inferences while it was busy; None: too few to tell."""
        enough = self.inferences >= SURE_INFERENCES and self.busy_seconds > 0
        return self.inferences / self.busy_seconds if enough else None


class Recovery:
    """Compares the device since there was last too much to do with what it did then."""

    def __init__(self) -> None:
        self._is_short = False
        self._looked, self._seconds = 0, 0.0
        self._slow, self._now = Work(), Work()

    def short(self, looked: int, seconds: float, work: Work) -> None:
        """Too much to do: ``looked`` frames had their turn in ``seconds``, by ``work``."""
        if not self._is_short:
            self._looked, self._seconds, self._slow = 0, 0.0, Work()
        self._is_short, self._now = True, Work()
        self._looked, self._seconds, self._slow = self._looked + looked, self._seconds + seconds, self._slow + work

    def calm(self, work: Work) -> float:
        """Time enough for all: how many frames a second there is surely time for; 0 where that is not known."""
        self._is_short, self._now = False, self._now + work
        slow, now = self._slow.per_second, self._now.per_second
        if slow is None or now is None or now < FASTER * slow:
            return 0.0
        return FILLED_SHARE * self._looked / self._seconds * now / slow
