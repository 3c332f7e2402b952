"""Sites, cameras, people, rules and events to try alerts and reports on."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from guardian.shortcuts import assign_perm

from alerts.choices import Channel
from alerts.models import Alert, AlertPolicy
from cameras.models import Camera, Site
from events.choices import EventState, Severity
from events.models import Event
from rules.models import Rule
from vms.accounts.choices import Role
from vms.accounts.models import User

USUAL_CHANNELS = (Channel.IN_APP, Channel.EMAIL)
AT = datetime(2026, 7, 14, 12, 3, 0, tzinfo=UTC)


def make_user(name: str = "olga", *, role: Role = Role.VIEWER, email: str | None = None) -> User:
    address = f"{name}@example.org" if email is None else email
    return User.objects.create_user(username=name, email=address, role=role)


def make_camera(name: str = "Gate 2", *, site: str = "Harbour", time_zone: str = "Europe/Berlin") -> Camera:
    place, _ = Site.objects.get_or_create(name=site, defaults={"time_zone": time_zone})
    return Camera.objects.create(site=place, name=name)


def make_rule(name: str = "Person in Yard") -> Rule:
    rule, _ = Rule.objects.get_or_create(name=name)
    return rule


def make_event(
    camera: Camera,
    *,
    rule: str = "Person in Yard",
    severity: Severity = Severity.HIGH,
    at: datetime = AT,
    **more: object,
) -> Event:
    values: dict[str, object] = {
        "rule_version": 1,
        "track_id": 7,
        "class_name": "person",
        "confidence": 0.8,
        "message": f"{rule}: person at {camera.name}",
        "state": EventState.OPEN,
        "box_xyxy": [0.1, 0.2, 0.3, 0.4],
    }
    return Event.objects.create(
        id=uuid.uuid4(), camera=camera, rule=make_rule(rule), severity=severity, started_at=at, **(values | more)
    )


def make_policy(*recipients: User, channels: tuple[Channel, ...] = USUAL_CHANNELS, **more: object) -> AlertPolicy:
    """Each event is an alert of its own, unless the test says otherwise."""
    values: dict[str, object] = {"name": f"Policy {AlertPolicy.objects.count() + 1}", "channels": list(channels)}
    values["group_minutes"] = 0
    policy = AlertPolicy.objects.create(**(values | more))
    policy.recipients.set(recipients)
    return policy


def camera_of(alert: Alert) -> Camera:
    """Of an alert about a camera."""
    assert alert.camera is not None
    return alert.camera


def grant(user: User, camera: Camera, *permissions: str) -> None:
    for permission in permissions or ("view_camera",):
        assign_perm(f"cameras.{permission}", user, camera)
