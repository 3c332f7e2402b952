"""One change for many cameras: first judged, then done, each camera for itself with what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from cameras.choices import CameraPriority
from cameras.models import Camera, CameraGroup, Site
from cameras.services.cameras import CameraChange, camera_update
from cameras.services.groups import groups_assign
from rules.models import Rule
from rules.services.assignment import rules_assign
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.errors import DomainError

Row = TypeVar("Row")
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
    groups_added: tuple[CameraGroup, ...] = ()
    groups_removed: tuple[CameraGroup, ...] = ()


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
        rules = _moves(camera.rules.all(), change.rules_added, change.rules_removed)
        groups = _moves(camera.groups.all(), change.groups_added, change.groups_removed)
        words = (*_field_words(camera, change), *_rule_words(rules), *_group_words(groups))
        try:
            with transaction.atomic():
                _apply(user, camera, change, rules)
                if groups.added or groups.removed:
                    groups_assign(user=user, camera=camera, added=groups.added, removed=groups.removed)
                if dry_run:
                    transaction.set_rollback(True)
        except DomainError as error:
            return BulkLine(camera, problem=error.message)
    return BulkLine(camera, words)


@dataclass(frozen=True, slots=True)
class Moves(Generic[Row]):
    """What really changes: neither what the camera has already, nor the loss of what it has not."""

    added: list[Row]
    removed: list[Row]


def _moves(held: Iterable[Row], added: Iterable[Row], removed: Iterable[Row]) -> Moves[Row]:
    has = set(held)
    return Moves([row for row in added if row not in has], [row for row in removed if row in has])


def _apply(user: User, camera: Camera, change: BulkChange, rules: Moves[Rule]) -> None:
    if _field_words(camera, change):
        wanted = CameraChange(
            priority=change.priority, detect_fps=change.detect_fps, enabled=change.enabled, site=change.site
        )
        camera_update(user=user, camera=camera, change=wanted)
    if rules.added or rules.removed:
        rules_assign(user=user, camera=camera, added=rules.added, removed=rules.removed)


def _field_words(camera: Camera, change: BulkChange) -> tuple[str, ...]:
    words = []
    if change.site is not None and change.site != camera.site:
        words.append(_("moves from %(name)s to %(name_2)s") % {"name": camera.site.name, "name_2": change.site.name})
    if change.priority is not None and change.priority != camera.priority:
        before, after = (PRIORITY_WORDS[CameraPriority(value)].lower() for value in (camera.priority, change.priority))
        words.append(_("priority %(after)s instead of %(before)s") % {"after": after, "before": before})
    if change.detect_fps is not None and change.detect_fps != camera.detect_fps:
        words.append(
            _("%(detect_fps)s frames a second instead of %(detect_fps_2)s")
            % {"detect_fps": f"{change.detect_fps:g}", "detect_fps_2": f"{camera.detect_fps:g}"}
        )
    if change.enabled is not None and change.enabled != camera.enabled:
        words.append(_("is switched on") if change.enabled else _("is switched off"))
    return tuple(words)


def _rule_words(rules: Moves[Rule]) -> tuple[str, ...]:
    return (
        *(_("gets rule %(name)s") % {"name": rule.name} for rule in rules.added),
        *(_("loses rule %(name)s") % {"name": rule.name} for rule in rules.removed),
    )


def _group_words(groups: Moves[CameraGroup]) -> tuple[str, ...]:
    joins = (_("joins group %(name)s") % {"name": group.name} for group in groups.added)
    return (*joins, *(_("leaves group %(name)s") % {"name": group.name} for group in groups.removed))
