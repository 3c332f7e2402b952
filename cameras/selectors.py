"""Which cameras a user may see. Every path to a camera's data starts here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from cameras.models import (
    Camera,
    CameraDraft,
    CameraGroup,
    CameraGroupPermission,
    CameraNetwork,
    CameraUserPermission,
    Recording,
    Site,
    Zone,
)
from vms.accounts.models import User
from vms.errors import NotFoundError


class CameraPermission(StrEnum):
    VIEW = "view_camera"
    REVIEW = "review_camera"
    UPLOAD = "upload_camera"
    CHANGE = "change_camera"


def cameras_visible_to(
    user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW
) -> QuerySet[Camera]:
    """The cameras on which ``user`` holds ``permission``, directly or through a group; all of them for an admin."""
    if not isinstance(user, User) or not user.is_active:
        return Camera.objects.none()
    cameras = Camera.objects.select_related("site")
    if user.is_admin:
        return cameras
    own = CameraUserPermission.objects.filter(user=user, permission__codename=permission)
    group = CameraGroupPermission.objects.filter(group__user=user, permission__codename=permission)
    return cameras.filter(Q(id__in=own.values("content_object")) | Q(id__in=group.values("content_object")))


def camera_get(
    user: User | AnonymousUser, camera_id: int, permission: CameraPermission = CameraPermission.VIEW
) -> Camera:
    """One camera.

    Raises:
        NotFoundError: there is none, or it is not the user's.
    """
    camera = cameras_visible_to(user, permission).filter(id=camera_id).first()
    if camera is None:
        raise NotFoundError("There is no such camera.")
    return camera


def users_seeing(camera: Camera, permission: CameraPermission = CameraPermission.VIEW) -> QuerySet[User]:
    """The other direction of ``cameras_visible_to``: the active users who hold ``permission`` on ``camera``."""
    own = CameraUserPermission.objects.filter(content_object=camera, permission__codename=permission)
    group = CameraGroupPermission.objects.filter(content_object=camera, permission__codename=permission)
    granted = Q(id__in=own.values("user")) | Q(groups__in=group.values("group"))
    return User.objects.filter(Q(role="admin") | granted, is_active=True).distinct()


def cameras_seen_by(users: Iterable[User]) -> dict[int, frozenset[int]]:
    """``cameras_visible_to`` for many users at once: the ids of the cameras, by user."""
    users = [user for user in users if user.is_active]
    permitted = {"permission__codename": CameraPermission.VIEW}
    others = [user.pk for user in users if not user.is_admin]
    own = CameraUserPermission.objects.filter(user__in=others, **permitted).values_list("user", "content_object")
    group = CameraGroupPermission.objects.filter(group__user__in=others, **permitted)
    seen: dict[int, set[int]] = {}
    for user_id, camera_id in [*own, *group.values_list("group__user", "content_object")] if others else ():
        seen.setdefault(user_id, set()).add(camera_id)
    everything = frozenset(Camera.objects.values_list("id", flat=True)) if len(others) < len(users) else frozenset()
    return {user.pk: everything if user.is_admin else frozenset(seen.get(user.pk, ())) for user in users}


def sites_visible_to(user: User | AnonymousUser) -> QuerySet[Site]:
    """The sites of the user's cameras; an admin's are all, since one without cameras must be found to add some."""
    if isinstance(user, User) and user.is_admin:
        return Site.objects.all()
    return Site.objects.filter(id__in=cameras_visible_to(user).values("site"))


def site_get(user: User | AnonymousUser, site_id: int) -> Site:
    """One site.

    Raises:
        NotFoundError: there is none, or the user sees no camera there.
    """
    site = sites_visible_to(user).filter(id=site_id).first()
    if site is None:
        raise NotFoundError("There is no such site.")
    return site


def groups_visible_to(user: User | AnonymousUser) -> QuerySet[CameraGroup]:
    """The groups that hold one of the user's cameras; an admin's are all."""
    if isinstance(user, User) and user.is_admin:
        return CameraGroup.objects.all()
    mine = CameraGroup.cameras.through.objects.filter(camera__in=cameras_visible_to(user))
    return CameraGroup.objects.filter(id__in=mine.values("cameragroup"))


def zones_visible_to(user: User | AnonymousUser) -> QuerySet[Zone]:
    return Zone.objects.filter(camera__in=cameras_visible_to(user)).select_related("camera__site")


def recordings_visible_to(user: User | AnonymousUser) -> QuerySet[Recording]:
    cameras = cameras_visible_to(user)
    return Recording.objects.filter(camera__in=cameras).select_related("camera__site", "uploaded_by")


def networks_visible_to(user: User | AnonymousUser) -> QuerySet[CameraNetwork]:
    """They tell how a site's network is built, so they are for admins."""
    if not isinstance(user, User) or not user.is_admin:
        return CameraNetwork.objects.none()
    return CameraNetwork.objects.all()


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
        raise NotFoundError("There is no such draft. It may have been finished or discarded.")
    return draft
