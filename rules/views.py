"""The rules' pages: what is looked for, its versions, and for admins a plain editor of the document."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rules.choices import VersionState
from rules.differences import versions_field_changes, versions_text_difference
from rules.models import Rule, RuleVersion
from rules.new_views import document_edited, fields_of
from rules.selectors import models_lacking, models_missing, rule_get_in_full, rule_versions, rules_listed, version_get
from rules.services import RuleChangedError, Saving, version_publish, version_roll_back, version_save
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import InvalidError, NotFoundError
from workers.selectors import broken_models

MOST_VERSIONS = 100
LARGEST = 2**31 - 1


@login_required
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    return render(request, "rules/list.html", {"rules": rules_listed(signed_in(request))[:500]})


@login_required
@require_GET
def rule_detail(request: HttpRequest, rule_id: int) -> HttpResponse:
    user = signed_in(request)
    return render(request, "rules/detail.html", _context(user, _rule(user, rule_id)))


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
        faults = error.fields.get("document", [error.message])
        kept = {"document": document, "faults": faults, "note": saving.note, "based_on": saving.based_on}
        kept |= fields_of(document)
        return render(request, "rules/detail.html", _context(user, rule) | kept, status=422)
    except RuleChangedError as error:
        edited: dict[str, Any] = {
            "document": document,
            "faults": [error.message],
            "theirs": error.theirs,
            "note": saving.note,
            **fields_of(document),
        }
        return render(request, "rules/detail.html", _context(user, rule) | edited, status=409)
    published = version.state == VersionState.PUBLISHED
    words = _("Version %(number)s is in force.") if published else _("Version %(number)s is saved as a draft.")
    messages.success(request, words % {"number": version.number})
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
    version = deed(user=user, rule=rule, number=version.number, in_force=_number(request, "in_force"))
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
        "versions": versions,
        "document": newest.document if newest else "",
        "based_on": newest.number if newest else "",
        "may_change": user.is_admin,
        **(fields_of(newest.document) if newest and user.is_admin else {}),
        "models_missing": missing,
        "models_broken": broken_models(missing) if missing else [],
        "models_lacking": models_lacking(rule, in_force) if in_force else [],
    }


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
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
