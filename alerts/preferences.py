"""Whether a person wants a message by a channel now: their wishes against one alert, without queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.choices import DeliveryReason
from alerts.models import Alert, Preference
from events.choices import SEVERITY_RANK

NOT_WANTED = "The recipient does not want messages of this channel."
NOT_GRAVE_ENOUGH = "Less grave than the recipient wants to be told of by this channel."
OTHER_CAMERAS = "The recipient wants this channel for other cameras."
ON_HOLIDAY = "The recipient stopped this channel's messages for these days."
QUIET_HOURS = "The recipient has quiet hours."


@dataclass(frozen=True, slots=True)
class Answer:
    """``reason`` is empty where the message is wanted; ``in_quiet_hours``: though the person has quiet hours."""

    reason: DeliveryReason | None = None
    detail: str = ""
    in_quiet_hours: bool = False


def preference_answer(preference: Preference | None, alert: Alert, now: datetime) -> Answer:
    if preference is None:
        return Answer()
    if not preference.enabled:
        return Answer(DeliveryReason.PREFERENCE, NOT_WANTED)
    if SEVERITY_RANK[alert.severity] < SEVERITY_RANK[preference.least_severity]:
        return Answer(DeliveryReason.PREFERENCE, NOT_GRAVE_ENOUGH)
    cameras = {camera.id for camera in preference.cameras.all()}
    if cameras and alert.camera_id not in cameras:
        return Answer(DeliveryReason.PREFERENCE, OTHER_CAMERAS)
    if _is_paused(preference, now):
        return Answer(DeliveryReason.HOLIDAY, ON_HOLIDAY)
    if not is_quiet(preference, now):
        return Answer()
    return Answer(in_quiet_hours=True) if alert.policy.overrides_quiet else Answer(DeliveryReason.QUIET, QUIET_HOURS)


def is_quiet(preference: Preference, now: datetime) -> bool:
    """From ``quiet_from``, not including ``quiet_until``, on the wall clock of the preference's zone."""
    start, end = preference.quiet_from, preference.quiet_until
    if start is None or end is None:
        return False
    clock = now.astimezone(ZoneInfo(preference.time_zone)).time().replace(tzinfo=None)
    return start <= clock < end if start < end else clock >= start or clock < end


def _is_paused(preference: Preference, now: datetime) -> bool:
    today = now.astimezone(ZoneInfo(preference.time_zone)).date()
    first, last = preference.paused_from, preference.paused_until
    if first is None and last is None:
        return False
    return (first is None or first <= today) and (last is None or today <= last)
