"""What people do with an alert: each change is compare-and-set, noted in its history and told to open pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.choices import AlertState, ChangeKind
from alerts.live import alert_updated
from alerts.models import UNDECIDED, Alert, AlertChange, AlertEvent
from alerts.selectors import alert_get, alert_viewers, alerts_visible_to
from cameras.selectors import CameraPermission
from events.selectors import event_get
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError, InvalidError, NotFoundError

NOTE_MAX = 2000
SNOOZE_AT_MOST = timedelta(days=7)
AT_REST: dict[str, Any] = {
    "collecting": False,
    "snoozed_until": None,
    "next_escalation_at": None,
    "auto_resolve_at": None,
}
"""What a decided alert has no more."""


@transaction.atomic
def alert_acknowledge(*, user: User, alert_id: uuid.UUID, note: str = "") -> Alert:
    """Note that ``user`` has taken the alert in hand; it is not escalated any more.

    Raises:
        NotFoundError: there is none, or the user may not review its camera.
        ConflictError: somebody has acknowledged or decided it already; the message says who and when.
    """
    values = {"state": AlertState.ACKNOWLEDGED, "acknowledged_at": timezone.now(), "acknowledged_by": user}
    return _set(
        user,
        alert_id,
        [AlertState.OPEN],
        values | {"next_escalation_at": None, "snoozed_until": None},
        ChangeKind.ACKNOWLEDGED,
        note,
    )


@transaction.atomic
def alerts_acknowledge(*, user: User, alert_ids: Iterable[uuid.UUID]) -> list[Alert]:
    """Acknowledge several at once and return those that changed; what somebody acknowledged before stays theirs.

    Raises:
        NotFoundError: one of them is not there or not the user's to review; nothing is changed then.
    """
    wanted = set(alert_ids)
    mine = alerts_visible_to(user, CameraPermission.REVIEW).filter(id__in=wanted)
    if mine.count() != len(wanted):
        raise NotFoundError(_("At least one of these alerts does not exist. Nothing was acknowledged."))
    # Locked in the order of their ids, so that two people who acknowledge the same list cannot block each other.
    alerts = list(mine.filter(state=AlertState.OPEN).order_by("id").select_for_update(of=("self",)))
    now = timezone.now()
    for alert in alerts:
        alert.state, alert.acknowledged_at, alert.acknowledged_by = AlertState.ACKNOWLEDGED, now, user
        alert.next_escalation_at = alert.snoozed_until = None
    Alert.objects.bulk_update(
        alerts, ["state", "acknowledged_at", "acknowledged_by", "next_escalation_at", "snoozed_until"]
    )
    for alert in alerts:
        change_note(alert, ChangeKind.ACKNOWLEDGED, actor=user)
    return alerts


@transaction.atomic
def alert_resolve(*, user: User, alert_id: uuid.UUID, note: str = "", false: bool = False) -> Alert:
    """Decide the alert: dealt with, or a false alarm. Later events of its group raise a new one.

    Raises:
        NotFoundError, ConflictError: as for ``alert_acknowledge``.
    """
    state = AlertState.FALSE if false else AlertState.RESOLVED
    values = {"state": state, "resolved_at": timezone.now(), "resolved_by": user, **AT_REST}
    return _set(user, alert_id, UNDECIDED, values, ChangeKind(state.value), note)


@transaction.atomic
def alert_reopen(*, user: User, alert_id: uuid.UUID, note: str = "") -> Alert:
    """Take a decision back: the alert is open, and its escalation begins anew.

    Raises:
        NotFoundError, ConflictError: as for ``alert_acknowledge``; it is not decided.
    """
    now = timezone.now()
    first = alert_get(user, alert_id, CameraPermission.REVIEW).policy.steps.first()
    values: dict[str, Any] = {"state": AlertState.OPEN, "resolved_at": None, "resolved_by": None}
    values |= {"reopened_at": now, "times_reopened": F("times_reopened") + 1, "escalation_level": 0}
    values |= {"next_escalation_at": now + timedelta(minutes=first.after_minutes) if first else None}
    values |= {"acknowledged_at": None, "acknowledged_by": None}
    decided = [AlertState.RESOLVED, AlertState.FALSE]
    return _set(user, alert_id, decided, values, ChangeKind.REOPENED, note)


@transaction.atomic
def alert_assign(*, user: User, alert_id: uuid.UUID, assignee_id: int | None, note: str = "") -> Alert:
    """Say whose it is; None: nobody's.

    Raises:
        NotFoundError, ConflictError: as for ``alert_acknowledge``.
        InvalidError: the assignee may not review the camera.
    """
    alert = alert_get(user, alert_id, CameraPermission.REVIEW)
    assignee = None
    if assignee_id is not None:
        assignee = alert_viewers(alert, CameraPermission.REVIEW).filter(id=assignee_id).first()
        if assignee is None:
            raise InvalidError(_("This person may not review the camera, so the alert cannot be theirs."))
    words = _("to %(name)s") % {"name": assignee.get_username()} if assignee else _("to nobody")
    values = {"assigned_to": assignee}
    return _set(user, alert_id, UNDECIDED, values, ChangeKind.ASSIGNED, f"{words}. {note}".strip(". "))


@transaction.atomic
def alert_snooze(*, user: User, alert_id: uuid.UUID, until: datetime, note: str = "") -> Alert:
    """Put an open alert off: it leaves the inbox until then and is not escalated meanwhile.

    Raises:
        NotFoundError, ConflictError: as for ``alert_acknowledge``.
        InvalidError: the time is past or more than a week away.
    """
    now = timezone.now()
    if not now < until <= now + SNOOZE_AT_MOST:
        raise InvalidError(_("An alert can be put off until a time within the next 7 days."))
    alert = alert_get(user, alert_id, CameraPermission.REVIEW)
    at = until.astimezone(ZoneInfo(user.time_zone or alert.time_zone))
    words = _("until %(time)s") % {"time": f"{at:%Y-%m-%d %H:%M %Z}"} + f". {note}".rstrip(". ")
    return _set(user, alert_id, [AlertState.OPEN], {"snoozed_until": until}, ChangeKind.SNOOZED, words)


@transaction.atomic
def alert_comment(*, user: User, alert_id: uuid.UUID, note: str) -> AlertChange:
    """Write something under the alert, whatever its state.

    Raises:
        NotFoundError: there is none, or the user may not view its camera.
        InvalidError: there is no text.
    """
    if not note.strip():
        raise InvalidError(_("Write something first."), fields={"note": [_("Write something first.")]})
    return change_note(alert_get(user, alert_id), ChangeKind.COMMENT, actor=user, note=_sound(note))


@transaction.atomic
def alert_link(*, user: User, alert_id: uuid.UUID, event_id: uuid.UUID) -> AlertEvent:
    """Say that an event belongs to the alert.

    Raises:
        NotFoundError: the alert is not the user's to review, or the event not theirs to view.
        ConflictError: it belongs to it already.
    """
    alert = alert_get(user, alert_id, CameraPermission.REVIEW)
    event = event_get(user, event_id)
    link, is_new = AlertEvent.objects.get_or_create(alert=alert, event=event)
    if not is_new:
        raise ConflictError(_("The event belongs to this alert already."))
    # Not its words: who sees the alert need not see the event's camera.
    change_note(alert, ChangeKind.LINKED, actor=user, note=f"/events/{event.id}/")
    return link


def change_note(alert: Alert, kind: ChangeKind, *, actor: User | None, note: str = "") -> AlertChange:
    """Add to the history, in the transaction of the change itself; ``actor`` None is the platform."""
    name = actor.get_username() if actor else "VMS"
    change = AlertChange.objects.create(alert=alert, actor=actor, actor_name=name, kind=kind, note=note)
    audit_record(actor=actor, action=f"alert.{kind}", target=alert, event=str(alert.happening.id))
    after_commit(alert_updated, alert)
    return change


def _set(
    user: User, alert_id: uuid.UUID, states: list[str] | list[AlertState], values: dict[str, Any],
    kind: ChangeKind, note: str,
) -> Alert:  # fmt: skip
    note = _sound(note)
    alert = alert_get(user, alert_id, CameraPermission.REVIEW)
    changed = Alert.objects.filter(id=alert.id, state__in=states).update(**values)
    alert = alert_get(user, alert_id, CameraPermission.REVIEW)
    if not changed:
        raise ConflictError(_already(alert))
    change_note(alert, kind, actor=user, note=note)
    return alert


def _sound(note: str) -> str:
    text = note.strip()
    if len(text) > NOTE_MAX or "\x00" in text:
        raise InvalidError(
            _("A note has at most %(most)s characters.") % {"most": NOTE_MAX},
            fields={"note": [_("It is too long.")]},
        )
    return text


def _already(alert: Alert) -> str:
    if alert.is_decided:
        resolved = alert.state == AlertState.RESOLVED
        who = alert.resolved_by.get_username() if alert.resolved_by else "VMS"
        deed = (
            _("%(who)s resolved this alert already%(when)s.")
            if resolved
            else _("%(who)s called this a false alarm already%(when)s.")
        )
        return _happened(alert, who, deed, alert.resolved_at)
    if alert.state == AlertState.ACKNOWLEDGED:
        who = alert.acknowledged_by.get_username() if alert.acknowledged_by else _("Somebody whose account is gone")
        deed = _("%(who)s acknowledged this alert already%(when)s.")
        return _happened(alert, who, deed, alert.acknowledged_at)
    return _("This alert is open: there is nothing to take back.")


def _happened(alert: Alert, who: str, deed: str, moment: datetime | None) -> str:
    at = moment.astimezone(ZoneInfo(alert.time_zone)) if moment else None
    when = _(", on %(day)s at %(time)s") % {"day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M:%S %Z}"} if at else ""
    return deed % {"who": who, "when": when}
