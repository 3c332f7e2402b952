"""The user's own second factor: set up with a QR code, recovery codes, taken away again."""

from __future__ import annotations

from base64 import b32encode
from typing import Any

import segno
from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as otp_login

from vms.accounts.models import User
from vms.accounts.second_factor import code_accept, code_refused, factor_of, factor_required
from vms.accounts.services.factors import factor_begin, factor_confirm, factor_remove, recovery_left, recovery_renew
from vms.accounts.views import signed_in
from vms.errors import DomainError, InvalidError


@sensitive_post_parameters("code")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if request.method != "POST":
        return _page(request, user, {})
    deed = {"confirm": _confirm, "renew": _renew, "remove": _remove}.get(request.POST.get("do", ""))
    try:
        if deed is None:
            raise InvalidError(_("This is not to be done here."))
        return deed(request, user, request.POST.get("code", ""))
    except DomainError as error:
        return _page(request, user, {"refusal": error.message}, error.http_status)


def _confirm(request: HttpRequest, user: User, code: str) -> HttpResponse:
    device, codes = factor_confirm(user=user, code=code, keep=request.session.session_key)
    request.session.cycle_key()
    otp_login(request, device)
    return _page(request, user, {"codes": codes})


def _renew(request: HttpRequest, user: User, code: str) -> HttpResponse:
    _code_require(request, user, code)
    return _page(request, user, {"codes": recovery_renew(user=user)})


def _remove(request: HttpRequest, user: User, code: str) -> HttpResponse:
    _code_require(request, user, code)
    factor_remove(user=user, person=user)
    messages.success(request, _("The second factor is taken away: your password alone signs you in."))
    return redirect("second_factor")


def _code_require(request: HttpRequest, user: User, code: str) -> None:
    """Whoever sits at a screen that was left open must not change what protects the account."""
    if not AxesProxyHandler.is_allowed(request, {"username": user.username}):
        raise InvalidError(_("Too many wrong codes. Wait a quarter of an hour."))
    if code_accept(user, code) is None:
        code_refused(request, user)
        raise InvalidError(_("This code is wrong, or was used already. Wait for the next one."))


def _page(request: HttpRequest, user: User, more: dict[str, Any], status: int = 200) -> HttpResponse:
    device = factor_of(user)
    context: dict[str, Any] = {"device": device, "required": factor_required(user.role), **more}
    if device is None:
        begun = factor_begin(user=user)
        context["secret"] = " ".join(_fours(b32encode(begun.bin_key).decode().rstrip("=")))
        code = segno.make(begun.config_url, micro=False)
        # ``omitsize``: with a view box instead, so that the page's size shows all of it.
        picture = code.svg_inline(border=3, light="#fff", dark="#000", omitsize=True)
        context["picture"] = mark_safe(picture)  # noqa: S308  drawn here, holds only numbers
    else:
        context["recovery_left"] = recovery_left(user)
    return render(request, "accounts/second_factor.html", context, status=status)


def _fours(text: str) -> list[str]:
    return [text[index : index + 4] for index in range(0, len(text), 4)]
