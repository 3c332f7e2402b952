"""When in a back-test's period zones and values were others than now, by which it tries a text."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain

from pydantic import ValidationError

from cameras.models import Camera
from cameras.models.zones import rule_shapes
from events.models import TrackLog
from rules.backtests.results import MOST_DIFFERING, Differing
from rules.engine.schema import RuleSpec
from rules.frozen import version_on_camera
from rules.models import Rule, RuleVersion
from workers.models import Job, StreamLease
from workers.runtime.contract import CameraConfig, GroundScale, RuleConfig, WallClock

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class ToldSpan:
    """What a worker was told, and from when to when it was so; None: it is so still."""

    config: CameraConfig
    start: datetime
    end: datetime | None


def differing(
    camera: Camera, spec: RuleSpec, rule: Rule | None, rows: Sequence[TrackLog], start: datetime, end: datetime
) -> list[Differing]:
    """In the order of time. ``spec``: as it is tried on the camera; ``rows``: the tracks that it is tried on."""
    now = _Now(camera, spec, rule)
    found: list[Differing] = []
    for told in sorted(chain(_of_streams(rows), _of_jobs(rows)), key=lambda each: each.start):
        first, last = max(told.start, start), min(told.end or end, end)
        difference = now.difference(told.config, first, last) if first < last else None
        if difference is None:
            continue
        if found and found[-1].end == first and found[-1].is_as(difference):
            difference = difference.model_copy(update={"start": found.pop().start})
        found.append(difference)
    return found[:MOST_DIFFERING]


class _Now:
    """How zones and values are, for one text on one camera."""

    def __init__(self, camera: Camera, spec: RuleSpec, rule: Rule | None) -> None:
        self._camera = camera
        self._rule = rule
        self._names = sorted(spec.zone_kinds())
        self._zones = {shape.name: shape for shape in rule_shapes(camera)}
        self._ground = GroundScale.model_validate(camera.calibration) if camera.calibration else None
        site = camera.site
        self._calendar = _calendar(WallClock(time_zone=site.time_zone, zero_ms=0, holidays=site.holidays))
        self._spec_of = lru_cache(maxsize=None)(self._read)

    def difference(self, then: CameraConfig, start: datetime, end: datetime) -> Differing | None:
        zones = {shape.name: shape for shape in then.zones}
        others = [name for name in self._names if zones.get(name) != self._zones.get(name)]
        # The scale and the clock were told only where a rule asked for them.
        has_scale = then.ground is not None and then.ground != self._ground
        has_calendar = then.clock is not None and _calendar(then.clock) != self._calendar
        live = next((each for each in then.rules if self._rule and each.rule_id == self._rule.id), None)
        found = Differing(
            start=start,
            end=end,
            zones=others,
            values=live is not None and self._has_other_values(live),
            scale=has_scale,
            calendar=has_calendar,
        )
        return found if found.is_any else None

    def _has_other_values(self, live: RuleConfig) -> bool:
        """Than the same version has on this camera now."""
        spec = self._spec_of(live.version)
        return spec is not None and spec.model_dump(mode="json") != live.spec.model_dump(mode="json")

    def _read(self, number: int) -> RuleSpec | None:
        version = RuleVersion.objects.filter(rule=self._rule, number=number).first()
        try:
            return version_on_camera(version, self._camera) if version else None
        except ValidationError:
            return None


def _calendar(clock: WallClock) -> tuple[str, tuple[date, ...]]:
    return clock.time_zone, clock.holidays


def _of_streams(rows: Iterable[TrackLog]) -> Iterator[ToldSpan]:
    zeros = {row.stream_id: row.starts_at - row.start_ms * MILLISECOND for row in rows if row.stream_id}
    leases = StreamLease.objects.filter(stream__in=zeros).exclude(told=None).select_related("told")
    for lease in leases.order_by("stream", "epoch"):
        assert lease.told is not None  # noqa: S101  asked for
        zero = zeros[lease.stream_id]
        end = None if lease.until_ms is None else zero + lease.until_ms * MILLISECOND
        yield from _spans(lease.told.config, zero + lease.from_ms * MILLISECOND, end)


def _of_jobs(rows: Iterable[TrackLog]) -> Iterator[ToldSpan]:
    times: dict[uuid.UUID, list[TrackLog]] = {}
    for row in rows:
        if row.job_id:
            times.setdefault(row.job_id, []).append(row)
    for job in Job.objects.filter(id__in=times).exclude(config=None):
        parts = times[job.id]
        yield from _spans(job.config, min(each.starts_at for each in parts), max(each.ends_at for each in parts))


def _spans(config: object, start: datetime, end: datetime | None) -> Iterator[ToldSpan]:
    """None of what this release cannot read."""
    try:
        yield ToldSpan(CameraConfig.model_validate(config), start, end)
    except ValidationError:
        return
