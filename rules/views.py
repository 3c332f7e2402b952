"""The rules' pages: what is looked for, its versions, and for admins a plain editor of the document."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rules.choices import VersionState
from rules.differences import versions_field_changes, versions_text_difference
from rules.doubts import document_doubts
from rules.engine.schema import Fault
from rules.models import Rule, RuleVersion
from rules.new_views import document_edited, document_faults, fields_of
from rules.selectors import models_lacking, models_missing, rule_get_in_full, rule_versions, rules_listed, version_get
from rules.services import (
    RuleChange,
    RuleChangedError,
    Saving,
    rule_update,
    version_publish,
    version_roll_back,
    version_save,
)
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import InvalidError, NotFoundError
from workers.selectors import broken_models, classes_unknown

MOST_VERSIONS = 100
CAMERAS_NAMED = 5
LARGEST = 2**31 - 1
NUMBER = re.compile("[0-9]{1,9}")


@login_required
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    return render(request, "rules/list.html", {"rules": rules_listed(signed_in(request))[:500]})


@login_required
@require_GET
def rule_detail(request: HttpRequest, rule_id: int) -> HttpResponse:
    """``copy``: the number of a version whose text is to stand in the editor, to be mended."""
    user = signed_in(request)
    rule = _rule(user, rule_id)
    context = _context(user, rule)
    number = request.GET.get("copy", "")
    if user.is_admin and NUMBER.fullmatch(number):
        copied = _version(rule, int(number))
        faults = document_faults(copied.document)
        context |= {"document": copied.document, "copied": copied, **fields_of(copied.document, faults)}
    return render(request, "rules/detail.html", context)


@login_required
@require_POST
def rule_save(request: HttpRequest, rule_id: int) -> HttpResponse:
    """A document that cannot be used, or that somebody else was faster with, stays in the editor."""
    user = signed_in(request)
    rule = _rule(user, rule_id)
    admin_require(user)
    document = document_edited(request)
    saving = Saving(
        document, request.POST.get("note", ""), _number(request, "based_on") or 0, request.POST.get("deed") == "publish"
    )
    try:
        version = version_save(user=user, rule=rule, saving=saving)
    except InvalidError as error:
        faults = document_faults(document) or [Fault("", error.message)]
        kept = {"document": document, "note": saving.note, "based_on": saving.based_on}
        kept |= fields_of(document, faults)
        return render(request, "rules/detail.html", _context(user, rule) | kept, status=422)
    except RuleChangedError as error:
        edited: dict[str, Any] = {
            "document": document,
            "theirs": error.theirs,
            "note": saving.note,
            **fields_of(document, [Fault("", error.message)]),
        }
        return render(request, "rules/detail.html", _context(user, rule) | edited, status=409)
    messages.success(request, _saved_words(version, saving) % {"number": version.number})
    return redirect("rule_detail", rule_id)


def _saved_words(version: RuleVersion, saving: Saving) -> str:
    if version.number == saving.based_on and not saving.publish:
        return _("Nothing was changed: version %(number)s has this text already.")
    if version.state == VersionState.PUBLISHED:
        return _("Version %(number)s is in force.")
    return _("Version %(number)s is saved as a draft.")


@login_required
@require_POST
def rule_switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """On or off; neither its text nor its cameras change."""
    user = signed_in(request)
    change = RuleChange(enabled=request.POST.get("to") == "on")
    rule = rule_update(user=user, rule=_rule(user, rule_id), change=change)
    messages.success(request, _("The rule is switched on.") if rule.enabled else _("The rule is switched off."))
    return redirect("rule_detail", rule_id)


@login_required
@require_GET
def version_detail(request: HttpRequest, rule_id: int, number: int) -> HttpResponse:
    """A version beside the one before it."""
    user = signed_in(request)
    rule = _rule(user, rule_id)
    version = _version(rule, number)
    before = rule.versions.filter(number__lt=number).first()
    shown = {"version": version, "before": before, "difference": versions_text_difference(before, version)}
    changes = versions_field_changes(before, version) if before else []
    return render(request, "rules/version.html", _context(user, rule) | shown | {"changes": changes})


@login_required
@require_POST
def publish(request: HttpRequest, rule_id: int, number: int) -> HttpResponse:
    return _put_in_force(request, rule_id, number, version_publish)


@login_required
@require_POST
def roll_back(request: HttpRequest, rule_id: int, number: int) -> HttpResponse:
    return _put_in_force(request, rule_id, number, version_roll_back)


def _put_in_force(request: HttpRequest, rule_id: int, number: int, deed: Any) -> HttpResponse:  # noqa: ANN401  of two
    user = signed_in(request)
    rule = _rule(user, rule_id)
    version = _version(rule, number)
    try:
        version = deed(user=user, rule=rule, number=version.number, in_force=_number(request, "in_force"))
    except InvalidError as error:
        messages.error(request, error.message)
        return redirect(f"{reverse('rule_detail', args=[rule_id])}?copy={version.number}")
    messages.success(
        request, _("Version %(number)s is in force. Workers have it within seconds.") % {"number": version.number}
    )
    return redirect("rule_detail", rule_id)


def _context(user: User, rule: Rule) -> dict[str, Any]:
    versions = list(rule_versions(rule)[:MOST_VERSIONS])
    newest = versions[0] if versions else None
    in_force = next((each for each in versions if each.state == VersionState.PUBLISHED), None)
    missing = models_missing(newest) if newest else []
    return {
        "rule": rule,
        "more_cameras": max(0, len(rule.visible_cameras) - CAMERAS_NAMED),  # type: ignore[attr-defined]  # prefetched
        "versions": versions,
        "document": newest.document if newest else "",
        "based_on": newest.number if newest else "",
        "may_change": user.is_admin,
        **(_fields(user, rule, newest.document) if newest and user.is_admin else {}),
        "classes_unknown": classes_unknown(newest.classes_named) if newest else [],
        "models_missing": missing,
        "models_broken": broken_models(missing) if missing else [],
        "models_lacking": models_lacking(rule, in_force) if in_force else [],
    }


def _fields(user: User, rule: Rule, document: str) -> dict[str, Any]:
    return fields_of(document, doubts=document_doubts(user, document, rule))


def _rule(user: User, rule_id: int) -> Rule:
    if rule_id > LARGEST:
        raise NotFoundError(_("There is no such rule."))
    return rule_get_in_full(user, rule_id)


def _version(rule: Rule, number: int) -> RuleVersion:
    if not 0 < number <= LARGEST:
        raise NotFoundError(_("There is no such version."))
    return version_get(rule, number)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if NUMBER.fullmatch(text) else None
