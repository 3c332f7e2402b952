"""Rows for page and socket tests, put straight into the database."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone
from guardian.shortcuts import assign_perm

from alerts.models import Alert, AlertEvent, AlertPolicy
from cameras.models import Camera, Recording, Site
from events.models import Event
from rules.engine.schema import parse_rule
from rules.models import Rule, RuleVersion
from vms.accounts.models import User
from workers.models import Job

DOCUMENT = "name: {name}\nwhen: {{type: zone_presence, zone: Yard}}\n"
ALL = ("view_camera", "review_camera", "upload_camera")


def user_make(name: str, *cameras: Camera, permissions: tuple[str, ...] = ALL, **more: Any) -> User:
    user = User.objects.create_user(name, f"{name}@example.com", "long-enough-1", **more)
    for camera in cameras:
        for permission in permissions:
            assign_perm(permission, user, camera)
    return user


def camera_make(name: str, *, site: str = "Depot", time_zone: str = "UTC") -> Camera:
    place, _ = Site.objects.get_or_create(name=site, defaults={"time_zone": time_zone})
    return Camera.objects.create(site=place, name=name)


def rule_make(camera: Camera, name: str = "Yard entered") -> Rule:
    rule, new = Rule.objects.get_or_create(name=name)
    rule.cameras.add(camera)
    if new:
        document = DOCUMENT.format(name=name)
        RuleVersion.objects.create(
            rule=rule, number=1, document=document, spec=parse_rule(document).model_dump(mode="json")
        )
    return rule


def event_make(camera: Camera, message: str = "Person in the yard", **more: Any) -> Event:
    values: dict[str, Any] = {
        "id": uuid.uuid4(),
        "rule_version": 1,
        "track_id": 7,
        "class_name": "person",
        "confidence": 0.81,
        "severity": "high",
        "started_at": timezone.now(),
        "box_xyxy": [0.4, 0.3, 0.5, 0.7],
        **more,
    }
    return Event.objects.create(camera=camera, rule=rule_make(camera), message=message, **values)


def job_make(camera: Camera, *, state: str = "running", started_at: datetime | None = None, **more: Any) -> Job:
    recording = Recording.objects.create(
        camera=camera,
        original_name="gate.mp4",
        started_at=started_at or timezone.now(),
        size_bytes=8_000_000,
        sha256="0" * 64,
        facts={"duration_ms": 60_000, "width": 768, "height": 576, "fps": 10.0, "codec": "h264"},
    )
    return Job.objects.create(recording=recording, state=state, **more)


def alert_make(event: Event, severity: str = "high") -> Alert:
    policy, _ = AlertPolicy.objects.get_or_create(name="Guards")
    alert = Alert.objects.create(policy=policy, event=event, camera=event.camera, severity=severity)
    AlertEvent.objects.create(alert=alert, event=event, policy=policy)
    return alert
