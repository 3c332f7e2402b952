"""Alerts: what somebody should look at, the events that belong to each, and what was done about it."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.choices import AlertState, ChangeKind, SystemCategory
from alerts.models.policies import AlertPolicy
from alerts.models.system import SystemEvent
from cameras.models import Camera, Site
from events.choices import Severity
from events.models import Event

UNDECIDED = [AlertState.OPEN.value, AlertState.ACKNOWLEDGED.value]
"""An alert in these states still concerns somebody, and takes in repeats."""


class Alert(models.Model):
    """One or more events of one policy. ``event`` is the first; repeats raise ``event_count`` while it collects.

    Or a trouble of the platform itself, ``system_event``: then it has no camera.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy = models.ForeignKey(AlertPolicy, on_delete=models.PROTECT, related_name="alerts")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.CASCADE, related_name="alerts")
    camera = models.ForeignKey(Camera, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts")
    system_event = models.ForeignKey(
        SystemEvent, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts"
    )
    system_category = models.CharField(
        max_length=16, choices=SystemCategory, blank=True, help_text=_("That of the system event.")
    )
    severity = models.CharField(max_length=16, choices=Severity)
    state = models.CharField(max_length=16, choices=AlertState, default=AlertState.OPEN)
    raised_at = models.DateTimeField(auto_now_add=True)
    group_key = models.CharField(max_length=64, blank=True)
    collecting = models.BooleanField(default=False, help_text=_("Whether events of its group belong to it."))
    event_count = models.PositiveIntegerField(default=1)
    first_event_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    times_reopened = models.PositiveSmallIntegerField(default=0, help_text=_("Each time its escalation begins anew."))
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    escalation_level = models.PositiveSmallIntegerField(default=0, help_text=_("How many steps were taken."))
    next_escalation_at = models.DateTimeField(null=True, blank=True)
    auto_resolve_at = models.DateTimeField(null=True, blank=True)
    admitted = models.BooleanField(null=True, help_text=_("Within its policy's limit? Unknown until it is first told."))

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "event"], name="alert_once_per_policy_and_event"),
            models.UniqueConstraint(
                fields=["policy", "group_key"], name="alert_one_collects", condition=Q(collecting=True)
            ),
            models.UniqueConstraint(fields=["policy", "system_event"], name="alert_once_per_policy_and_trouble"),
            models.CheckConstraint(
                condition=Q(event__isnull=False, camera__isnull=False, system_event__isnull=True, system_category="")
                | Q(
                    event__isnull=True,
                    camera__isnull=True,
                    system_event__isnull=False,
                    system_category__in=SystemCategory.values,
                ),
                name="alert_of_camera_or_system",
            ),
            models.CheckConstraint(condition=Q(state__in=AlertState.values), name="alert_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", acknowledged_at__isnull=True, resolved_at__isnull=True)
                | Q(state="acknowledged", acknowledged_at__isnull=False, resolved_at__isnull=True)
                | Q(state__in=["resolved", "false"], resolved_at__isnull=False),
                name="alert_state_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "acknowledged"])
                | Q(
                    collecting=False,
                    snoozed_until__isnull=True,
                    next_escalation_at__isnull=True,
                    auto_resolve_at__isnull=True,
                ),
                name="alert_decided_is_at_rest",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-raised_at"], name="alert_inbox"),
            models.Index(fields=["camera", "-raised_at"], name="alert_inbox_by_camera"),
            # The gravest and newest ones that are open.
            models.Index(fields=["severity", "-raised_at", "-id"], name="alert_open_newest", condition=Q(state="open")),
            # The number of open alerts beside the menu, and by severity, without reading the alerts.
            models.Index(
                fields=["camera", "severity"],
                name="alert_open_count",
                include=["snoozed_until", "system_category"],
                condition=Q(state="open"),
            ),
            # What the sweeper looks for: each is NULL unless something is due.
            models.Index(
                fields=["next_escalation_at"],
                name="alert_escalation_due",
                condition=Q(next_escalation_at__isnull=False),
            ),
            models.Index(fields=["snoozed_until"], name="alert_snooze_due", condition=Q(snoozed_until__isnull=False)),
            models.Index(
                fields=["auto_resolve_at"], name="alert_resolve_due", condition=Q(auto_resolve_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {self.event_id or self.system_event_id}"

    def get_severity_display(self) -> str:  # type: ignore[no-redef]  # the plugin has it already
        """Django's own translates every choice there is to find one, and lists ask for each row."""
        return str(Severity(self.severity).label)

    @property
    def happening(self) -> Event | SystemEvent:
        """The first event, or the trouble of the platform."""
        return cast("Event | SystemEvent", self.event or self.system_event)  # a constraint says that it has one

    @property
    def message(self) -> str:
        return self.happening.message

    @property
    def started_at(self) -> datetime:
        return self.happening.started_at

    @property
    def site(self) -> Site | None:
        return self.camera.site if self.camera else None

    @property
    def time_zone(self) -> str:
        return self.camera.site.time_zone if self.camera else settings.TIME_ZONE

    @property
    def place(self) -> str:
        """Where it is: the site's name. The platform itself is at none."""
        return self.camera.site.name if self.camera else "VMS"

    @property
    def rule_name(self) -> str:
        """What was found: the rule's name, or the kind of trouble."""
        return self.event.rule.name if self.event else self.get_system_category_display()

    @property
    def subject_name(self) -> str:
        """Whose it is: the camera's name, or that of what is in trouble."""
        if self.camera is not None:
            return self.camera.name
        return self.system_event.name if self.system_event else ""

    @property
    def named_message(self) -> str:
        """The message, which begins with whose it is where it does not say so.

        Its first word says so only before a colon: "A person stays" is not of camera A.
        """
        name = re.escape(self.subject_name)
        is_said = not name or re.search(rf"^{name}:|(?<!^)(?<!\w){name}(?!\w)", self.message)
        return self.message if is_said else f"{self.subject_name}: {self.message}"

    @property
    def is_decided(self) -> bool:
        return self.state not in UNDECIDED

    @property
    def repeats(self) -> int:
        return self.event_count - 1


class AlertEvent(models.Model):
    """An event that belongs to an alert: since the policy grouped it there, or since somebody linked it."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="links")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="alert_links")
    policy = models.ForeignKey(
        AlertPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("Empty: by hand.")
    )
    linked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["alert", "linked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "event"], name="alert_event_once_per_policy"),
            models.UniqueConstraint(fields=["alert", "event"], name="alert_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.event_id}"


class AlertChange(models.Model):
    """One thing that was done to an alert, by a person or, where there is none, the platform. Rows are only added."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    kind = models.CharField(max_length=16, choices=ChangeKind)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["alert", "at", "id"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="alert_change_kind_known")]
        indexes = [
            models.Index(fields=["alert", "at"], name="alert_history"),
            # What pages that were away missed.
            models.Index(fields=["-at"], name="alert_changed_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.get_kind_display()}"
