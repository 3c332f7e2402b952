"""The page on which an admin changes many cameras at once: chosen, judged camera by camera, then done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from cameras.choices import CameraPriority
from cameras.listing import CameraListForm
from cameras.models import Camera, CameraGroup, Site
from cameras.selectors import cameras_visible_to, groups_visible_to
from cameras.services.bulk import BulkChange, BulkLine, cameras_bulk_change
from rules.models import Rule
from rules.selectors import rules_visible_to
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.named_choices import choose_among

MOST_CAMERAS = 1_000
LONGEST_LIST = 12_000
ON_OR_OFF = {"on": True, "off": False}


class BulkForm(forms.Form):
    """Every field may stay empty: then it is left as it is on each camera."""

    priority = forms.ChoiceField(
        choices=[("", _("As it is")), *CameraPriority.choices], required=False, label=_("Priority")
    )
    detect_fps = forms.FloatField(
        label=_("Frames analysed per second"),
        min_value=0.1,
        max_value=30,
        required=False,
        widget=forms.NumberInput(attrs={"placeholder": _("As it is"), "step": "any"}),
    )
    enabled = forms.ChoiceField(
        label=_("Watched"),
        choices=[("", _("As it is")), ("on", _("Switch on")), ("off", _("Switch off"))],
        required=False,
    )
    site = forms.ModelChoiceField(Site.objects.none(), empty_label=_("As it is"), required=False, label=_("Site"))
    rules_added = forms.ModelMultipleChoiceField(
        Rule.objects.none(), label=_("Rules to add"), required=False, widget=forms.CheckboxSelectMultiple
    )
    rules_removed = forms.ModelMultipleChoiceField(
        Rule.objects.none(), label=_("Rules to take away"), required=False, widget=forms.CheckboxSelectMultiple
    )

    groups_added = forms.ModelMultipleChoiceField(
        CameraGroup.objects.none(), label=_("Groups to join"), required=False, widget=forms.CheckboxSelectMultiple
    )
    groups_removed = forms.ModelMultipleChoiceField(
        CameraGroup.objects.none(), label=_("Groups to leave"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        rules, groups = rules_visible_to(user), groups_visible_to(user)
        choose_among(self, site=Site.objects.all(), rules_added=rules, rules_removed=rules)
        choose_among(self, groups_added=groups, groups_removed=groups)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        both = set(values.get("rules_added") or ()) & set(values.get("rules_removed") or ())
        if both:
            raise forms.ValidationError(
                gettext("Rule %(value)s is to be added and taken away.") % {"value": min(rule.name for rule in both)}
            )
        twice = set(values.get("groups_added") or ()) & set(values.get("groups_removed") or ())
        if twice:
            name = min(group.name for group in twice)
            raise forms.ValidationError(_("Group %(name)s is to be joined and left.") % {"name": name})
        if not self.errors and not any(values.values()):
            raise forms.ValidationError(gettext("Say what is to change: every field is left as it is."))
        return values

    def change(self) -> BulkChange:
        values = self.cleaned_data
        return BulkChange(
            priority=values["priority"] or None,
            detect_fps=values["detect_fps"],
            enabled=ON_OR_OFF.get(values["enabled"]),
            site=values["site"],
            rules_added=tuple(values["rules_added"]),
            rules_removed=tuple(values["rules_removed"]),
            groups_added=tuple(values["groups_added"]),
            groups_removed=tuple(values["groups_removed"]),
        )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    admin_require(user)
    cameras = list(_chosen(request, user)[:MOST_CAMERAS])
    if request.method != "POST":
        return _page(request, cameras, BulkForm(user=user))
    form = BulkForm(request.POST, user=user)
    if not cameras or not form.is_valid() or request.POST.get("do") == "back":
        status = 200 if request.POST.get("do") == "back" else 422
        return _page(request, cameras, form, status=status)
    dry_run = request.POST.get("do") != "apply"
    lines = cameras_bulk_change(user=user, cameras=cameras, change=form.change(), dry_run=dry_run)
    return _page(request, cameras, form, {"lines": _ordered(lines), "counts": _counts(lines), "is_done": not dry_run})


def _chosen(request: HttpRequest, user: User) -> QuerySet[Camera]:
    """The ticked cameras, or all that the list's filters find."""
    cameras = cameras_visible_to(user)
    if request.method == "POST":
        return cameras.filter(id__in=_numbers(request.POST.get("cameras", "")[:LONGEST_LIST].split(",")))
    if request.GET.get("all") == "1":
        return CameraListForm(request.GET, user=user).apply(cameras)
    return cameras.filter(id__in=_numbers(request.GET.getlist("camera")))


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _ordered(lines: list[BulkLine]) -> list[BulkLine]:
    """Problems first: they are what somebody has to do something about; what stays as it is comes last."""
    return sorted(lines, key=lambda line: (not line.problem, not line.changes))


def _counts(lines: list[BulkLine]) -> dict[str, int]:
    problems = sum(bool(line.problem) for line in lines)
    changed = sum(bool(line.changes) for line in lines)
    return {"problems": problems, "changed": changed, "same": len(lines) - problems - changed}


def _page(
    request: HttpRequest, cameras: list[Camera], form: BulkForm, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    chosen = ",".join(str(camera.id) for camera in cameras)
    context = {"cameras": cameras, "chosen": chosen, "form": form, **(more or {})}
    return render(request, "cameras/bulk.html", context, status=status)
