"""What is wrong with the platform now, read from where the truth is: PostgreSQL, disks, and what workers measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.choices import Channel, SystemCategory
from alerts.endpoints import endpoints_left_alone
from alerts.line import ARRIVES_WITHIN, EVERY
from alerts.models import DeliveryAttempt, LineProof
from alerts.services.system_events import Finding, system_events_settle
from events.choices import Severity
from vms.storage.space import storage_space
from workers.choices import DeadLetterState
from workers.models import DeadLetter, WorkerNode
from workers.services.coordination import loads_of

NODE_SILENT = timedelta(seconds=60)
SPOOL_LOW_BYTES, SPOOL_FULL_BYTES = 2 * 2**30, 256 * 2**20
MAIL_PERIOD = timedelta(days=1)
MAIL_FAILURES = 3
"""Attempts in a row: one mailbox that is full is no trouble of the platform."""
LINE = "line"
WATCHED_SINCE = "system-watched-since"
WATCHED_AT = "system-watched-at"
KEPT_SECONDS = 3600

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What is wrong, and of which subjects nobody can tell now."""

    findings: list[Finding] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


def platform_watch() -> None:
    """Look at everything once. What cannot be looked at keeps nothing else from being seen."""
    for category, look in LOOKS.items():
        try:
            seen = look()
            system_events_settle(category=category, findings=seen.findings, unknown=seen.unknown)
        except Exception:  # the edge of one category
            log.exception("system.not_seen", category=category.value)
    cache.set(WATCHED_AT, timezone.now(), timeout=KEPT_SECONDS)


def platform_watched_at() -> datetime | None:
    """When it was last looked at: long ago where nothing asks for it any more. None: hours ago, or never."""
    watched_at: datetime | None = cache.get(WATCHED_AT)
    return watched_at


def nodes_lost() -> Look:
    """Workers that are silent or keep failing. One that an admin switched off or drains is not missed."""
    now, look = timezone.now(), Look()
    watched = now - _watched_since(now) >= NODE_SILENT
    for node in WorkerNode.objects.filter(enabled=True, draining=False, boot_id__isnull=False):
        subject = str(node.id)
        if node.seen_at is None or now - node.seen_at > NODE_SILENT:
            if watched:
                words = _("Worker %(name)s has not been heard since %(time)s UTC.") % {
                    "name": node.name,
                    "time": f"{node.seen_at or now:%Y-%m-%d %H:%M:%S}",
                }
                look.findings.append(Finding(subject, node.name, Severity.HIGH, words))
            else:
                look.unknown.add(subject)
        elif node.breaker_until is not None:
            words = _("Worker %(name)s was taken out, since it kept failing.") % {"name": node.name}
            look.findings.append(Finding(subject, node.name, Severity.HIGH, words))
    return look


def _watched_since(now: datetime) -> datetime:
    """After a pause of the platform every worker looks silent until it had the time to report."""
    since: datetime = cache.get(WATCHED_SINCE) or now
    cache.set(WATCHED_SINCE, since, timeout=NODE_SILENT.total_seconds())
    return since


def disks_low() -> Look:
    space, look = storage_space(), Look()
    if space.low:
        severity = Severity.CRITICAL if space.full else Severity.HIGH
        words = (
            _("The storage is full. Uploads are refused.")
            if space.full
            else _("The storage is nearly full. Uploads will be refused when it is full.")
        )
        look.findings.append(Finding("storage", _("Storage"), severity, words))
    nodes = list(WorkerNode.objects.filter(enabled=True))
    loads = loads_of(nodes)
    for node in nodes:
        subject = f"spool:{node.id}"
        if node.id not in loads:
            look.unknown.add(subject)
        elif (free := loads[node.id].load.spool_free_bytes) < SPOOL_LOW_BYTES:
            is_full = free < SPOOL_FULL_BYTES
            severity = Severity.CRITICAL if is_full else Severity.HIGH
            words = (
                _("The disk of worker %(name)s is full: events may be lost.")
                if is_full
                else _("The disk of worker %(name)s is nearly full: events may be lost.")
            )
            look.findings.append(Finding(subject, node.name, severity, words % {"name": node.name}))
    return look


def letters_kept() -> Look:
    number = DeadLetter.objects.filter(state=DeadLetterState.KEPT).count()
    if not number:
        return Look()
    words = ngettext(
        "%(number)s thing could not be taken in or done, and wait for a decision.",
        "%(number)s things could not be taken in or done, and wait for a decision.",
        number,
    ) % {"number": number}
    return Look([Finding("kept", _("Dead letters"), Severity.MEDIUM, words)])


def endpoints_failing() -> Look:
    return Look(
        [
            Finding(
                str(health.pk),
                health.endpoint.name,
                Severity.HIGH,
                _("Alerts do not reach %(name)s: it failed again and again. Messages to it wait.")
                % {"name": health.endpoint.name},
            )
            for health in endpoints_left_alone()
        ]
    )


def mails_failing() -> Look:
    """The last attempts of all mails failed, whoever they were for."""
    attempts = DeliveryAttempt.objects.filter(
        delivery__channel=Channel.EMAIL, at__gte=timezone.now() - MAIL_PERIOD
    ).order_by("-at", "-id")
    last = list(attempts.values_list("succeeded", "answer")[:MAIL_FAILURES])
    if len(last) < MAIL_FAILURES or any(succeeded for succeeded, _answer in last):
        return Look()
    words = _("The last %(number)s mails were not taken: %(answer)s") % {
        "number": MAIL_FAILURES,
        "answer": last[0][1],
    }
    return Look([Finding("mail", _("E-mail"), Severity.HIGH, words)])


def line_broken() -> Look:
    """The event that should prove the line did not arrive in time, or none was sent for long."""
    now, proof, look = timezone.now(), LineProof.objects.first(), Look()
    if proof is None or proof.sent_at is None:
        return look
    since = proof.tried_since or proof.sent_at + EVERY
    if now - since <= ARRIVES_WITHIN:
        return look
    if now - _watched_since(now) <= ARRIVES_WITHIN:
        look.unknown.add(LINE)
        return look
    words = _("Alerts may not arrive: no test event has since %(time)s UTC.") % {"time": f"{since:%Y-%m-%d %H:%M:%S}"}
    words = f"{words} {proof.trouble}".strip()
    look.findings.append(Finding(LINE, _("Line of alerts"), Severity.CRITICAL, words))
    return look


LOOKS: dict[SystemCategory, Callable[[], Look]] = {
    SystemCategory.NODE_LOST: nodes_lost,
    SystemCategory.DISK: disks_low,
    SystemCategory.DEAD_LETTERS: letters_kept,
    SystemCategory.ENDPOINT: endpoints_failing,
    SystemCategory.MAIL: mails_failing,
    SystemCategory.LINE: line_broken,
}
