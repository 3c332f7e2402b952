"""Sites, cameras, zones and recordings as JSON. A stream's address can be written and is never shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cameras.models import Camera, CameraGroup, Recording, Site, Zone
from vms.api_fields import KeyField


class SiteSerializer(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ["id", "name", "time_zone"]
        extra_kwargs: dict[str, dict[str, Any]] = {"name": {"validators": []}}  # the service says what is wrong


class CameraSerializer(serializers.ModelSerializer[Camera]):
    site_name = serializers.CharField(source="site.name", read_only=True)
    url = serializers.CharField(
        write_only=True, required=False, allow_blank=True, max_length=2000, help_text="Stored encrypted, never shown."
    )
    has_url = serializers.SerializerMethodField()
    clip_url = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="Where clips come from; empty: from `url`. Stored encrypted, never shown.",
    )
    has_clip_url = serializers.SerializerMethodField()

    class Meta:
        model = Camera
        fields = [
            "id", "site", "site_name", "name", "source_kind", "url", "has_url", "clip_url", "has_clip_url",
            "detect_fps", "priority", "enabled", "created_at",
        ]  # fmt: skip
        read_only_fields = ["created_at"]
        extra_kwargs = {"site": {"queryset": Site.objects.all()}}
        validators: list[Any] = []

    def get_has_url(self, camera: Camera) -> bool:
        return bool(camera.sealed_url)

    def get_has_clip_url(self, camera: Camera) -> bool:
        return bool(camera.sealed_clip_url)


@extend_schema_field(
    {
        "type": "array",
        "minItems": 2,
        "maxItems": 64,
        "items": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "number", "minimum": 0, "maximum": 1},
        },
    }
)
class PointsField(serializers.JSONField):
    """[[x, y], …], checked by the zone itself."""


class ZoneSerializer(serializers.ModelSerializer[Zone]):
    points = PointsField()

    class Meta:
        model = Zone
        fields = ["id", "camera", "name", "kind", "points"]
        validators: list[Any] = []


class ZoneChangeSerializer(ZoneSerializer):
    """A zone stays on its camera."""

    class Meta(ZoneSerializer.Meta):
        read_only_fields = ["camera"]


class CameraGroupSerializer(serializers.ModelSerializer[CameraGroup]):
    """``cameras`` holds those that the asker may see."""

    cameras = KeyField(many=True, queryset=Camera.objects.all(), required=False)

    class Meta:
        model = CameraGroup
        fields = ["id", "name", "cameras"]
        extra_kwargs: dict[str, dict[str, Any]] = {"name": {"validators": []}}  # the service says so, race or not

    def to_representation(self, instance: CameraGroup) -> dict[str, Any]:
        shown: list[Camera] = getattr(instance, "visible_cameras", None) or list(instance.cameras.all())
        return {"id": instance.id, "name": instance.name, "cameras": [camera.id for camera in shown]}


class CloneSerializer(serializers.Serializer[Camera]):
    """What is the new camera's own, and what it takes over."""

    name = serializers.CharField(max_length=64)
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.all(), required=False)
    url = serializers.CharField(max_length=2_000, required=False, default="", allow_blank=True, write_only=True)
    zones = serializers.BooleanField(default=True)
    rules = serializers.BooleanField(default=True)
    permissions = serializers.BooleanField(default=True)


class RecordingSerializer(serializers.ModelSerializer[Recording]):
    job = serializers.UUIDField(source="job.id", read_only=True)
    duration_ms = serializers.SerializerMethodField()

    class Meta:
        model = Recording
        fields = [
            "id", "camera", "job", "original_name", "state", "refusal", "size_bytes", "sha256", "duration_ms",
            "started_at", "uploaded_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_duration_ms(self, recording: Recording) -> int | None:
        return (recording.facts or {}).get("duration_ms")


class SiteTimeField(serializers.DateTimeField):
    """A time; without an offset it stays so, until the clock of the camera's site is known."""

    def enforce_timezone(self, value: datetime) -> datetime:
        return value


STARTED_AT_HELP = (
    "When its first frame was taken; without an offset, on the clock of the camera's site. "
    "Left out: it ended when it was uploaded."
)


def aware_at(camera: Camera, time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=ZoneInfo(camera.site.time_zone)) if time and time.tzinfo is None else time


class RecordingUploadSerializer(serializers.Serializer[Any]):
    """The form of an upload."""

    camera = serializers.IntegerField(min_value=1)
    file = serializers.FileField(allow_empty_file=True)
    started_at = SiteTimeField(required=False, help_text=STARTED_AT_HELP)


class ContentQuerySerializer(serializers.Serializer[Any]):
    """What stands in the address where the body is the recording itself."""

    camera = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=1000, required=False, default="recording")
    started_at = SiteTimeField(required=False, help_text=STARTED_AT_HELP)
