"""Rows as they are now, and nobody else's to change until the transaction ends."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _

from vms.errors import NotFoundError

Row = TypeVar("Row", bound=Model)


def row_lock(row: Row, *, to_delete: bool = False) -> Row:
    """The row, read again under a lock: whoever changes it without would undo what others did, or bring it back.

    ``to_delete``: nobody may refer to it meanwhile either.

    Raises:
        NotFoundError: somebody has deleted it.
    """
    locked = type(row)._base_manager.select_for_update(no_key=not to_delete).filter(pk=row.pk).first()
    if locked is None:
        raise NotFoundError(gone_words())
    return locked


def rows_lock(rows: Collection[Row]) -> dict[Any, Row]:
    """All of them that are still there, by their keys; locked in one order, so that no two wait for each other."""
    if not rows:
        return {}
    manager = type(next(iter(rows)))._base_manager
    found = manager.select_for_update(no_key=True).filter(pk__in=[row.pk for row in rows])
    return {row.pk: row for row in found.order_by("pk")}


def gone_words() -> str:
    return _("It is not there any more: somebody has deleted it meanwhile.")
