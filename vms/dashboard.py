"""What the first page says of the last day and of now, over the cameras that the user sees."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Case, Count, DateTimeField, F, Func, QuerySet, Value, When
from django.utils import dateformat, timezone
from django.utils.translation import gettext, ngettext

from cameras.choices import HealthState
from cameras.listing import LIVE, CameraStanding, camera_standing, state_counts
from cameras.models import Camera
from cameras.selectors import cameras_visible_to, sites_visible_to
from events.choices import Severity
from events.models import Event
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.storage.space import storage_space
from workers.choices import DeadLetterState, NodeState
from workers.selectors import dead_letters_visible_to, nodes_visible_to
from workers.standings import NodeStanding, node_standings

HOURS = 24
ROWS = 6
TROUBLE = (HealthState.OFFLINE, HealthState.FROZEN, HealthState.DEGRADED)
Numbered = tuple[int, str, int]
"""Id, name and number of a rule's or camera's events."""
COUNTS = """
WITH whole AS (
    SELECT hour, severity, rule_id, camera_id, sum(number)::int AS number FROM ({parts}) AS part
    GROUP BY GROUPING SETS ((hour, severity), (rule_id), (camera_id))
)
SELECT hour, severity, rule_id, rule.name, camera_id, camera.name, number
FROM whole LEFT JOIN rules_rule AS rule ON rule.id = rule_id LEFT JOIN cameras_camera AS camera ON camera.id = camera_id
"""
HOUR = timedelta(hours=1)
LOST_NODES = frozenset({NodeState.SILENT, NodeState.TAKEN_OUT})


@dataclass(frozen=True, slots=True)
class HourBar:
    x: int
    label: str
    words: str
    numbers: Mapping[str, int]
    """By severity, all of them."""

    @property
    def number(self) -> int:
        return sum(self.numbers.values())


@dataclass(frozen=True, slots=True)
class Ranked:
    """One line of a list by number; ``share`` of the largest, in percent."""

    id: int
    name: str
    number: int
    share: int


@dataclass(frozen=True, slots=True)
class Delay:
    """How old the newest picture of a camera was when its worker told of it, in seconds."""

    typical: float
    worst: float
    camera: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """``share``: frames that are asked for, of those that the working workers can look at; None: not measured."""

    working: int
    total: int
    share: float | None
    lost: tuple[str, ...]


def day_context(user: User) -> dict[str, Any]:
    """The events of the last 24 hours by hour and severity, by rule and by camera."""
    zone = dashboard_zone(user)
    end = timezone.now()
    # In UTC: a local hour that the clock change doubles or leaves out would be counted twice or missed.
    start = (end - timedelta(hours=HOURS - 1)).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    events = events_visible_to(user).filter(started_at__gte=start, started_at__lte=end).order_by()
    counts, by_rule, by_camera = _counted(events, start)
    hours = hour_bars(counts, start, zone)
    return {
        "hours": hours,
        "hour_paths": bar_paths(hours),
        "hours_words": "; ".join(bar.words for bar in hours if bar.number) or gettext("No events."),
        "hours_most": max(bar.number for bar in hours),
        "event_total": sum(counts.values()),
        "event_counts": [
            (severity, sum(number for (_, of), number in counts.items() if of == severity))
            for severity in reversed(Severity)
        ],
        "by_rule": _ranked(by_rule),
        "by_camera": _ranked(by_camera),
        "zone": zone.key,
    }


def dashboard_zone(user: User) -> ZoneInfo:
    """The user's own time zone; else that of their sites, where they share one."""
    if user.time_zone:
        return ZoneInfo(user.time_zone)
    zones = set(sites_visible_to(user).order_by().values_list("time_zone", flat=True))
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def hour_bars(counts: Mapping[tuple[datetime, str], int], start: datetime, zone: ZoneInfo) -> list[HourBar]:
    """A column for each of the hours from ``start``, told in ``zone``."""
    hours = [start + timedelta(hours=number) for number in range(HOURS)]
    by_hour = [{severity: counts.get((hour, severity), 0) for severity in Severity.values} for hour in hours]
    local = [hour.astimezone(zone) for hour in hours]
    return [_bar(index, hour, numbers) for index, (hour, numbers) in enumerate(zip(local, by_hour, strict=True))]


def _bar(index: int, hour: datetime, numbers: dict[str, int]) -> HourBar:
    total = sum(numbers.values())
    words = ngettext("%(hour)s: %(total)s event", "%(hour)s: %(total)s events", total)
    words %= {"hour": dateformat.format(hour, "D H:i"), "total": total}
    return HourBar(index, f"{hour:%H}", words, numbers)


def bar_paths(bars: Sequence[HourBar]) -> dict[str, str]:
    """By severity, its part of each column as an SVG outline: a column is one wide and at most 100 high, the gravest
    events stand at its foot.
    """
    most = max(bar.number for bar in bars) or 1
    paths: dict[str, str] = {}
    for bar in bars:
        foot = 100.0
        for severity in Severity.values[::-1]:
            if height := bar.numbers[severity] / most * 100:
                foot -= height
                paths[severity] = paths.get(severity, "") + f"M{bar.x}.12 {foot:.2f}h.76v{height:.2f}h-.76z"
    return paths


def _counted(
    events: QuerySet[Event], start: datetime
) -> tuple[dict[tuple[datetime, str], int], list[Numbered], list[Numbered]]:
    """How many there are by hour and severity, by rule and by camera: each is read once and counted once, and what
    they have in common is added up.
    """
    slot = Func(Value(HOUR), F("started_at"), Value(start), function="date_bin", output_field=DateTimeField())
    parts = events.annotate(hour=slot).values("hour", "severity", "rule_id", "camera_id").annotate(number=Count("*"))
    sql, parameters = parts.query.sql_with_params()
    hours: dict[tuple[datetime, str], int] = {}
    by_rule: list[Numbered] = []
    by_camera: list[Numbered] = []
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(parts=sql), parameters)
        for hour, severity, rule_id, rule, camera_id, camera, number in cursor:
            if hour is not None:
                hours[hour, severity] = number
            elif rule_id is not None:
                by_rule.append((rule_id, rule, number))
            else:
                by_camera.append((camera_id, camera, number))
    return hours, by_rule, by_camera


def _ranked(rows: list[Numbered]) -> list[Ranked]:
    """Those with the highest numbers; of equals the first by name."""
    rows = sorted(rows, key=lambda row: (-row[2], row[1]))[:ROWS]
    most = max((number for _, _, number in rows), default=1)
    return [Ranked(identity, label, number, round(number / most * 100)) for identity, label, number in rows]


def now_context(user: User) -> dict[str, Any]:
    """How cameras, workers and storage do now, and what of it needs somebody."""
    states = state_counts(user)
    nodes = node_standings(nodes_visible_to(user)) if user.is_supervisor else []
    return {
        "states": states,
        "camera_total": sum(number for _, _, number in states),
        "trouble": _trouble(user),
        "trouble_total": sum(number for state, _, number in states if state in TROUBLE),
        "delay": _delay(user),
        "capacity": _capacity(nodes) if user.is_supervisor else None,
        "space": storage_space() if user.is_supervisor else None,
        "letter_total": dead_letters_visible_to(user).filter(state=DeadLetterState.KEPT).count()
        if user.is_supervisor
        else 0,
    }


def _trouble(user: User) -> list[tuple[Camera, CameraStanding]]:
    """The cameras that see nothing, or not all: the worst first, of those the ones that began last."""
    cameras = cameras_visible_to(user).filter(LIVE, health__state__in=TROUBLE).select_related("health")
    rank = Case(*(When(health__state=state, then=number) for number, state in enumerate(TROUBLE)), default=len(TROUBLE))
    return [(camera, camera_standing(camera)) for camera in cameras.order_by(rank, "-health__since", "id")[:ROWS]]


def _delay(user: User) -> Delay | None:
    told = cameras_visible_to(user).filter(LIVE, health__state=HealthState.ONLINE).order_by()
    delays = [
        (max(0.0, (reported_at - frame_at).total_seconds()), name)
        for reported_at, frame_at, name in told.values_list("health__reported_at", "health__frame_at", "name")
        if reported_at is not None and frame_at is not None
    ]
    if not delays:
        return None
    worst, camera = max(delays)
    return Delay(statistics.median(delay for delay, _ in delays), worst, camera)


def _capacity(standings: Sequence[NodeStanding]) -> Capacity:
    known = [standing for standing in standings if standing.state not in (NodeState.OFF, NodeState.NEW)]
    working = [standing for standing in known if standing.state not in LOST_NODES]
    measured = [standing for standing in working if standing.load is not None]
    room = sum(standing.frames_per_second for standing in measured)
    asked = sum(standing.load.frames_asked_per_second for standing in measured if standing.load is not None)
    lost = tuple(standing.node.name for standing in known if standing.state in LOST_NODES)
    return Capacity(len(working), len(known), asked / room if room else None, lost)
