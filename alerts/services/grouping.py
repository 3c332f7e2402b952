"""Which alert an event goes to: one that collects already, a new one, or none yet.

Whoever decides holds the lock of the group until the end of the transaction, so that of a hundred events at the same
moment one raises the alert and ninety-nine are counted.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from alerts.matching import EventFacts, group_key, is_enough, is_repeat, severity_of
from alerts.models import Alert, AlertEvent, AlertPolicy, PolicyMatch
from events.models import Event

COUNTED = ("id", "event_count", "first_event_at", "last_event_at", "auto_resolve_at")
COUNT = """
UPDATE alerts_alert AS alert
SET event_count = told.event_count, first_event_at = told.first_event_at, last_event_at = told.last_event_at,
    auto_resolve_at = told.auto_resolve_at
FROM unnest(%s::uuid[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS told (id, event_count, first_event_at, last_event_at, auto_resolve_at)
WHERE alert.id = told.id
"""


@dataclass
class Group:
    """The events of one policy that have one key."""

    policy: AlertPolicy
    key: str
    events: list[Event] = field(default_factory=list)
    current: Alert | None = None


@dataclass
class Sorted:
    """What became of the events: new alerts with theirs, and known ones that took some in."""

    raised: list[Alert] = field(default_factory=list)
    repeated: list[Alert] = field(default_factory=list)
    closed: list[Alert] = field(default_factory=list)
    """Those that collect no more."""
    links: list[AlertEvent] = field(default_factory=list)


def events_group(matches: Iterable[tuple[AlertPolicy, EventFacts]]) -> Sorted:
    """Sort new events into alerts and store that. An event that a policy has had already changes nothing."""
    groups = _groups(matches)
    _lock(groups)
    _without_known(groups)
    _with_current(groups)
    done = Sorted()
    for group in groups:
        _sort_in(group, done)
    _store(done)
    Alert.objects.bulk_create(done.raised)
    AlertEvent.objects.bulk_create(done.links)
    return done


def _groups(matches: Iterable[tuple[AlertPolicy, EventFacts]]) -> list[Group]:
    groups: dict[str, Group] = {}
    for policy, facts in matches:
        key = group_key(policy, facts)
        groups.setdefault(key, Group(policy, key)).events.append(facts.event)
    return list(groups.values())


def _lock(groups: Sequence[Group]) -> None:
    """Always in the order of the numbers, so that two transactions with the same groups cannot block each other."""
    numbers = sorted({int(group.key[:15], 16) for group in groups})
    with connection.cursor() as cursor:
        # OFFSET keeps PostgreSQL from taking them in an order of its own.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(number) FROM"
            " (SELECT unnest(%s::bigint[]) AS number ORDER BY 1 OFFSET 0) AS numbers",
            [numbers],
        )


def _without_known(groups: Sequence[Group]) -> None:
    events = {event.id for group in groups for event in group.events}
    policies = {group.policy.id for group in groups}
    known = set(AlertEvent.objects.filter(event__in=events, policy__in=policies).values_list("policy_id", "event_id"))
    for group in groups:
        new = {event.id: event for event in group.events if (group.policy.id, event.id) not in known}
        group.events = sorted(new.values(), key=lambda event: (event.started_at, str(event.id)))


def _with_current(groups: Sequence[Group]) -> None:
    """Locked as well: whoever resolves one of them at this moment comes before or after."""
    keys = [group.key for group in groups if group.events]
    collecting = Alert.objects.filter(collecting=True, group_key__in=keys, policy__in={g.policy.id for g in groups})
    # With what open pages are told of it, so that this costs no more queries after the commit.
    shown = collecting.select_related("camera", "event", "acknowledged_by")
    found = {alert.group_key: alert for alert in shown.order_by("id").select_for_update(of=("self",))}
    for group in groups:
        group.current = found.get(group.key)
        if group.current is not None:
            group.current.policy = group.policy


def _sort_in(group: Group, done: Sorted) -> None:
    stored, before = group.current, len(done.links)
    for event, counted in _enough(group):
        if group.current is None or not _takes(group.current, event):
            if group.current is not None:  # the group goes on in another alert
                group.current.collecting = False
                done.closed.append(group.current)
            group.current = _new(group, event)
            done.raised.append(group.current)
        _count(group.current, event, counted, done)
    if stored is not None and any(link.alert is stored for link in done.links[before:]):
        done.repeated.append(stored)


def _takes(alert: Alert, event: Event) -> bool:
    first, last = alert.first_event_at or event.started_at, alert.last_event_at or event.started_at
    return is_repeat(event.started_at, first, last, alert.policy.group_minutes)


def _new(group: Group, event: Event) -> Alert:
    return Alert(
        policy=group.policy,
        event=event,
        camera=event.camera,
        severity=severity_of(group.policy, event),
        group_key=group.key,
        collecting=group.policy.group_minutes > 0,
        event_count=0,
    )


def _count(alert: Alert, event: Event, counted: Sequence[PolicyMatch], done: Sorted) -> None:
    """``counted``: with the event itself, those before it that made it enough."""
    moments = {event.id: event.started_at} | {match.event_id: match.at for match in counted}
    alert.event_count += len(moments)
    alert.first_event_at = min([*moments.values(), *filter(None, [alert.first_event_at])])
    alert.last_event_at = max([*moments.values(), *filter(None, [alert.last_event_at])])
    if alert.policy.auto_resolve_minutes:
        alert.auto_resolve_at = timezone.now() + timedelta(minutes=alert.policy.auto_resolve_minutes)
    done.links += [AlertEvent(alert=alert, event_id=event_id, policy=alert.policy) for event_id in moments]


def _store(done: Sorted) -> None:
    """The known alerts, before new ones take the places of those that collect no more."""
    if done.closed:
        Alert.objects.filter(id__in=[alert.id for alert in done.closed]).update(collecting=False)
    if done.repeated:
        columns = zip(*(tuple(getattr(alert, name) for name in COUNTED) for alert in done.repeated), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [list(column) for column in columns])


def _enough(group: Group) -> Iterable[tuple[Event, list[PolicyMatch]]]:
    """The events that count, each with the earlier ones that had to wait for it."""
    policy, span = group.policy, timedelta(seconds=group.policy.threshold_seconds)
    if policy.threshold_count <= 1:
        yield from ((event, []) for event in group.events)
        return
    waiting = _waiting(group)
    taken: set[uuid.UUID] = set()
    for event in group.events:
        if event.id in taken:
            continue
        near = [match for match in waiting if abs(match.at - event.started_at) <= span and match.event_id not in taken]
        if group.current is not None and _takes(group.current, event):
            near = []
        elif not is_enough((match.at for match in near), event.started_at, policy.threshold_count, span):
            continue
        taken |= {event.id, *(match.event_id for match in near)}
        yield event, near


def _waiting(group: Group) -> list[PolicyMatch]:
    """Note the events, and read all of the group that belong to no alert yet."""
    if not group.events:
        return []
    policy, span = group.policy, timedelta(seconds=group.policy.threshold_seconds)
    new = [PolicyMatch(policy=policy, group_key=group.key, event=event, at=event.started_at) for event in group.events]
    PolicyMatch.objects.bulk_create(new, ignore_conflicts=True)
    told = AlertEvent.objects.filter(policy=policy, event=OuterRef("event"))
    window = (group.events[0].started_at - span, group.events[-1].started_at + span)
    around = PolicyMatch.objects.filter(policy=policy, group_key=group.key, at__range=window)
    return list(around.filter(~Exists(told)).order_by("at", "event"))
