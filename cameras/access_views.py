"""The matrix of users and cameras: many users by one permission, or one user by every permission."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cameras.access import Column, Grant, access_cells
from cameras.models import Camera, Site
from cameras.selectors import CameraPermission, cameras_visible_to
from cameras.services.access import access_change
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.selectors import user_get, users_visible_to
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import NotFoundError

ROWS = 40
COLUMNS = 8
LONGEST_LIST = 40_000
WORDS = {
    CameraPermission.VIEW: gettext_lazy("See"),
    CameraPermission.REVIEW: gettext_lazy("Review"),
    CameraPermission.UPLOAD: gettext_lazy("Upload"),
    CameraPermission.CHANGE: gettext_lazy("Set up"),
}


class AccessForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Find cameras"), required=False, max_length=100)
    site = forms.ModelChoiceField(
        Site.objects.all(), label=gettext_lazy("Site"), empty_label=gettext_lazy("Any"), required=False
    )
    who = forms.CharField(label=gettext_lazy("Find users"), required=False, max_length=100)

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def cameras(self, cameras: QuerySet[Camera]) -> QuerySet[Camera]:
        if not self.is_valid():
            return cameras.none()
        for word in self.cleaned_data["q"].split():
            cameras = cameras.filter(Q(name__icontains=word) | Q(site__name__icontains=word))
        site = self.cleaned_data["site"]
        return cameras.filter(site=site) if site else cameras

    def people(self, people: QuerySet[User]) -> QuerySet[User]:
        for word in self.cleaned_data["who"].split() if self.is_valid() else ():
            named = Q(first_name__icontains=word) | Q(last_name__icontains=word)
            people = people.filter(named | Q(username__icontains=word))
        return people


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def access_all(request: HttpRequest) -> HttpResponse:
    """Columns are users."""
    user = signed_in(request)
    admin_require(user)
    form = AccessForm(request.GET)
    permission = _permission(request.GET.get("permission", CameraPermission.VIEW))
    people = form.people(users_visible_to(user).filter(is_active=True).exclude(role=Role.ADMIN)).order_by("username")
    column_page = Paginator(people, COLUMNS).get_page(request.GET.get("users"))
    columns = [Column(person, permission) for person in column_page]
    context = {"column_page": column_page, "permission": permission}
    return _matrix(request, user, form, columns, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def access_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Columns are permissions."""
    user = signed_in(request)
    admin_require(user)
    person = user_get(user, pk)
    form = AccessForm(request.GET)
    del form.fields["who"]
    columns = [] if person.is_admin else [Column(person, permission) for permission in CameraPermission]
    return _matrix(request, user, form, columns, {"person": person})


def _matrix(
    request: HttpRequest, user: User, form: AccessForm, columns: list[Column], more: dict[str, Any]
) -> HttpResponse:
    cameras = form.cameras(cameras_visible_to(user))
    if request.method == "POST":
        added, removed = _asked(request, cameras, columns)
        new, gone = access_change(user=user, added=added, removed=removed)
        words = _("Saved: %(new)s granted, %(gone)s taken back.") if new or gone else _("Nothing was changed.")
        messages.success(request, words % {"new": new, "gone": gone} if new or gone else words)
        return redirect(request.get_full_path())
    page: Page[Camera] = Paginator(cameras, ROWS).get_page(request.GET.get("page"))
    rows = access_cells(list(page), columns)
    granted = ",".join(cell.key for _, cells in rows for cell in cells if cell.is_granted)
    context = {"form": form, "page": page, "rows": rows, "columns": columns, "granted": granted}
    return render(request, "accounts/access.html", {**context, "permissions": WORDS, **more})


def _asked(request: HttpRequest, cameras: QuerySet[Camera], columns: list[Column]) -> tuple[set[Grant], set[Grant]]:
    """Only what differs from what the page showed, so that nobody's newer change is undone by an older page."""
    if (deed := request.POST.get("do")) in ("grant", "take"):
        column = next((column for column in columns if column.key == request.POST.get("column")), None)
        if column is None:
            raise NotFoundError(_("There is no such column."))
        every = {(column.person.id, key, column.permission.value) for key in cameras.values_list("id", flat=True)}
        return (every, set()) if deed == "grant" else (set(), every)
    shown = {_grant(key) for key in request.POST.get("granted", "")[:LONGEST_LIST].split(",") if key}
    ticked = {_grant(key) for key in request.POST.getlist("cell")}
    return ticked - shown, shown - ticked


def _grant(key: str) -> Grant:
    person, _, rest = key.partition(".")
    camera, _, permission = rest.partition(".")
    if not (person.isdecimal() and camera.isdecimal() and len(person) < 19 and len(camera) < 19):
        raise NotFoundError("There is no such permission.")
    return int(person), int(camera), _permission(permission).value


def _permission(name: str) -> CameraPermission:
    try:
        return CameraPermission(name)
    except ValueError:
        raise NotFoundError("There is no such permission.") from None
