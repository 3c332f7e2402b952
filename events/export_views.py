"""Exports of events: asking for what is ticked or what a filter finds, and the list of one's own."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from events.choices import ExportState
from events.exports.selectors import exports_visible_to
from events.exports.services import MOST_EVENTS, export_delete, export_hand_out, export_request, export_retry
from events.forms import EventFilterForm
from events.listing import event_ids
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.paging import page_of
from vms.storage.media import media_path
from vms.storage.serving import file_response

PAGE_SIZE = 30


def export_ticked(request: HttpRequest) -> HttpResponse:
    """One of the deeds of the event list: the others stay there, this one leads to the exports."""
    export_request(user=signed_in(request), event_ids=event_ids(request.POST.getlist("event")))
    messages.success(request, _("Your export is being built. It can be downloaded here when it is ready."))
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect("/events/exports/")
    return redirect("export_list")


@login_required
@require_POST
def export_all(request: HttpRequest) -> HttpResponse:
    """What fits the filters of the address."""
    user = signed_in(request)
    found = EventFilterForm(request.GET, user=user).apply(events_visible_to(user)).order_by("-started_at", "-id")
    export_request(user=user, event_ids=found.values_list("id", flat=True)[: MOST_EVENTS + 1])
    messages.success(request, _("Your export is being built. It can be downloaded here when it is ready."))
    return redirect("export_list")


@login_required
@require_safe
def export_list(request: HttpRequest) -> HttpResponse:
    return render(request, "events/exports.html", _context(request, signed_in(request)))


@login_required
@require_safe
def export_rows(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while exports are built."""
    return render(request, "events/export_rows.html", _context(request, signed_in(request)))


@login_required
@require_safe
def download(request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    export = export_hand_out(user=signed_in(request), export_id=export_id)
    return file_response(request, media_path(export.file_name), "application/zip", download_name=export.download_name)


@login_required
@require_POST
def retry(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    export_retry(user=signed_in(request), export_id=export_id)
    return redirect("export_list")


@login_required
@require_POST
def delete(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    export_delete(user=signed_in(request), export_id=export_id)
    messages.success(request, _("The export is deleted."))
    return redirect("export_list")


def _context(request: HttpRequest, user: User) -> dict[str, object]:
    page = page_of(exports_visible_to(user), field="created_at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    working = any(export.state in {ExportState.QUEUED, ExportState.RUNNING} for export in page.rows)
    return {"page": page, "working": working}
