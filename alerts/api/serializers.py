"""Alerts, policies and deliveries as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from alerts.channels import PERSONAL_CHOICES
from alerts.models import Alert, AlertPolicy, Delivery
from events.choices import Severity

MOST_AT_ONCE = 200


class AlertSerializer(serializers.ModelSerializer[Alert]):
    camera_name = serializers.CharField(source="camera.name", read_only=True)
    site = serializers.IntegerField(source="camera.site_id", read_only=True)
    site_name = serializers.CharField(source="camera.site.name", read_only=True)
    rule_name = serializers.CharField(source="event.rule.name", read_only=True)
    policy_name = serializers.CharField(source="policy.name", read_only=True)
    message = serializers.CharField(source="event.message", read_only=True)
    started_at = serializers.DateTimeField(source="event.started_at", read_only=True)
    acknowledged_by = serializers.CharField(
        source="acknowledged_by.username", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Alert
        fields = [
            "id", "event", "camera", "camera_name", "site", "site_name", "rule_name", "policy_name", "severity",
            "state", "message", "started_at", "raised_at", "acknowledged_at", "acknowledged_by",
        ]  # fmt: skip
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


class PolicySerializer(serializers.ModelSerializer[AlertPolicy]):
    """No cameras or no rules means all of them. An empty ``severity`` means the event's own."""

    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=PERSONAL_CHOICES),
        max_length=20,
    )
    severity = serializers.ChoiceField(choices=Severity.choices, allow_blank=True, required=False)

    class Meta:
        model = AlertPolicy
        fields = ["id", "name", "enabled", "cameras", "rules", "least_severity", "severity", "recipients", "channels"]
        extra_kwargs: dict[str, dict[str, Any]] = {"name": {"validators": []}}  # the service says so, race or not
