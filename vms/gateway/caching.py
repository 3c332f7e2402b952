"""Pages are for whoever asked, now: no cache keeps them, so that "back" after a logout shows none."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PagesNotStoredMiddleware:
    """Marks HTML only: clips and pictures say themselves how they are kept, static files are served further out."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response["Cache-Control"] = "private, no-store"
        return response
