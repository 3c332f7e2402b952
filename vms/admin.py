"""How records look in the admin when they tell what happened, and how deeds on chosen rows are asked about first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import DomainError

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


@dataclass(frozen=True)
class Deed(Generic[Record]):
    """What an admin may do with chosen rows, each by itself, once they have said yes; ``act`` gets the reason given."""

    action: str
    question: str | Promise
    sure: str | Promise
    done: str | Promise
    act: Callable[[User, Record, str], object]
    asks_reason: bool = False


def deed_do(
    page: admin.ModelAdmin[Record], request: HttpRequest, rows: QuerySet[Record], deed: Deed[Record]
) -> HttpResponse | None:
    """Ask first, then do; what is refused is told row by row and hinders none of the others."""
    if "sure" not in request.POST:
        return _question(page, request, rows, deed)
    done = 0
    for row in rows.order_by("pk"):
        try:
            deed.act(signed_in(request), row, request.POST.get("reason", ""))
        except DomainError as error:
            page.message_user(request, f"{row}: {error.message}", messages.ERROR)
        else:
            done += 1
    if done:
        page.message_user(request, f"{done} {deed.done}", messages.SUCCESS)
    return None


def _question(
    page: admin.ModelAdmin[Record], request: HttpRequest, rows: QuerySet[Record], deed: Deed[Record]
) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": deed.question,
        "opts": page.model._meta,
        "rows": rows,
        "deed": deed,
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/deed.html", context)
