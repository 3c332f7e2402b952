"""Fields of the API's serializers that are our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS, ManyRelatedField

Row = TypeVar("Row", bound=Model)

LONGEST_KEY = len(str(2**63))


class KeyField(serializers.PrimaryKeyRelatedField[Row]):
    """A row by its number. Where ``many`` are named they are found by one query; DRF's field asks one for each."""

    found: Mapping[int | None, Row] = {}

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> KeysField:  # noqa: ANN401  DRF's signature
        of_the_list = {name: kwargs[name] for name in MANY_RELATION_KWARGS if name in kwargs}
        return KeysField(child_relation=cls(*args, **kwargs), **of_the_list)

    def to_internal_value(self, data: Any) -> Row:  # noqa: ANN401  DRF's signature
        row = self.found.get(_key(data))
        return super().to_internal_value(data) if row is None else row


class KeysField(ManyRelatedField):
    child_relation: KeyField[Any]

    def to_internal_value(self, data: Any) -> list[Any]:  # noqa: ANN401  DRF's signature
        rows = self.child_relation.get_queryset()
        if isinstance(data, list) and rows is not None:
            self.child_relation.found = rows.in_bulk({_key(each) for each in data} - {None})
        return list(super().to_internal_value(data))


def _key(data: object) -> int | None:
    """None for what no row has: DRF's own field says why."""
    text = str(data) if isinstance(data, int | str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_KEY else None
