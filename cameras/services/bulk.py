"""One change for many cameras: first judged, then done, each camera for itself with what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from cameras.choices import CameraPriority
from cameras.models import Camera, Site
from cameras.services.cameras import CameraChange, camera_update
from rules.models import Rule
from rules.services.assignment import rules_assign
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.errors import DomainError

PRIORITY_WORDS = dict(CameraPriority.choices)


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is to become of each camera; None and empty leave things as they are."""

    priority: str | None = None
    detect_fps: float | None = None
    enabled: bool | None = None
    site: Site | None = None
    rules_added: tuple[Rule, ...] = ()
    rules_removed: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkLine:
    """``changes`` in words; empty: the camera is like that already. A ``problem``: nothing of it was changed."""

    camera: Camera
    changes: tuple[str, ...] = ()
    problem: str = ""


def cameras_bulk_change(
    *, user: User, cameras: Iterable[Camera], change: BulkChange, dry_run: bool = False
) -> list[BulkLine]:
    """Change every camera in a transaction of its own; with ``dry_run`` nothing is kept.

    Raises:
        ForbiddenError: the user is no admin.
    """
    admin_require(user)
    return [_line(user, camera.id, change, dry_run=dry_run) for camera in cameras]


def _line(user: User, camera_id: int, change: BulkChange, *, dry_run: bool) -> BulkLine:
    with transaction.atomic():
        # ``of``: the site stays free for others.
        camera = Camera.objects.select_for_update(of=("self",)).select_related("site").get(id=camera_id)
        held = set(camera.rules.all())
        added = [rule for rule in change.rules_added if rule not in held]
        removed = [rule for rule in change.rules_removed if rule in held]
        words = (*_field_words(camera, change), *_rule_words(added, removed))
        try:
            with transaction.atomic():
                _apply(user, camera, change, added, removed)
                if dry_run:
                    transaction.set_rollback(True)
        except DomainError as error:
            return BulkLine(camera, problem=error.message)
    return BulkLine(camera, words)


def _apply(user: User, camera: Camera, change: BulkChange, added: list[Rule], removed: list[Rule]) -> None:
    if _field_words(camera, change):
        wanted = CameraChange(
            priority=change.priority, detect_fps=change.detect_fps, enabled=change.enabled, site=change.site
        )
        camera_update(user=user, camera=camera, change=wanted)
    if added or removed:
        rules_assign(user=user, camera=camera, added=added, removed=removed)


def _field_words(camera: Camera, change: BulkChange) -> tuple[str, ...]:
    words = []
    if change.site is not None and change.site != camera.site:
        words.append(f"moves from {camera.site.name} to {change.site.name}")
    if change.priority is not None and change.priority != camera.priority:
        before, after = (PRIORITY_WORDS[CameraPriority(value)].lower() for value in (camera.priority, change.priority))
        words.append(f"priority {after} instead of {before}")
    if change.detect_fps is not None and change.detect_fps != camera.detect_fps:
        words.append(f"{change.detect_fps:g} frames a second instead of {camera.detect_fps:g}")
    if change.enabled is not None and change.enabled != camera.enabled:
        words.append("is switched on" if change.enabled else "is switched off")
    return tuple(words)


def _rule_words(added: list[Rule], removed: list[Rule]) -> tuple[str, ...]:
    return (*(f"gets rule {rule.name}" for rule in added), *(f"loses rule {rule.name}" for rule in removed))
