"""What pushes did not bring, read from PostgreSQL: to a page whose socket was down, or to all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from alerts.choices import Channel, DeliveryState
from alerts.live import alert_groups, alert_message
from alerts.models import Alert, AlertChange, Delivery
from alerts.selectors import alerts_visible_to
from events.live import Addressed, LiveMessage, camera_group, user_group
from events.models import Event
from events.selectors import events_visible_to
from vms.accounts.models import User

OVERLAP = timedelta(seconds=15)
"""Rows become visible at their commit, later than ``received_at`` says; the page drops what it has already."""
OLDEST = timedelta(hours=12)
MOST = 200
MOST_ALERTS = 1_000
"""More than a burst that fits between two looks: of alerts none may be missing."""
TOLD_OF_ALERTS = (
    "severity", "state", "raised_at", "system_category", "system_event", "acknowledged_by", "camera__name",
    "event__message",
)  # fmt: skip


def missed_by(user: User, cursor: datetime) -> list[LiveMessage]:
    """For a page of ``user``, oldest first: events, alerts of which they were told, and what became of others."""
    since = _since(cursor)
    events = _recent_events(events_visible_to(user), since)
    alerts = _recent(alerts_visible_to(user), since)
    told = set(_told(since).filter(recipient=user).values_list("alert", flat=True))
    return [
        *map(_event, events),
        *(alert_message("alert.raised" if alert.id in told else "alert.updated", alert) for alert in alerts),
    ]


def missed_by_all(cursor: datetime) -> list[Addressed]:
    """The same for all pages. Whoever hands it over asks for each page what it may see."""
    since = _since(cursor)
    events = _recent_events(Event.objects.all(), since)
    alerts = _recent(Alert.objects.all(), since)
    told: dict[object, list[int]] = {}
    for alert_id, user_id in _told(since).values_list("alert", "recipient"):
        told.setdefault(alert_id, []).append(user_id)
    return [
        *((camera_group(event.camera_id), _event(event)) for event in events),
        *(addressed for alert in alerts for addressed in _alert(alert, told.get(alert.id, ()))),
    ]


def _since(cursor: datetime) -> datetime:
    return max(cursor - OVERLAP, timezone.now() - OLDEST)


def _recent_events(events: QuerySet[Event], since: datetime) -> list[Event]:
    """Oldest first, with what their message says and no more: each page that is opened asks for hundreds."""
    bare = events.select_related(None).prefetch_related(None).only("camera", "job")
    return list(reversed(bare.filter(received_at__gte=since).order_by("-received_at")[:MOST]))


def _recent(alerts: QuerySet[Alert], since: datetime) -> list[Alert]:
    """Those that were raised or changed, oldest first, with what their message says and no more."""
    changed = list(
        AlertChange.objects.filter(at__gte=since).order_by("-at").values_list("alert", flat=True)[:MOST_ALERTS]
    )
    bare = alerts.select_related(None).select_related("camera", "event").only(*TOLD_OF_ALERTS)
    bare = bare.prefetch_related(None).prefetch_related("system_event", "acknowledged_by")
    recent = bare.filter(Q(raised_at__gte=since) | Q(id__in=changed)).order_by("-raised_at", "-id")[:MOST_ALERTS]
    return list(reversed(recent))


def _told(since: datetime) -> QuerySet[Delivery]:
    """In the app: a row is stored as sent."""
    return Delivery.objects.filter(channel=Channel.IN_APP, state=DeliveryState.SENT, created_at__gte=since).order_by()


def _alert(alert: Alert, told: Iterable[int]) -> Iterable[Addressed]:
    groups = alert_groups(alert)
    for group in map(user_group, told):
        if alert.camera_id is not None or group in groups:
            yield group, alert_message("alert.raised", alert)
    for group in groups:
        yield group, alert_message("alert.updated", alert)


def _event(event: Event) -> LiveMessage:
    return {
        "kind": "event.started",
        "id": str(event.id),
        "camera_id": event.camera_id,
        "data": {"job_id": str(event.job_id) if event.job_id else None},
    }
