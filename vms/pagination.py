"""Keyset pages of the API: ``after`` names the last row seen, so every page costs the same and nothing shifts."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db.models import Model, Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from vms.errors import InvalidError

MOST_ROWS = 200
ROWS = 50


class KeysetPagination(BasePagination):
    """Orders by the view's ``keyset_field`` (a minus sign: newest first), then by the primary key the same way."""

    page_query_param = "after"
    page_size_query_param = "page_size"

    def paginate_queryset(
        self,
        queryset: Any,  # noqa: ANN401  DRF allows lists, we do not
        request: Request,
        view: APIView | None = None,
    ) -> list[Any]:
        self.request = request
        field = getattr(view, "keyset_field", "id")
        self.name, self.descending = field.lstrip("-"), field.startswith("-")
        size = self._size(request)
        sign = "-" if self.descending else ""
        rows = queryset.order_by(f"{sign}{self.name}", f"{sign}pk")
        cursor = request.query_params.get(self.page_query_param, "")
        if cursor:
            rows = rows.filter(self._beyond(queryset.model, cursor))
        found: list[Any] = list(rows[: size + 1])
        self.following = self._cursor(found[size - 1]) if len(found) > size else ""
        return found[:size]

    def get_paginated_response(self, data: Any) -> Response:  # noqa: ANN401  DRF's signature
        link = None
        if self.following:
            link = replace_query_param(self.request.build_absolute_uri(), self.page_query_param, self.following)
        return Response({"next": link, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True, "description": "The next page, if there is one."}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": self.page_query_param,
                "in": "query",
                "required": False,
                "description": "Where the page starts: taken from the link `next` of the page before.",
                "schema": {"type": "string"},
            },
            {
                "name": self.page_size_query_param,
                "in": "query",
                "required": False,
                "description": "How many rows a page has.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS},
            },
        ]

    def _size(self, request: Request) -> int:
        text = request.query_params.get(self.page_size_query_param, "") or str(ROWS)
        if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST_ROWS):
            raise InvalidError(f"page_size is a number from 1 to {MOST_ROWS}.")
        return int(text)

    def _cursor(self, row: Model) -> str:
        value = getattr(row, self.name)
        text = json.dumps([value.isoformat() if hasattr(value, "isoformat") else value, str(row.pk)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _beyond(self, model: type[Model], cursor: str) -> Q:
        """The rows behind the cursor's; its first term alone lets PostgreSQL start inside the index."""
        value, key = _read(model, self.name, cursor)
        side = "lt" if self.descending else "gt"
        return Q(**{f"{self.name}__{side}e": value}) & (
            Q(**{f"{self.name}__{side}": value}) | Q(**{f"pk__{side}": key})
        )


def _read(model: type[Model], name: str, cursor: str) -> tuple[Any, Any]:
    try:
        raw = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        value, key = raw
        place, row = model._meta.get_field(name).to_python(value), model._meta.pk.to_python(key)  # type: ignore[union-attr]
        if isinstance(place, datetime):
            # In UTC, since PostgreSQL knows fewer offsets than Python.
            place = place.astimezone(UTC) if place.tzinfo else None
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError, ValidationError, FieldError):
        place, row = None, None
    if place is None or row is None or "\x00" in str((place, row)):
        raise InvalidError("There is no such page. Start again at the first one.")
    return place, row
