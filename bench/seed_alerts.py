"""Fills the database for ``bench alerts``, and raises its events; run by ``manage.py shell``."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from alerts.channels.webhook.signing import key_new
from alerts.choices import Channel, EndpointKind
from alerts.models import AlertPolicy, Endpoint
from alerts.services import alert_raise_for_event, alerts_raise_for_events
from bench.seed import session_cookie
from cameras.models import Camera, Site
from cameras.selectors import CameraPermission
from cameras.services.access import access_change
from events.announcements import event_announce
from events.choices import Severity
from events.models import Event
from rules.models import Rule
from vms.accounts.models import User

WAIT_SECONDS = 10
OTHERS = "Others"


def seed_alerts(good: str, others: Mapping[str, str]) -> None:
    """One policy tells a person in the app and by mail, and a webhook; another one, not in use yet, more webhooks."""
    camera = Camera.objects.create(site=Site.objects.create(name="Bench"), name="Gate")
    Rule.objects.create(name="Bench").cameras.add(camera)
    admin = User.objects.create_superuser("bench", "bench@localhost.example", "not used to sign in")
    policy = AlertPolicy.objects.create(name="Good", channels=[Channel.IN_APP, Channel.EMAIL], group_minutes=0)
    policy.recipients.set([admin])
    policy.endpoints.set([_endpoint("good", good)])
    joining = AlertPolicy.objects.create(name=OTHERS, channels=[], group_minutes=0, enabled=False)
    joining.endpoints.set([_endpoint(name, url) for name, url in others.items()])
    print(json.dumps({"cookie": session_cookie(admin)}))


def endpoints_join() -> None:
    """From now on the other webhooks are told too."""
    AlertPolicy.objects.filter(name=OTHERS).update(enabled=True)


def alerts_raise(*, events: int, gap: float) -> None:
    """Store events as the internal API does, evenly, each in a transaction of its own; prints their ids."""
    camera, rule = Camera.objects.get(), Rule.objects.get(name="Bench")
    made = []
    due = time.monotonic()
    for number in range(events):
        time.sleep(max(0.0, due - time.monotonic()))
        due += gap
        with transaction.atomic():
            event = _event(camera, rule, number)
            event.save(force_insert=True)
            alert_raise_for_event(event=event)
            event_announce("event.started", event)
        made.append(str(event.id))
    print(json.dumps(made))


def alerts_burst(*, events: int) -> None:
    """As many alerts at the same moment: stored in one transaction. Prints their ids."""
    camera, rule = Camera.objects.get(), Rule.objects.get(name="Bench")
    with transaction.atomic():
        burst = [_event(camera, rule, number) for number in range(events)]
        for event in burst:
            event.save(force_insert=True)
        alerts = alerts_raise_for_events(events=burst)
    print(json.dumps([str(alert.id) for alert in alerts]))


def seed_sockets() -> None:
    """One policy tells two people in the app: an administrator, and a guard who was given the one camera."""
    camera = Camera.objects.create(site=Site.objects.create(name="Bench"), name="Gate")
    Rule.objects.create(name="Bench").cameras.add(camera)
    admin = User.objects.create_superuser("bench", "bench@localhost.example", "not used to sign in")
    guard = User.objects.create_user("guard")
    assign_perm(CameraPermission.VIEW, guard, camera)
    policy = AlertPolicy.objects.create(name="Good", channels=[Channel.IN_APP], group_minutes=0)
    policy.recipients.set([admin, guard])
    print(json.dumps({"admin": session_cookie(admin), "guard": session_cookie(guard)}))


def guard_revoke(*, tell: bool) -> None:
    """Take the grant back, as the page does or, without ``tell``, behind the back of all. Prints when."""
    guard, camera = User.objects.get(username="guard"), Camera.objects.get()
    if tell:
        seeing = (guard.id, camera.id, CameraPermission.VIEW.value)
        access_change(user=User.objects.get(username="bench"), added=(), removed=[seeing])
    else:
        remove_perm(CameraPermission.VIEW, guard, camera)
    print(json.dumps(time.time()))


def guard_admit() -> None:
    assign_perm(CameraPermission.VIEW, User.objects.get(username="guard"), Camera.objects.get())


def _event(camera: Camera, rule: Rule, number: int) -> Event:
    return Event(
        id=uuid.uuid4(),
        camera=camera,
        rule=rule,
        rule_version=1,
        track_id=number,
        class_name="person",
        confidence=0.8,
        severity=Severity.HIGH,
        message=f"Person at the gate, {number}",
        started_at=timezone.now(),
        box_xyxy=[0.1, 0.2, 0.3, 0.4],
    )


def _endpoint(name: str, url: str) -> Endpoint:
    endpoint = Endpoint(name=name, kind=EndpointKind.WEBHOOK, settings={"seconds": WAIT_SECONDS, "shown": name})
    endpoint.secrets = {"url": url, "keys": [key_new()]}
    endpoint.save()
    return endpoint
