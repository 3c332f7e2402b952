"""Track logs: which stretches there are, and what was tracked in one of them, for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from events.filters import TrackLogFilter
from events.models import TrackLog
from events.selectors import track_log_get, track_logs_visible_to
from events.track_reading import frames_of
from rules.engine.frames import FrameTracks
from vms.api_views import VisibleViewSet

JSON_LINES = "application/x-ndjson"


class TrackLogSerializer(serializers.ModelSerializer[TrackLog]):
    camera_name = serializers.CharField(source="camera.name", read_only=True)

    class Meta:
        model = TrackLog
        fields = [
            "id", "camera", "camera_name", "job", "starts_at", "ends_at", "frames", "objects_seen", "size_bytes",
        ]  # fmt: skip
        read_only_fields = fields


class TrackLogViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[TrackLog]):
    serializer_class = TrackLogSerializer
    queryset = TrackLog.objects.none()
    filterset_class = TrackLogFilter
    keyset_field = "-starts_at"

    def get_queryset(self) -> QuerySet[TrackLog]:
        return track_logs_visible_to(self.request.user)

    @extend_schema(
        summary="What was tracked, one frame a line",
        responses={(200, JSON_LINES): OpenApiResponse(OpenApiTypes.STR, description="A JSON object a line.")},
        filters=False,
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def frames(self, request: Request, pk: int) -> HttpResponse:
        row = track_log_get(self.asked_by, pk)
        zero = row.starts_at - timedelta(milliseconds=row.start_ms)
        response = HttpResponse((_line(zero, frame) for frame in frames_of(row)), content_type=JSON_LINES)
        response["Content-Disposition"] = f'attachment; filename="tracks-{row.camera_id}-{row.id}.jsonl"'
        return response


def _line(zero: datetime, frame: FrameTracks) -> str:
    at = zero + timedelta(milliseconds=frame.timestamp_ms)
    line = {"at": at.isoformat(timespec="milliseconds"), "tracks": list(_tracks(frame)), **_more(frame)}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _tracks(frame: FrameTracks) -> Iterator[Mapping[str, Any]]:
    rows = zip(
        frame.track_ids.tolist(),
        frame.class_names,
        frame.confidences.tolist(),
        frame.boxes_xyxy.tolist(),
        strict=True,
    )
    for index, (track_id, class_name, confidence, box) in enumerate(rows):
        track = {"id": track_id, "class": class_name, "confidence": confidence, "box_xyxy": _rounded(box)}
        if frame.models:
            track["model"] = frame.models[index]
        if track_id in frame.keypoints:
            track["keypoints"] = [_rounded(point) for point in frame.keypoints[track_id].tolist()]
        if track_id in frame.attributes:
            track["attributes"] = dict(frame.attributes[track_id])
        yield track


def _more(frame: FrameTracks) -> dict[str, Any]:
    """What is there of the picture as a whole."""
    more: dict[str, Any] = {}
    if (items := frame.items) is not None:
        found = zip(items.class_names, items.confidences.tolist(), items.boxes_xyxy.tolist(), strict=True)
        more["items"] = [
            {"class": name, "confidence": confidence, "box_xyxy": _rounded(box)} for name, confidence, box in found
        ]
    if (signals := frame.signals) is not None:
        figures = ("brightness", "contrast", "sharpness", "shift")
        more["picture"] = {name: value for name in figures if (value := getattr(signals, name)) is not None}
    return more


def _rounded(numbers: list[float]) -> list[float]:
    return [round(number, 5) for number in numbers]
