"""Pages in the user's own time zone and language; nobody past the sign-in without the second factor they need."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from vms.accounts.models import User
from vms.accounts.second_factor import factor_missing
from vms.accounts.sessions import session_keep
from vms.errors import DomainError, ForbiddenError, SignedOutError

WITHOUT_FACTOR = (
    "/account/second-factor/",
    "/logout/",
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/internal/",
    "/words/",
)


class PersonMiddleware:
    """Also notes now and then that the session is used."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user: User | AnonymousUser = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        session_keep(request)
        zone = ZoneInfo(user.time_zone) if user.time_zone else None
        with timezone.override(zone), translation.override(user.language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", user.language)
        return response


class SignedOutMiddleware:
    """Whoever was signed out meanwhile does not get the sign-in page in the place of a part of an open page."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        asked_by_page = request.htmx and not request.user.is_authenticated  # type: ignore[attr-defined]
        if not asked_by_page or not response.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL)):
            return response
        return _in_an_open_page(request, SignedOutError(_("You are signed out. Load the page again to sign in.")))


class SecondFactorMiddleware:
    """A session without the second factor that its user's role asks for reaches only the page that sets it up."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user: User | AnonymousUser = request.user
        if not isinstance(user, User) or request.path.startswith(WITHOUT_FACTOR):
            return self.get_response(request)
        if not factor_missing(user, request.session):
            return self.get_response(request)
        words = _("Set up the second factor on your account page first.")
        if request.path.startswith("/api/"):
            return JsonResponse({"code": "second_factor_needed", "message": words, "fields": {}}, status=403)
        if request.htmx:  # type: ignore[attr-defined]
            return _in_an_open_page(request, ForbiddenError(words))
        return redirect("second_factor")


def _in_an_open_page(request: HttpRequest, error: DomainError) -> HttpResponseBase:
    """The page says what is wrong above what it shows, and shows nothing else."""
    return render(request, "error.html", {"error": error}, status=error.http_status)
