"""What a new platform still needs before it watches anything: each step is read off the platform itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef
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
    return [Step(title, why, page, done()) for title, why, page, done in STEPS]


def _password_changed() -> bool:
    """No active admin signs in with the password that was printed at the first start."""
    admins = {
        f"accounts.user:{key}"
        for key in User.objects.filter(role=Role.ADMIN, is_active=True).values_list("id", flat=True)
    }
    later = AuditEntry.objects.filter(action=PASSWORD_CHANGED, target=OuterRef("target"), at__gte=OuterRef("at"))
    generated = AuditEntry.objects.filter(action=PASSWORD_GENERATED, target__in=admins)
    return not generated.exclude(Exists(later)).exists()


def _storage_fit() -> bool:
    return not storage_space().low and os.access(Path(settings.MEDIA_ROOT), os.W_OK)


def _detector_installed() -> bool:
    return nodes_alive().exclude(detector__in=["", DetectorKind.MOTION]).exists()


def _camera_there() -> bool:
    """One with an address, or a recording that was analysed."""
    live = Camera.objects.filter(enabled=True).exclude(source_kind=SourceKind.UPLOAD)
    return live.exists() or Job.objects.filter(state=JobState.DONE).exists()


def _rule_live() -> bool:
    in_force = RuleVersion.objects.filter(rule=OuterRef("pk"), state=VersionState.PUBLISHED)
    return Rule.objects.filter(Exists(in_force), system="", enabled=True, cameras__enabled=True).exists()


def _message_seen() -> bool:
    acknowledged = Alert.objects.exclude(state=AlertState.OPEN).filter(acknowledged_by__isnull=False)
    return AuditEntry.objects.filter(action=TEST_SEEN).exists() or acknowledged.exists()


STEPS: tuple[tuple[str | Promise, str | Promise, str, Callable[[], bool]], ...] = (
    (
        _("Change the administrator's password"),
        _("The first one was printed where VMS was started, and others may have read it."),
        "account_password",
        _password_changed,
    ),
    (
        _("Check the storage"),
        _("Clips of events need a folder that can be written to, with room left."),
        "health",
        _storage_fit,
    ),
    (
        _("Install a detector"),
        _("Without one only motion is reported. “make models” installs it; a worker that runs with it ticks this."),
        "health",
        _detector_installed,
    ),
    (
        _("Add the first camera"),
        _("By its address; or drop a recording on the upload page."),
        "camera_new",
        _camera_there,
    ),
    (
        _("Put the first rule in force"),
        _("It says what you want to hear of, on which cameras."),
        "rule_catalog",
        _rule_live,
    ),
    (
        _("Send yourself a test and see it arrive"),
        _("So that the first real alert is not the first message. Say there that you have seen it."),
        "alert_browser",
        _message_seen,
    ),
)
