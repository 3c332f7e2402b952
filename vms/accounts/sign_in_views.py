"""Signing in: password, then the code of the second factor where there is one; and the link of an invitation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.views import LoginView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as otp_login

from vms.accounts.models import User
from vms.accounts.second_factor import code_accept, code_refused, factor_of
from vms.accounts.services.inviting import invitation_tokens
from vms.accounts.sessions import session_begin
from vms.audit.services import audit_record

HALF_WAY = "half_signed_in"
HALF_WAY_LASTS = timedelta(minutes=10)


class SignInView(LoginView):
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if not factor_of(user):
            _language_keep(self.request, user)
            answer = super().form_valid(form)
            session_begin(self.request)
            return answer
        self.request.session[HALF_WAY] = {
            "user": user.pk,
            "backend": user.backend,
            "hash": user.get_session_auth_hash(),
            "at": timezone.now().isoformat(),
        }
        return redirect(f"{reverse('sign_in_code')}?{urlencode({'next': self.get_success_url()})}")


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step. Wrong codes are counted with wrong passwords, and lock as they do."""
    following = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure()):
        following = "/"
    user = _half_way(request)
    if user is None:
        messages.info(request, _("Sign in again, please: the code was waited for too long."))
        return redirect(f"{reverse('login')}?{urlencode({'next': following})}")
    if request.method != "POST":
        return render(request, "accounts/sign_in_code.html", {"next": following})
    if not AxesProxyHandler.is_allowed(request, {"username": user.username}):
        request.axes_locked_out = True  # type: ignore[attr-defined]  # its middleware answers then
        return HttpResponse(status=429)
    device = code_accept(user, request.POST.get("code", ""))
    if device is None:
        code_refused(request, user)
        return render(request, "accounts/sign_in_code.html", {"next": following, "is_wrong": True}, status=422)
    login(request, user, backend=request.session.pop(HALF_WAY)["backend"])
    otp_login(request, device)
    session_begin(request)
    return redirect(following)


def _language_keep(request: HttpRequest, user: User) -> None:
    """Whoever signs in for the first time goes on in the language of the sign-in page: the browser's."""
    if user.last_login is None and "Accept-Language" in request.headers:
        user.language = get_language() or user.language
        user.save(update_fields=["language"])


def _half_way(request: HttpRequest) -> User | None:
    """Who has given the right password a moment ago, and has not got another one since."""
    kept: dict[str, Any] | None = request.session.get(HALF_WAY)
    if kept is None or datetime.fromisoformat(kept["at"]) < timezone.now() - HALF_WAY_LASTS:
        return None
    user = User.objects.filter(id=kept["user"], is_active=True).first()
    return user if user is not None and user.get_session_auth_hash() == kept["hash"] else None


class InvitationView(PasswordResetConfirmView):
    """Where the link of an invitation leads: choose a password, then sign in with it."""

    template_name = "accounts/invitation.html"
    token_generator = invitation_tokens
    success_url = reverse_lazy("login")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        answer = super().form_valid(form)
        audit_record(actor=form.user, action="account.password", target=form.user, by="link")
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return answer


def admin_sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """The admin site has no sign-in of its own: it would know nothing of the second factor."""
    following = request.GET.get("next") or reverse("admin:index")
    if request.user.is_authenticated:
        return render(request, "403.html", status=403)
    return redirect(f"{reverse('login')}?{urlencode({'next': following})}")
