"""Who sends a request, known from its headers alone: before its body is read."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from vms.accounts.models import User
from vms.accounts.sessions import SessionStore
from vms.errors import DomainError


class UnauthenticatedError(DomainError):
    code = "not_authenticated"
    http_status = 401


def authenticate_request(request: HttpRequest) -> User:
    """The user of the request's token or session.

    Raises:
        UnauthenticatedError: it has neither, or one that does not hold.
    """
    try:
        found = JWTAuthentication().authenticate(Request(request))
    except AuthenticationFailed:
        raise UnauthenticatedError("The access token is not valid, or has expired.") from None
    user = found[0] if found else _session_user(request)
    if not isinstance(user, User) or not user.is_active:
        raise UnauthenticatedError("Log in first.")
    return user


def _session_user(request: HttpRequest) -> object:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    request.session = SessionStore(key)
    return auth.get_user(request)
