"""Pages in the user's own time zone and language; nobody past the sign-in without the second factor they need."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from vms.accounts.models import User
from vms.accounts.second_factor import factor_missing
from vms.accounts.sessions import session_keep

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
        if request.path.startswith("/api/"):
            words = _("Set up the second factor on your account page first.")
            return JsonResponse({"code": "second_factor_needed", "message": words, "fields": {}}, status=403)
        return redirect("second_factor")
