"""Fills a measured installation's database; run by ``manage.py shell``, since only there Django is set up for it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from alerts.choices import Channel
from alerts.models import AlertPolicy
from cameras.models import Camera, CameraNetwork, Site, Zone
from events.choices import Severity
from rules.engine.schema import RuleSpec, ZoneShape
from rules.models import Rule, RuleVersion
from vms.accounts.models import User
from vms.accounts.sessions import SessionStore
from workers.services.nodes import node_ensure

SITE = "Bench"
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def seed(*, nodes: Mapping[str, str], rules: Mapping[str, str]) -> None:
    """``nodes``: tokens by name; ``rules``: documents in JSON by name. Prints the cookie of an administrator."""
    for name, token in nodes.items():
        node_ensure(name=name, token=token)
    CameraNetwork.objects.get_or_create(network="127.0.0.0/8")
    Site.objects.create(name=SITE)
    for name, document in rules.items():
        rule = Rule.objects.create(name=name)
        spec = RuleSpec.model_validate_json(document)
        RuleVersion.objects.create(rule=rule, number=1, document="", spec=spec.model_dump(mode="json"))
    admin = User.objects.create_superuser("bench", "bench@localhost", "not used to sign in")
    # Ungrouped: then each grave event is told, and none may be missing.
    policy = AlertPolicy.objects.create(
        name="Grave", least_severity=Severity.HIGH, channels=[Channel.IN_APP, Channel.EMAIL], group_minutes=0
    )
    policy.recipients.set([admin])
    print(json.dumps({"cookie": session_cookie(admin)}))


def session_cookie(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = MODEL_BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def add_cameras(cameras: Mapping[str, str], zones: list[str], rules: list[str]) -> None:
    """``cameras``: addresses by name. All get the same zones (in JSON) and rules (by name)."""
    site = Site.objects.get(name=SITE)
    made = []
    for name, url in cameras.items():
        camera = Camera(site=site, name=name, source_kind="rtsp", detect_fps=5)
        camera.url = url
        made.append(camera)
    Camera.objects.bulk_create(made)
    shapes = [ZoneShape.model_validate_json(zone).model_dump(mode="json") for zone in zones]
    Zone.objects.bulk_create(Zone(camera=camera, **shape) for camera in made for shape in shapes)
    for rule in Rule.objects.filter(name__in=rules):
        rule.cameras.add(*made)
