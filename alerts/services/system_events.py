"""Troubles of the platform itself: noted when they begin, alerts with them, and over when they end.

One at most is open for each subject. Whoever settles a category holds its lock until the end of the transaction, so
that of two sweepers one begins or ends a trouble and the other finds it done.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from alerts.choices import AlertState, ChangeKind, SystemCategory
from alerts.matching import severity_of
from alerts.models import UNDECIDED, Alert, AlertPolicy, SystemEvent
from alerts.schedule import Schedule
from alerts.selectors import policies_about
from alerts.services.lifecycle import AT_REST, change_note
from alerts.services.raising import alerts_tell
from events.choices import SEVERITY_RANK, Severity

LOCKS = 0x5973_0000
"""Above any number that the keys of groups are likely to be; each category has its own."""
CALM = {SystemCategory.NODE_LOST: timedelta(seconds=60), SystemCategory.DISK: timedelta(seconds=60)}
"""How long nothing must be wrong before it is over: what comes and goes is one trouble."""
OVER = _("It is over.")
WORSE = _("It became worse.")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now."""

    subject: str
    name: str
    severity: Severity
    message: str


@transaction.atomic
def system_events_settle(
    *, category: SystemCategory, findings: Sequence[Finding], unknown: Collection[str] = ()
) -> None:
    """Begin what is wrong and not noted yet, and end what is noted and no longer wrong; asked again, nothing changes.

    ``unknown``: subjects of which nobody can tell now; they stay as they are.
    """
    _lock(category)
    now = timezone.now()
    open_ones = SystemEvent.objects.filter(category=category, ended_at=None)
    going_on = {event.subject: event for event in open_ones}
    for finding in findings:
        event = going_on.pop(finding.subject, None)
        if event is None:
            _begin(category, finding, now)
        else:
            _go_on(event, finding, now)
    for event in going_on.values():
        if event.subject not in unknown:
            _calm_down(event, now)


def _lock(category: SystemCategory) -> None:
    with connection.cursor() as cursor:
        number = LOCKS + SystemCategory.values.index(category)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _begin(category: SystemCategory, finding: Finding, now: datetime) -> None:
    event = SystemEvent.objects.create(
        category=category,
        subject=finding.subject,
        name=finding.name,
        severity=finding.severity,
        message=finding.message[:500],
        started_at=now,
    )
    alerts = [_alert(policy, event) for policy in policies_about(event) if _in_schedule(policy, now)]
    Alert.objects.bulk_create(alerts)
    if alerts:
        alerts_tell(alerts)


def _alert(policy: AlertPolicy, event: SystemEvent) -> Alert:
    return Alert(
        policy=policy,
        system_event=event,
        system_category=event.category,
        severity=severity_of(policy, event),
        first_event_at=event.started_at,
        last_event_at=event.started_at,
    )


def _in_schedule(policy: AlertPolicy, now: datetime) -> bool:
    """On the platform's own clock: it has no site, and so no holidays."""
    if policy.schedule is None:
        return True
    return Schedule.model_validate(policy.schedule).holds(now, ZoneInfo(settings.TIME_ZONE), set())


def _go_on(event: SystemEvent, finding: Finding, now: datetime) -> None:
    if SEVERITY_RANK[finding.severity] > SEVERITY_RANK[event.severity]:
        _end(event, now, WORSE)
        _begin(SystemCategory(event.category), finding, now)
    elif event.calm_since is not None or event.message != finding.message[:500]:
        event.message, event.calm_since = finding.message[:500], None
        event.save(update_fields=["message", "calm_since"])


def _calm_down(event: SystemEvent, now: datetime) -> None:
    calm = CALM.get(SystemCategory(event.category), timedelta())
    if (event.calm_since or now) + calm <= now:
        _end(event, now, OVER)
    elif event.calm_since is None:
        event.calm_since = now
        event.save(update_fields=["calm_since"])


def _end(event: SystemEvent, now: datetime, note: str) -> None:
    event.ended_at = now
    event.save(update_fields=["ended_at"])
    for alert in event.alerts.filter(state__in=UNDECIDED).select_related("policy", "acknowledged_by"):
        mine = Alert.objects.filter(id=alert.id, state__in=UNDECIDED)
        if mine.update(state=AlertState.RESOLVED, resolved_at=now, **AT_REST):
            alert.state, alert.system_event = AlertState.RESOLVED, event
            change_note(alert, ChangeKind.RESOLVED, actor=None, note=note)
