"""What open pages are told about an alert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from alerts.models import Alert
from events.live import LiveMessage, camera_group, push_all


def alert_message(kind: Literal["alert.raised", "alert.updated"], alert: Alert) -> LiveMessage:
    acknowledged_by = alert.acknowledged_by.get_username() if alert.acknowledged_by else ""
    return {
        "kind": kind,
        "id": str(alert.id),
        "camera_id": alert.camera_id,
        "data": {
            "event_id": str(alert.event_id),
            "camera": alert.camera.name,
            "severity": alert.severity,
            "state": alert.state,
            "message": alert.event.message,
            "raised_at": alert.raised_at.isoformat(),
            "event_count": alert.event_count,
            "acknowledged_by": acknowledged_by,
        },
    }


def alert_updated(alert: Alert) -> None:
    alerts_updated([alert])


def alerts_updated(alerts: Sequence[Alert]) -> None:
    """Lists of alerts on open pages follow, of whoever may see the cameras."""
    push_all([(camera_group(alert.camera_id), alert_message("alert.updated", alert)) for alert in alerts])
