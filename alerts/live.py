"""What open pages are told about an alert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from alerts.models import Alert
from alerts.selectors import alert_viewers
from events.live import LiveMessage, camera_group, push_all, user_group


def alert_message(kind: Literal["alert.raised", "alert.updated"], alert: Alert) -> LiveMessage:
    acknowledged_by = alert.acknowledged_by.get_username() if alert.acknowledged_by else ""
    return {
        "kind": kind,
        "id": str(alert.id),
        "camera_id": alert.camera_id,
        "data": {
            "event_id": str(alert.event_id or ""),
            "camera": alert.subject_name,
            "severity": alert.severity,
            "state": alert.state,
            "message": alert.message,
            "raised_at": alert.raised_at.isoformat(),
            "acknowledged_by": acknowledged_by,
        },
    }


def alert_updated(alert: Alert) -> None:
    alerts_updated([alert])


def alerts_updated(alerts: Sequence[Alert]) -> None:
    """Lists of alerts on open pages follow, of whoever may see them."""
    push_all([(group, alert_message("alert.updated", alert)) for alert in alerts for group in alert_groups(alert)])


def alert_groups(alert: Alert) -> list[str]:
    """Whose pages are told: of the platform itself, those of each person who may see it."""
    if alert.camera_id is not None:
        return [camera_group(alert.camera_id)]
    return [user_group(user_id) for user_id in alert_viewers(alert).values_list("id", flat=True)]
