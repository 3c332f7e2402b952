"""Tells admins by mail that an endpoint is left alone; every page tells supervisors (templates/base.html)."""

from __future__ import annotations

import uuid

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from alerts.models import EndpointHealth
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.mail import MailError, mail_headers, mail_send, subject_line

NAMESPACE = uuid.UUID("6f0f1c0e-4c52-4d55-9a5e-3c1a1f0b7d21")

log = structlog.get_logger(__name__)


def endpoints_left_alone() -> QuerySet[EndpointHealth]:
    return EndpointHealth.objects.filter(opened_at__isnull=False, endpoint__enabled=True).select_related("endpoint")


def endpoints_alarm() -> int:
    """Mail the admins about each breaker that opened, once; how many were told of."""
    told = 0
    for health in endpoints_left_alone().filter(told_at=None):
        # Claimed first: of several workers one tells.
        mine = EndpointHealth.objects.filter(pk=health.pk, told_at=None, opened_at=health.opened_at)
        if not mine.update(told_at=timezone.now()):
            continue
        if _mailed(health):
            told += 1
        else:
            EndpointHealth.objects.filter(pk=health.pk).update(told_at=None)
    return told


def _mailed(health: EndpointHealth) -> bool:
    """False where nobody could be told and it is worth another try."""
    admins = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(email="")
    results = [_sent(health, admin) for admin in admins]
    return not results or any(results)


def _sent(health: EndpointHealth, admin: User) -> bool:
    identity = uuid.uuid5(NAMESPACE, f"{health.pk}:{health.opened_at}:{admin.pk}")
    url = settings.BASE_URL + reverse("endpoint_detail", args=[health.pk])
    mail = EmailMessage(
        subject=subject_line(f"Alerts do not reach {health.endpoint.name}"),
        body=render_to_string("alerts/mail/endpoint.txt", {"health": health, "url": url}),
        to=[admin.email],
        headers=mail_headers(identity),
    )
    try:
        mail_send(mail)
    except MailError as error:
        log.warning("endpoint.alarm_failed", endpoint=health.pk, admin=admin.pk, error=str(error))
        return error.permanent
    return True
