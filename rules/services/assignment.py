"""Which rules run on a camera, changed from the camera's side."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from cameras.models import Camera
from rules.models import Rule
from rules.services.versions import rule_lock
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from workers.services.waking import reconcile_soon


@transaction.atomic
def rules_assign(*, user: User, camera: Camera, added: Iterable[Rule] = (), removed: Iterable[Rule] = ()) -> None:
    """Put rules on a camera and take others off it.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: one of them is the platform's own.
    """
    admin_require(user)
    put, taken = sorted(added, key=_number), sorted(removed, key=_number)
    for rule in put:
        rule_lock(rule).cameras.add(camera)
    for rule in taken:
        rule_lock(rule).cameras.remove(camera)
    names = {"added": [rule.name for rule in put], "removed": [rule.name for rule in taken]}
    audit_record(actor=user, action="camera.rules_changed", target=camera, **names)
    reconcile_soon()


def _number(rule: Rule) -> int:
    """Locked in one order, so that two of these never wait for each other."""
    return rule.id
