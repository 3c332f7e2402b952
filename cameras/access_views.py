"""The matrix of users and cameras: many users by one permission, or one user by every permission."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cameras.access import ON_CAMERAS, ON_GROUPS, Column, Grant, GrantTable, access_cells, group_cells
from cameras.models import Camera, CameraGroup, Site
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

    def groups(self) -> QuerySet[CameraGroup]:
        """Those that the search finds by their own names; none where one site is looked at."""
        if not self.is_valid() or self.cleaned_data["site"]:
            return CameraGroup.objects.none()
        groups = CameraGroup.objects.all()
        for word in self.cleaned_data["q"].split():
            groups = groups.filter(name__icontains=word)
        return groups

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
        new, gone = _change(request, user, cameras, columns)
        words = _("Saved: %(new)s granted, %(gone)s taken back.") if new or gone else _("Nothing was changed.")
        messages.success(request, words % {"new": new, "gone": gone} if new or gone else words)
        return redirect(request.get_full_path())
    page: Page[Camera] = Paginator(cameras, ROWS).get_page(request.GET.get("page"))
    rows = access_cells(list(page), columns)
    groups = group_cells(list(form.groups().annotate(size=Count("cameras"))), columns) if page.number == 1 else []
    granted = ",".join(cell.key for _, cells in [*groups, *rows] for cell in cells if cell.is_granted)
    context = {"form": form, "page": page, "rows": rows, "groups": groups, "columns": columns, "granted": granted}
    return render(request, "accounts/access.html", {**context, "permissions": WORDS, **more})


@transaction.atomic
def _change(request: HttpRequest, user: User, cameras: QuerySet[Camera], columns: list[Column]) -> tuple[int, int]:
    """On one column for all cameras found, or tick by tick; how many permissions are new, and how many gone."""
    if (deed := request.POST.get("do")) in ("grant", "take"):
        column = next((column for column in columns if column.key == request.POST.get("column")), None)
        if column is None:
            raise NotFoundError(_("There is no such column."))
        every = {(column.person.id, key, column.permission.value) for key in cameras.values_list("id", flat=True)}
        added, removed = (every, set()) if deed == "grant" else (set(), every)
        return access_change(user=user, added=added, removed=removed)
    # Only what differs from what the page showed, so that nobody's newer change is undone by an older page.
    shown = {_grant(key) for key in request.POST.get("granted", "")[:LONGEST_LIST].split(",") if key}
    ticked = {_grant(key) for key in request.POST.getlist("cell")}
    new = gone = 0
    for table in (ON_CAMERAS, ON_GROUPS):
        added, removed = ({grant for of, grant in grants if of is table} for grants in (ticked - shown, shown - ticked))
        counts = access_change(user=user, added=added, removed=removed, table=table)
        new, gone = new + counts[0], gone + counts[1]
    return new, gone


def _grant(key: str) -> tuple[GrantTable, Grant]:
    person, _dot, rest = key.partition(".")
    target, _dot, permission = rest.partition(".")
    table = ON_GROUPS if target.startswith(ON_GROUPS.mark) else ON_CAMERAS
    target = target.removeprefix(table.mark)
    if not (person.isdecimal() and target.isdecimal() and len(person) < 19 and len(target) < 19):
        raise NotFoundError(_("There is no such permission."))
    return table, (int(person), int(target), _permission(permission).value)


def _permission(name: str) -> CameraPermission:
    try:
        return CameraPermission(name)
    except ValueError:
        raise NotFoundError(_("There is no such permission.")) from None
