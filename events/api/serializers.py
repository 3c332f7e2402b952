"""Events and their clips as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from events.choices import Verdict
from events.models import Clip, Event
from events.services.review import MAX_NOTE_CHARACTERS


class ClipSerializer(serializers.ModelSerializer[Clip]):
    """Where the pictures can be fetched; null where they are not there (yet)."""

    video_url = serializers.SerializerMethodField()
    snapshot_url = serializers.SerializerMethodField()
    boxes_url = serializers.SerializerMethodField()

    class Meta:
        model = Clip
        fields = [
            "video_url", "snapshot_url", "boxes_url", "codec", "duration_ms", "moment_ms", "video_bytes", "shortened",
        ]  # fmt: skip
        read_only_fields = fields

    def get_video_url(self, clip: Clip) -> str | None:
        return self._address("event-clip", clip, clip.video_name)

    def get_snapshot_url(self, clip: Clip) -> str | None:
        return self._address("event-snapshot", clip, clip.snapshot_name)

    def get_boxes_url(self, clip: Clip) -> str | None:
        return self._address("event-boxes", clip, clip.boxes_name)

    def _address(self, view: str, clip: Clip, name: str) -> str | None:
        if not name:
            return None
        return reverse(f"api:{view}", args=[clip.event_id], request=self.context.get("request"))


class EventSerializer(serializers.ModelSerializer[Event]):
    camera_name = serializers.CharField(source="camera.name", read_only=True)
    site = serializers.IntegerField(source="camera.site_id", read_only=True)
    site_name = serializers.CharField(source="camera.site.name", read_only=True)
    rule_name = serializers.CharField(source="rule.name", read_only=True)
    reviewed_by = serializers.CharField(source="reviewed_by.username", read_only=True, allow_null=True, default=None)
    box_xyxy = serializers.ListField(child=serializers.FloatField(), read_only=True)
    evidence = serializers.DictField(read_only=True)
    clip = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = [
            "id", "camera", "camera_name", "site", "site_name", "rule", "rule_name", "rule_version", "job", "track_id",
            "class_name", "confidence", "severity", "message", "started_at", "ended_at", "state", "box_xyxy",
            "evidence", "received_at", "verdict", "verdict_note", "reviewed_by", "reviewed_at", "clip",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ClipSerializer(allow_null=True))
    def get_clip(self, event: Event) -> dict[str, Any] | None:
        clip = getattr(event, "clip", None)
        return ClipSerializer(clip, context=self.context).data if clip else None


class MomentSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    more = serializers.CharField(allow_blank=True)


class ExplanationSerializer(serializers.ModelSerializer[Event]):
    """Why the rule's version was met: what each clause measured, and when; ``evidence`` as the worker sent it."""

    rule_name = serializers.CharField(source="rule.name", read_only=True)
    rows = serializers.SerializerMethodField()
    evidence = serializers.DictField(read_only=True)

    class Meta:
        model = Event
        fields = ["rule", "rule_name", "rule_version", "rows", "evidence"]
        read_only_fields = fields

    @extend_schema_field(MomentSerializer(many=True))
    def get_rows(self, event: Event) -> list[dict[str, Any]]:
        return list(MomentSerializer(self.context["rows"], many=True).data)


class ReviewSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=MAX_NOTE_CHARACTERS)
