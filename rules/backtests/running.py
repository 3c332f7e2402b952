"""Doing a back-test: camera by camera, each kept as soon as it is done."""

from __future__ import annotations

import uuid
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from cameras.selectors import cameras_visible_to
from rules.backtests.measuring import NOT_VISIBLE, Found, Trial, camera_measure
from rules.backtests.results import CameraResult
from rules.backtests.selectors import backtests_due
from rules.choices import BacktestState
from rules.models import Backtest, BacktestCamera, BacktestHit
from vms.work_leases import WorkLease, WorkLostError, work_claim, work_stuck

log = structlog.get_logger(__name__)

MOST_HITS_A_CAMERA = 300
KEEP_DAYS = 30
WENT_WRONG = _("Something went wrong while the rule was tried. It was begun %(attempts)s times.")
WORKER_ENDED = _("The worker ended each time while it tried the rule. Ask for fewer days or cameras.")


def backtest_run(*, backtest_id: uuid.UUID) -> None:
    """Do what is left of a back-test if it is due. A failure leaves it for a later attempt; the last one fails it."""
    lease = _claim(backtest_id)
    if lease is None:
        return
    try:
        _run(Backtest.objects.select_related("rule", "asked_by").get(id=backtest_id), lease)
    except WorkLostError:
        log.info("backtest.lease_lost", backtest=str(backtest_id))
    except Exception:  # the edge of the process: it must not stay behind as "being tried"
        log.exception("backtest.failed", backtest=str(backtest_id), attempt=lease.attempt)
        lease.set_back(WENT_WRONG % {"attempts": lease.attempt})


def backtests_sweep() -> None:
    """Fail what was begun as often as is allowed and never came back, and remove what is old."""
    now = timezone.now()
    stuck = work_stuck(backtests_due())
    stuck.update(state=BacktestState.FAILED, error=WORKER_ENDED, next_attempt_at=None, finished_at=now)
    Backtest.objects.filter(finished_at__lt=now - timedelta(days=KEEP_DAYS)).delete()


def _claim(backtest_id: uuid.UUID) -> WorkLease | None:
    """One at a time, since it keeps a core busy that alerts need too; the sweeper comes back for the others."""
    busy = Backtest.objects.filter(state=BacktestState.RUNNING, next_attempt_at__gt=Now())
    return None if busy.exclude(id=backtest_id).exists() else work_claim(backtests_due(), backtest_id)


def _run(backtest: Backtest, lease: WorkLease) -> None:
    trial = Trial(backtest.parsed, backtest.rule, backtest.asked_by, backtest.period_start, backtest.period_end)
    parts = list(backtest.cameras.select_related("camera__site"))
    for number, part in enumerate(parts):
        if part.done_at is None:
            _camera(trial, part, lease, number, len(parts))
    lease.update(
        state=BacktestState.DONE, progress_percent=100, finished_at=timezone.now(), next_attempt_at=None, error=""
    )


def _camera(trial: Trial, part: BacktestCamera, lease: WorkLease, number: int, count: int) -> None:
    def beat(share: float) -> None:
        percent = int(100 * (number + share) / count)
        lease.beat(progress_percent=min(99, max(0, percent)))

    if cameras_visible_to(trial.user).filter(id=part.camera_id).exists():
        result, found = camera_measure(trial, part.camera, beat)
    else:
        result, found = CameraResult(reason=NOT_VISIBLE), []
    shown = _shown(found)
    result.not_shown = len(found) - len(shown)
    with transaction.atomic():
        lease.update(progress_percent=min(99, 100 * (number + 1) // count))
        BacktestHit.objects.bulk_create([_row(part, each) for each in shown])
        part.done_at, part.result = timezone.now(), result.model_dump(mode="json")
        part.save(update_fields=["done_at", "result"])


def _shown(found: list[Found]) -> list[Found]:
    """All, or as many of each kind as there is room for, spread over the time."""
    if len(found) <= MOST_HITS_A_CAMERA:
        return found
    return [found[number * len(found) // MOST_HITS_A_CAMERA] for number in range(MOST_HITS_A_CAMERA)]


def _row(part: BacktestCamera, found: Found) -> BacktestHit:
    return BacktestHit(
        part=part,
        kind=found.kind,
        started_at=found.started_at,
        ended_at=found.ended_at,
        track_id=found.track_id,
        class_name=found.class_name[:64],
        confidence=found.confidence,
        box_xyxy=found.box_xyxy,
        evidence=found.evidence,
        event=found.event,
    )
