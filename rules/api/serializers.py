"""Rules as JSON; the document is YAML text."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cameras.models import Camera
from events.choices import Severity
from rules.choices import Kind
from rules.engine.schema import MAX_DOCUMENT_BYTES
from rules.models import Rule
from vms.api_fields import KeyField


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """``cameras`` are those of the rule's that the asking user may see; ``version`` is the one in force."""

    cameras = serializers.SerializerMethodField()
    version = serializers.IntegerField(
        source="version_number", read_only=True, allow_null=True, help_text="Null where only drafts are there."
    )
    newest_version = serializers.IntegerField(
        source="newest_number", read_only=True, allow_null=True, help_text="What an edit is based on."
    )
    severity = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()
    document = serializers.CharField(source="version_document", read_only=True, allow_null=True)

    class Meta:
        model = Rule
        fields = ["id", "name", "enabled", "cameras", "version", "newest_version", "severity", "tags", "document"]
        read_only_fields = fields

    def get_cameras(self, rule: Any) -> list[int]:  # noqa: ANN401  a rule with what the selector adds
        return [camera.id for camera in rule.visible_cameras]

    @extend_schema_field(serializers.ChoiceField(choices=Severity.choices, allow_null=True))
    def get_severity(self, rule: Any) -> str | None:  # noqa: ANN401
        return (rule.version_spec or {}).get("severity")

    def get_tags(self, rule: Any) -> list[str]:  # noqa: ANN401
        return list((rule.version_spec or {}).get("tags", []))


class DocumentField(serializers.CharField):
    """YAML, as it was written."""

    def __init__(self, **more: Any) -> None:  # noqa: ANN401
        kept: dict[str, Any] = {"max_length": MAX_DOCUMENT_BYTES, "trim_whitespace": False, "help_text": "YAML."}
        super().__init__(**(kept | more))


class RuleWriteSerializer(serializers.Serializer[Any]):
    document = DocumentField()
    cameras = KeyField(many=True, queryset=Camera.objects.all(), required=False)
    enabled = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300, help_text="Why.")
    draft = serializers.BooleanField(required=False, help_text="Save only; it is put in force later.")


class RuleChangeSerializer(RuleWriteSerializer):
    based_on = serializers.IntegerField(
        required=False, min_value=1, help_text="The rule's `newest_version` when editing began; needed with a document."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "document" in attrs and "based_on" not in attrs:
            raise serializers.ValidationError({"based_on": "Say which version the document is based on."})
        return attrs


class DocumentSerializer(serializers.Serializer[Any]):
    document = DocumentField(allow_blank=True)


class FaultSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(allow_null=True)
    column = serializers.IntegerField(allow_null=True)
    field = serializers.CharField(source="path")
    expected = serializers.CharField()
    sentence = serializers.CharField()


class CheckSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    faults = FaultSerializer(many=True)
    warnings = FaultSerializer(many=True, help_text="What can be used, but is set for what is not there.")
    zones = serializers.DictField(child=serializers.CharField(), help_text="Zones that a camera needs: their kinds.")
    models = serializers.ListField(child=serializers.CharField(), help_text="Models that it needs.")


class ReadyRuleSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    field = serializers.CharField()
    name = serializers.CharField(source="spec.name")
    kind = serializers.ChoiceField(
        choices=Kind.choices,
        help_text="Easy: an area or a line; hard: a further model, a calibrated camera, or one thing after another.",
    )
    description = serializers.CharField(source="spec.description")
    example = serializers.CharField(source="spec.example")
    severity = serializers.ChoiceField(source="spec.severity", choices=Severity.choices)
    tags = serializers.ListField(source="spec.tags", child=serializers.CharField())
    parameters = serializers.DictField(source="spec.parameters")
    zones = serializers.DictField(source="spec.zone_kinds", child=serializers.CharField())
    document = serializers.CharField()


class FromCatalogSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=64, required=False)
    parameters = serializers.DictField(required=False)
    cameras = KeyField(many=True, queryset=Camera.objects.all(), required=False)
    draft = serializers.BooleanField(required=False)


class OverrideSerializer(serializers.Serializer[Any]):
    camera = serializers.PrimaryKeyRelatedField(queryset=Camera.objects.all())
    zone = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    parameters = serializers.DictField(allow_empty=False)


class OverridesSerializer(serializers.Serializer[Any]):
    overrides = OverrideSerializer(many=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Of values that are set for what is not there."
    )
