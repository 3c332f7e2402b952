"""``manage.py seed_demo``: on an empty database, an admin and a demo site to drop a recording on."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from alerts.choices import Channel
from alerts.models import AlertPolicy
from cameras.choices import ZoneKind
from cameras.models import Camera, Site, Zone
from events.choices import Severity
from rules.models import Rule
from rules.services import rule_create
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.first_steps import PASSWORD_GENERATED

ZONES = {
    "Floor": (ZoneKind.POLYGON, [[0.05, 0.3], [0.95, 0.3], [0.95, 0.98], [0.05, 0.98]]),
    "Middle": (ZoneKind.LINE, [[0.5, 0.02], [0.5, 0.98]]),
}
STAY = """\
name: Someone stays
severity: high
who:
  classes: [person, motion]
when:
  type: zone_presence
  zone: Floor
  dwell_seconds: 20
"""
CROSS = """\
name: Middle line crossed
severity: low
who:
  classes: [person, car, truck, bus, motorcycle, bicycle, motion]
when:
  type: line_crossing
  line: Middle
"""


class Command(BaseCommand):
    help = "Create an admin and a demo site where there are none. Running it again changes nothing."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        admin = User.objects.order_by("id").filter(role="admin").first() or self._create_admin()
        if not Site.objects.exists():
            self._create_site(admin)

    def _create_admin(self) -> User:
        password = secrets.token_urlsafe(12)
        admin = User.objects.create_superuser("admin", "admin@localhost", password)
        audit_record(actor=None, action=PASSWORD_GENERATED, target=admin)
        self.stdout.write(
            f"Log in as: admin\nPassword:  {password}\nIt is shown this once; change it on your account page."
        )
        return admin

    def _create_site(self, admin: User) -> None:
        site = Site.objects.create(name="Demo site", time_zone="UTC")
        camera = Camera.objects.create(site=site, name="Demo camera")
        for name, (kind, points) in ZONES.items():
            Zone.objects.create(camera=camera, name=name, kind=kind, points=points)
        if not Rule.objects.filter(system="").exists():
            for document in (STAY, CROSS):
                rule_create(user=admin, document=document, cameras=[camera])
        policy = AlertPolicy.objects.create(
            name="Tell the admin", least_severity=Severity.MEDIUM, channels=[Channel.IN_APP, Channel.EMAIL]
        )
        policy.recipients.set([admin])
