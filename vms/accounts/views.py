"""The user's own account: profile, password, colours, and what they are signed in with."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vms.accounts.choices import Theme
from vms.accounts.forms import AccountForm
from vms.accounts.models import User
from vms.accounts.selectors import tokens_of
from vms.accounts.services.sign_ins import session_end, sessions_end, token_end, token_make
from vms.accounts.sessions import sessions_of
from vms.audit.services import audit_record
from vms.errors import InvalidError


def signed_in(request: HttpRequest) -> User:
    """The user of a page behind ``login_required``."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  the decorator has seen to it
    return user


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = AccountForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(user.language):
            messages.success(request, _("Your account is saved."))
        return redirect("account")
    if form.errors:
        user.refresh_from_db()
    return render(request, "accounts/account.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = PasswordChangeForm(user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)
    form.save()
    update_session_auth_hash(request, user)
    audit_record(actor=user, action="account.password", target=user)
    messages.success(request, _("Your password is changed. Other devices are signed out."))
    return redirect("account_password")


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """From the switch beside the menu, which has changed the page already."""
    chosen = request.POST.get("theme", "")
    if chosen not in Theme.values:
        raise InvalidError(_("There are no such colours."))
    User.objects.filter(id=signed_in(request).id).update(theme=chosen)
    return HttpResponse(status=204)


@login_required
@require_safe
def sign_ins(request: HttpRequest) -> HttpResponse:
    return _sign_ins_page(request)


@login_required
@require_POST
def own_session_end(request: HttpRequest, handle: str) -> HttpResponse:
    user = signed_in(request)
    session_end(user=user, person=user, handle=handle)
    messages.success(request, _("That browser is signed out."))
    return redirect("sign_ins")


@login_required
@require_POST
def own_sessions_end(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    sessions_end(user=user, person=user, keep=request.session.session_key)
    messages.success(request, _("Every other browser is signed out."))
    return redirect("sign_ins")


@login_required
@require_POST
def own_token_make(request: HttpRequest) -> HttpResponse:
    return _sign_ins_page(request, token=token_make(user=signed_in(request)))


@login_required
@require_POST
def own_token_end(request: HttpRequest, token_id: int) -> HttpResponse:
    user = signed_in(request)
    token_end(user=user, person=user, token_id=token_id)
    messages.success(request, _("That token holds no more."))
    return redirect("sign_ins")


def _sign_ins_page(request: HttpRequest, token: str = "") -> HttpResponse:
    user = signed_in(request)
    context = {
        "sessions": sessions_of(user),
        "current": request.session.session_key,
        "tokens": tokens_of(user),
        "token": token,
        "base_url": settings.BASE_URL,
    }
    return render(request, "accounts/sign_ins.html", context)
