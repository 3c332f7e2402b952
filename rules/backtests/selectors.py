"""Reading back-tests: everybody their own, admins all; of each only the cameras that the reader may view now."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from events.models import TrackLog
from rules.backtests.results import CameraResult, Tally
from rules.models import Backtest, BacktestCamera, BacktestHit
from rules.selectors import rules_visible_to
from vms.accounts.models import User
from vms.errors import NotFoundError


def backtests_visible_to(user: User | AnonymousUser) -> QuerySet[Backtest]:
    """``parts`` are those of cameras that the user may view."""
    if not isinstance(user, User) or not user.is_active:
        return Backtest.objects.none()
    parts = BacktestCamera.objects.filter(camera__in=cameras_visible_to(user)).select_related("camera__site")
    backtests = Backtest.objects.select_related("rule", "asked_by").prefetch_related(
        Prefetch("cameras", parts, to_attr="parts")
    )
    if user.is_admin:
        return backtests
    return backtests.filter(asked_by=user, rule__in=rules_visible_to(user).values("id"))


def backtest_get(user: User | AnonymousUser, backtest_id: uuid.UUID) -> Backtest:
    """One back-test.

    Raises:
        NotFoundError: there is none, it is another user's, or its rule is on none of the user's cameras.
    """
    backtest = backtests_visible_to(user).filter(id=backtest_id).first()
    if backtest is None:
        raise NotFoundError(_("There is no such back-test."))
    return backtest


def backtest_hits(user: User | AnonymousUser, backtest: Backtest) -> QuerySet[BacktestHit]:
    """In the order of time, those on cameras that the user may view."""
    cameras = cameras_visible_to(user)
    hits = BacktestHit.objects.filter(part__backtest=backtest, part__camera__in=cameras)
    return hits.select_related("part__camera", "event__clip")


def camera_results(backtest: Backtest) -> list[tuple[Camera, CameraResult | None]]:
    """By camera; None: not done yet. ``backtest`` comes from ``backtests_visible_to``."""
    parts: list[BacktestCamera] = backtest.parts  # type: ignore[attr-defined]  # prefetched there
    return [(part.camera, CameraResult.model_validate(part.result) if part.result else None) for part in parts]


def whole_result(backtest: Backtest) -> Tally:
    """The sum over the cameras that are done and that the reader may view."""
    return Tally.of(result for _, result in camera_results(backtest) if result is not None)


def backtests_due() -> QuerySet[Backtest]:
    """Never tried, to be tried again, or left behind by a worker that died."""
    return Backtest.objects.filter(next_attempt_at__lte=Now()).order_by("next_attempt_at")


def cameras_with_tracks(user: User | AnonymousUser) -> QuerySet[Camera]:
    """The user's cameras of which something is logged."""
    return cameras_visible_to(user).filter(id__in=TrackLog.objects.values("camera"))
