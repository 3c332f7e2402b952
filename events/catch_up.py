"""What a page missed while its socket was down, read from PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from alerts.live import alert_message
from alerts.models import Alert
from alerts.selectors import alerts_visible_to
from events.live import LiveMessage
from events.models import Event
from events.selectors import events_visible_to
from vms.accounts.models import User

OVERLAP = timedelta(seconds=15)
"""Rows become visible at their commit, later than ``received_at`` says; the page drops what it has already."""
OLDEST = timedelta(hours=12)
MOST = 200


def missed_since(user: User, cursor: datetime) -> list[LiveMessage]:
    """Messages for the events and alerts that came since ``cursor``, oldest first, at most the newest ``MOST`` each."""
    since = max(cursor - OVERLAP, timezone.now() - OLDEST)
    events = events_visible_to(user).filter(received_at__gte=since).order_by("-received_at")[:MOST]
    alerts = alerts_visible_to(user).filter(raised_at__gte=since)[:MOST]
    return [_event(event) for event in reversed(events)] + [_alert(alert) for alert in reversed(alerts)]


def _event(event: Event) -> LiveMessage:
    return {
        "kind": "event.started",
        "id": str(event.id),
        "camera_id": event.camera_id,
        "data": {"job_id": str(event.job_id) if event.job_id else None},
    }


def _alert(alert: Alert) -> LiveMessage:
    return alert_message("alert.raised", alert)
