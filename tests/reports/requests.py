"""Asking for reports over one July week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reports.building import report_build
from reports.models import Run
from reports.periods import period_of_days
from reports.requests import ReportRequest
from reports.services import report_request
from tests.alerts.scenes import AT
from vms.accounts.models import User

BERLIN = ZoneInfo("Europe/Berlin")
START, END = period_of_days(date(2026, 7, 13), date(2026, 7, 19), BERLIN)
LATER = AT + timedelta(hours=5)
BEFORE = datetime(2026, 7, 12, 21, 59, 59, tzinfo=UTC)
"""The last second before the week begins in Berlin."""


def ask(user: User, *, formats: Sequence[str] = ("csv",), **more: object) -> Run:
    values: dict[str, object] = {"title": "A week", "period_start": START, "period_end": END, "formats": formats}
    return report_request(user=user, request=ReportRequest(**(values | more)))  # type: ignore[arg-type]


def built(run: Run) -> Run:
    done = report_build(run_id=run.id)
    assert done is not None
    return done
