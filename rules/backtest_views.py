"""Pages of back-tests: asking for one from a rule's page, following it, its results."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.charts import chart_sentence
from reports.periods import hour_bars
from rules.backtests.selectors import (
    backtest_get,
    backtest_hits,
    backtests_visible_to,
    camera_results,
    cameras_with_tracks,
    whole_result,
)
from rules.backtests.services import backtest_ask, backtest_cancel
from rules.choices import HitKind, VersionState
from rules.forms import BacktestForm
from rules.models import Backtest
from rules.selectors import rule_get
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import DomainError, NotFoundError
from vms.paging import page_of

PAGE_SIZE = 24
MOST_EARLIER = 10
LARGEST = 2**31 - 1


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rule_try(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The form; the newest version, the rule's cameras and the last seven days stand in it."""
    user = signed_in(request)
    if rule_id > LARGEST:
        raise NotFoundError(_("There is no such rule."))
    rule = rule_get(user, rule_id)
    text = request.GET.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    form = BacktestForm(request.POST or None, user=user, rule=rule, version=version)
    if request.method == "POST" and form.is_valid():
        backtest = _asked(form, user)
        if backtest is not None:
            return redirect("backtest_detail", backtest.id)
    context = {
        "rule": rule,
        "form": form,
        "logged": set(cameras_with_tracks(user).values_list("id", flat=True)),
        "earlier": backtests_visible_to(user).filter(rule=rule)[:MOST_EARLIER],
    }
    return render(request, "rules/try.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def backtest_detail(request: HttpRequest, backtest_id: uuid.UUID) -> HttpResponse:
    """Results as far as they are there; the part that changes asks for itself again."""
    user = signed_in(request)
    part = request.htmx and not request.GET.get("after")  # type: ignore[attr-defined]
    return render(
        request, "rules/backtest_body.html" if part else "rules/backtest.html", _context(request, user, backtest_id)
    )


@login_required
@require_POST
def backtest_stop(request: HttpRequest, backtest_id: uuid.UUID) -> HttpResponse:
    backtest_cancel(user=signed_in(request), backtest_id=backtest_id)
    messages.success(request, _("The back-test is cancelled. What was found already is kept."))
    return redirect("backtest_detail", backtest_id)


def _asked(form: BacktestForm, user: User) -> Backtest | None:
    try:
        return backtest_ask(user=user, **form.wishes())
    except DomainError as error:
        form.add_error(None, error.message)
        return None


def _context(request: HttpRequest, user: User, backtest_id: uuid.UUID) -> dict[str, Any]:
    backtest = backtest_get(user, backtest_id)
    kind = request.GET.get("kind", "")
    hits = backtest_hits(user, backtest)
    shown = hits.filter(kind=kind) if kind in HitKind.values else hits
    total = whole_result(backtest)
    return {
        "backtest": backtest,
        "total": total,
        "results": camera_results(backtest),
        **_hours(total.hours),
        "page": page_of(shown, field="started_at", after=request.GET.get("after", ""), size=PAGE_SIZE),
        **_draft_context(user, backtest),
        "kind": kind,
        "kinds": HitKind.choices,
    }


def _hours(counts: list[int]) -> dict[str, Any]:
    """Columns of a chart that is 100 high: each with its place, top and height."""
    bars, most = hour_bars(dict(enumerate(counts))), max(counts, default=0)
    columns = [(index, bar, 100 - 100 * bar.events / (most or 1)) for index, bar in enumerate(bars)]
    return {"hours": columns, "hours_most": most, "hours_words": chart_sentence(bars)}


def _draft_context(user: User, backtest: Backtest) -> dict[str, Any]:
    """The version that was tried, where an admin may put it in force now."""
    versions = {version.number: version for version in backtest.rule.versions.all()} if user.is_admin else {}
    in_force = next((each.number for each in versions.values() if each.state == VersionState.PUBLISHED), None)
    tried = versions.get(backtest.version or 0)
    return {"draft": tried if tried and tried.state == VersionState.DRAFT else None, "in_force": in_force}
