"""Rules and their versions as JSON; the document is YAML text."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cameras.models import Camera
from rules.engine.schema import MAX_DOCUMENT_BYTES
from rules.models import Rule, RuleVersion


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """``cameras`` are those of the rule's that the asking user may see."""

    cameras = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="version_number", read_only=True, allow_null=True)
    document = serializers.CharField(source="version_document", read_only=True, allow_null=True)

    class Meta:
        model = Rule
        fields = ["id", "name", "enabled", "cameras", "version", "document"]
        read_only_fields = fields

    def get_cameras(self, rule: Any) -> list[int]:  # noqa: ANN401  a rule with what the selector adds
        return [camera.id for camera in rule.visible_cameras]


class RuleWriteSerializer(serializers.Serializer[Any]):
    document = serializers.CharField(max_length=MAX_DOCUMENT_BYTES, trim_whitespace=False, help_text="YAML.")
    cameras = serializers.PrimaryKeyRelatedField(many=True, queryset=Camera.objects.all(), required=False)
    enabled = serializers.BooleanField(required=False)


class RuleVersionSerializer(serializers.ModelSerializer[RuleVersion]):
    created_by = serializers.CharField(source="created_by.username", read_only=True, allow_null=True, default=None)

    class Meta:
        model = RuleVersion
        fields = ["number", "document", "created_by", "created_at"]
        read_only_fields = fields
