"""Asking for reports, trying them again, and removing them."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.actors import build_report
from reports.building import run_files_delete
from reports.choices import RunState
from reports.models import Run
from reports.requests import ReportRequest, report_zone, request_require_usable
from reports.selectors import run_get
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError
from vms.work_leases import UNFINISHED

MAX_WAITING = 10


@transaction.atomic
def report_request(*, user: User, request: ReportRequest) -> Run:
    """Ask for a report. It is built in the background, with what the user may see then.

    Raises:
        InvalidError: with a sentence for each field that cannot be used.
        ConflictError: too many of the user's reports wait already.
    """
    request_require_usable(user, request)
    _require_few_waiting(user)
    run = Run.objects.create(
        title=request.title,
        requested_by=user,
        period_start=request.period_start,
        period_end=request.period_end,
        time_zone=report_zone(user, request.site, request.cameras),
        site=request.site,
        formats=request.formats,
        mail=request.mail,
        next_attempt_at=timezone.now(),
    )
    run.cameras.set(request.cameras)
    audit_record(actor=user, action="report.requested", target=run, title=run.title, formats=run.formats)
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


def _require_few_waiting(user: User) -> None:
    if Run.objects.filter(UNFINISHED, requested_by=user).count() >= MAX_WAITING:
        raise ConflictError(
            _("%(number)s of your reports are waiting already. Wait until one is ready.") % {"number": MAX_WAITING}
        )
