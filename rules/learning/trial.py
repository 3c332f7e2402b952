"""The back-test that stands beside a proposal."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from cameras.selectors import cameras_visible_to
from events.choices import Verdict
from events.models import Event
from rules.backtests.selectors import backtests_visible_to
from rules.backtests.services import MAX_CAMERA_DAYS, Period, backtest_ask
from rules.models import Backtest, Rule
from vms.accounts.models import User

DAYS = 7
MOST_CAMERAS = MAX_CAMERA_DAYS // DAYS


def proposal_try(*, user: User, rule: Rule, document: str) -> Backtest:
    """Have a proposed text tried on the last days, on those of the rule's cameras with the most verdicts.

    Raises:
        ForbiddenError, InvalidError, ConflictError: as for ``backtest_ask``.
    """
    judged = Event.objects.filter(rule=rule).exclude(verdict=Verdict.UNREVIEWED).order_by()
    verdicts = dict(judged.values_list("camera").annotate(Count("id")))
    cameras = sorted(cameras_visible_to(user).filter(rules=rule), key=lambda each: (-verdicts.get(each.id, 0), each.id))
    now = timezone.now()
    period = Period(now - timedelta(days=DAYS), now)
    return backtest_ask(user=user, rule=rule, cameras=cameras[:MOST_CAMERAS], period=period, document=document)


def proposal_trial(user: User, rule: Rule, document: str) -> Backtest | None:
    """The newest back-test of exactly this text."""
    return backtests_visible_to(user).filter(rule=rule, document=document).first()
