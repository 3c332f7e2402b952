"""Alerts, policies and deliveries as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from alerts.channels import PERSONAL_CHOICES
from alerts.choices import GroupBy, PolicyAbout, SystemCategory
from alerts.models import Alert, AlertChange, AlertPolicy, Delivery, DeliveryAttempt, EscalationStep
from alerts.preview import Preview
from alerts.services.lifecycle import NOTE_MAX
from events.choices import Severity
from vms.accounts.choices import Role
from vms.api_fields import KeyField

MOST_AT_ONCE = 200
POLICY_ABOUT = [PolicyAbout.EVENTS, PolicyAbout.SYSTEM]


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """About a camera's events, or about the platform itself: then it has a ``system_category`` and no camera."""

    subject_name = serializers.CharField(read_only=True)
    camera_name = serializers.CharField(source="camera.name", read_only=True, allow_null=True, default=None)
    site = serializers.IntegerField(source="camera.site_id", read_only=True, allow_null=True, default=None)
    site_name = serializers.CharField(source="camera.site.name", read_only=True, allow_null=True, default=None)
    rule_name = serializers.CharField(read_only=True)
    policy_name = serializers.CharField(source="policy.name", read_only=True)
    message = serializers.CharField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True)
    acknowledged_by = serializers.CharField(
        source="acknowledged_by.username", read_only=True, allow_null=True, default=None
    )

    assigned_to = serializers.CharField(source="assigned_to.username", read_only=True, allow_null=True, default=None)
    resolved_by = serializers.CharField(source="resolved_by.username", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Alert
        fields = [
            "id", "event", "camera", "camera_name", "site", "site_name", "system_category", "subject_name", "rule_name",
            "policy_name", "severity", "state", "message", "started_at", "raised_at", "event_count", "first_event_at",
            "last_event_at",
            "acknowledged_at", "acknowledged_by", "assigned_to", "snoozed_until", "escalation_level",
            "next_escalation_at", "resolved_at", "resolved_by",
        ]  # fmt: skip
        read_only_fields = fields


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=NOTE_MAX)


class CommentSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=NOTE_MAX)


class AssignSerializer(NoteSerializer):
    """No assignee: it is nobody's."""

    assignee = serializers.IntegerField(allow_null=True)


class SnoozeSerializer(NoteSerializer):
    until = serializers.DateTimeField()


class ChangeSerializer(serializers.ModelSerializer[AlertChange]):
    class Meta:
        model = AlertChange
        fields = ["at", "actor_name", "kind", "note"]
        read_only_fields = fields


class AlertIdsSerializer(serializers.Serializer[Any]):
    alerts = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST_AT_ONCE)


class AlertCountsSerializer(serializers.Serializer[Any]):
    """Open alerts by severity."""

    low = serializers.IntegerField()
    medium = serializers.IntegerField()
    high = serializers.IntegerField()
    critical = serializers.IntegerField()


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    recipient = serializers.CharField(source="recipient.username", read_only=True, allow_null=True, default=None)
    endpoint = serializers.CharField(source="endpoint.name", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "recipient",
            "address",
            "endpoint",
            "channel",
            "state",
            "reason",
            "attempts",
            "next_attempt_at",
            "sent_at",
            "detail",
            "created_at",
        ]
        read_only_fields = fields


AUDIENCE = ["recipients", "roles", "on_call", "addresses", "endpoints", "channels"]


class AudienceSerializer(serializers.ModelSerializer[Any]):
    serializer_related_field = KeyField
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=PERSONAL_CHOICES), max_length=20, required=False
    )
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices), max_length=10, required=False)
    addresses = serializers.ListField(child=serializers.EmailField(), max_length=100, required=False)


class StepSerializer(AudienceSerializer):
    """Told when an alert was still open so long after it was raised."""

    class Meta:
        model = EscalationStep
        fields = ["after_minutes", *AUDIENCE]


class PolicySerializer(AudienceSerializer):
    """Of what is not chosen any will do. An empty ``severity`` means the event's own."""

    severity = serializers.ChoiceField(choices=Severity.choices, allow_blank=True, required=False)
    about = serializers.ChoiceField(choices=POLICY_ABOUT, required=False)
    system_categories = serializers.ListField(
        child=serializers.ChoiceField(choices=SystemCategory.choices), max_length=20, required=False
    )
    classes = serializers.ListField(child=serializers.CharField(max_length=64), max_length=100, required=False)
    zones = serializers.ListField(child=serializers.CharField(max_length=64), max_length=100, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), max_length=100, required=False)
    group_by = serializers.ListField(
        child=serializers.ChoiceField(choices=GroupBy.choices), max_length=10, required=False
    )
    steps = StepSerializer(many=True, required=False)

    class Meta:
        model = AlertPolicy
        fields = [
            "id", "name", "enabled", "about", "system_categories", "sites", "cameras", "camera_groups", "rules",
            "classes", "zones", "tags",
            "least_severity", "schedule",
            "threshold_count", "threshold_seconds", "severity", "severity_map", "group_by", "group_minutes",
            "limit_alerts", "limit_minutes", "auto_resolve_minutes", "overrides_quiet", *AUDIENCE, "steps",
        ]  # fmt: skip
        extra_kwargs: dict[str, dict[str, Any]] = {"name": {"validators": []}}  # the service says so, race or not


class AttemptSerializer(serializers.ModelSerializer[DeliveryAttempt]):
    class Meta:
        model = DeliveryAttempt
        fields = ["at", "milliseconds", "succeeded", "answer"]
        read_only_fields = fields


class MessageSerializer(DeliverySerializer):
    """A message with its alert and every attempt; ``digest`` is the message that tells of this one's alert too."""

    history = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Delivery
        fields = [*DeliverySerializer.Meta.fields, "alert", "step", "in_quiet_hours", "digest", "history"]
        read_only_fields = fields


class PreviewSerializer(serializers.Serializer[Any]):
    """How many of the ``looked_at`` events fit, and what would have become of them."""

    looked_at = serializers.IntegerField()
    cut = serializers.BooleanField()
    events = serializers.IntegerField()
    waiting = serializers.IntegerField()
    alerts = serializers.SerializerMethodField()
    repeats = serializers.IntegerField()
    alone = serializers.IntegerField()
    in_digests = serializers.IntegerField()

    def get_alerts(self, preview: Preview) -> int:
        return len(preview.alerts)
