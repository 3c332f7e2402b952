"""Reports: asking for one, following it, fetching its files."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.choices import RunState
from reports.forms import ReportForm
from reports.selectors import file_download_name, report_file_get, runs_visible_to
from reports.services import report_delete, report_request, report_retry
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import DomainError
from vms.paging import page_of
from vms.storage.media import media_path
from vms.storage.serving import file_response

PAGE_SIZE = 30
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ReportForm(request.POST or None, user=user)
    status = 200
    if request.method == "POST":
        if form.is_valid() and _requested(form, user):
            messages.success(request, _("Your report is being built. It appears below when it is ready."))
            return redirect("report_list")
        status = 422 if form.errors else 200
    return render(request, "reports/list.html", {"form": form, **_runs(request, user)}, status=status)


@login_required
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while reports are built."""
    return render(request, "reports/runs.html", _runs(request, signed_in(request)))


@login_required
@require_safe
def download(request: HttpRequest, run_id: uuid.UUID, report_format: str) -> HttpResponseBase:
    file = report_file_get(request.user, run_id, report_format)
    content_type = CONTENT_TYPES[file.format]
    return file_response(request, media_path(file.file_name), content_type, download_name=file_download_name(file))


@login_required
@require_POST
def retry(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    report_retry(user=signed_in(request), run_id=run_id)
    return redirect("report_list")


@login_required
@require_POST
def delete(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    report_delete(user=signed_in(request), run_id=run_id)
    messages.success(request, _("The report and its files are deleted."))
    return redirect("report_list")


def _requested(form: ReportForm, user: User) -> bool:
    try:
        report_request(user=user, request=form.request())
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    return True


def _runs(request: HttpRequest, user: User) -> dict[str, object]:
    page = page_of(runs_visible_to(user), field="created_at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    working = any(run.state in {RunState.QUEUED, RunState.RUNNING} for run in page.rows)
    return {"page": page, "working": working}
