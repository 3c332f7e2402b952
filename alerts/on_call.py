"""Who of a group is on call at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.models import OnCallGroup
from vms.accounts.models import User


def on_call_now(group: OnCallGroup, moment: datetime) -> list[User]:
    """Everybody, or whose turn it is: turns change at the hand-over, on the group's wall clock."""
    members = [turn.user for turn in group.turns.all()]
    if not members or not group.shift_days or group.first_day is None:
        return members
    local = moment.astimezone(ZoneInfo(group.time_zone))
    day = local.date() if local.time() >= group.hand_over else local.date() - timedelta(days=1)
    return [members[(day - group.first_day).days // group.shift_days % len(members)]]
