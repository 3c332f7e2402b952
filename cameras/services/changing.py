"""All that is set on one camera, changed at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from cameras.models import Camera, CameraGroup
from cameras.services.cameras import CameraChange, camera_update
from cameras.services.groups import groups_assign
from rules.models import Rule
from rules.services.assignment import rules_assign
from vms.accounts.models import User


@dataclass(frozen=True, slots=True)
class Belonging:
    """Those of the offered rules and groups that the camera is to have; of others nothing changes."""

    rules: Collection[Rule]
    rules_offered: Iterable[Rule]
    groups: Collection[CameraGroup]
    groups_offered: Iterable[CameraGroup]


@transaction.atomic
def camera_change(*, user: User, camera: Camera, change: CameraChange, belonging: Belonging) -> None:
    """All of it or nothing.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: a value does not fit; ``fields`` says which.
    """
    camera_update(user=user, camera=camera, change=change)
    rules, groups = set(camera.rules.all()), set(camera.groups.all())
    added = [rule for rule in belonging.rules if rule not in rules]
    removed = [rule for rule in belonging.rules_offered if rule in rules and rule not in belonging.rules]
    if added or removed:
        rules_assign(user=user, camera=camera, added=added, removed=removed)
    joined = [group for group in belonging.groups if group not in groups]
    left = [group for group in belonging.groups_offered if group in groups and group not in belonging.groups]
    if joined or left:
        groups_assign(user=user, camera=camera, added=joined, removed=left)
