"""Errors that a person or a script is told about, and the one place that turns them into responses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import exception_handler

REFUSAL_SCOPE_KEY = "vms.refusal"
"""Where the upload gate leaves the error of a form that it refuses before its body."""

log = structlog.get_logger(__name__)


class DomainError(Exception):
    """A request that cannot be met. The message is a plain sentence for the person who asked."""

    code = "error"
    http_status = 400

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "fields": self.fields}


class NotFoundError(DomainError):
    """Not there, or not yours: the two look alike."""

    code = "not_found"
    http_status = 404


class SignedOutError(DomainError):
    code = "signed_out"
    http_status = 401


class ForbiddenError(DomainError):
    code = "forbidden"
    http_status = 403


class ConflictError(DomainError):
    """The thing has changed meanwhile, or is not in a state that allows this."""

    code = "conflict"
    http_status = 409


class InvalidError(DomainError):
    code = "invalid"
    http_status = 422


class TooLargeError(DomainError):
    code = "too_large"
    http_status = 413


class StorageFullError(DomainError):
    code = "storage_full"
    http_status = 507


def domain_error_of(error: Exception) -> DomainError | None:
    """What people are told of the error, where it is no fault of ours."""
    if isinstance(error, IntegrityError):
        # PostgreSQL looks at the commit whether what was named is there: somebody was faster than all our own looks.
        log.warning("request.overtaken", exc_info=error)
        return ConflictError(_("Something that this names was changed or deleted meanwhile. Load the page again."))
    return error if isinstance(error, DomainError) else None


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's ``EXCEPTION_HANDLER``: every error answer has ``code``, ``message`` and ``fields``."""
    if (refusal := domain_error_of(error)) is not None:
        return Response(refusal.as_json(), status=refusal.http_status)
    response = exception_handler(error, context)
    if response is not None:
        response.data = _encodable(_uniform(response.data, response.status_code))
    return response


def _uniform(data: Any, status: int) -> dict[str, Any]:  # noqa: ANN401  DRF gives a list or a dict of anything
    if isinstance(data, dict) and set(data) <= {"detail", "code", "messages"}:
        detail = data.get("detail", "")
        code = getattr(detail, "code", None) or data.get("code") or "error"
        return {"code": str(code), "message": str(detail), "fields": {}}
    fields = data if isinstance(data, dict) else {"non_field_errors": data}
    return {"code": "invalid", "message": f"The request was not understood (HTTP {status}).", "fields": fields}


def _encodable(data: Any) -> Any:  # noqa: ANN401  as above
    """An error may repeat what was sent, and JSON can hold half a character, which no answer can."""
    if isinstance(data, dict):
        return {_encodable(key): _encodable(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_encodable(value) for value in data]
    return data.encode(errors="replace").decode() if isinstance(data, str) else data


class DomainErrorMiddleware:
    """Turns an error that people are told of into a page that says so."""

    async_capable = False
    sync_capable = True

    def __init__(self, get_response: Any) -> None:  # noqa: ANN401  Django's own type is a union of callables
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusal = getattr(request, "scope", {}).get(REFUSAL_SCOPE_KEY)
        if isinstance(refusal, DomainError):
            return self._page(request, refusal)
        response: HttpResponse = self.get_response(request)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = domain_error_of(error)
        if refusal is None:
            return None
        log.info("request.refused", code=refusal.code, message=refusal.message, path=request.path)
        return self._page(request, refusal)

    @staticmethod
    def _page(request: HttpRequest, error: DomainError) -> HttpResponse:
        context = {"error": error, "back": _page_before(request)}
        return render(request, "error.html", context, status=error.http_status)


def _page_before(request: HttpRequest) -> str:
    """The page of ours on which the link or button was; empty where the browser does not tell, or it is this one."""
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return ""
    _scheme, _host, path, query, _fragment = urlsplit(before)
    whole = f"{path}?{query}" if query else path
    return "" if request.method == "GET" and whole == request.get_full_path() else whole
