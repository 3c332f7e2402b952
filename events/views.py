"""The event list, one event, and its review."""

from __future__ import annotations

import uuid
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.choices import AlertState
from alerts.selectors import alerts_of_event
from cameras.choices import ZoneKind
from cameras.models.zones import MASKS
from cameras.selectors import CameraPermission, cameras_visible_to
from events.choices import Verdict
from events.explanation import clip_moments
from events.forms import EventFilterForm, ReviewForm
from events.listing import event_ids, filter_query, may_review_any, rows_context
from events.models import Event, ReviewBatch
from events.selectors import clip_is_overdue, event_get, events_meanwhile, events_visible_to
from events.services import event_review, events_mark_read
from events.unread import MOST_COUNTED, unread_count
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import InvalidError
from vms.paging import newer_than, older_than, page_of

PAGE_SIZE = 40
MOST_ARRIVALS = 100


@login_required
@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = EventFilterForm(request.GET, user=user)
    page = page_of(
        form.apply(events_visible_to(user)), field="started_at", after=request.GET.get("after", ""), size=PAGE_SIZE
    )
    context = {**rows_context(user, page.rows), "page": page, "query": filter_query(request)}
    if request.htmx and request.GET.get("after"):  # type: ignore[attr-defined]
        return render(request, "events/more.html", context)
    return render(request, "events/list.html", {**context, **_list_context(request, user, form, page.rows)})


def _list_context(request: HttpRequest, user: User, form: EventFilterForm, rows: list[Event]) -> dict[str, Any]:
    """What stands around the rows, which a further page of them does without."""
    return {
        "form": form,
        "chips": form.chips(),
        "any_camera": bool(rows) or cameras_visible_to(user).exists(),
        "may_review": may_review_any(user),
        "unread_count": unread_count(user),
        "unread_most": MOST_COUNTED,
        "saved_filters": list(user.event_filters.all()),
        "done": _batch(user, request.GET.get("done", "")),
        "was_unread_since": request.GET.get("was_unread_since", ""),
    }


def _batch(user: User, text: str) -> ReviewBatch | None:
    """What the user did last, as long as it can be taken back."""
    try:
        return ReviewBatch.objects.filter(id=uuid.UUID(text), user=user, undone_at=None).first() if text else None
    except ValueError:
        return None


@login_required
@require_safe
def arrivals(request: HttpRequest) -> HttpResponse:
    """The rows of the events named by ``id`` that fit the page's filters: what a live list puts on top."""
    user = signed_in(request)
    form = EventFilterForm(request.GET, user=user)
    wanted = event_ids(islice(request.GET.getlist("id"), MOST_ARRIVALS))
    events = list(form.apply(events_visible_to(user)).filter(id__in=wanted))
    return render(request, "events/rows.html", {**rows_context(user, events), "query": filter_query(request)})


@login_required
@require_safe
def event_detail(request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    event = event_full(user, event_id)
    events_mark_read(user=user, event_ids=[event.id])
    neighbours = EventFilterForm(request.GET, user=user).apply(events_visible_to(user))
    alerts = alerts_of_event(user, event)
    context = {
        **event_context(user, event),
        "newer": _neighbour(neighbours, event, newer=True),
        "older": _neighbour(neighbours, event, newer=False),
        "meanwhile": events_meanwhile(user, event),
        "query": filter_query(request),
        "zones": zone_shapes(event),
        "alerts": alerts,
        "waiting": [alert for alert in alerts if alert.state == AlertState.OPEN],
    }
    return render(request, "events/detail.html", context)


@login_required
@require_safe
def state(request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    """The part of the detail page that changes while an event goes on."""
    user = signed_in(request)
    return render(request, "events/state.html", event_context(user, event_full(user, event_id)))


@login_required
@require_POST
def review(request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        raise InvalidError(_("Choose true, false alarm or not reviewed. A note has at most 2000 characters."))
    user = signed_in(request)
    event_review(
        user=user, event_id=event_id, verdict=Verdict(form.cleaned_data["verdict"]), note=form.cleaned_data["note"]
    )
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "events/review.html", event_context(user, event_full(user, event_id)))
    messages.success(request, _("Your review is saved."))
    query = filter_query(request)
    return redirect(reverse("event_detail", args=[event_id]) + (f"?{query}" if query else ""))


def event_full(user: User, event_id: uuid.UUID) -> Event:
    event = event_get(user, event_id)
    prefetch_related_objects([event], "job__recording", "stream")
    return event


def event_context(user: User, event: Event) -> dict[str, object]:
    return {
        "event": event,
        "clip": getattr(event, "clip", None),
        "clip_is_overdue": clip_is_overdue(event),
        "moments": clip_moments(event),
        "verdicts": Verdict,
        "may_review": cameras_visible_to(user, CameraPermission.REVIEW).filter(id=event.camera_id).exists(),
    }


def zone_shapes(event: Event) -> list[dict[str, object]]:
    """The zones and masks as they were when the job started, else as they are now; a mask's name is its kind."""
    config = event.job.config if event.job and event.job.config else None
    if config:
        shapes = [dict(zone) for zone in (*config.get("masks", ()), *config.get("zones", ()))]
    else:
        zones = sorted(event.camera.zones.all(), key=lambda zone: not zone.is_mask)
        shapes = [{"name": zone.name, "kind": zone.kind, "points": zone.points} for zone in zones]
    return [_named(shape) for shape in shapes]


def _named(shape: dict[str, Any]) -> dict[str, object]:
    return {**shape, "name": ZoneKind(shape["kind"]).label} if shape["kind"] in MASKS else shape


def _neighbour(events: QuerySet[Event], event: Event, *, newer: bool) -> uuid.UUID | None:
    if newer:
        events = events.filter(newer_than("started_at", event.started_at, event.id)).order_by("started_at", "id")
    else:
        events = events.filter(older_than("started_at", event.started_at, event.id)).order_by("-started_at", "-id")
    return events.values_list("id", flat=True).first()
