"""Reading report runs: everybody their own, admins all; and whether a file may still be handed out."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from reports.choices import ReportFormat
from reports.models import ReportFile, Run
from vms.accounts.models import User
from vms.errors import ForbiddenError, NotFoundError

CAMERA_LOST = _("This report shows cameras that you may no longer view. Ask for it anew to get what you may see now.")


def runs_visible_to(user: User | AnonymousUser) -> QuerySet[Run]:
    if not isinstance(user, User) or not user.is_active:
        return Run.objects.none()
    runs = Run.objects.select_related("site", "requested_by").prefetch_related("files")
    return runs if user.is_admin else runs.filter(requested_by=user)


def run_get(user: User | AnonymousUser, run_id: uuid.UUID) -> Run:
    """One run.

    Raises:
        NotFoundError: there is none, or it is another user's.
    """
    run = runs_visible_to(user).filter(id=run_id).first()
    if run is None:
        raise NotFoundError(gettext("There is no such report."))
    return run


def report_file_get(user: User | AnonymousUser, run_id: uuid.UUID, report_format: str) -> ReportFile:
    """One file of a run, if ``user`` may view every camera in it at this moment.

    Raises:
        NotFoundError: there is no such run or file, or it is another user's.
        ForbiddenError: a camera in it is no longer the user's; the message says what to do.
    """
    run = run_get(user, run_id)
    file = run.files.filter(format=report_format).first()
    if file is None:
        raise NotFoundError(gettext("There is no such file."))
    run_content_require_visible(user, run)
    return file


def run_content_require_visible(user: User | AnonymousUser, run: Run) -> None:
    """Raise ForbiddenError when the files show a camera that ``user`` may not view now."""
    shown = Camera.objects.filter(id__in=run.content_camera_ids)
    if shown.exclude(id__in=cameras_visible_to(user).values("id")).exists():
        raise ForbiddenError(gettext(CAMERA_LOST))


def runs_due() -> QuerySet[Run]:
    """What should be built or mailed now: never tried, to be tried again, or left behind by a worker that died."""
    return Run.objects.filter(next_attempt_at__lte=Now()).order_by("next_attempt_at")


def file_download_name(file: ReportFile) -> str:
    """A name for the reader's disk, of plain letters only."""
    run = file.run
    first = run.period_start.astimezone(run.zone)
    letters = "".join(character if character.isascii() and character.isalnum() else "-" for character in run.title)
    words = "-".join(part for part in letters.lower().split("-") if part)[:60].strip("-") or "report"
    return f"{words}-{first:%Y-%m-%d}.{ReportFormat(file.format)}"
