"""Whether a person wants a message by a channel now: their wishes against one alert, without queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _

from alerts.choices import DeliveryReason
from alerts.models import Alert, Preference
from events.choices import SEVERITY_RANK

NOT_WANTED = _("The recipient does not want messages of this channel.")
NOT_GRAVE_ENOUGH = _("Less grave than the recipient wants to be told of by this channel.")
OTHER_CAMERAS = _("The recipient wants this channel for other cameras.")
ON_HOLIDAY = _("The recipient stopped this channel's messages for these days.")
QUIET_HOURS = _("The recipient has quiet hours.")
HELD = _("Waits for the end of the recipient's quiet hours.")


@dataclass(frozen=True, slots=True)
class Answer:
    """``reason`` is empty where the message is wanted; ``in_quiet_hours``: though the person has quiet hours.

    ``held_until``: it is wanted then.
    """

    reason: DeliveryReason | None = None
    detail: str = ""
    in_quiet_hours: bool = False
    held_until: datetime | None = None


def preference_answer(
    preference: Preference | None, alert: Alert, now: datetime, groups: Collection[int] = ()
) -> Answer:
    """``groups``: the ids of those that hold the alert's camera."""
    if preference is None:
        return Answer()
    of_channel = channel_answer(preference, now, overrides_quiet=alert.policy.overrides_quiet)
    if of_channel.reason is not None:
        return of_channel
    if SEVERITY_RANK[alert.severity] < SEVERITY_RANK[preference.least_severity]:
        return Answer(DeliveryReason.PREFERENCE, NOT_GRAVE_ENOUGH)
    if alert.camera_id is not None and not _is_chosen(preference, alert.camera_id, groups):
        return Answer(DeliveryReason.PREFERENCE, OTHER_CAMERAS)
    return of_channel


def channel_answer(preference: Preference, now: datetime, *, overrides_quiet: bool) -> Answer:
    """What holds for every message of the channel, whatever it is about."""
    if not preference.enabled:
        return Answer(DeliveryReason.PREFERENCE, NOT_WANTED)
    if _is_paused(preference, now):
        return Answer(DeliveryReason.HOLIDAY, ON_HOLIDAY)
    if not is_quiet(preference, now):
        return Answer()
    if overrides_quiet:
        return Answer(in_quiet_hours=True)
    if preference.quiet_hold:
        return Answer(detail=HELD, held_until=quiet_end(preference, now))
    return Answer(DeliveryReason.QUIET, QUIET_HOURS)


def _is_chosen(preference: Preference, camera_id: int, groups: Collection[int]) -> bool:
    cameras = {camera.id for camera in preference.cameras.all()}
    chosen = {group.id for group in preference.camera_groups.all()}
    return not (cameras or chosen) or camera_id in cameras or not chosen.isdisjoint(groups)


def is_quiet(preference: Preference, now: datetime) -> bool:
    """From ``quiet_from``, not including ``quiet_until``, on the wall clock of the preference's zone."""
    start, end = preference.quiet_from, preference.quiet_until
    if start is None or end is None:
        return False
    clock = now.astimezone(ZoneInfo(preference.time_zone)).time().replace(tzinfo=None)
    return start <= clock < end if start < end else clock >= start or clock < end


def quiet_end(preference: Preference, now: datetime) -> datetime:
    """When the quiet hours that hold ``now`` are over. In an hour that comes twice: at the end in the same one."""
    local, until = now.astimezone(ZoneInfo(preference.time_zone)), preference.quiet_until
    if until is None:
        return now
    end = local.replace(hour=until.hour, minute=until.minute, second=until.second, microsecond=until.microsecond)
    return (end if end > local else end + timedelta(days=1)).astimezone(UTC)


def _is_paused(preference: Preference, now: datetime) -> bool:
    today = now.astimezone(ZoneInfo(preference.time_zone)).date()
    first, last = preference.paused_from, preference.paused_until
    if first is None and last is None:
        return False
    return (first is None or first <= today) and (last is None or today <= last)
