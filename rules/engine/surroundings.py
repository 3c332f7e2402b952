"""What the rules must know of a camera's place besides its zones: the ground's scale, and the site's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import Point


@dataclass(frozen=True, slots=True)
class SiteClock:
    """The wall clock of a stream: ``zero`` (with a time zone) is the instant of timestamp 0."""

    zero: datetime
    zone: str
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.zero.tzinfo is None:
            raise ValueError("the clock's zero needs a time zone")
        ZoneInfo(self.zone)

    def local(self, timestamp_ms: int) -> datetime:
        return (self.zero + timedelta(milliseconds=timestamp_ms)).astimezone(ZoneInfo(self.zone))

    def timestamp_ms(self, local: datetime, *, last: bool = False) -> int:
        """Of a wall-clock time at the site: of one that the clock shows twice the first moment, or the ``last``; of one
        that it skips the moment of the change.
        """
        # Differences are exact only between times in UTC: wall-clock times of one zone ignore its changes.
        zero = self.zero.astimezone(UTC)
        first, second = (local.replace(tzinfo=ZoneInfo(self.zone), fold=fold).astimezone(UTC) for fold in (0, 1))
        instant = self._change(second, first) if second < first else second if last else first
        return round((instant - zero).total_seconds() * 1000)

    def _change(self, before: datetime, after: datetime) -> datetime:
        """When between these the clock is put forward, to the second."""
        offset = before.astimezone(ZoneInfo(self.zone)).utcoffset()
        while (span := (after - before) // timedelta(seconds=1)) > 1:
            middle = before + timedelta(seconds=span // 2)
            if middle.astimezone(ZoneInfo(self.zone)).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after


@dataclass(frozen=True, slots=True)
class Calibration:
    """Four points of the picture and where they lie on the ground, in metres; no three of them on one line.

    Raises ``ValueError`` when the points do not fix the ground's plane.
    """

    points: tuple[Point, Point, Point, Point]
    metres: tuple[tuple[float, float], ...]
    matrix: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    """The homography from normalised picture coordinates to metres."""

    def __post_init__(self) -> None:
        if len(self.points) != 4 or len(self.metres) != 4:
            raise ValueError("a calibration needs four points and their four places on the ground")
        try:
            matrix = _homography(self.points, self.metres)
        except np.linalg.LinAlgError:
            matrix = np.zeros((3, 3))
        if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-9:
            raise ValueError("three of the calibration's points lie on one line")
        object.__setattr__(self, "matrix", matrix)


def _homography(points: Sequence[Point], metres: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """By direct linear transform."""
    rows: list[list[float]] = []
    values: list[float] = []
    for (x, y), (east, north) in zip(points, metres, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -east * x, -east * y])
        rows.append([0, 0, 0, x, y, 1, -north * x, -north * y])
        values.extend((east, north))
    solved = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    return np.append(solved, 1.0).reshape(3, 3)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """None: not known here; a rule that needs it is unusable on this camera and says so."""

    calibration: Calibration | None = None
    clock: SiteClock | None = field(default=None)
    models: frozenset[str] | None = None
    """The further models that look at this camera's tracks; None: whatever a rule needs."""
