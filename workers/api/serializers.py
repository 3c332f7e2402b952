"""Jobs, nodes and dead letters as JSON."""

from __future__ import annotations

from rest_framework import serializers

from workers.choices import NodeState
from workers.models import DeadLetter, Job
from workers.services.replays import MAX_REASON, REPLAYS
from workers.standings import NodeStanding


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


class NodeSerializer(serializers.Serializer[NodeStanding]):
    """A GPU host. What it measured is null where it told nothing lately."""

    id = serializers.IntegerField(source="node.id", read_only=True)
    name = serializers.CharField(source="node.name", read_only=True)
    hostname = serializers.CharField(source="node.hostname", read_only=True)
    version = serializers.CharField(source="node.version", read_only=True)
    detector = serializers.CharField(source="node.detector", read_only=True)
    model = serializers.CharField(source="node.model", read_only=True)
    state = serializers.ChoiceField(choices=NodeState.choices, read_only=True)
    enabled = serializers.BooleanField(source="node.enabled", read_only=True)
    draining = serializers.BooleanField(source="node.draining", read_only=True)
    registered_at = serializers.DateTimeField(source="node.registered_at", read_only=True)
    seen_at = serializers.DateTimeField(source="node.seen_at", read_only=True)
    breaker_until = serializers.DateTimeField(source="node.breaker_until", read_only=True)
    failure = serializers.CharField(read_only=True, help_text="Why it was taken out.")
    frames_per_second = serializers.FloatField(read_only=True, help_text="How many it can look at.")
    frames_asked_per_second = serializers.FloatField(
        source="load.frames_asked_per_second", default=None, read_only=True
    )
    frames_answered_per_second = serializers.FloatField(
        source="load.frames_answered_per_second", default=None, read_only=True
    )
    busy = serializers.FloatField(source="load.busy", default=None, read_only=True)
    cpu_share = serializers.FloatField(source="load.cpu_share", default=None, read_only=True)
    gpu_share = serializers.FloatField(source="load.gpu_share", default=None, read_only=True)
    gpu_memory_share = serializers.FloatField(read_only=True, allow_null=True)
    streams = serializers.IntegerField(read_only=True, help_text="Cameras that it watches or was given.")
    chunks = serializers.SerializerMethodField(help_text="Parts of recordings that it works on.")
    outbox_waiting = serializers.IntegerField(source="node.outbox_waiting", read_only=True)
    outbox_lost = serializers.IntegerField(source="node.outbox_lost", read_only=True)

    def get_chunks(self, standing: NodeStanding) -> int:
        return len(standing.chunks)


class DeadLetterSerializer(serializers.ModelSerializer[DeadLetter]):
    node = serializers.CharField(source="node.name", default=None, read_only=True)
    settled_by = serializers.CharField(source="settled_by.username", default=None, read_only=True)
    tried_by = serializers.CharField(source="tried_by.username", default=None, read_only=True)
    payload = serializers.JSONField(read_only=True)
    replayable = serializers.SerializerMethodField(help_text="Whether this kind can be sent again.")

    class Meta:
        model = DeadLetter
        fields = [
            "id", "at", "kind", "subject", "camera", "node", "reason", "payload", "state", "outcome", "tried_at",
            "tried_by", "settled_at", "settled_by", "replayable",
        ]  # fmt: skip
        read_only_fields = fields

    def get_replayable(self, letter: DeadLetter) -> bool:
        return letter.kind in REPLAYS


class DiscardSerializer(serializers.Serializer[dict[str, str]]):
    reason = serializers.CharField(max_length=MAX_REASON, help_text="Why it is given up.")
