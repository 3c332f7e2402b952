"""What a report is asked for with, and what may be wrong with that."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.models import Camera, Site
from cameras.selectors import cameras_visible_to, sites_visible_to
from reports.choices import ReportFormat
from vms.accounts.models import User
from vms.errors import InvalidError

MAX_DAYS = 366
TITLE_MAX_CHARACTERS = 120


@dataclass(slots=True)
class ReportRequest:
    """Over the events from ``period_start`` up to, not including, ``period_end`` (aware times).

    No cameras means all of the site or the user.
    """

    title: str
    period_start: datetime
    period_end: datetime
    formats: Sequence[str]
    site: Site | None = None
    cameras: Sequence[Camera] = ()
    mail: bool = False

    def __post_init__(self) -> None:
        self.title = " ".join(self.title.split())
        self.formats = list(dict.fromkeys(self.formats))


def request_require_usable(user: User, request: ReportRequest) -> None:
    """Raise InvalidError, with a sentence for each field that ``user`` cannot use."""
    problems = {
        "title": _title_problems(request.title),
        "period_end": _period_problems(request.period_start, request.period_end),
        "formats": _format_problems(request.formats),
        "cameras": _camera_problems(user, request.site, request.cameras),
        "site": _site_problems(user, request.site),
        "mail": [_("Your account has no e-mail address.")] if request.mail and not user.email else [],
    }
    fields = {name: sentences for name, sentences in problems.items() if sentences}
    if fields:
        raise InvalidError(" ".join(sentence for group in fields.values() for sentence in group), fields=fields)


def report_zone(user: User, site: Site | None, cameras: Sequence[Camera]) -> str:
    """The site's zone; else that of the only site the cameras are at; else the user's own; else UTC."""
    if site is not None:
        return site.time_zone
    shown = cameras_visible_to(user)
    if cameras:
        shown = shown.filter(id__in=[camera.id for camera in cameras])
    zones = set(shown.order_by().values_list("site__time_zone", flat=True).distinct())
    return zones.pop() if len(zones) == 1 else user.time_zone or "UTC"


def _title_problems(title: str) -> list[str]:
    if not title:
        return [_("Give the report a title.")]
    if len(title) > TITLE_MAX_CHARACTERS:
        return [_("The title is longer than %(most)s characters.") % {"most": TITLE_MAX_CHARACTERS}]
    control = any(unicodedata.category(character) in {"Cc", "Cs"} for character in title)
    return [_("The title holds control characters.")] if control else []


def _period_problems(start: datetime, end: datetime) -> list[str]:
    if start.tzinfo is None or end.tzinfo is None:
        return [_("Say the period's times with their offset from UTC.")]
    if end <= start:
        return [_("The period must end after it starts.")]
    if end - start > timedelta(days=MAX_DAYS, hours=1):  # an hour more: clocks may have changed on the way
        return [_("The period is longer than %(days)s days.") % {"days": MAX_DAYS}]
    return [_("The period lies in the future.")] if start > timezone.now() else []


def _format_problems(formats: Sequence[str]) -> list[str]:
    if not formats:
        return [_("Choose at least one format.")]
    unknown = [name for name in formats if name not in ReportFormat.values]
    return [_("The formats are %(names)s.") % {"names": ", ".join(ReportFormat.values)}] if unknown else []


def _camera_problems(user: User, site: Site | None, cameras: Sequence[Camera]) -> list[str]:
    """A camera that is not the user's is spoken of as if it did not exist."""
    visible = cameras_visible_to(user)
    if not cameras:
        return [] if visible.exists() else [_("You may not view any camera yet. Ask an administrator for access.")]
    ids = {camera.id for camera in cameras}
    if visible.filter(id__in=ids).count() != len(ids):
        return [_("At least one of these cameras does not exist.")]
    outside = site is not None and any(camera.site_id != site.id for camera in cameras)
    return [_("At least one of these cameras is at another site.")] if outside else []


def _site_problems(user: User, site: Site | None) -> list[str]:
    if site is None or sites_visible_to(user).filter(id=site.id).exists():
        return []
    return [_("There is no such site.")]
