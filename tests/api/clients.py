"""API clients as scripts use them, and events with files to fetch."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework.test import APIClient

from cameras.models import Camera
from events.choices import EventState, Severity
from events.models import Clip, Event
from rules.models import Rule
from rules.services import rule_create
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.storage.media import media_write

START = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
DWELL = "name: {name}\nseverity: high\nwhen: {{type: zone_presence, zone: Yard, dwell_seconds: 5}}\n"


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def make_rule(*cameras: Camera, name: str = "Loiterer") -> Rule:
    admin, _ = User.objects.get_or_create(username="rule-author", defaults={"role": Role.ADMIN})
    return rule_create(user=admin, document=DWELL.format(name=name), cameras=cameras)


def make_event(camera: Camera, rule: Rule, *, minutes: int = 0, with_files: bool = False, **more: Any) -> Event:
    values: dict[str, Any] = {
        "rule_version": 1,
        "track_id": 7,
        "class_name": "person",
        "confidence": 0.8,
        "severity": Severity.HIGH,
        "message": f"{rule.name}: person at {camera.name}",
        "state": EventState.OPEN,
        "box_xyxy": [0.1, 0.2, 0.3, 0.4],
        "started_at": START + timedelta(minutes=minutes),
    }
    event = Event.objects.create(id=uuid.uuid4(), camera=camera, rule=rule, **(values | more))
    if with_files:
        media_write(f"clips/{event.id}.mp4", [bytes(range(256)) * 4])
        media_write(f"clips/{event.id}.jpg", [b"picture"])
        media_write(f"clips/{event.id}.json", [b"{}"])
        Clip.objects.create(
            event=event,
            video_name=f"clips/{event.id}.mp4",
            snapshot_name=f"clips/{event.id}.jpg",
            boxes_name=f"clips/{event.id}.json",
        )
    return event
