"""What a new platform still needs before it watches anything: each step is read off the platform itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.choices import AlertState
from alerts.models import Alert
from alerts.trials import TEST_SEEN
from cameras.choices import SourceKind
from cameras.models import Camera
from rules.choices import VersionState
from rules.models import Rule, RuleVersion
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.context import nodes_alive
from vms.storage.space import storage_space
from workers.choices import JobState
from workers.models import Job
from workers.runtime.contract import DetectorKind

PASSWORD_GENERATED = "user.password_generated"  # noqa: S105  the name of a deed
PASSWORD_CHANGED = "account.password"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Step:
    title: str | Promise
    why: str | Promise
    page: str
    is_done: bool

    @property
    def url(self) -> str:
        return reverse(self.page)


def first_steps() -> list[Step]:
    """By one query, since the first page of every admin asks."""
    found = User.objects.order_by().annotate(**_conditions()).values(*_conditions())[:1].get()
    done = {**found, "storage": _storage_fit()}
    return [Step(title, why, page, done[name]) for name, title, why, page in STEPS]


def _conditions() -> dict[str, Combinable | Q]:
    live = Camera.objects.filter(enabled=True).exclude(source_kind=SourceKind.UPLOAD)
    in_force = RuleVersion.objects.filter(rule=OuterRef("pk"), state=VersionState.PUBLISHED)
    rules = Rule.objects.filter(Exists(in_force), system="", enabled=True, cameras__enabled=True)
    acknowledged = Alert.objects.exclude(state=AlertState.OPEN).filter(acknowledged_by__isnull=False)
    return {
        "own_password": ~Exists(_printed_passwords()),
        "detector": Exists(nodes_alive().exclude(detector__in=["", DetectorKind.MOTION])),
        "camera": Q(Exists(live)) | Q(Exists(Job.objects.filter(state=JobState.DONE))),
        "rule": Exists(rules),
        "message": Q(Exists(AuditEntry.objects.filter(action=TEST_SEEN))) | Q(Exists(acknowledged)),
    }


def _printed_passwords() -> QuerySet[AuditEntry]:
    """Of active admins who still sign in with the one that was printed at the first start."""
    admins = User.objects.filter(role=Role.ADMIN, is_active=True)
    targets = admins.annotate(target=Concat(Value("accounts.user:"), Cast("pk", CharField()))).values("target")
    later = AuditEntry.objects.filter(action=PASSWORD_CHANGED, target=OuterRef("target"), at__gte=OuterRef("at"))
    return AuditEntry.objects.filter(action=PASSWORD_GENERATED, target__in=targets).exclude(Exists(later))


def _storage_fit() -> bool:
    return not storage_space().low and os.access(Path(settings.MEDIA_ROOT), os.W_OK)


STEPS: tuple[tuple[str, str | Promise, str | Promise, str], ...] = (
    (
        "own_password",
        _("Change the administrator's password"),
        _("The first one was printed where VMS was started, and others may have read it."),
        "account_password",
    ),
    (
        "storage",
        _("Check the storage"),
        _("Clips of events need a folder that can be written to, with room left."),
        "health",
    ),
    (
        "detector",
        _("Install a detector"),
        _("Without one only motion is reported. “make models” installs it; a worker that runs with it ticks this."),
        "health",
    ),
    (
        "camera",
        _("Add the first camera"),
        _("By its address; or drop a recording on the upload page."),
        "camera_new",
    ),
    (
        "rule",
        _("Put the first rule in force"),
        _("It says what you want to hear of, on which cameras."),
        "rule_catalog",
    ),
    (
        "message",
        _("Send yourself a test and see it arrive"),
        _("So that the first real alert is not the first message. Say there that you have seen it."),
        "alert_browser",
    ),
)
