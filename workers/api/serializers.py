"""Jobs as JSON."""

from __future__ import annotations

from rest_framework import serializers

from workers.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    camera = serializers.IntegerField(source="recording.camera_id", read_only=True)
    recording_name = serializers.CharField(source="recording.original_name", read_only=True)
    duration_ms = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "id", "recording", "recording_name", "camera", "state", "position_ms", "duration_ms", "frames_analysed",
            "frames_lost", "error", "notes", "created_at", "started_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields

    notes = serializers.ListField(child=serializers.CharField(), read_only=True)

    def get_duration_ms(self, job: Job) -> int | None:
        return (job.recording.facts or {}).get("duration_ms")
