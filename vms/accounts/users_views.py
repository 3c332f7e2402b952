"""Users, for admins: the list, one user, and what ends their sign-ins."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from cameras.access import camera_counts
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.second_factor import factor_of, factor_required, roles_with_factor
from vms.accounts.selectors import tokens_of, user_get, users_visible_to
from vms.accounts.services import admin_require
from vms.accounts.services.factors import factor_reset, factor_reset_mail, role_factor_set
from vms.accounts.services.inviting import LINK_HOURS, invitation_mail, invitation_make
from vms.accounts.services.people import user_create, user_update
from vms.accounts.services.sign_ins import session_end, sessions_end, token_end
from vms.accounts.sessions import sessions_of
from vms.accounts.users_forms import NewUserForm, UserFilterForm, UserForm
from vms.accounts.views import signed_in
from vms.audit.models import AuditEntry
from vms.errors import DomainError
from vms.mail import MailError

PAGE = 50
DEEDS_SHOWN = 12


@login_required
@require_safe
def user_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    admin_require(user)
    form = UserFilterForm(request.GET)
    factor = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    people = form.apply(users_visible_to(user)).annotate(has_factor=Exists(factor)).order_by("username")
    page = Paginator(people, PAGE).get_page(request.GET.get("page"))
    counts = camera_counts(page.object_list)
    rows = [(person, counts.get(person.id, 0)) for person in page]
    context = {"form": form, "page": page, "rows": rows, "roles": Role, "asked": roles_with_factor()}
    return render(request, "accounts/users.html", context)


@login_required
@require_POST
def user_roles(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    required = {role for role in Role if role.value in request.POST.getlist("second_factor")}
    role_factor_set(user=user, required=required)
    messages.success(request, _("Who needs the second factor is saved."))
    return redirect("user_list")


@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def user_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    admin_require(user)
    form = NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_invited = form.cleaned_data["way"] == "mail"
        try:
            person = user_create(
                user=user, change=form.change(), password="" if is_invited else form.cleaned_data["password"]
            )
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("%(name)s is added.") % {"name": person.username})
            if is_invited:
                _invite(request, user, person)
            if person.role == Role.ADMIN:
                return redirect("user_detail", person.id)
            return redirect("user_access_person", person.id)
    return render(request, "accounts/user_new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def user_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person = user_get(user, pk)
    form = UserForm(request.POST or None, instance=user_get(user, pk))
    if request.method == "POST" and form.is_valid():
        try:
            user_update(user=user, person=person, change=form.change())
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": person.username})
            return redirect("user_detail", person.id)
    return _page(request, user, person, form)


@login_required
@require_POST
def user_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a link to set a password; or show one, to be handed over where no mail goes."""
    user = signed_in(request)
    person = user_get(user, pk)
    if "show" not in request.POST and person.email:
        _invite(request, user, person)
        return redirect("user_detail", person.id)
    link = invitation_make(user=user, person=person)
    return _page(request, user, person, UserForm(instance=person), link=link)


@login_required
@require_POST
def user_session_end(request: HttpRequest, pk: int, handle: str) -> HttpResponse:
    deed = partial(session_end, handle=handle)
    return _done(request, pk, deed, _("That browser is signed out."))


@login_required
@require_POST
def user_sessions_end(request: HttpRequest, pk: int) -> HttpResponse:
    key = request.session.session_key
    deed = partial(sessions_end, keep=key)
    return _done(request, pk, deed, _("All their browsers are signed out."))


@login_required
@require_POST
def user_token_end(request: HttpRequest, pk: int, token_id: int) -> HttpResponse:
    deed = partial(token_end, token_id=token_id)
    return _done(request, pk, deed, _("That token holds no more."))


@login_required
@require_POST
def user_factor_reset(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    answer = _done(request, pk, factor_reset, _("Their second factor is reset, and they are signed out."))
    _tell_of_reset(request, user, user_get(user, pk))
    return answer


def _done(request: HttpRequest, pk: int, deed: Callable[..., object], words: str) -> HttpResponse:
    user = signed_in(request)
    person = user_get(user, pk)
    deed(user=user, person=person)
    messages.success(request, words)
    return redirect("user_detail", person.id)


def _invite(request: HttpRequest, user: User, person: User) -> None:
    link = invitation_make(user=user, person=person)
    try:
        invitation_mail(user=user, person=person, link=link)
    except MailError as error:
        words = _("The invitation could not be sent to %(address)s: %(why)s You can send it again on the user's page.")
        messages.error(request, words % {"address": person.email, "why": error})
    else:
        words = _("A link to choose a password is on its way to %(address)s; it holds for %(hours)s hours.")
        messages.success(request, words % {"address": person.email, "hours": LINK_HOURS})


def _tell_of_reset(request: HttpRequest, user: User, person: User) -> None:
    if not person.email:
        messages.warning(request, _("%(name)s has no e-mail address: tell them yourself.") % {"name": person.username})
        return
    try:
        factor_reset_mail(user=user, person=person)
    except MailError as error:
        words = _("The mail about it could not be sent to %(address)s: %(why)s Tell them yourself.")
        messages.error(request, words % {"address": person.email, "why": error})
    else:
        messages.success(request, _("A mail tells it to %(address)s.") % {"address": person.email})


def _refuse(form: UserForm | NewUserForm, error: DomainError) -> None:
    known = {name: texts for name, texts in error.fields.items() if name in form.fields}
    for name, texts in known.items():
        form.add_error(name, texts)
    if not known:
        form.add_error(None, error.message)


def _page(request: HttpRequest, user: User, person: User, form: UserForm, link: str = "") -> HttpResponse:
    context = {
        "person": person,
        "form": form,
        "link": link,
        "hours": LINK_HOURS,
        "sessions": sessions_of(person),
        "current": request.session.session_key,
        "tokens": tokens_of(person),
        "factor": factor_of(person),
        "factor_required": factor_required(person.role),
        "camera_total": camera_counts([person]).get(person.id, 0),
        "deeds": AuditEntry.objects.filter(target=f"accounts.user:{person.id}")[:DEEDS_SHOWN],
    }
    return render(request, "accounts/user.html", context, status=422 if form.errors else 200)
