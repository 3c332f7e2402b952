"""The page of what verdicts on a rule's events speak for, with its back-test beside it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rules.backtests.selectors import whole_result
from rules.differences import field_changes
from rules.learning.pictures import dropped_of, spread_of
from rules.learning.proposals import Proposal, proposal_draft, rule_learn
from rules.learning.trial import proposal_trial, proposal_try
from rules.models import Rule
from rules.selectors import rule_get
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import NotFoundError

LARGEST = 2**31 - 1


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Posting tries the proposed text on the last days, or makes it a draft: never more."""
    user = signed_in(request)
    if rule_id > LARGEST:
        raise NotFoundError(_("There is no such rule."))
    rule = rule_get(user, rule_id)
    admin_require(user)
    if request.method == "POST":
        return _do(request, user, rule)
    learnt = rule_learn(user=user, rule=rule)
    context = {"rule": rule, "learnt": learnt, "proposal": learnt.proposal, **_shown(user, rule, learnt.proposal)}
    return render(request, "rules/proposal.html", context)


def _do(request: HttpRequest, user: User, rule: Rule) -> HttpResponse:
    document = request.POST.get("document", "").replace("\r\n", "\n")
    if request.POST.get("deed") == "draft":
        version = proposal_draft(user=user, rule=rule, document=document)
        messages.success(
            request,
            _("Version %(number)s is saved as a draft. It does not run until you say so.") % {"number": version.number},
        )
        return redirect("version_detail", rule.id, version.number)
    proposal_try(user=user, rule=rule, document=document)
    return redirect("rule_proposal", rule.id)


def _shown(user: User, rule: Rule, proposed: Proposal | None) -> dict[str, object]:
    if proposed is None:
        return {}
    backtest = proposal_trial(user, rule, proposed.document)
    part = backtest.cameras.select_related("camera__site").first() if backtest else None
    return {
        "site": part.camera.site if part else None,
        "backtest": backtest,
        "total": whole_result(backtest) if backtest else None,
        "spread": spread_of(proposed),
        "changes": field_changes(proposed.version.document, proposed.document),
        "dropped_false": dropped_of(user, proposed, is_true=False),
        "dropped_true": dropped_of(user, proposed, is_true=True),
    }
