"""The user's own account: name, mail address, time zone, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from vms.accounts.forms import AccountForm
from vms.accounts.models import User
from vms.audit.services import audit_record


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
        messages.success(request, "Your account is saved.")
        return redirect("account")
    if form.errors:
        user.refresh_from_db()
    return _page(request, form, PasswordChangeForm(user))


@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = PasswordChangeForm(user, request.POST)
    if not form.is_valid():
        return _page(request, AccountForm(instance=user), form)
    form.save()
    update_session_auth_hash(request, user)
    audit_record(actor=user, action="account.password", target=user)
    messages.success(request, "Your password is changed. Other devices are signed out.")
    return redirect("account")


def _page(request: HttpRequest, form: AccountForm, password_form: PasswordChangeForm) -> HttpResponse:
    status = 422 if form.errors or password_form.errors else 200
    context = {"form": form, "password_form": password_form}
    return render(request, "accounts/account.html", context, status=status)
