"""Keeping people's own walls of live pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from cameras.models import Camera, WallLayout
from cameras.selectors import cameras_visible_to
from vms.accounts.models import User
from vms.errors import InvalidError, NotFoundError
from vms.locking import row_lock
from vms.validation import model_save

MOST_LAYOUTS = 50
MOST_CAMERAS = 1_000


@dataclass(frozen=True, slots=True)
class WallChange:
    """What a layout is to be like; no cameras: all that its user sees."""

    name: str
    per_page: int
    rotate_seconds: int
    boxes: bool
    cameras: tuple[Camera, ...] = ()


@transaction.atomic
def wall_layout_save(*, user: User, change: WallChange, layout: WallLayout | None = None) -> WallLayout:
    """Make a layout, or change one's own.

    Raises:
        NotFoundError: the layout is somebody else's, or a camera is not the user's.
        InvalidError: the name is taken or missing, or there are too many.
    """
    layout = layout or WallLayout(user=user)
    _own_require(user, layout)
    if not layout._state.adding:
        layout = row_lock(layout)
    if layout._state.adding and user.wall_layouts.count() >= MOST_LAYOUTS:
        raise InvalidError(
            _("You have %(most_layouts)s layouts already. Delete one first.") % {"most_layouts": MOST_LAYOUTS}
        )
    _seen_require(user, change.cameras)
    layout.name, layout.per_page = change.name, change.per_page
    layout.rotate_seconds, layout.boxes = change.rotate_seconds, change.boxes
    layout.cameras = [camera.id for camera in change.cameras]
    model_save(layout)
    return layout


def wall_layout_delete(*, user: User, layout: WallLayout) -> None:
    _own_require(user, layout)
    layout.delete()


def _own_require(user: User, layout: WallLayout) -> None:
    if layout.user_id != user.id:
        raise NotFoundError(_("There is no such layout."))


def _seen_require(user: User, cameras: Iterable[Camera]) -> None:
    wanted = {camera.id for camera in cameras}
    if len(wanted) > MOST_CAMERAS:
        raise InvalidError(_("A wall has at most %(most_cameras)s cameras.") % {"most_cameras": MOST_CAMERAS})
    if cameras_visible_to(user).filter(id__in=wanted).count() != len(wanted):
        raise NotFoundError(_("There is no such camera."))
