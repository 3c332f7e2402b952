"""Which cameras a user may see. Every path to a camera's data starts here."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from cameras.models import (
    Camera,
    CameraDraft,
    CameraGroup,
    CameraGroupGrant,
    CameraGroupPermission,
    CameraNetwork,
    CameraUserPermission,
    Recording,
    Site,
    Zone,
)
from vms.accounts.models import User
from vms.database import Among, Rows
from vms.errors import NotFoundError


class CameraPermission(StrEnum):
    VIEW = "view_camera"
    REVIEW = "review_camera"
    UPLOAD = "upload_camera"
    CHANGE = "change_camera"


@dataclass(frozen=True, slots=True)
class Way:
    """How users come to hold a permission on cameras: the rows that say so, and where in them both stand."""

    model: type[CameraUserPermission] | type[CameraGroupPermission] | type[CameraGroupGrant]
    user: str
    camera: str

    def rows(self, permission: CameraPermission, **where: object) -> QuerySet[Any]:
        there = {f"{self.user}__isnull": False, f"{self.camera}__isnull": False}
        return self.model._default_manager.filter(permission__codename=permission, **there, **where)


WAYS = (
    Way(CameraUserPermission, "user", "content_object"),
    Way(CameraGroupPermission, "group__user", "content_object"),
    Way(CameraGroupGrant, "user", "group__cameras"),
)
"""To the user; to a group of users of which they are one; on a group of cameras."""
SOMEBODY = -1
"""Stands for a user's id."""


def cameras_visible_to(
    user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW
) -> QuerySet[Camera]:
    """The cameras on which ``user`` holds ``permission``, in one of ``WAYS``; all of them for an admin."""
    if not isinstance(user, User) or not user.is_active:
        return Camera.objects.none()
    cameras = Camera.objects.select_related("site")
    return cameras if user.is_admin else cameras.filter(Among("id", _held_by(user, permission)))


def on_cameras_visible_to(
    user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW, *, camera: str = "camera_id"
) -> Among:
    """A condition for rows of large tables: theirs is one of ``cameras_visible_to``. ``camera`` names their column."""
    return Among(camera, Rows(cameras_visible_to(user, permission).order_by().values("id")))


def _held_by(user: User, permission: CameraPermission) -> RawSQL:
    sql, parameters = _held_by_somebody(permission)
    return RawSQL(sql, [user.pk if each == SOMEBODY else each for each in parameters])  # noqa: S611  Django wrote it


@cache
def _held_by_somebody(permission: CameraPermission) -> tuple[str, tuple[object, ...]]:
    """The ids of the cameras, as SQL that Django writes once: a page asks for them twenty times, and each time it
    would take longer to write than to run.
    """
    first, *others = (way.rows(permission, **{way.user: SOMEBODY}).values(way.camera) for way in WAYS)
    return first.union(*others, all=True).order_by().query.sql_with_params()


def camera_get(
    user: User | AnonymousUser, camera_id: int, permission: CameraPermission = CameraPermission.VIEW
) -> Camera:
    """One camera.

    Raises:
        NotFoundError: there is none, or it is not the user's.
    """
    camera = cameras_visible_to(user, permission).filter(id=camera_id).first()
    if camera is None:
        raise NotFoundError(_("There is no such camera."))
    return camera


def users_seeing(camera: Camera, permission: CameraPermission = CameraPermission.VIEW) -> QuerySet[User]:
    """The other direction of ``cameras_visible_to``: the active users who hold ``permission`` on ``camera``."""
    granted = Q(role="admin")
    for way in WAYS:
        granted |= Q(id__in=way.rows(permission, **{way.camera: camera}).values(way.user))
    return User.objects.filter(granted, is_active=True)


def cameras_seen_by(users: Iterable[User], among: Collection[int] | None = None) -> dict[int, frozenset[int]]:
    """``cameras_visible_to`` for many users at once: the ids of the cameras, by user; of those ``among`` which it is
    asked, else of all.
    """
    users = [user for user in users if user.is_active]
    others = [user.pk for user in users if not user.is_admin]
    seen: dict[int, set[int]] = {}
    first, *more = (_seen_in_one_way(way, others, among) for way in WAYS)
    for user_id, camera_ids in first.union(*more, all=True) if others else ():
        seen.setdefault(user_id, set()).update(camera_ids)
    cameras = Camera.objects.all() if among is None else Camera.objects.filter(id__in=among)
    everything = frozenset(cameras.values_list("id", flat=True)) if len(others) < len(users) else frozenset()
    return {user.pk: everything if user.is_admin else frozenset(seen.get(user.pk, ())) for user in users}


def _seen_in_one_way(way: Way, users: Collection[int], among: Collection[int] | None) -> Any:  # noqa: ANN401  pairs
    """Pairs of a user and the cameras that they see in this way."""
    rows = way.rows(CameraPermission.VIEW, **{f"{way.user}__in": users})
    rows = rows if among is None else rows.filter(**{f"{way.camera}__in": among})
    return rows.order_by().values_list(way.user).annotate(cameras=ArrayAgg(way.camera))


def sites_visible_to(user: User | AnonymousUser) -> QuerySet[Site]:
    """The sites of the user's cameras; an admin's are all, since one without cameras must be found to add some."""
    if isinstance(user, User) and user.is_admin:
        return Site.objects.all()
    return Site.objects.filter(id__in=cameras_visible_to(user).values("site"))


def time_zone_of(user: User) -> str:
    """Their own; else that of a place they watch."""
    site = sites_visible_to(user).first()
    return user.time_zone or (site.time_zone if site else "UTC")


def site_get(user: User | AnonymousUser, site_id: int) -> Site:
    """One site.

    Raises:
        NotFoundError: there is none, or the user sees no camera there.
    """
    site = sites_visible_to(user).filter(id=site_id).first()
    if site is None:
        raise NotFoundError(_("There is no such site."))
    return site


def groups_visible_to(user: User | AnonymousUser) -> QuerySet[CameraGroup]:
    """The groups that hold one of the user's cameras; an admin's are all."""
    if isinstance(user, User) and user.is_admin:
        return CameraGroup.objects.all()
    mine = CameraGroup.cameras.through.objects.filter(on_cameras_visible_to(user))
    return CameraGroup.objects.filter(id__in=mine.values("cameragroup"))


def group_get(user: User | AnonymousUser, group_id: int) -> CameraGroup:
    """One group.

    Raises:
        NotFoundError: there is none, or the user sees no camera of it.
    """
    group = groups_visible_to(user).filter(id=group_id).first()
    if group is None:
        raise NotFoundError(_("There is no such group of cameras."))
    return group


def zones_visible_to(user: User | AnonymousUser) -> QuerySet[Zone]:
    return Zone.objects.filter(on_cameras_visible_to(user)).select_related("camera__site")


def recordings_visible_to(user: User | AnonymousUser) -> QuerySet[Recording]:
    return Recording.objects.filter(on_cameras_visible_to(user)).select_related("camera__site", "uploaded_by")


def networks_visible_to(user: User | AnonymousUser) -> QuerySet[CameraNetwork]:
    """They tell how a site's network is built, so they are for admins."""
    if not isinstance(user, User) or not user.is_admin:
        return CameraNetwork.objects.none()
    return CameraNetwork.objects.all()


def network_get(user: User | AnonymousUser, network_id: int) -> CameraNetwork:
    """One network.

    Raises:
        NotFoundError: there is none, or the user is no admin.
    """
    network = networks_visible_to(user).filter(id=network_id).first()
    if network is None:
        raise NotFoundError(_("There is no such network."))
    return network


def drafts_visible_to(user: User | AnonymousUser) -> QuerySet[CameraDraft]:
    """Cameras that are being added are the admins' business, whoever of them began."""
    if not isinstance(user, User) or not user.is_admin:
        return CameraDraft.objects.none()
    return CameraDraft.objects.select_related("created_by")


def draft_get(user: User | AnonymousUser, draft_id: uuid.UUID) -> CameraDraft:
    """One draft.

    Raises:
        NotFoundError: there is none, or the user is no admin.
    """
    draft = drafts_visible_to(user).filter(id=draft_id).first()
    if draft is None:
        raise NotFoundError(_("There is no such draft. It may have been finished or discarded."))
    return draft
