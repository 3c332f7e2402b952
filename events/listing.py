"""What every page that shows rows of events needs: the filters of the address, and what the user has not seen yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cameras.selectors import CameraPermission, cameras_visible_to
from events.models import Event
from events.unread import unread_among
from vms.accounts.models import User
from vms.errors import NotFoundError

NOT_FILTERS = ("after", "id", "done", "t", "was_unread_since")
"""Of an address: the page of the list, its live arrivals, what was done last, and the place in a clip."""


def filter_query(request: HttpRequest) -> str:
    """The list's filters as a query string."""
    kept = request.GET.copy()
    for name in (*NOT_FILTERS, *(name for name in request.GET if not request.GET[name])):
        kept.pop(name, None)
    return kept.urlencode()


def rows_context(user: User, events: Sequence[Event]) -> dict[str, Any]:
    return {"events": events, "unread": unread_among(user, events)}


def may_review_any(user: User) -> bool:
    return cameras_visible_to(user, CameraPermission.REVIEW).exists()


def event_ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Raises NotFoundError where one of them is no id."""
    try:
        return [uuid.UUID(text) for text in texts]
    except ValueError as error:
        raise NotFoundError(_("There is no such event.")) from error
