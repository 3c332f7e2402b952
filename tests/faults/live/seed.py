"""Fills the fleet's own database; run by ``manage.py shell``, since the test itself is on another one."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.models import AlertPolicy
from cameras.models import Camera, CameraNetwork, Site, Zone
from rules.engine.schema import RuleSpec, parse_rule
from rules.models import Rule, RuleVersion
from rules.services import Saving, rule_create, version_save
from vms.accounts.choices import Role
from vms.accounts.models import User
from workers.services.nodes import node_ensure

CROSSING, STAY = "Crossing", "Stay"
ROLLS = {"pre_roll_seconds": 1, "post_roll_seconds": 1}
RULES = [
    {"name": CROSSING, "when": {"type": "line_crossing", "line": "Middle"}, **ROLLS},
    {"name": STAY, "when": {"type": "zone_presence", "zone": "Right", "dwell_seconds": 0.4}, **ROLLS},
]
ZONES = [
    {"name": "Middle", "kind": "line", "points": [[0.5, 0.0], [0.5, 1.0]]},
    {"name": "Right", "kind": "polygon", "points": [[0.6, 0.0], [1.0, 0.0], [1.0, 1.0], [0.6, 1.0]]},
]


def seed(*, cameras: Mapping[str, str], nodes: Mapping[str, str]) -> None:
    """``cameras``: addresses by name; ``nodes``: tokens by name. Every camera has the same zones and rules."""
    for name, token in nodes.items():
        node_ensure(name=name, token=token)
    CameraNetwork.objects.get_or_create(network="127.0.0.0/8")
    AlertPolicy.objects.create(name="Everything", group_minutes=0)
    site = Site.objects.create(name="Fleet")
    rows = [_camera(site, name, url) for name, url in cameras.items()]
    for document in RULES:
        spec = RuleSpec.model_validate(document)
        rule = Rule.objects.create(name=spec.name)
        rule.cameras.set(rows)
        RuleVersion.objects.create(rule=rule, number=1, document="", spec=spec.model_dump(mode="json"))


def put_in_force(document: str) -> None:
    """A rule, or a new version of it, on every camera, as an admin's click does it."""
    admin, _ = User.objects.get_or_create(username="ada", defaults={"role": Role.ADMIN})
    rule = Rule.objects.filter(name=parse_rule(document).name).first()
    if rule is None:
        rule_create(user=admin, document=document, cameras=Camera.objects.all())
    else:
        version_save(user=admin, rule=rule, saving=Saving(document, publish=True))


def _camera(site: Site, name: str, url: str) -> Camera:
    camera = Camera(site=site, name=name, source_kind="rtsp", detect_fps=5)
    camera.url = url
    camera.save()
    for zone in ZONES:
        Zone.objects.create(camera=camera, **zone)
    return camera
