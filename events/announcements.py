"""What open pages are told about an event, once the surrounding transaction has committed."""

from __future__ import annotations

from typing import Literal

from events.live import LiveMessage, camera_group, push
from events.models import Event
from vms.commits import after_commit


def event_announce(kind: Literal["event.started", "event.updated"], event: Event, **more: str | bool) -> None:
    message = LiveMessage(
        kind=kind,
        id=str(event.id),
        camera_id=event.camera_id,
        data={
            "message": event.message,
            "severity": event.severity,
            "class_name": event.class_name,
            "rule_id": event.rule_id,
            "job_id": str(event.job_id) if event.job_id else None,
            "state": event.state,
            "started_at": event.started_at.isoformat(),
            "ended_at": event.ended_at.isoformat() if event.ended_at else None,
            **more,
        },
    )
    after_commit(push, camera_group(event.camera_id), message)
