"""Keyset pages: the address names the last row seen, so a page costs the same at any depth and nothing shifts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from vms.errors import NotFoundError
from vms.moments import moment_read

Row = TypeVar("Row", bound=Model)
Key = uuid.UUID | int


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    is_first: bool
    following: str
    """The ``after`` of the next page; empty on the last one."""


def cursor_of(row: Model, field: str) -> str:
    return f"{getattr(row, field).isoformat()}~{row.pk}"


def cursor_read(text: str, model: type[Model]) -> tuple[datetime, Key]:
    moment, _tilde, identity = text.partition("~")
    at = moment_read(moment)
    try:
        key = model._meta.pk.to_python(identity)
    except ValidationError:
        key = None
    if at is None or key is None:
        raise NotFoundError(_("There is no such page of the list. Start again at its first page."))
    return at, key


def older_than(field: str, moment: datetime, key: Key) -> Q:
    # The first term alone lets PostgreSQL start inside the (field, id) index.
    return Q(**{f"{field}__lte": moment}) & (Q(**{f"{field}__lt": moment}) | Q(pk__lt=key))


def newer_than(field: str, moment: datetime, key: Key) -> Q:
    return Q(**{f"{field}__gte": moment}) & (Q(**{f"{field}__gt": moment}) | Q(pk__gt=key))


def page_of(rows: QuerySet[Row], *, field: str, after: str, size: int) -> Page[Row]:
    """The newest ``size`` rows, or those that follow the row that ``after`` names.

    Raises:
        NotFoundError: ``after`` is no cursor of ours.
    """
    ordered = rows.order_by(f"-{field}", "-pk")
    if after:
        ordered = ordered.filter(older_than(field, *cursor_read(after, rows.model)))
    found = list(ordered[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(rows=found, is_first=not after, following=cursor_of(found[-1], field) if more else "")
