"""What a page missed while its socket was down, read from PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from alerts.live import alert_message
from alerts.models import AlertChange
from alerts.selectors import alerts_visible_to
from events.live import LiveMessage
from events.models import Event
from events.selectors import events_visible_to
from vms.accounts.models import User

OVERLAP = timedelta(seconds=15)
"""Rows become visible at their commit, later than ``received_at`` says; the page drops what it has already."""
OLDEST = timedelta(hours=12)
MOST = 200
MOST_ALERTS = 1_000
"""More than a burst that fits between two looks: of alerts none may be missing."""


def missed_since(user: User, cursor: datetime) -> list[LiveMessage]:
    """Messages for what came since ``cursor``, oldest first: events, alerts, and what was done to older alerts."""
    since = max(cursor - OVERLAP, timezone.now() - OLDEST)
    events = events_visible_to(user).filter(received_at__gte=since).order_by("-received_at")[:MOST]
    alerts = alerts_visible_to(user).filter(raised_at__gte=since)[:MOST_ALERTS]
    lately = AlertChange.objects.filter(at__gte=since).order_by().values("alert")
    changed = alerts_visible_to(user).filter(id__in=lately, raised_at__lt=since)[:MOST_ALERTS]
    return [
        *(_event(event) for event in reversed(events)),
        *(alert_message("alert.raised", alert) for alert in reversed(alerts)),
        *(alert_message("alert.updated", alert) for alert in reversed(changed)),
    ]


def _event(event: Event) -> LiveMessage:
    return {
        "kind": "event.started",
        "id": str(event.id),
        "camera_id": event.camera_id,
        "data": {"job_id": str(event.job_id) if event.job_id else None},
    }
