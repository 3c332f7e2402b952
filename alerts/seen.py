"""What a reader may know of an alert's events: of those on cameras that they may see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Max, Min

from alerts.models import Alert, AlertEvent
from cameras.selectors import cameras_visible_to
from vms.accounts.models import User


def alerts_as_seen(user: User, alerts: Iterable[Alert]) -> list[Alert]:
    """The same alerts; count and times of each are those of the events that the reader may see. To be shown, not saved.

    A policy may group what happens on several cameras. The alert is its first camera's.
    """
    rows = list(alerts)
    repeated = [alert for alert in rows if alert.repeats]
    if not repeated or user.is_admin:  # an admin sees every camera
        return rows
    visible = cameras_visible_to(user)
    links = AlertEvent.objects.filter(alert__in=[alert.id for alert in repeated], policy__isnull=False).order_by()
    unseen = links.exclude(event__camera__in=visible)
    hidden = dict(unseen.values_list("alert").annotate(number=Count("*")))
    if not hidden:
        return rows
    seen = links.filter(alert__in=hidden, event__camera__in=visible).values_list("alert")
    times = {
        alert_id: (first, last)
        for alert_id, first, last in seen.annotate(first=Min("event__started_at"), last=Max("event__started_at"))
    }
    for alert in repeated:
        if alert.id in hidden:
            alert.event_count -= hidden[alert.id]
            alert.first_event_at, alert.last_event_at = times.get(alert.id, (alert.started_at, alert.started_at))
    return rows


def alert_as_seen(user: User, alert: Alert) -> Alert:
    return alerts_as_seen(user, [alert])[0]
