"""Mailing a finished report to the one who asked for it."""

from __future__ import annotations

import uuid

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reports.choices import ReportFormat, RunState
from reports.models import ReportFile, Run
from reports.renderers import RENDERERS
from reports.selectors import file_download_name, run_content_require_visible, runs_due
from vms.errors import ForbiddenError
from vms.mail import MailError, mail_headers, mail_send, subject_line
from vms.retrying import retry_wait
from vms.storage.media import media_path
from vms.work_leases import lease_end

log = structlog.get_logger(__name__)

ATTACHED_MAX_BYTES = 10 * 2**20
MAX_MAIL_ATTEMPTS = 8
FIRST_RETRY_SECONDS = 20


def report_mail(*, run_id: uuid.UUID) -> None:
    """Send a finished run's files if that is due, once; tried again later when the mail server is away.

    Whether the user may still view every camera in it is asked now.
    """
    if not _claim(run_id):
        return
    run = Run.objects.select_related("requested_by").prefetch_related("files__run").get(id=run_id)
    try:
        if not run.requested_by.is_active:
            raise ForbiddenError(_("The account is switched off."))
        run_content_require_visible(run.requested_by, run)
        with translation.override(run.requested_by.language):
            mail = _mail(run)
        mail_send(mail)
    except ForbiddenError as error:
        _not_sent(run, error.message, permanent=True)
    except MailError as error:
        _not_sent(run, str(error), permanent=error.permanent)
    else:
        Run.objects.filter(id=run_id, mailed_at=None).update(
            mailed_at=timezone.now(), mail_error="", next_attempt_at=None
        )


def mails_give_up() -> int:
    """Leave alone what was begun as often as is allowed and never came back."""
    stuck = runs_due().filter(state=RunState.DONE, mailed_at=None, mail_attempts__gte=MAX_MAIL_ATTEMPTS).order_by()
    return stuck.update(mail_error=_("The worker ended each time while it was sending."), next_attempt_at=None)


def _claim(run_id: uuid.UUID) -> bool:
    """Compare-and-set: of several workers one sends it."""
    due = runs_due().filter(
        id=run_id, state=RunState.DONE, mail=True, mailed_at=None, mail_attempts__lt=MAX_MAIL_ATTEMPTS
    )
    return bool(due.order_by().update(mail_attempts=F("mail_attempts") + 1, next_attempt_at=lease_end()))


def _mail(run: Run) -> EmailMultiAlternatives:
    files: list[ReportFile] = list(run.files.all())
    attached = sum(file.size_bytes for file in files) <= ATTACHED_MAX_BYTES
    context = {
        "run": run,
        "start": run.period_start.astimezone(run.zone).strftime("%Y-%m-%d %H:%M"),
        "end": run.period_end.astimezone(run.zone).strftime("%Y-%m-%d %H:%M"),
        "attached": attached,
        "limit_megabytes": ATTACHED_MAX_BYTES // 2**20,
        "url": f"{settings.BASE_URL}/reports/",
    }
    mail = EmailMultiAlternatives(
        subject=subject_line(_("Report: %(title)s") % {"title": run.title}),
        body=render_to_string("reports/mail/report.txt", context),
        to=[run.requested_by.email],
        headers=mail_headers(run.id),
    )
    mail.attach_alternative(render_to_string("reports/mail/report.html", context), "text/html")
    for file in files if attached else []:
        content_type = RENDERERS[ReportFormat(file.format)].content_type
        content = media_path(file.file_name).read_bytes()
        mail.attach(file_download_name(file), content, content_type.partition(";")[0])
    return mail


def _not_sent(run: Run, reason: str, *, permanent: bool) -> None:
    log.warning("report.not_mailed", run=str(run.id), reason=reason)
    last = permanent or run.mail_attempts >= MAX_MAIL_ATTEMPTS
    wait = retry_wait(run.mail_attempts, first_seconds=FIRST_RETRY_SECONDS)
    Run.objects.filter(id=run.id, mailed_at=None).update(
        mail_error=reason, next_attempt_at=None if last else timezone.now() + wait
    )
