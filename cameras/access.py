"""Who may do what on which camera, read for many users and cameras at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from cameras.models import Camera, CameraGroupPermission, CameraUserPermission
from cameras.selectors import CameraPermission
from vms.accounts.models import User

Grant = tuple[int, int, str]
"""User, camera, permission."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of the matrix is about."""

    person: User
    permission: CameraPermission

    @property
    def key(self) -> str:
        return f"{self.person.id}.{self.permission}"


@dataclass(frozen=True, slots=True)
class Cell:
    column: Column
    camera: Camera
    is_granted: bool
    groups: tuple[str, ...]
    """Groups that grant it besides: it holds until they no more do."""

    @property
    def key(self) -> str:
        return f"{self.column.person.id}.{self.camera.id}.{self.column.permission}"


def access_cells(cameras: Sequence[Camera], columns: Sequence[Column]) -> list[tuple[Camera, list[Cell]]]:
    """A row for each camera, in three queries at most."""
    people = {column.person.id for column in columns}
    wanted = Q(permission__codename__in={column.permission for column in columns}, content_object__in=cameras)
    held = grants_held(wanted & Q(user__in=people))
    by_group: dict[Grant, list[str]] = {}
    rows = CameraGroupPermission.objects.filter(wanted, group__user__in=people)
    for *grant, name in rows.values_list(
        "group__user", "content_object", "permission__codename", "group__name"
    ).order_by("group__name"):
        by_group.setdefault((grant[0], grant[1], grant[2]), []).append(name)
    return [(camera, [_cell(column, camera, held, by_group) for column in columns]) for camera in cameras]


def grants_held(which: Q) -> set[Grant]:
    """What is granted to users themselves."""
    rows = CameraUserPermission.objects.filter(which)
    return set(rows.values_list("user_id", "content_object_id", "permission__codename"))


def camera_counts(people: Iterable[User]) -> dict[int, int]:
    """How many cameras each of these users sees; nobody's number is left out but those of none."""
    people = list(people)
    view = Q(permission__codename=CameraPermission.VIEW)
    own = CameraUserPermission.objects.filter(view, user__in=people).values_list("user_id", "content_object_id")
    group = CameraGroupPermission.objects.filter(view, group__user__in=people)
    counts = Counter(person for person, _ in own.union(group.values_list("group__user", "content_object_id")))
    if any(person.is_admin for person in people):
        total = Camera.objects.count()
        counts.update({person.id: total - counts[person.id] for person in people if person.is_admin})
    return counts


def _cell(column: Column, camera: Camera, held: set[Grant], by_group: dict[Grant, list[str]]) -> Cell:
    grant = (column.person.id, camera.id, column.permission.value)
    return Cell(column, camera, grant in held, tuple(by_group.get(grant, ())))
