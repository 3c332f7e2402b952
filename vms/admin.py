"""How records look in the admin when they tell what happened: to read, never to change."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

Record = TypeVar("Record", bound=Model)


class RecordAdmin(admin.ModelAdmin[Record]):
    """Read-only, with counts left out where a table may be large."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:
        return False
