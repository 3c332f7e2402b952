"""What open pages are told about events, once the surrounding transaction has committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from events.live import LiveMessage, camera_group, push_all
from events.models import Event
from vms.commits import after_commit

EventNews = Literal["event.started", "event.updated"]


def event_announce(kind: EventNews, event: Event, **more: str | bool) -> None:
    after_commit(push_all, [(camera_group(event.camera_id), _message(kind, event, more))])


def events_announce(kind: EventNews, events: Sequence[Event]) -> None:
    """``event_announce`` for many, in one exchange."""
    after_commit(push_all, [(camera_group(event.camera_id), _message(kind, event, {})) for event in events])


def _message(kind: EventNews, event: Event, more: dict[str, str | bool]) -> LiveMessage:
    return {
        "kind": kind,
        "id": str(event.id),
        "camera_id": event.camera_id,
        "data": {
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
    }
