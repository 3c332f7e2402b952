"""Which rules run on which cameras, changed from either side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from cameras.models import Camera
from cameras.services.moves import Moves, cameras_by_row
from rules.models import Rule
from rules.services.versions import rule_lock
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record, audit_record_each
from workers.services.waking import reconcile_soon


def rules_assign(*, user: User, camera: Camera, added: Iterable[Rule] = (), removed: Iterable[Rule] = ()) -> None:
    """Put rules on a camera and take others off it; errors as for ``rules_assign_each``."""
    rules_assign_each(user=user, moves={camera: Moves(tuple(added), tuple(removed))})


@transaction.atomic
def rules_assign_each(*, user: User, moves: Mapping[Camera, Moves[Rule]]) -> None:
    """Put rules on cameras and take others off them, by a few queries for each rule.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: one of the rules is the platform's own.
    """
    admin_require(user)
    # Locked in one order, so that two of these never wait for each other.
    for rule, (put, taken) in sorted(cameras_by_row(moves).items(), key=lambda pair: pair[0].id):
        cameras = rule_lock(rule).cameras
        cameras.add(*put)
        cameras.remove(*taken)
    details = {camera: move.names() for camera, move in moves.items()}
    audit_record_each(actor=user, action="camera.rules_changed", details=details)
    reconcile_soon()


@transaction.atomic
def rule_cameras_change(
    *, user: User, rule: Rule, added: Iterable[Camera] = (), removed: Iterable[Camera] = ()
) -> tuple[int, int]:
    """Put a rule on cameras and take it off others; on how many it is new, and on how many gone.

    Cameras that have it already, or have it not, stay as they are and count for nothing.

    Raises:
        ForbiddenError, ConflictError: as for ``rules_assign_each``.
    """
    admin_require(user)
    held = set(rule_lock(rule).cameras.all())
    new = [camera for camera in added if camera not in held]
    gone = [camera for camera in removed if camera in held]
    moves = {camera: Moves(added=(rule,)) for camera in new} | {camera: Moves(removed=(rule,)) for camera in gone}
    if moves:
        rules_assign_each(user=user, moves=moves)
        names = {"added": [str(camera) for camera in new], "removed": [str(camera) for camera in gone]}
        audit_record(actor=user, action="rule.cameras_changed", target=rule, **names)
    return len(new), len(gone)
