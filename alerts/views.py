"""The inbox: open alerts by severity, acknowledged one by one or together."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from alerts.choices import AlertState
from alerts.forms import SNOOZES
from alerts.models import Alert
from alerts.seen import alerts_as_seen
from alerts.selectors import alert_counts, alerts_visible_to, alerts_waiting
from alerts.services import alerts_acknowledge
from cameras.selectors import CameraPermission
from events.choices import Severity
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import InvalidError, NotFoundError
from vms.paging import page_of

PAGE_SIZE = 40
PUT_OFF = "put-off"
DECIDED = [AlertState.RESOLVED.value, AlertState.FALSE.value]
STATES = [(AlertState.OPEN.value, _("Open")), (PUT_OFF, pgettext_lazy("state", "Put off")), *AlertState.choices[1:]]


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    part = request.htmx and request.htmx.target == "inbox"  # type: ignore[attr-defined]
    context = inbox_context(request, signed_in(request))
    return render(request, "alerts/inbox.html" if part else "alerts/list.html", context)


def inbox_context(request: HttpRequest, user: User) -> dict[str, object]:
    """The list that the address asks for."""
    severity = _chosen(request, "severity", Severity.values)
    state = _chosen(request, "state", [*AlertState.values, PUT_OFF]) or AlertState.OPEN.value
    alerts = _in_state(user, state).prefetch_related("deliveries__recipient", "deliveries__endpoint")
    if severity:
        alerts = alerts.filter(severity=severity)
    if mine := request.GET.get("mine") == "yes":
        alerts = alerts.filter(assigned_to=user)
    counts = alert_counts(user)
    total = sum(counts.values())
    page = page_of(alerts, field="raised_at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    alerts_as_seen(user, page.rows)
    shown = [alert.id for alert in page.rows]
    reviewable = alerts_visible_to(user, CameraPermission.REVIEW).filter(id__in=shown).order_by()
    return {
        "page": page,
        "open_alerts": total,
        "tabs": [("", _("All"), total), *((s.value, s.label, counts[s]) for s in reversed(Severity))],
        "severity": severity,
        "state": state,
        "states": STATES,
        "is_decided": state in DECIDED,
        "mine": mine,
        "snoozes": SNOOZES,
        "query": request.GET.urlencode(),
        "reviewable": set(reviewable.values_list("id", flat=True)),
    }


@login_required
@require_POST
def acknowledge(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.getlist("alert")
    if not chosen:
        raise InvalidError(gettext("No alert was chosen. Tick at least one and try again."))
    changed = alerts_acknowledge(user=signed_in(request), alert_ids=[_uuid(text) for text in chosen])
    if not changed:
        messages.info(request, gettext("Somebody was faster: these alerts were acknowledged already."))
    else:
        words = ngettext("%(number)s alert acknowledged.", "%(number)s alerts acknowledged.", len(changed))
        messages.success(request, words % {"number": len(changed)})
    return redirect(_way_back(request))


def _in_state(user: User, state: str) -> QuerySet[Alert]:
    if state == AlertState.OPEN:
        return alerts_waiting(user)
    if state == PUT_OFF:
        return alerts_visible_to(user).filter(state=AlertState.OPEN, snoozed_until__isnull=False)
    return alerts_visible_to(user).filter(state=state)


def _way_back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    # A path: what begins otherwise may be taken for the name of a view.
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_ours else reverse("alert_list")


def _chosen(request: HttpRequest, name: str, known: list[str]) -> str:
    value = request.GET.get(name, "")
    if value and value not in known:
        raise NotFoundError(gettext("There is no such choice: %(value)s.") % {"value": value})
    return value


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFoundError(gettext("There is no such alert.")) from error
