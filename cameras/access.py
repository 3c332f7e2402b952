"""Who may do what on which camera, read for many users and cameras at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from cameras.models import Camera, CameraGroup, CameraGroupGrant, CameraUserPermission
from cameras.selectors import WAYS, CameraPermission, cameras_seen_by
from vms.accounts.models import User

Grant = tuple[int, int, str]
"""User, camera or group of cameras, permission."""


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
    target: str
    """The id of a camera; of a group with its mark before it."""
    is_granted: bool
    groups: tuple[str, ...]
    """Groups that grant it besides: it holds until they no more do."""

    @property
    def key(self) -> str:
        return f"{self.column.person.id}.{self.target}.{self.column.permission}"


@dataclass(frozen=True, slots=True)
class GrantTable:
    """Where grants of one kind are kept: ``field`` names what they are on, ``mark`` stands before its id in keys."""

    model: type[CameraUserPermission] | type[CameraGroupGrant]
    field: str
    mark: str

    def held(self, which: Q) -> set[Grant]:
        rows = self.model._default_manager.filter(which)
        return set(rows.values_list("user_id", f"{self.field}_id", "permission__codename"))


ON_CAMERAS = GrantTable(CameraUserPermission, "content_object", "")
ON_GROUPS = GrantTable(CameraGroupGrant, "group", "g")


def access_cells(cameras: Sequence[Camera], columns: Sequence[Column]) -> list[tuple[Camera, list[Cell]]]:
    """A row for each camera, in three queries at most."""
    people = {column.person.id for column in columns}
    wanted = Q(permission__codename__in={column.permission for column in columns})
    held = ON_CAMERAS.held(wanted & Q(user__in=people, content_object__in=cameras))
    by_group: dict[Grant, list[str]] = {}
    for way in WAYS[1:]:  # a group's name is the reason only where there is a group
        rows = way.model._default_manager.filter(wanted, **{f"{way.user}__in": people, f"{way.camera}__in": cameras})
        for person, camera, name, group in rows.order_by("group__name").values_list(
            way.user, way.camera, "permission__codename", "group__name"
        ):
            by_group.setdefault((person, camera, name), []).append(group)
    return [(camera, _cells(ON_CAMERAS, camera.id, columns, held, by_group)) for camera in cameras]


def group_cells(groups: Sequence[CameraGroup], columns: Sequence[Column]) -> list[tuple[CameraGroup, list[Cell]]]:
    """A row for each group of cameras, in one query."""
    people = {column.person.id for column in columns}
    held = ON_GROUPS.held(Q(user__in=people, group__in=groups))
    return [(group, _cells(ON_GROUPS, group.id, columns, held, {})) for group in groups]


def camera_counts(people: Iterable[User]) -> dict[int, int]:
    """How many cameras each of these users sees."""
    return {person: len(cameras) for person, cameras in cameras_seen_by(people).items()}


def _cells(
    table: GrantTable, target: int, columns: Sequence[Column], held: set[Grant], by_group: dict[Grant, list[str]]
) -> list[Cell]:
    grants = [(column, (column.person.id, target, column.permission.value)) for column in columns]
    return [
        Cell(column, f"{table.mark}{target}", grant in held, tuple(by_group.get(grant, ()))) for column, grant in grants
    ]
