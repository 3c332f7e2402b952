"""At which times of which days a policy holds, on the wall clock of the event's site."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
Clock = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Holidays = Literal["as_usual", "excluded", "only", "included"]


class Schedule(BaseModel):
    """From a time of day until another, not including it; an end not after the start is on the next day.

    A night belongs to the day on which it begins. What a change of the clock skips or repeats follows the wall
    clock: 02:30 on the night on which it comes twice is within 02:00 to 03:00 both times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[Day, ...] = Field(default=DAYS, min_length=1, max_length=7)
    start: str = Field(default="00:00", pattern=Clock)
    end: str = Field(default="00:00", pattern=Clock)
    holidays: Holidays = "as_usual"
    """Of the site: ``included``: a holiday counts whatever its day of the week; ``only``: nothing else counts."""

    @model_validator(mode="after")
    def days_once(self) -> Schedule:
        if len(set(self.days)) != len(self.days):
            raise ValueError("a day is named twice")
        return self

    def holds(self, moment: datetime, zone: ZoneInfo, holidays: Collection[date] = ()) -> bool:
        local = moment.astimezone(zone)
        clock, today = f"{local:%H:%M}", local.date()
        if self.start < self.end:
            return self.start <= clock < self.end and self._counts(today, holidays)
        if clock >= self.start:
            return self._counts(today, holidays)
        return clock < self.end and self._counts(today - timedelta(days=1), holidays)

    def _counts(self, day: date, holidays: Collection[date]) -> bool:
        usual, holiday = DAYS[day.weekday()] in self.days, day in holidays
        match self.holidays:
            case "excluded":
                return usual and not holiday
            case "only":
                return holiday
            case "included":
                return usual or holiday
        return usual
