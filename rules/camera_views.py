"""The cameras of a rule: looked for by name, site and group, ticked one by one or put on all that were found."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from cameras.finding import CameraFilter
from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from rules.models import Rule
from rules.selectors import rule_get
from rules.services.assignment import rule_cameras_change
from rules.zone_needs import zones_lacking
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import NotFoundError

ROWS = 120
LONGEST_LIST = 12_000
LARGEST = 2**31 - 1


class RuleCamerasFilter(CameraFilter):
    on = forms.ChoiceField(
        choices=[("", _("Any")), ("yes", _("With this rule")), ("no", _("Without this rule"))],
        required=False,
        label=_("Rule"),
    )

    def __init__(self, data: Any, *, user: User, rule: Rule) -> None:  # noqa: ANN401  Django's QueryDict or a dict
        super().__init__(data, user=user)
        self.rule = rule

    def apply(self, cameras: QuerySet[Camera]) -> QuerySet[Camera]:
        cameras = super().apply(cameras)
        wish = self.cleaned_data.get("on")
        held = Q(id__in=_held(self.rule))
        return cameras.filter(held if wish == "yes" else ~held) if wish else cameras


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rule_cameras(request: HttpRequest, rule_id: int) -> HttpResponse:
    user = signed_in(request)
    if rule_id > LARGEST:
        raise NotFoundError(gettext("There is no such rule."))
    rule = rule_get(user, rule_id)
    admin_require(user)
    form = RuleCamerasFilter(request.GET, user=user, rule=rule)
    found = form.apply(cameras_visible_to(user)).order_by("site__name", "name", "id")
    if request.method == "POST":
        return _change(request, user, rule, found)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    cameras = list(page.object_list)
    held = set(_held(rule).filter(camera__in=cameras))
    lacking = zones_lacking(rule, cameras)
    context = {
        "rule": rule,
        "form": form,
        "page": page,
        "rows": [(camera, camera.id in held, lacking.get(camera.id, [])) for camera in cameras],
        "shown": ",".join(str(key) for key in sorted(held)),
        "total": _held(rule).count(),
    }
    return render(request, "rules/cameras.html", context)


def _change(request: HttpRequest, user: User, rule: Rule, found: QuerySet[Camera]) -> HttpResponse:
    """All that were found, or tick by tick: only what differs from what the page showed, so that an older page undoes
    nobody's newer change.
    """
    mine = cameras_visible_to(user)
    deed = request.POST.get("do")
    if deed in ("put", "take"):
        added, removed = (found, mine.none()) if deed == "put" else (mine.none(), found)
    else:
        shown = _numbers(request.POST.get("shown", "")[:LONGEST_LIST].split(","))
        ticked = _numbers(request.POST.getlist("camera"))
        added, removed = mine.filter(id__in=ticked - shown), mine.filter(id__in=shown - ticked)
    new, gone = rule_cameras_change(user=user, rule=rule, added=added, removed=removed)
    messages.success(request, _changed_words(new, gone))
    return redirect(request.get_full_path())


def _changed_words(new: int, gone: int) -> str:
    more = ngettext("The rule is on %(n)s more camera.", "The rule is on %(n)s more cameras.", new) % {"n": new}
    less = ngettext("It was taken off %(n)s camera.", "It was taken off %(n)s cameras.", gone) % {"n": gone}
    told = " ".join(words for words, number in ((more, new), (less, gone)) if number)
    return f"{told} {gettext('Workers have it within seconds.')}" if told else gettext("Nothing was changed.")


def _held(rule: Rule) -> QuerySet[Any, int]:
    return Rule.cameras.through.objects.filter(rule=rule).values_list("camera", flat=True)


def _numbers(texts: list[str]) -> set[int]:
    return {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19}
