"""Rules, their versions, their parameters' values on single cameras, and back-tests. A version's text never changes."""

from __future__ import annotations

import uuid
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from cameras.models import Camera
from rules.choices import LINE_RULE, BacktestState, HitKind, SystemRule, VersionState
from rules.engine.schema import Override, RuleSpec
from vms.accounts.models import validate_time_zone


class ShownRules(models.Manager["Rule"]):
    def get_queryset(self) -> models.QuerySet[Rule]:
        return super().get_queryset().exclude(system=LINE_RULE)


class Rule(models.Model):
    """What to look for, on which cameras. Its zone names are looked up on each camera.

    A rule of the platform itself has a ``system`` code, no versions and no cameras: it holds on every live camera.
    """

    name = models.CharField(max_length=64, unique=True)
    enabled = models.BooleanField(default=True)
    cameras = models.ManyToManyField(Camera, related_name="rules", blank=True)
    system = models.CharField(max_length=32, choices=SystemRule, blank=True, editable=False)

    objects = ShownRules()
    everything: ClassVar[models.Manager[Rule]] = models.Manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["system"], name="rule_system_once", condition=~models.Q(system=""))
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """A document as it was saved once. Only its state changes: draft, in force, retired."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=VersionState, default=VersionState.PUBLISHED)
    document = models.TextField(help_text=_("YAML as the author wrote it."))
    spec = models.JSONField(help_text=_("The parsed document (RuleSpec)."))
    note = models.CharField(max_length=300, blank=True, help_text=_("Why it was changed."))
    based_on = models.PositiveIntegerField(null=True, help_text=_("The version that the author had before them."))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="rule_version_unique"),
            # Also finds the version in force of each rule.
            models.UniqueConstraint(
                fields=["rule"], name="rule_version_one_in_force", condition=models.Q(state="published")
            ),
            models.CheckConstraint(condition=models.Q(state__in=VersionState.values), name="rule_version_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"

    @property
    def parsed(self) -> RuleSpec:
        return RuleSpec.model_validate(self.spec)

    @property
    def classes_named(self) -> frozenset[str]:
        """Those that the detector is to find; none of what this release cannot read."""
        try:
            return self.parsed.classes_named()
        except ValidationError:
            return frozenset()


class RuleOverride(models.Model):
    """Other values of a rule's parameters on one camera; with a zone: where one of the parameters names that zone."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="overrides")
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="rule_overrides")
    zone = models.CharField(max_length=64, blank=True)
    parameters = models.JSONField(help_text=_("Values by the names of the document's parameters."))

    class Meta:
        ordering = ["rule", "camera", "zone"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "camera", "zone"], name="rule_override_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.camera}" + (f", {self.zone}" if self.zone else "")

    @property
    def as_override(self) -> Override:
        return Override.model_validate({"zone": self.zone or None, "parameters": self.parameters})


class Backtest(models.Model):
    """A rule's text tried on what was tracked in the past. It changes nothing but its own rows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="backtests")
    version = models.PositiveIntegerField(null=True, help_text=_("Empty: a text that is no version of the rule."))
    document = models.TextField(help_text=_("YAML as it was tried."))
    spec = models.JSONField(help_text=_("The parsed document (RuleSpec)."))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="backtests")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    state = models.CharField(max_length=16, choices=BacktestState, default=BacktestState.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="backtest_period_has_length"),
            models.CheckConstraint(condition=Q(state__in=BacktestState.values), name="backtest_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True, next_attempt_at__isnull=False)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False, next_attempt_at__isnull=True),
                name="backtest_due_while_unfinished",
            ),
        ]
        indexes = [
            models.Index(fields=["rule", "-created_at", "-id"], name="backtest_list_of_rule"),
            models.Index(fields=["next_attempt_at"], name="backtest_due", condition=Q(next_attempt_at__isnull=False)),
            # What is swept when it is old.
            models.Index(fields=["finished_at"], name="backtest_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} tried from {self.period_start:%Y-%m-%d}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def parsed(self) -> RuleSpec:
        return RuleSpec.model_validate(self.spec)

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None


class BacktestCamera(models.Model):
    """One camera of a back-test: done as a whole, so that a worker that takes over goes on with the next one."""

    backtest = models.ForeignKey(Backtest, on_delete=models.CASCADE, related_name="cameras")
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="+")
    done_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text=_("What was found (CameraResult)."))

    class Meta:
        ordering = ["backtest", "camera__name", "camera"]
        constraints = [
            models.UniqueConstraint(fields=["backtest", "camera"], name="backtest_camera_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, result__isnull=True) | Q(done_at__isnull=False, result__isnull=False),
                name="backtest_camera_done_with_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera} in {self.backtest_id}"


class BacktestHit(models.Model):
    """An event that the tried text would have made, or (``gone``) one of the live rule that it would not have made."""

    part = models.ForeignKey(BacktestCamera, on_delete=models.CASCADE, related_name="hits")
    kind = models.CharField(max_length=8, choices=HitKind)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    track_id = models.BigIntegerField()
    class_name = models.CharField(max_length=64)
    confidence = models.FloatField()
    box_xyxy = models.JSONField()
    evidence = models.JSONField(default=dict)
    event = models.ForeignKey("events.Event", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HitKind.values), name="backtest_hit_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="new") | Q(event__isnull=True), name="backtest_hit_new_has_no_event"
            ),
        ]
        indexes = [models.Index(fields=["part", "started_at", "id"], name="backtest_hit_list")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.started_at}"
