"""One alert: what happened, what was done about it, who was told; and everything a person can do with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from alerts.forms import SNOOZES, DeedForm
from alerts.models import Alert
from alerts.seen import alert_as_seen
from alerts.selectors import alert_get, alert_viewers, alerts_visible_to
from alerts.services import (
    alert_acknowledge,
    alert_assign,
    alert_comment,
    alert_link,
    alert_reopen,
    alert_resolve,
    alert_snooze,
)
from alerts.system_pages import system_page
from cameras.selectors import CameraPermission
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import InvalidError

MOST_EVENTS = 10
Deed = Callable[[User, uuid.UUID, DeedForm], object]


@login_required
@require_safe
def alert_detail(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    context = _context(user, alert_as_seen(user, alert_get(user, alert_id)))
    part = request.htmx and request.htmx.target == "alert"  # type: ignore[attr-defined]
    return render(request, "alerts/alert.html" if part else "alerts/detail.html", context)


@login_required
@require_POST
def alert_do(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    form = DeedForm(request.POST)
    if not form.is_valid():
        raise InvalidError(" ".join(str(error) for errors in form.errors.values() for error in errors))
    done, act = DEEDS[form.cleaned_data["deed"]]
    act(user, alert_id, form)
    messages.success(request, str(done))
    return redirect("alert_detail", alert_id)


def _snooze(user: User, alert_id: uuid.UUID, form: DeedForm) -> object:
    until = timezone.now() + timedelta(minutes=form.cleaned_data["minutes"] or SNOOZES[0][0])
    return alert_snooze(user=user, alert_id=alert_id, until=until, note=form.cleaned_data["note"])


def _link(user: User, alert_id: uuid.UUID, form: DeedForm) -> object:
    event_id = form.cleaned_data["event"]
    if event_id is None:
        raise InvalidError(gettext("Paste the address of the event's page, or the end of it."))
    return alert_link(user=user, alert_id=alert_id, event_id=event_id)


def _note(form: DeedForm) -> str:
    return str(form.cleaned_data["note"])


DEEDS: dict[str, tuple[str | Promise, Deed]] = {
    "acknowledge": (
        _("The alert is yours."),
        lambda user, alert, form: alert_acknowledge(user=user, alert_id=alert, note=_note(form)),
    ),
    "resolve": (
        _("The alert is resolved."),
        lambda user, alert, form: alert_resolve(user=user, alert_id=alert, note=_note(form)),
    ),
    "false": (
        _("Noted as a false alarm."),
        lambda user, alert, form: alert_resolve(user=user, alert_id=alert, note=_note(form), false=True),
    ),
    "reopen": (
        _("The alert is open again."),
        lambda user, alert, form: alert_reopen(user=user, alert_id=alert, note=_note(form)),
    ),
    "assign": (
        _("The alert has another owner."),
        lambda user, alert, form: alert_assign(
            user=user, alert_id=alert, assignee_id=form.cleaned_data["assignee"], note=_note(form)
        ),
    ),
    "comment": (
        _("Your note is kept."),
        lambda user, alert, form: alert_comment(user=user, alert_id=alert, note=_note(form)),
    ),
    "snooze": (_("The alert is put off."), _snooze),
    "link": (_("The event belongs to the alert now."), _link),
}


def _context(user: User, alert: Alert) -> dict[str, object]:
    events = events_visible_to(user).filter(alert_links__alert=alert).order_by("-started_at")
    may_review = alerts_visible_to(user, CameraPermission.REVIEW).filter(id=alert.id).exists()
    reviewers = alert_viewers(alert, CameraPermission.REVIEW).order_by("username") if may_review else []
    return {
        "alert": alert,
        "events": events[:MOST_EVENTS],
        "event_total": events.count(),
        "changes": alert.changes.order_by("-at", "-id"),
        "told": alert.deliveries.select_related("recipient", "endpoint", "digest").order_by("step", "created_at"),
        "steps": alert.policy.steps.count(),
        "may_review": may_review,
        "reviewers": reviewers,
        "snoozes": SNOOZES,
        "admin": user.is_admin,
        "trouble": alert.system_event and system_page(alert.system_event),
    }
