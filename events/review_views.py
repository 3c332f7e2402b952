"""What is done with ticked events of the list: judged, noted, acknowledged, marked as read; and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from alerts.choices import AlertState
from alerts.selectors import alerts_visible_to
from alerts.services import alerts_acknowledge
from cameras.selectors import CameraPermission
from events.choices import Verdict
from events.export_views import export_ticked
from events.listing import event_ids, filter_query, rows_context
from events.models import ReviewBatch
from events.selectors import events_visible_to
from events.services import events_mark_read, events_review, read_mark_set, review_undo
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import InvalidError
from vms.moments import moment_read

Ids = list[uuid.UUID]


@login_required
@require_POST
def events_do(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if request.POST.get("deed") == "export":
        return export_ticked(request)
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise InvalidError(_("This cannot be done with events."))
    ids = event_ids(request.POST.getlist("event"))
    if not ids:
        raise InvalidError(_("No event was chosen. Tick at least one and try again."))
    words, batch = deed(user, ids, request.POST.get("note", ""))
    events_mark_read(user=user, event_ids=ids)
    return _answer(request, user, ids, words, batch)


@login_required
@require_POST
def undo(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    events = review_undo(user=user, batch_id=batch_id)
    words = ngettext("Taken back for %(number)s event.", "Taken back for %(number)s events.", len(events))
    return _answer(request, user, [event.id for event in events], words % {"number": len(events)}, None)


@login_required
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Everything until a moment is read; with an earlier moment, that is taken back."""
    until = moment_read(request.POST.get("until"))
    if until is None:
        raise InvalidError(_("This is no moment. Load the page again."))
    before = read_mark_set(user=signed_in(request), until=until)
    query = request.GET.copy()
    query.pop("was_unread_since", None)
    if before < until:
        query["was_unread_since"] = before.isoformat()
    return redirect(f"{reverse('event_list')}?{query.urlencode()}")


def _judge(verdict: Verdict) -> Callable[[User, Ids, str], tuple[str, ReviewBatch | None]]:
    def judge(user: User, ids: Ids, note: str) -> tuple[str, ReviewBatch | None]:
        batch = events_review(user=user, event_ids=ids, verdict=verdict, note=note)
        told = {
            Verdict.TRUE: ngettext("%(number)s event noted as true.", "%(number)s events noted as true.", len(ids)),
            Verdict.FALSE: ngettext(
                "%(number)s event noted as a false alarm.", "%(number)s events noted as false alarms.", len(ids)
            ),
        }
        return told[verdict] % {"number": len(ids)}, batch

    return judge


def _note(user: User, ids: Ids, note: str) -> tuple[str, ReviewBatch | None]:
    batch = events_review(user=user, event_ids=ids, note=note)
    words = ngettext("The note is kept with %(number)s event.", "The note is kept with %(number)s events.", len(ids))
    return words % {"number": len(ids)}, batch


def _acknowledge(user: User, ids: Ids, note: str) -> tuple[str, ReviewBatch | None]:
    waiting = alerts_visible_to(user, CameraPermission.REVIEW).filter(links__event__in=ids, state=AlertState.OPEN)
    done = alerts_acknowledge(user=user, alert_ids=set(waiting.order_by().values_list("id", flat=True)))
    words = ngettext("%(number)s alert acknowledged.", "%(number)s alerts acknowledged.", len(done))
    return words % {"number": len(done)} if done else _("No open alert belongs to what you ticked."), None


def _read(user: User, ids: Ids, note: str) -> tuple[str, ReviewBatch | None]:
    words = ngettext("%(number)s event marked as read.", "%(number)s events marked as read.", len(ids))
    return words % {"number": len(ids)}, None


DEEDS: dict[str, Callable[[User, Ids, str], tuple[str, ReviewBatch | None]]] = {
    "true": _judge(Verdict.TRUE),
    "false": _judge(Verdict.FALSE),
    "note": _note,
    "acknowledge": _acknowledge,
    "read": _read,
}


def _answer(
    request: HttpRequest, user: User, ids: Sequence[uuid.UUID], words: str, batch: ReviewBatch | None
) -> HttpResponse:
    """The changed rows and what was done, put in their places by htmx; without it the list once more."""
    query = filter_query(request)
    if request.htmx:  # type: ignore[attr-defined]
        events = list(events_visible_to(user).filter(id__in=ids))
        context = {**rows_context(user, events), "words": words, "batch": batch, "query": query}
        return render(request, "events/done.html", context)
    messages.success(request, words)
    done = f"done={batch.id}" if batch else ""
    return redirect(f"{reverse('event_list')}?{'&'.join(part for part in (query, done) if part)}")
