"""Rules and their versions. A version never changes; editing a rule adds one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cameras.models import Camera
from rules.choices import SystemRule
from rules.engine.schema import RuleSpec


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
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.TextField(help_text="YAML as the author wrote it.")
    spec = models.JSONField(help_text="The parsed document (RuleSpec).")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["rule", "-number"]
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_unique")]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"

    @property
    def parsed(self) -> RuleSpec:
        return RuleSpec.model_validate(self.spec)
