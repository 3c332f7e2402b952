"""Rules, their versions, and the values of their parameters on single cameras. A version's text never changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cameras.models import Camera
from rules.choices import SystemRule, VersionState
from rules.engine.schema import Override, RuleSpec


class Rule(models.Model):
    """What to look for, on which cameras. Its zone names are looked up on each camera.

    A rule of the platform itself has a ``system`` code, no versions and no cameras: it holds on every live camera.
    """

    name = models.CharField(max_length=64, unique=True)
    enabled = models.BooleanField(default=True)
    cameras = models.ManyToManyField(Camera, related_name="rules", blank=True)
    system = models.CharField(max_length=32, choices=SystemRule, blank=True, editable=False)

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
    document = models.TextField(help_text="YAML as the author wrote it.")
    spec = models.JSONField(help_text="The parsed document (RuleSpec).")
    note = models.CharField(max_length=300, blank=True, help_text="Why it was changed.")
    based_on = models.PositiveIntegerField(null=True, help_text="The version that the author had before them.")
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


class RuleOverride(models.Model):
    """Other values of a rule's parameters on one camera; with a zone: where one of the parameters names that zone."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="overrides")
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="rule_overrides")
    zone = models.CharField(max_length=64, blank=True)
    parameters = models.JSONField(help_text="Values by the names of the document's parameters.")

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
