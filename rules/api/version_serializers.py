"""Versions of a rule as JSON, and what is said to change them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rules.api.serializers import DocumentField
from rules.models import RuleVersion


class RuleVersionSerializer(serializers.ModelSerializer[RuleVersion]):
    created_by = serializers.CharField(source="created_by.username", read_only=True, allow_null=True, default=None)
    published_by = serializers.CharField(source="published_by.username", read_only=True, allow_null=True, default=None)

    class Meta:
        model = RuleVersion
        fields = [
            *("number", "state", "document", "note", "based_on", "created_by", "created_at"),
            *("published_by", "published_at"),
        ]
        read_only_fields = fields


class DraftSerializer(serializers.Serializer[Any]):
    document = DocumentField()
    based_on = serializers.IntegerField(min_value=1, help_text="The rule's `newest_version` when editing began.")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class InForceSerializer(serializers.Serializer[Any]):
    in_force = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="The rule's `version` as you see it; null where none is in force."
    )


class FieldChangeSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    old = serializers.IntegerField(allow_null=True)
    new = serializers.IntegerField()
    text = serializers.CharField(help_text="A unified diff.")
    fields = FieldChangeSerializer(many=True)  # type: ignore[assignment]
