"""The page on which an admin imports a list of cameras: judged first, then applied."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from cameras.camera_list import COLUMNS, EXAMPLE, MOST_BYTES
from cameras.services.importing import ImportChoices, ImportReport, Outcome, cameras_import
from cameras.setup_forms import ApplyForm, ImportForm
from cameras.uploads import upload_take
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError, InvalidError
from vms.storage import encryption

PURPOSE = "camera-list"
KEPT_SECONDS = 15 * 60
MOST_SHOWN = 500
GONE = _("The file is no longer kept: choose it again.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    admin_require(user)
    if request.method != "POST":
        return _page(request, {"form": ImportForm()}, 200)
    try:
        context = _applied(request, user) if "token" in request.POST else _judged(request, user)
    except DomainError as error:
        return _page(request, {"form": ImportForm(), "refusal": error.message}, error.http_status)
    return _page(request, context, 200)


@login_required
@require_safe
def example(request: HttpRequest) -> HttpResponse:
    admin_require(signed_in(request))
    # With a byte order mark: without it, spreadsheets take UTF-8 for something else.
    response = HttpResponse("\ufeff" + EXAMPLE, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cameras.csv"'
    return response


def _judged(request: HttpRequest, user: User) -> dict[str, Any]:
    upload = upload_take(request, "file")
    data = upload.read(MOST_BYTES + 1)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InvalidError(" ".join(str(text) for texts in form.errors.values() for text in texts))
    choices = _choices(form.cleaned_data, dry_run=True)
    report = cameras_import(user=user, data=data, choices=choices)
    chosen: dict[str, Any] = {name: form.cleaned_data[name] for name in ("existing", "faulty")}
    wrong = report.count(Outcome.WRONG)
    kept = None
    if not wrong or _changes(report):  # the file is at hand: its good lines need not be chosen for once more
        kept = {"token": _keep(user, data), **chosen} | ({"faulty": "good_lines"} if wrong else {})
    return {"form": ImportForm(initial=chosen), "kept": kept, **_told(report)}


def _applied(request: HttpRequest, user: User) -> dict[str, Any]:
    form = ApplyForm(request.POST)
    if not form.is_valid():
        raise InvalidError(str(GONE))
    key = _key(user, form.cleaned_data["token"])
    sealed: str | None = cache.get(key)
    if sealed is None:
        raise InvalidError(str(GONE))
    data = encryption.decrypt(sealed, purpose=PURPOSE).encode("latin-1")
    report = cameras_import(user=user, data=data, choices=_choices(form.cleaned_data, dry_run=False))
    cache.delete(key)
    return {"form": ImportForm(), **_told(report)}


def _choices(values: dict[str, Any], *, dry_run: bool) -> ImportChoices:
    return ImportChoices(values["existing"] == "update", values["faulty"] == "good_lines", dry_run)


def _keep(user: User, data: bytes) -> str:
    """The file may hold passwords: it waits sealed, on the server, for the second step."""
    token = secrets.token_urlsafe(24)
    cache.set(_key(user, token), encryption.encrypt(data.decode("latin-1"), purpose=PURPOSE), timeout=KEPT_SECONDS)
    return token


def _key(user: User, token: str) -> str:
    return f"camera-list:{user.pk}:{token}"


def _changes(report: ImportReport) -> int:
    return report.count(Outcome.CREATE) + report.count(Outcome.UPDATE)


def _told(report: ImportReport) -> dict[str, Any]:
    """Wrong lines first: they are what somebody has to do something about."""
    lines = sorted(report.lines, key=lambda line: (line.outcome is not Outcome.WRONG, line.line))
    return {
        "report": report,
        "counts": report.counts,
        "lines": lines[:MOST_SHOWN],
        "more": max(0, len(lines) - MOST_SHOWN),
    }


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, "cameras/import.html", {"columns": COLUMNS, **context}, status=status)
