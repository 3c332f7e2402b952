"""The wall of live pictures, its alerts, and people's own layouts of it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.selectors import alert_counts, alerts_gravest
from cameras.choices import SourceKind
from cameras.choosing import CameraChoiceForm
from cameras.models import Camera, CameraGroup, WallLayout
from cameras.selectors import cameras_visible_to, groups_visible_to
from cameras.services.walls import WallChange, wall_layout_delete, wall_layout_save
from cameras.wall import MOST_AT_ONCE, tile, wall_answer, wall_cameras
from events.choices import Severity
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import DomainError, NotFoundError

SIZES = {1: 1, 4: 2, 9: 3, 16: 4, 25: 5, 36: 6, 49: 7, 64: 8}
"""Pictures on a page, and in how many columns they stand on a wide screen."""
USUAL_SIZE = 9
ROTATIONS = (0, 10, 20, 30, 60, 120)
ALERT_ROWS = 4
MILLISECONDS = re.compile(r"[0-9]{1,6}")
ASKED = re.compile(r"([0-9]{1,18})\.([0-9]{1,15})")


class LayoutForm(CameraChoiceForm):
    name = forms.CharField(max_length=64, error_messages={"required": _("Give the layout a name.")}, label=_("Name"))
    per_page = forms.TypedChoiceField(
        label=_("Pictures on a page"), coerce=int, choices=[(size, str(size)) for size in SIZES], initial=USUAL_SIZE
    )
    rotate_seconds = forms.TypedChoiceField(
        label=_("Turn pages"),
        coerce=int,
        choices=[
            (seconds, format_lazy(_("every {seconds} s"), seconds=seconds) if seconds else _("by hand"))
            for seconds in ROTATIONS
        ],
        initial=0,
    )
    boxes = forms.BooleanField(label=_("Draw boxes around what is detected"), required=False)
    cameras = forms.ModelMultipleChoiceField(
        Camera.objects.none(),
        label=_("Cameras"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("One of the cameras is not there.")},
    )

    def __init__(self, data: Any = None, *, user: User, layout: WallLayout | None = None) -> None:  # noqa: ANN401
        kept = {name: getattr(layout, name) for name in self.base_fields} if layout else None
        super().__init__(data, initial=kept)
        self.choose_cameras(user, cameras_visible_to(user).exclude(source_kind=SourceKind.UPLOAD))

    def change(self) -> WallChange:
        values = dict(self.cleaned_data)
        return WallChange(**values | {"cameras": tuple(values["cameras"])})


@login_required
@require_safe
def wall(request: HttpRequest, layout_id: int | None = None) -> HttpResponse:
    """The whole page, or one page of its pictures where they turn."""
    user = signed_in(request)
    layout = _layout(user, layout_id) if layout_id is not None else None
    size = _size(request, layout)
    groups = list(groups_visible_to(user))
    group = _group(request, groups)
    page = Paginator(wall_cameras(user, layout, group), size).get_page(request.GET.get("page", "1"))
    context = {
        "layout": layout,
        "layouts": user.wall_layouts.all(),
        "groups": groups,
        "group": group,
        "page": page,
        "tiles": [tile(user, camera) for camera in page.object_list],
        "size": size,
        "sizes": SIZES,
        "columns": SIZES[size],
        **_alerts(user),
    }
    return render(request, "cameras/wall_tiles.html" if _is_part(request) else "cameras/wall.html", context)


@login_required
@require_safe
def wall_alerts(request: HttpRequest) -> HttpResponse:
    return render(request, "cameras/wall_alerts.html", _alerts(signed_in(request)))


@login_required
@require_safe
def wall_pictures(request: HttpRequest) -> HttpResponse:
    """``see=12.1764288000000,13.0``: cameras, and the time of the picture of each that the asker has.

    ``every=2000``: in how many milliseconds this will be asked again; two pictures a second where it is not said.
    """
    every = request.GET.get("every", "")
    every_ms = int(every) if MILLISECONDS.fullmatch(every) else 0
    pairs = [ASKED.fullmatch(text) for text in request.GET.get("see", "").split(",")[:MOST_AT_ONCE]]
    asked = {int(pair[1]): int(pair[2]) for pair in pairs if pair}
    return wall_answer(signed_in(request), asked, every_ms / 1000)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def layout_edit(request: HttpRequest, layout_id: int | None = None) -> HttpResponse:
    user = signed_in(request)
    layout = _layout(user, layout_id) if layout_id is not None else None
    form = LayoutForm(request.POST if request.method == "POST" else None, user=user, layout=layout)
    context: dict[str, Any] = {"form": form, "layout": layout}
    if request.method == "POST" and form.is_valid():
        try:
            saved = wall_layout_save(user=user, layout=layout, change=form.change())
        except DomainError as error:
            context["refusal"] = error.message
        else:
            messages.success(request, gettext("Layout %(name)s is saved.") % {"name": saved.name})
            return redirect("wall_layout", saved.id)
    return render(
        request, "cameras/wall_layout.html", context, status=422 if form.errors or "refusal" in context else 200
    )


@login_required
@require_POST
def layout_delete(request: HttpRequest, layout_id: int) -> HttpResponse:
    user = signed_in(request)
    layout = _layout(user, layout_id)
    wall_layout_delete(user=user, layout=layout)
    messages.success(request, gettext("Layout %(name)s is deleted.") % {"name": layout.name})
    return redirect("wall")


def _layout(user: User, layout_id: int) -> WallLayout:
    layout = user.wall_layouts.filter(id=layout_id).first() if layout_id < 2**63 else None
    if layout is None:
        raise NotFoundError(gettext("There is no such layout."))
    return layout


def _group(request: HttpRequest, groups: list[CameraGroup]) -> CameraGroup | None:
    """The one that the address names; raises NotFoundError where it is none of the user's."""
    asked = request.GET.get("group", "")
    found = next((group for group in groups if str(group.id) == asked), None)
    if asked and found is None:
        raise NotFoundError(gettext("There is no such group of cameras."))
    return found


def _size(request: HttpRequest, layout: WallLayout | None) -> int:
    text = request.GET.get("size", "")
    usual = layout.per_page if layout is not None and layout.per_page in SIZES else USUAL_SIZE
    return int(text) if text in {str(size) for size in SIZES} else usual


def _alerts(user: User) -> dict[str, Any]:
    """The gravest open alerts, and how many there are of each severity."""
    counts = alert_counts(user)
    total = sum(counts.values())
    return {
        "alerts": alerts_gravest(user, ALERT_ROWS, counts),
        "alert_total": total,
        "open_alerts": total,
        "alert_counts": [(severity, counts[severity]) for severity in reversed(Severity)],
    }


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and not request.headers.get("HX-History-Restore-Request")
