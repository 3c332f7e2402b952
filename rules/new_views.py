"""Beginning a rule from the catalog, and the form that stands beside a rule's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cameras.choosing import CameraChoiceForm
from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from rules.catalog import FIELDS
from rules.doubts import document_doubts
from rules.engine.schema import DocumentError, Fault, parse_rule
from rules.leaves import leaves_changed, rule_leaves
from rules.ready_rules import ReadyRule, ready_rule_get, ready_rules
from rules.selectors import rules_visible_to
from rules.services import rule_create
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError

FIELD_PREFIX = "leaf."
SCRATCH = """\
name: New rule
severity: medium
who:
  classes: [person]
when:
  in_zone:
    zone: Yard
    for: 5s
"""
FIELD_WORDS = {
    "ppe": gettext_lazy("Protective equipment"),
    "safety": gettext_lazy("Safety"),
    "security": gettext_lazy("Security"),
    "traffic": gettext_lazy("Traffic"),
    "operations": gettext_lazy("Operations"),
}
PART_WORDS = {
    "about": gettext_lazy("What it is"),
    "parameters": gettext_lazy("Values"),
    "who": gettext_lazy("Who or what"),
    "when": gettext_lazy("When it comes true"),
    "deduplicate": gettext_lazy("How often it is told"),
}


class RuleCamerasForm(CameraChoiceForm):
    cameras = forms.ModelMultipleChoiceField(
        Camera.objects.none(), label=gettext_lazy("Cameras"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, user: User) -> None:  # noqa: ANN401  Django's QueryDict or None
        super().__init__(data)
        self.choose_cameras(user, cameras_visible_to(user))


@login_required
@require_safe
def rule_catalog(request: HttpRequest) -> HttpResponse:
    """Every ready rule by field of use; a search narrows them."""
    user = signed_in(request)
    admin_require(user)
    words = request.GET.get("q", "")[:100].lower().split()
    found = [rule for rule in ready_rules().values() if all(word in _text_of(rule) for word in words)]
    groups = [(FIELD_WORDS[field], [rule for rule in found if rule.field == field]) for field in FIELDS]
    context = {"groups": [group for group in groups if group[1]], "q": request.GET.get("q", "")}
    return render(request, "rules/catalog.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: HttpRequest, key: str = "") -> HttpResponse:
    """A new rule's text with the form beside it; saved as a draft or put in force at once."""
    user = signed_in(request)
    admin_require(user)
    ready = ready_rule_get(key) if key else None
    scratch = ready.document if ready else SCRATCH
    document = document_edited(request) if request.method == "POST" else scratch
    form = RuleCamerasForm(request.POST or None, user=user)
    if request.method != "POST" or not form.is_valid():
        return _page(request, ready, document, form, faults=[])
    try:
        rule = rule_create(
            user=user, document=document, cameras=form.cleaned_data["cameras"],
            note=request.POST.get("note", "")[:300], draft=request.POST.get("deed") != "publish",
        )  # fmt: skip
    except DomainError as error:
        return _page(request, ready, document, form, faults=document_faults(document) or [Fault("", error.message)])
    messages.success(request, _("The rule is made."))
    return redirect("rule_detail", rule.id)


@login_required
@require_POST
def rule_form(request: HttpRequest) -> HttpResponse:
    """For the script: the text was edited, so here is its form; or the form was, so here is the text."""
    user = signed_in(request)
    admin_require(user)
    is_form = request.POST.get("edited") == "form"
    document = document_edited(request) if is_form else _document(request)
    number = request.POST.get("rule", "")
    rule = rules_visible_to(user).filter(id=int(number)).first() if re.fullmatch("[0-9]{1,9}", number) else None
    words = fields_of(document, document_faults(document), document_doubts(user, document, rule))
    context = {**words, "document": document, "is_part": True}
    return render(request, "rules/document.html" if is_form else "rules/fields.html", context)


def document_edited(request: HttpRequest) -> str:
    """The text that was sent, with what was changed in the form beside it."""
    document = _document(request)
    was, now = (
        {name.removeprefix(prefix): str(value) for name, value in request.POST.items() if name.startswith(prefix)}
        for prefix in ("was.", FIELD_PREFIX)
    )
    return leaves_changed(document, {key: value for key, value in now.items() if value != was.get(key)})


def document_faults(document: str) -> list[Fault]:
    try:
        parse_rule(document)
    except DocumentError as error:
        return list(error.faults)
    return []


def fields_of(document: str, faults: Sequence[Fault] = (), doubts: Sequence[Fault] = ()) -> dict[str, Any]:
    """What stands in the text as a form, and what is wrong with it: in the text's lines and at the form's fields."""
    wrong = {fault.path: fault.expected for fault in faults}
    leaves = sorted(
        rule_leaves(document), key=lambda leaf: list(PART_WORDS).index(leaf.part) if leaf.part in PART_WORDS else 99
    )
    return {
        "parts": [
            (PART_WORDS.get(part, part), [(leaf, wrong.get(leaf.key, "")) for leaf in group])
            for part, group in groupby(leaves, key=lambda leaf: leaf.part)
        ],
        "faults": faults,
        "doubts": doubts,
    }


def _document(request: HttpRequest) -> str:
    return request.POST.get("document", "").replace("\r\n", "\n")


def _text_of(rule: ReadyRule) -> str:
    spec = rule.spec
    told = " ".join(f"{words} {_(words)}" for words in (spec.name, spec.description))
    return f"{told} {' '.join(spec.tags)} {rule.field}".lower()


def _page(
    request: HttpRequest, ready: ReadyRule | None, document: str, form: RuleCamerasForm, faults: list[Fault]
) -> HttpResponse:
    note = request.POST.get("note", "")
    context = {"ready": ready, "document": document, "form": form, "note": note, **fields_of(document, faults)}
    return render(request, "rules/new.html", context, status=422 if faults or form.errors else 200)
