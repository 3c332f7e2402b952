"""What a policy says about one event, and which events belong together: no queries, so that drafts can be tried."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError as ShapeError

from alerts.choices import GroupBy
from alerts.models import AlertPolicy, SystemEvent
from alerts.schedule import Schedule
from events.choices import SEVERITY_RANK
from events.models import Event
from rules.engine.schema import RuleSpec

ZONE_WORDS = frozenset({"zone", "line", "area"})


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What policies ask about an event."""

    event: Event
    tags: frozenset[str]
    zones: frozenset[str]


def facts_of(event: Event, spec: Mapping[str, Any] | None) -> EventFacts:
    """``spec``: the stored version of the event's rule, where there is one."""
    zones = frozenset(_named_zones(event.evidence)) or _zones_of_rule(event, spec)
    return EventFacts(event, tags=frozenset((spec or {}).get("tags", ())), zones=zones)


def is_wanted(policy: AlertPolicy, facts: EventFacts) -> bool:
    """Whether the policy takes the event by class, zone, tag and schedule; its lists of rows are the database's."""
    if policy.classes and facts.event.class_name.casefold() not in {name.casefold() for name in policy.classes}:
        return False
    if policy.zones and not facts.zones & set(policy.zones):
        return False
    if policy.tags and not facts.tags & set(policy.tags):
        return False
    if SEVERITY_RANK[facts.event.severity] < SEVERITY_RANK[policy.least_severity]:
        return False
    return policy.schedule is None or _holds(Schedule.model_validate(policy.schedule), facts.event)


def severity_of(policy: AlertPolicy, event: Event | SystemEvent) -> str:
    mapped: str = policy.severity_map.get(event.severity, event.severity)
    return policy.severity or mapped


def group_key(policy: AlertPolicy, facts: EventFacts) -> str:
    """The same for events that raise one alert together. An alert's severity is never changed by a repeat."""
    event = facts.event
    values: dict[str, object] = {
        GroupBy.SITE: event.camera.site_id,
        GroupBy.CAMERA: event.camera_id,
        GroupBy.RULE: event.rule_id,
        GroupBy.ZONE: sorted(facts.zones),
        GroupBy.CLASS: event.class_name,
    }
    parts = [(name, values[name]) for name in GroupBy.values if name in policy.group_by]
    text = repr((policy.pk, severity_of(policy, event), parts)) + ("late" if _is_late(policy, event) else "")
    return hashlib.blake2b(text.encode(), digest_size=24).hexdigest()


def _is_late(policy: AlertPolicy, event: Event) -> bool:
    """Told so late that it is no repeat of what happens now. Kept apart, since an alert collects for one time only:

    of a camera whose worker catches up while it watches, every other event would begin a new alert. A threshold
    counts late events with the others.
    """
    span = timedelta(minutes=policy.group_minutes)
    return bool(span) and policy.threshold_count <= 1 and event.received_at - event.started_at > span


def is_repeat(at: datetime, first: datetime, last: datetime, minutes: int) -> bool:
    """Whether an event belongs to an alert whose events span ``first`` to ``last``; late ones may come out of order."""
    span = timedelta(minutes=minutes)
    return minutes > 0 and first - span <= at <= last + span


def is_enough(times: Iterable[datetime], at: datetime, count: int, span: timedelta) -> bool:
    """Whether some ``span`` of time that holds ``at`` holds ``count`` of ``times``, in whatever order they came."""
    near = sorted(time for time in times if at - span <= time <= at + span)
    if len(near) < count:
        return False
    for start in near:
        inside = bisect_right(near, start + span) - bisect_left(near, start)
        if start <= at <= start + span and inside >= count:
            return True
    return False


def _holds(schedule: Schedule, event: Event) -> bool:
    site = event.camera.site
    holidays = {date.fromisoformat(day) for day in site.holidays} if schedule.holidays != "as_usual" else set()
    return schedule.holds(event.started_at, ZoneInfo(site.time_zone), holidays)


def _named_zones(evidence: object) -> Iterable[str]:
    """The zones and lines that the evidence names: those where it happened, of all that the rule knows."""
    if isinstance(evidence, Mapping):
        for name, value in evidence.items():
            if name in ZONE_WORDS and isinstance(value, str):
                yield value
            else:
                yield from _named_zones(value)
    elif isinstance(evidence, list):
        for value in evidence:
            yield from _named_zones(value)


def _zones_of_rule(event: Event, spec: Mapping[str, Any] | None) -> frozenset[str]:
    if spec is None:
        return frozenset()
    try:
        return RuleSpec.model_validate(spec).on_camera(event.camera.name).zone_names()
    except ShapeError:  # a document of another time: the policy then knows no zone of it
        return frozenset()
