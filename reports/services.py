"""Asking for reports, trying them again, and removing them."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.models import Camera, Site
from cameras.selectors import cameras_visible_to, sites_visible_to
from reports.actors import build_report
from reports.building import run_files_delete
from reports.choices import ReportFormat, RunState
from reports.models import Run
from reports.selectors import run_get
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError, InvalidError
from vms.work_leases import UNFINISHED

MAX_DAYS = 366
MAX_WAITING = 10
TITLE_MAX_CHARACTERS = 120


@transaction.atomic
def report_request(
    *,
    user: User,
    title: str,
    period_start: datetime,
    period_end: datetime,
    site: Site | None = None,
    cameras: Sequence[Camera] = (),
    formats: Iterable[str],
    mail: bool = False,
) -> Run:
    """Ask for a report over the events from ``period_start`` up to, not including, ``period_end`` (aware times).

    It is built in the background, with what the user may see then. No cameras means all of the site or the user.

    Raises:
        InvalidError: with a sentence for each field that cannot be used.
        ConflictError: too many of the user's reports wait already.
    """
    wanted = list(dict.fromkeys(formats))
    title = " ".join(title.split())
    problems = {
        "title": _title_problems(title),
        "period_end": _period_problems(period_start, period_end),
        "formats": _format_problems(wanted),
        "cameras": _camera_problems(user, site, cameras),
        "site": _site_problems(user, site),
        "mail": [_("Your account has no e-mail address.")] if mail and not user.email else [],
    }
    fields = {name: sentences for name, sentences in problems.items() if sentences}
    if fields:
        raise InvalidError(" ".join(sentence for group in fields.values() for sentence in group), fields=fields)
    _require_few_waiting(user)
    run = Run.objects.create(
        title=title,
        requested_by=user,
        period_start=period_start,
        period_end=period_end,
        time_zone=report_zone(user, site, cameras),
        site=site,
        formats=wanted,
        mail=mail,
        next_attempt_at=timezone.now(),
    )
    run.cameras.set(cameras)
    audit_record(actor=user, action="report.requested", target=run, title=title, formats=wanted)
    after_commit(build_report.send, str(run.id))
    return run


@transaction.atomic
def report_retry(*, user: User, run_id: uuid.UUID) -> Run:
    """Build a failed report once more, from the beginning.

    Raises:
        NotFoundError: there is none, or it is another user's.
        ConflictError: it has not failed.
    """
    run = run_get(user, run_id)
    changed = Run.objects.filter(id=run.id, state=RunState.FAILED).update(
        state=RunState.QUEUED, attempts=0, progress_percent=0, error="", next_attempt_at=timezone.now()
    )
    if not changed:
        raise ConflictError(_("Only a report that failed can be built again. Ask for a new one instead."))
    after_commit(build_report.send, str(run.id))
    return run_get(user, run_id)


@transaction.atomic
def report_delete(*, user: User, run_id: uuid.UUID) -> None:
    """Remove a report and its files. A worker that is building it notices, and stops.

    Raises:
        NotFoundError: there is none, or it is another user's.
    """
    run = run_get(user, run_id)
    audit_record(actor=user, action="report.deleted", target=run, title=run.title)
    run.delete()
    after_commit(run_files_delete, run_id)


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


def _format_problems(formats: list[str]) -> list[str]:
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


def _require_few_waiting(user: User) -> None:
    if Run.objects.filter(UNFINISHED, requested_by=user).count() >= MAX_WAITING:
        raise ConflictError(
            _("%(number)s of your reports are waiting already. Wait until one is ready.") % {"number": MAX_WAITING}
        )
