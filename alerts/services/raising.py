"""Raising alerts for events, in the transaction that stores the events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone

from alerts.live import alerts_updated
from alerts.matching import EventFacts, facts_of, is_wanted
from alerts.models import Alert, AlertPolicy
from alerts.selectors import policies_matching
from alerts.services.grouping import events_group
from alerts.services.queueing import Telling, deliveries_queue
from events.models import Event
from rules.models import RuleVersion
from vms.commits import after_commit

AUDIENCE = ("recipients", "on_call__turns__user", "endpoints")


def alert_raise_for_event(*, event: Event) -> list[Alert]:
    """``alerts_raise_for_events`` for one event."""
    return alerts_raise_for_events(events=[event])


def alerts_raise_for_events(*, events: Sequence[Event]) -> list[Alert]:
    """Raise the alerts that the policies ask for, or count the events in those that are there, and queue messages.

    Returns the new alerts. Call it in the transaction that stores the events: neither stands without the other.
    Several events in one transaction go in one call, so that groups are locked in one order. Asking again for the
    same event changes nothing. People are told after the commit.
    """
    matches = _matches(events)
    if not matches:
        return []
    with transaction.atomic():
        done = events_group(matches)
        if done.raised:
            alerts_tell(done.raised)
        after_commit(alerts_updated, [*done.raised, *done.repeated])
    return done.raised


def _matches(events: Sequence[Event]) -> list[tuple[AlertPolicy, EventFacts]]:
    asked = list(zip(events, policies_matching(events), strict=True)) if events else []
    specs = _specs([event for event, policies in asked if policies])
    matches: list[tuple[AlertPolicy, EventFacts]] = []
    for event, policies in asked:
        if policies:
            facts = facts_of(event, specs.get((event.rule_id, event.rule_version)))
            matches += [(policy, facts) for policy in policies if is_wanted(policy, facts)]
    return matches


def _specs(events: Iterable[Event]) -> dict[tuple[int, int], dict[str, object]]:
    wanted = {(event.rule_id, event.rule_version) for event in events}
    if not wanted:
        return {}
    either = Q()
    for rule_id, number in wanted:
        either |= Q(rule=rule_id, number=number)
    rows = RuleVersion.objects.filter(either).values_list("rule", "number", "spec")
    return {(rule_id, number): spec for rule_id, number, spec in rows}


def alerts_tell(alerts: Sequence[Alert]) -> None:
    """Queue the messages of alerts that were just raised, and note when the next ones are due."""
    policies = {alert.policy.id: alert.policy for alert in alerts}
    prefetch_related_objects(list(policies.values()), *AUDIENCE, "steps")
    now = timezone.now()
    for alert in alerts:
        alert.policy = policies[alert.policy.id]
        steps = alert.policy.steps.all()
        if steps:
            alert.next_escalation_at = now + timedelta(minutes=steps[0].after_minutes)
    Alert.objects.bulk_update(
        [alert for alert in alerts if alert.next_escalation_at is not None], ["next_escalation_at"]
    )
    deliveries_queue([Telling(alert, alert.policy) for alert in alerts])
