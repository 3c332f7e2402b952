"""Which events raise an alert, and who is told how, at once and when nobody answers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError as ShapeError

from alerts.choices import Channel, GroupBy, PolicyAbout, SystemCategory
from alerts.models.endpoints import Endpoint
from alerts.models.on_call import OnCallGroup
from alerts.schedule import Schedule
from cameras.models import Camera, CameraGroup, Site
from events.choices import Severity
from rules.models import Rule
from vms.accounts.choices import Role

A_WEEK_MINUTES = 7 * 24 * 60


def group_by_default() -> list[str]:
    return [GroupBy.CAMERA, GroupBy.RULE, GroupBy.ZONE]


def validate_severity_map(value: object) -> None:
    known = isinstance(value, dict) and all(a in Severity.values and b in Severity.values for a, b in value.items())
    if not known:
        raise ValidationError(gettext('Give severities by severities, such as {"low": "medium"}.'))


def validate_schedule(value: object) -> None:
    try:
        Schedule.model_validate(value)
    except ShapeError as error:
        raise ValidationError([item["msg"].removeprefix("Value error, ") for item in error.errors()]) from error


class Audience(models.Model):
    """Who is told how. Of the ``roles``, those who may view the camera; of a group, whoever is on call then."""

    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    roles = ArrayField(models.CharField(max_length=16, choices=Role), default=list, blank=True)
    on_call = models.ManyToManyField(OnCallGroup, blank=True, related_name="+", verbose_name=_("on-call groups"))
    addresses = ArrayField(models.EmailField(), default=list, blank=True)
    endpoints = models.ManyToManyField(Endpoint, blank=True, related_name="+")
    channels = ArrayField(
        models.CharField(max_length=16, choices=Channel),
        default=list,
        blank=True,
        help_text=_("How people are told. Addresses get mail, endpoints what they speak."),
    )

    class Meta:
        abstract = True


class ShownPolicies(models.Manager["AlertPolicy"]):
    def get_queryset(self) -> models.QuerySet[AlertPolicy]:
        return super().get_queryset().exclude(about=PolicyAbout.LINE)


class AlertPolicy(Audience):
    """Which events raise an alert, how grave it is, and who is told how.

    Of what is not chosen any will do. With no recipients nobody is told: the alert stands in the inbox.
    """

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    about = models.CharField(max_length=16, choices=PolicyAbout, default=PolicyAbout.EVENTS)
    system_categories = ArrayField(
        models.CharField(max_length=16, choices=SystemCategory),
        default=list,
        blank=True,
        help_text=_("Of the platform itself: these troubles. None chosen: all of them."),
    )
    sites = models.ManyToManyField(Site, blank=True, related_name="+")
    cameras = models.ManyToManyField(
        Camera, blank=True, related_name="+", help_text=_("These, and those of the sites and groups.")
    )
    camera_groups = models.ManyToManyField(CameraGroup, blank=True, related_name="policies")
    rules = models.ManyToManyField(Rule, blank=True, related_name="+")
    classes = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text=_("What was seen, as the detector calls it."),
    )
    zones = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text=_("Of the event's rule."))
    least_severity = models.CharField(max_length=16, choices=Severity, default=Severity.LOW)
    schedule = models.JSONField(
        null=True, blank=True, validators=[validate_schedule], help_text=_("On the site's clock (Schedule).")
    )
    threshold_count = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(1000)], help_text=_("So many events …")
    )
    threshold_seconds = models.PositiveIntegerField(
        default=300, validators=[MinValueValidator(1), MaxValueValidator(86_400)], help_text=_("… within this time.")
    )
    severity = models.CharField(
        max_length=16, choices=Severity, blank=True, help_text=_("The alert's severity. Empty: the event's own.")
    )
    severity_map = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_severity_map],
        help_text=_('The alert\'s severity by the event\'s: {"low": "medium"}.'),
    )
    group_by = ArrayField(models.CharField(max_length=16, choices=GroupBy), default=group_by_default, blank=True)
    group_minutes = models.PositiveIntegerField(
        default=30,
        validators=[MaxValueValidator(A_WEEK_MINUTES)],
        help_text=_("An event so long after the alert's last one, or sooner, raises its count. 0: each is an alert."),
    )
    limit_alerts = models.PositiveIntegerField(
        default=0, help_text=_("Of more alerts within the time below a digest tells. 0: no limit.")
    )
    limit_minutes = models.PositiveIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(A_WEEK_MINUTES)]
    )
    auto_resolve_minutes = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(A_WEEK_MINUTES)], help_text=_("After its last event. 0: never.")
    )
    overrides_quiet = models.BooleanField(
        default=False, help_text=_("Tells people also in their quiet hours; their page about messages says so.")
    )

    objects = ShownPolicies()
    everything: ClassVar[models.Manager[AlertPolicy]] = models.Manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = _("alert policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold_count__gte=1, threshold_seconds__gte=1, limit_minutes__gte=1),
                name="policy_numbers_positive",
            ),
            models.CheckConstraint(condition=Q(about__in=PolicyAbout.values), name="policy_about_known"),
        ]

    def __str__(self) -> str:
        return self.name


class EscalationStep(Audience):
    """Who is told when an alert was still open so long after it was raised."""

    policy = models.ForeignKey(AlertPolicy, on_delete=models.CASCADE, related_name="steps")
    after_minutes = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(A_WEEK_MINUTES)])

    class Meta:
        ordering = ["policy", "after_minutes"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "after_minutes"], name="escalation_step_once_at_a_time"),
            models.CheckConstraint(condition=Q(after_minutes__gte=1), name="escalation_step_later"),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, after {self.after_minutes} min"


class PolicyMatch(models.Model):
    """An event that a policy with a threshold wants: counted until there are enough of them."""

    policy = models.ForeignKey(AlertPolicy, on_delete=models.CASCADE, related_name="+")
    group_key = models.CharField(max_length=64)
    event = models.ForeignKey("events.Event", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(help_text=_("When the event started."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "event"], name="policy_match_once")]
        indexes = [
            # How many there were around an event.
            models.Index(fields=["group_key", "at"], name="policy_match_window"),
            # Those that nothing can count any more.
            models.Index(fields=["at"], name="policy_match_old"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}: {self.event_id}"
