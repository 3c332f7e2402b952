"""Reading the coverage ledger: what a camera saw of a period, as spans, minutes and a share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import (
    Case,
    CharField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least

from cameras.choices import CoverageState
from cameras.models import Camera, CoverageSpan
from cameras.services.conditions import OFF_REASONS

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes in a row that are alike, cut to the period that was asked for."""

    state: str
    reason: str
    started_at: datetime
    ended_at: datetime

    @property
    def minutes(self) -> int:
        return round((self.ended_at - self.started_at) / MINUTE)

    @property
    def is_off(self) -> bool:
        return self.reason in OFF_REASONS


class Stretch(NamedTuple):
    """A span without its reason. ``kind``: its state, or ``off``; begin and length are minutes of the period."""

    kind: str
    begin: float
    length: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """The minutes of a period by state. Minutes in which the camera was switched off on purpose stand apart."""

    analysed: int = 0
    degraded: int = 0
    blind: int = 0
    switched_off: int = 0

    @property
    def share(self) -> float | None:
        """Minutes analysed, of those in which the camera was to be watched; None where there was none."""
        wanted = self.analysed + self.degraded + self.blind
        return self.analysed / wanted if wanted else None


def coverage_spans(camera: Camera, start: datetime, end: datetime) -> list[Span]:
    """The ledger of the period, oldest first. The last minute or two may not stand in it yet."""
    return [
        Span(span.state, span.reason, max(span.started_at, start), min(span.ended_at, end))
        for span in _within(start, end).filter(camera=camera).order_by("started_at")
    ]


def coverage_spans_of(camera_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Span]]:
    """The ledgers of many cameras by one query, each oldest first; a camera without any is left out."""
    found: dict[int, list[Span]] = {}
    rows = _within(start, end).filter(camera__in=list(camera_ids)).order_by("camera_id", "started_at")
    for camera_id, state, reason, begin, finish in rows.values_list(
        "camera_id", "state", "reason", "started_at", "ended_at"
    ):
        found.setdefault(camera_id, []).append(Span(state, reason, max(begin, start), min(finish, end)))
    return found


def coverage_stretches_of(camera_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Stretch]]:
    """The same, measured by the database: a list of cameras draws and adds up a thousand of them."""
    kind = Case(When(reason__in=OFF_REASONS, then=Value("off")), default=F("state"), output_field=CharField())
    began, ended = Greatest("started_at", start), Least("ended_at", end)
    rows = _within(start, end).filter(camera__in=list(camera_ids)).order_by("camera_id", "started_at")
    measured = rows.annotate(kind=kind, begin=_minutes(began - Value(start)), length=_minutes(ended - began))
    found: dict[int, list[Stretch]] = {}
    for camera_id, *stretch in measured.values_list("camera_id", "kind", "begin", "length"):
        found.setdefault(camera_id, []).append(Stretch(*stretch))
    return found


def _minutes(span: Combinable) -> Func:
    template = "(EXTRACT(EPOCH FROM %(expressions)s) / 60)::float8"
    return Func(ExpressionWrapper(span, DurationField()), template=template, output_field=FloatField())


def coverage_of_spans(spans: Iterable[Span]) -> Coverage:
    minutes = dict.fromkeys([*CoverageState.values, "switched_off"], 0)
    for span in spans:
        minutes["switched_off" if span.is_off else span.state] += span.minutes
    return Coverage(**minutes)


def coverage_of_stretches(stretches: Iterable[Stretch]) -> Coverage:
    minutes = dict.fromkeys([*CoverageState.values, "off"], 0)
    for kind, _, length in stretches:
        minutes[kind] += round(length)
    return Coverage(switched_off=minutes.pop("off"), **minutes)


def _within(start: datetime, end: datetime) -> QuerySet[CoverageSpan]:
    return CoverageSpan.objects.filter(started_at__lt=end, ended_at__gt=start)
