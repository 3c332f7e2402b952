"""``schedule``: at certain times of certain days, by the clock on the site's wall."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from rules.engine.clauses.base import Arguments, Measure, Node, Results, Setting, UnusableRuleError
from rules.engine.scene import SCENE, Scene
from rules.engine.surroundings import SiteClock

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
END_OF_DAY = "24:00"
MOST_SPANS = 20
NO_DAYS = "days were expected, such as mon-fri, sun or [mon, wed, fri]"


def _days(value: object) -> object:
    """``mon-fri`` is five days."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or len(parts) > MOST_SPANS:
        raise PydanticCustomError("days", NO_DAYS)
    # As keys: each day once, in the order in which they are written.
    return list(dict.fromkeys(day for part in parts for day in _days_of(part)))


def _days_of(part: object) -> Iterable[Day]:
    words = part.lower().split("-") if isinstance(part, str) else []
    if not 1 <= len(words) <= 2 or not set(words) <= set(DAYS):
        raise PydanticCustomError("days", NO_DAYS)
    begin, end = DAYS.index(words[0]), DAYS.index(words[-1])
    return [DAYS[(begin + step) % 7] for step in range((end - begin) % 7 + 1)]


DayList = Annotated[
    tuple[Day, ...],
    BeforeValidator(_days, json_schema_input_type=str | tuple[str, ...]),
    Field(min_length=1, max_length=7, examples=["mon-fri", ["sat", "sun"]]),
]
CLOCK = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"
CLOCK_END = r"^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"


class Schedule(Arguments):
    """From a time of day until another; an end not after the start is on the next day and belongs to the first."""

    days: DayList = DAYS
    start: str = Field(default="00:00", alias="from", pattern=CLOCK, examples=["22:00"])
    end: str = Field(default=END_OF_DAY, alias="to", pattern=CLOCK_END, examples=["06:00"])
    holidays: Literal["as_usual", "excluded", "only", "included"] = "as_usual"
    """``included``: a holiday counts whatever its day of the week; ``only``: nothing but holidays counts."""


class ScheduleNode(Node):
    of_scene = True

    def __init__(self, arguments: Schedule, setting: Setting) -> None:
        clock = setting.surroundings.clock
        if clock is None:
            raise UnusableRuleError("a schedule needs to know the time of day at which the recording was made")
        self._clock: SiteClock = clock
        self._arguments = arguments
        self._window: tuple[int, int] = (0, 0)
        self._checked: tuple[int, int] = (0, -1)
        """Within these times nothing opens or closes, so the last window found is still the right one."""
        self._is_open = False

    def due_ms(self) -> float:
        return self._checked[1]

    def step(self, scene: Scene) -> Results:
        now = scene.timestamp_ms
        if not self._checked[0] <= now < self._checked[1]:
            self._look_up(now)
        return {SCENE: (self._window[0], now)} if self._is_open else {}

    def _look_up(self, now_ms: int) -> None:
        windows = self._windows(now_ms)
        self._is_open = False
        nearest = now_ms + 3_600_000
        for opens, closes in windows:
            if opens <= now_ms < closes:
                self._is_open, self._window, nearest = True, (opens, closes), min(nearest, closes)
            elif opens > now_ms:
                nearest = min(nearest, opens)
        self._checked = (now_ms, nearest)

    def _windows(self, now_ms: int) -> list[tuple[int, int]]:
        """Yesterday's, today's and tomorrow's, joined where one ends as the next begins."""
        today = self._clock.local(now_ms).date()
        windows: list[tuple[int, int]] = []
        for offset in range(-2, 3):
            day = today + timedelta(days=offset)
            if not self._counts(day):
                continue
            opens, closes = self._span(day)
            if windows and opens <= windows[-1][1]:
                windows[-1] = (windows[-1][0], max(closes, windows[-1][1]))
            else:
                windows.append((opens, closes))
        return windows

    def _span(self, day: date) -> tuple[int, int]:
        start, end = self._arguments.start, self._arguments.end
        overnight = end != END_OF_DAY and _time(end) <= _time(start)
        last = day + timedelta(days=1) if overnight or end == END_OF_DAY else day
        closing = datetime.combine(last, time(0) if end == END_OF_DAY else _time(end))
        opening = datetime.combine(day, _time(start))
        return self._clock.timestamp_ms(opening), self._clock.timestamp_ms(closing, last=True)

    def _counts(self, day: date) -> bool:
        usual, holiday = DAYS[day.weekday()] in self._arguments.days, day in self._clock.holidays
        match self._arguments.holidays:
            case "excluded":
                return usual and not holiday
            case "only":
                return holiday
            case "included":
                return usual or holiday
        return usual

    def measure(self, scene: Scene, subject: int) -> Measure:
        local = self._clock.local(scene.timestamp_ms)
        words = self._arguments
        data: dict[str, object] = {
            "value": f"{DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}",
            "needed": f"{', '.join(words.days)} {words.start} to {words.end}, holidays {words.holidays}",
        }
        if self._is_open:
            data |= {"since_ms": self._window[0], "until_ms": self._window[1]}
        return Measure("schedule", self._is_open, float(self._is_open), data)


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))
