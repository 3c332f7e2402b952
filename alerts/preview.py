"""What a policy would have done with the events of the last days, before it is saved: counted, nothing is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from alerts.choices import PolicyAbout
from alerts.matching import EventFacts, facts_of, group_key, is_enough, is_repeat, is_wanted, severity_of
from alerts.models import AlertPolicy
from cameras.models import Camera, CameraGroup, Site
from events.choices import SEVERITY_RANK, Severity
from events.models import Event
from events.selectors import events_visible_to
from rules.models import Rule, RuleVersion
from vms.accounts.models import User

PERIOD = timedelta(days=7)
MOST_EVENTS = 20_000
MOST_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that need not be stored, with the rows that it chooses."""

    policy: AlertPolicy
    sites: Collection[Site] = ()
    cameras: Collection[Camera] = ()
    camera_groups: Collection[CameraGroup] = ()
    rules: Collection[Rule] = ()


@dataclass
class WouldBe:
    """An alert that there would have been."""

    event: Event
    severity: str
    first: datetime
    last: datetime
    count: int = 0
    told_alone: bool = True

    @property
    def severity_label(self) -> str:
        return str(Severity(self.severity).label)


@dataclass
class Preview:
    """``events`` fit the policy; ``waiting`` of them are too few for an alert; ``cut``: there were more to look at."""

    looked_at: int = 0
    events: int = 0
    waiting: int = 0
    cut: bool = False
    alerts: list[WouldBe] = field(default_factory=list)

    @property
    def repeats(self) -> int:
        return self.events - self.waiting - len(self.alerts)

    @property
    def alone(self) -> int:
        return sum(alert.told_alone for alert in self.alerts)

    @property
    def in_digests(self) -> int:
        return len(self.alerts) - self.alone

    @property
    def days(self) -> list[tuple[date, int]]:
        """Alerts by the days of their sites, the newest first."""
        counts: dict[date, int] = {}
        for alert in self.alerts:
            day = alert.event.started_at.astimezone(ZoneInfo(alert.event.camera.site.time_zone)).date()
            counts[day] = counts.get(day, 0) + 1
        return sorted(counts.items(), reverse=True)

    @property
    def newest(self) -> list[WouldBe]:
        return sorted(self.alerts, key=lambda alert: alert.first, reverse=True)[:MOST_SHOWN]


def policy_preview(*, user: User, draft: Draft) -> Preview:
    """Try the draft on those events of the last seven days that the user may see."""
    events = list(_events(user, draft).order_by("-started_at")[: MOST_EVENTS + 1])
    result = Preview(looked_at=min(len(events), MOST_EVENTS), cut=len(events) > MOST_EVENTS)
    specs = _specs(events)
    groups: dict[str, _Group] = {}
    for event in reversed(events[:MOST_EVENTS]):
        facts = facts_of(event, specs.get((event.rule_id, event.rule_version)))
        if is_wanted(draft.policy, facts):
            result.events += 1
            groups.setdefault(group_key(draft.policy, facts), _Group(draft.policy)).take(facts, result)
    result.waiting = sum(group.waiting for group in groups.values())
    _limit(draft.policy, result.alerts)
    return result


class _Group:
    """The events of one key, in the order of their times."""

    def __init__(self, policy: AlertPolicy) -> None:
        self.policy = policy
        self.span = timedelta(seconds=policy.threshold_seconds)
        self.current: WouldBe | None = None
        self.near: list[Event] = []
        self.waiting = 0

    def take(self, facts: EventFacts, result: Preview) -> None:
        event, now = facts.event, self.current
        if now is not None and is_repeat(event.started_at, now.first, now.last, self.policy.group_minutes):
            now.count, now.last = now.count + 1, max(now.last, event.started_at)
            return
        self.waiting += 1
        self.near = [*(other for other in self.near if event.started_at - other.started_at <= self.span), event]
        times = [other.started_at for other in self.near]
        if not is_enough(times, event.started_at, self.policy.threshold_count, self.span):
            return
        self.waiting -= len(times)
        self.near = []
        self.current = WouldBe(event, severity_of(self.policy, event), min(times), max(times), count=len(times))
        result.alerts.append(self.current)


def _limit(policy: AlertPolicy, alerts: Iterable[WouldBe]) -> None:
    """As ``alerts.limits`` would have, had they come when they happened."""
    if not policy.limit_alerts:
        return
    most, rate = float(policy.limit_alerts), policy.limit_alerts / (policy.limit_minutes * 60)
    tokens, before = most, None
    for alert in sorted(alerts, key=lambda alert: alert.event.started_at):
        at = alert.event.started_at
        tokens = min(most, tokens + rate * (at - (before or at)).total_seconds())
        alert.told_alone, before = tokens >= 1, at
        tokens -= alert.told_alone


def _events(user: User, draft: Draft) -> QuerySet[Event]:
    if draft.policy.about == PolicyAbout.SYSTEM:
        return Event.objects.none()
    least = SEVERITY_RANK[draft.policy.least_severity]
    events = events_visible_to(user).filter(started_at__gte=timezone.now() - PERIOD, severity_rank__gte=least)
    if draft.sites or draft.cameras or draft.camera_groups:
        grouped = Camera.objects.filter(groups__in=draft.camera_groups)
        chosen = Q(camera__site__in=draft.sites) | Q(camera__in=draft.cameras) | Q(camera__in=grouped)
        events = events.filter(chosen)
    return events.filter(rule__in=draft.rules) if draft.rules else events


def _specs(events: Iterable[Event]) -> Mapping[tuple[int, int], dict[str, Any]]:
    rows = RuleVersion.objects.filter(rule__in={event.rule_id for event in events})
    return {(rule_id, number): spec for rule_id, number, spec in rows.values_list("rule", "number", "spec")}
