"""Who of a group is on call at a moment, and whose turns follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.models import OnCallGroup
from vms.accounts.models import User


@dataclass(frozen=True, slots=True)
class Turn:
    user: User
    begins_at: datetime
    ends_at: datetime


def on_call_now(group: OnCallGroup, moment: datetime) -> list[User]:
    """Everybody, or whose turn it is: turns change at the hand-over, on the group's wall clock."""
    members = [turn.user for turn in group.turns.all()]
    if not members or not group.shift_days or group.first_day is None:
        return members
    return [members[_turn_number(group, group.first_day, moment) % len(members)]]


def turns_ahead(group: OnCallGroup, members: Sequence[User], moment: datetime, number: int) -> list[Turn]:
    """The turn that runs and those after it, ``number`` in all; none where nobody takes turns."""
    first_day = group.first_day
    if len(members) < 2 or not group.shift_days or first_day is None:
        return []
    zone, running = ZoneInfo(group.time_zone), _turn_number(group, first_day, moment)

    def begin_of(turn: int) -> datetime:
        return datetime.combine(first_day + timedelta(days=turn * group.shift_days), group.hand_over, zone)

    return [
        Turn(members[turn % len(members)], begin_of(turn), begin_of(turn + 1))
        for turn in range(running, running + number)
    ]


def _turn_number(group: OnCallGroup, first_day: date, moment: datetime) -> int:
    """Counted from the first member's first turn."""
    local = moment.astimezone(ZoneInfo(group.time_zone))
    day = local.date() if local.time() >= group.hand_over else local.date() - timedelta(days=1)
    return (day - first_day).days // group.shift_days
