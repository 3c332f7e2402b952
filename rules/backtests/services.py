"""Asking for a back-test, and calling it off."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from rules.actors import run_backtest
from rules.backtests.selectors import backtest_get
from rules.choices import BacktestState
from rules.engine.schema import RuleSpec
from rules.models import Backtest, BacktestCamera, Rule, RuleVersion
from rules.services.versions import document_parse, version_read
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError, InvalidError
from vms.work_leases import UNFINISHED

MAX_DAYS = 31
MAX_CAMERA_DAYS = 200
MAX_WAITING = 3
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing was recorded before; dates near the year 1 leave the calendar once they are told in UTC."""


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` up to, not including, ``end``; both know their time zone."""

    start: datetime
    end: datetime


@transaction.atomic
def backtest_ask(
    *,
    user: User,
    rule: Rule,
    cameras: Sequence[Camera],
    period: Period,
    version: RuleVersion | None = None,
    document: str = "",
) -> Backtest:
    """Have a version of the rule, or a text that is none, tried on these cameras in the background.

    Whoever sees the rule may try its versions on their cameras; another text is for those who may write rules.

    Raises:
        ForbiddenError: a text of one's own, and the user is no admin.
        InvalidError: with a sentence for each thing that cannot be used.
        ConflictError: too many of the user's back-tests wait already.
    """
    spec, text = _tried(user, version, document)
    problems = {"cameras": _camera_problems(user, cameras), "period": _period_problems(period, len(cameras))}
    fields = {name: sentences for name, sentences in problems.items() if sentences}
    if fields:
        raise InvalidError(" ".join(sentence for group in fields.values() for sentence in group), fields=fields)
    _require_few_waiting(user)
    backtest = Backtest.objects.create(
        rule=rule,
        version=version.number if version else None,
        document=text,
        spec=spec.model_dump(mode="json"),
        asked_by=user,
        period_start=period.start,
        period_end=min(period.end, timezone.now()),
        time_zone=cameras[0].site.time_zone,
        next_attempt_at=timezone.now(),
    )
    BacktestCamera.objects.bulk_create([BacktestCamera(backtest=backtest, camera=camera) for camera in cameras])
    audit_record(actor=user, action="rule.tried", target=rule, version=backtest.version, cameras=len(cameras))
    after_commit(run_backtest.send, str(backtest.id))
    return backtest


@transaction.atomic
def backtest_cancel(*, user: User, backtest_id: uuid.UUID) -> Backtest:
    """Call it off; its worker notices within seconds. What was found already stays.

    Raises:
        NotFoundError: there is none, or it is another user's.
        ConflictError: it is over.
    """
    backtest = backtest_get(user, backtest_id)
    changed = Backtest.objects.filter(UNFINISHED, id=backtest.id).update(
        state=BacktestState.CANCELLED, next_attempt_at=None, finished_at=timezone.now()
    )
    if not changed:
        raise ConflictError(_("This back-test is over already."))
    audit_record(actor=user, action="rule.trial_cancelled", target=backtest.rule)
    return backtest_get(user, backtest_id)


def _require_few_waiting(user: User) -> None:
    if Backtest.objects.filter(UNFINISHED, asked_by=user).count() >= MAX_WAITING:
        raise ConflictError(
            _("%(number)s of your back-tests are under way already. Wait for one, or cancel one.")
            % {"number": MAX_WAITING}
        )


def _tried(user: User, version: RuleVersion | None, document: str) -> tuple[RuleSpec, str]:
    if version is None:
        admin_require(user)
        return document_parse(document), document
    try:
        # As workers have it: one that is in force runs on, even if its text would not be taken in any more.
        return version.parsed, version.document
    except ValidationError:
        return version_read(version), version.document


def _camera_problems(user: User, cameras: Sequence[Camera]) -> list[str]:
    """A camera that is not the user's is spoken of as if it did not exist."""
    ids = {camera.id for camera in cameras}
    if not ids:
        return [_("Choose at least one camera.")]
    if len(ids) != len(cameras):
        return [_("A camera is named twice.")]
    if cameras_visible_to(user).filter(id__in=ids).count() != len(ids):
        return [_("At least one of these cameras does not exist.")]
    return []


def _period_problems(period: Period, cameras: int) -> list[str]:
    if period.start.tzinfo is None or period.end.tzinfo is None:
        return [_("Say the period's times with their offset from UTC.")]
    if period.start < EARLIEST:
        return [_("The period must not begin before %(year)s.") % {"year": EARLIEST.year}]
    if period.end <= period.start:
        return [_("The period must end after it starts.")]
    length = period.end - period.start
    if length > timedelta(days=MAX_DAYS, hours=1):  # an hour more: clocks may have changed on the way
        return [_("The period is longer than %(days)s days.") % {"days": MAX_DAYS}]
    if length * cameras > timedelta(days=MAX_CAMERA_DAYS):
        return [
            _("At most %(days)s days of one camera can be tried at once, such as 7 days of 28 cameras.")
            % {"days": MAX_CAMERA_DAYS}
        ]
    return [_("The period lies in the future.")] if period.start >= timezone.now() else []
