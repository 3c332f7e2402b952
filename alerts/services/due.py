"""What happens to alerts by itself when its time has come: told to the next ones, brought back, resolved.

Each is a row with a due time; a sweeper looks, and compare-and-set lets one of several do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.choices import AlertState, ChangeKind
from alerts.models import UNDECIDED, Alert, Allowance, PolicyMatch
from alerts.services.lifecycle import AT_REST, change_note
from alerts.services.queueing import Telling, deliveries_queue

AUDIENCE = ("recipients", "on_call__turns__user", "endpoints")
AT_MOST = 200
MATCHES_KEPT = timedelta(days=8)
"""Longer than any threshold's span, counted from the event's start: old recordings wait for nothing."""

log = structlog.get_logger(__name__)


def alerts_escalate() -> int:
    """Tell the next ones of alerts that nobody acknowledged in time."""
    due = Alert.objects.filter(state=AlertState.OPEN, next_escalation_at__lte=timezone.now(), snoozed_until=None)
    return _each(_escalate, _with_all(due, "next_escalation_at"))


@transaction.atomic
def _escalate(alert: Alert) -> bool:
    steps = list(alert.policy.steps.all())
    level = alert.escalation_level
    step, following = [*steps[level : level + 2], None, None][:2]
    again_at = (
        (alert.reopened_at or alert.raised_at) + timedelta(minutes=following.after_minutes) if following else None
    )
    mine = Alert.objects.filter(
        id=alert.id,
        state=AlertState.OPEN,
        escalation_level=level,
        next_escalation_at=alert.next_escalation_at,
        snoozed_until=None,
    )
    if not mine.update(escalation_level=level + 1 if step else level, next_escalation_at=again_at):
        return False
    if step is None:  # the policy has fewer steps than when the alert was raised
        return False
    alert.escalation_level, alert.next_escalation_at = level + 1, again_at
    prefetch_related_objects([step], *AUDIENCE)
    told = deliveries_queue([Telling(alert, step, step=level + 1)])
    names = ", ".join(dict.fromkeys(delivery.target_name for delivery in told)) or _("nobody new")
    change_note(
        alert,
        ChangeKind.ESCALATED,
        actor=None,
        note=_("%(minutes)s min open: %(names)s") % {"minutes": step.after_minutes, "names": names},
    )
    return True


def alerts_wake() -> int:
    """Bring back what was put off until now."""
    due = Alert.objects.filter(snoozed_until__lte=timezone.now())
    return _each(_wake, _with_all(due, "snoozed_until"))


@transaction.atomic
def _wake(alert: Alert) -> bool:
    mine = Alert.objects.filter(id=alert.id, snoozed_until=alert.snoozed_until)
    if not mine.update(snoozed_until=None):
        return False
    alert.snoozed_until = None
    change_note(alert, ChangeKind.WOKEN, actor=None)
    return True


def alerts_resolve_quiet() -> int:
    """Resolve alerts whose last event is as long ago as their policy says."""
    due = Alert.objects.filter(state__in=UNDECIDED, auto_resolve_at__lte=timezone.now())
    return _each(_resolve, _with_all(due, "auto_resolve_at"))


@transaction.atomic
def _resolve(alert: Alert) -> bool:
    mine = Alert.objects.filter(id=alert.id, state__in=UNDECIDED, auto_resolve_at=alert.auto_resolve_at)
    if not mine.update(state=AlertState.RESOLVED, resolved_at=timezone.now(), **AT_REST):
        return False
    alert.state = AlertState.RESOLVED
    change_note(
        alert,
        ChangeKind.RESOLVED,
        actor=None,
        note=_("no event for %(minutes)s min") % {"minutes": alert.policy.auto_resolve_minutes},
    )
    return True


def leftovers_delete() -> int:
    """Matches that no threshold can count any more, and allowances that are full again."""
    now = timezone.now()
    long_ago = now - MATCHES_KEPT
    matches, _ = PolicyMatch.objects.filter(at__lt=long_ago, event__received_at__lt=long_ago).delete()
    unused, _ = Allowance.objects.filter(filled_at__lt=long_ago).delete()
    return matches + unused


def _each(deed: Callable[[Alert], bool], alerts: Iterable[Alert]) -> int:
    """For how many it was done. One that cannot be dealt with must not keep the others waiting."""
    done = 0
    for alert in alerts:
        try:
            done += deed(alert)
        except Exception:  # the edge of one alert
            log.exception("alert.due_failed", alert=str(alert.id), deed=deed.__name__)
    return done


def _with_all(alerts: QuerySet[Alert], field: str) -> QuerySet[Alert]:
    rows = alerts.select_related("camera__site", "event__rule", "system_event", "policy", "acknowledged_by").order_by(
        field
    )
    return rows.prefetch_related("policy__steps")[:AT_MOST]
