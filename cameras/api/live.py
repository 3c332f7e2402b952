"""How a live camera does, what it saw, and its newest picture."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cameras.coverage import coverage_of_spans, coverage_spans
from cameras.live_pictures import live_picture_require, picture_response
from cameras.models import CameraHealth
from cameras.selectors import camera_get
from cameras.services.health_memory import frames_counted
from vms.api_views import ErrorSerializer, api_user
from vms.errors import InvalidError

LONGEST_DAYS = 31


class FrameCountsSerializer(serializers.Serializer[Any]):
    looked_at = serializers.IntegerField(help_text="By a detector.")
    unmoved = serializers.IntegerField(help_text="Nothing moved in them, so no detector had to look.")
    skipped = serializers.IntegerField(help_text="A newer one took their place before anybody had time for them.")
    held_back = serializers.IntegerField(help_text="Not taken: the worker is full and looks at this camera less often.")
    damaged = serializers.IntegerField(help_text="They could not be decoded whole.")


class HealthSerializer(serializers.ModelSerializer[CameraHealth]):
    node = serializers.CharField(allow_null=True, read_only=True, help_text="The worker that watches it now.")
    frames = FrameCountsSerializer(
        allow_null=True,
        read_only=True,
        help_text="What became of the frames since that worker began with the camera; a few seconds old.",
    )

    class Meta:
        model = CameraHealth
        fields = [
            "camera", "state", "since", "reason", "fault", "condition", "reported_at", "frame_at", "width", "height",
            "node", "frames",
        ]  # fmt: skip
        read_only_fields = fields


class SpanSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["analysed", "degraded", "blind"])
    reason = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


class CoverageMinutesSerializer(serializers.Serializer[Any]):
    analysed = serializers.IntegerField()
    degraded = serializers.IntegerField()
    blind = serializers.IntegerField()
    switched_off = serializers.IntegerField()


class CoverageSerializer(serializers.Serializer[Any]):
    camera = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    share = serializers.FloatField(
        allow_null=True, help_text="Minutes analysed, of those in which the camera was to be watched: 0 to 1."
    )
    minutes = CoverageMinutesSerializer()
    spans = SpanSerializer(many=True)


PeriodSerializer = type(
    "PeriodSerializer",
    (serializers.Serializer,),
    {
        "__doc__": "`from` is a word of Python.",
        "from": serializers.DateTimeField(required=False, help_text="Left out: a day before `to`."),
        "to": serializers.DateTimeField(required=False, help_text="Left out: now."),
    },
)


class PictureQuerySerializer(serializers.Serializer[Any]):
    boxes = serializers.BooleanField(default=False, help_text="JSON with the picture, its time and its boxes.")


class LiveBoxSerializer(serializers.Serializer[Any]):
    track_id = serializers.IntegerField()
    class_name = serializers.CharField()
    confidence = serializers.FloatField()
    box_xyxy = serializers.ListField(child=serializers.FloatField(), help_text="Left, top, right, bottom, 0 to 1.")


class PictureSerializer(serializers.Serializer[Any]):
    taken_at = serializers.DateTimeField()
    boxes = LiveBoxSerializer(many=True)
    jpeg = serializers.CharField(help_text="Base64.")


class HealthView(APIView):
    @extend_schema(responses=HealthSerializer, summary="How the camera does")
    def get(self, request: Request, pk: int) -> Response:
        camera = camera_get(api_user(request), pk)
        health = CameraHealth.objects.filter(camera=camera).select_related("camera__stream__node").first()
        health = health or CameraHealth(camera=camera)
        stream = getattr(health.camera, "stream", None)
        health.node = stream.watched_by.name if stream and stream.watched_by else None  # type: ignore[attr-defined]
        health.frames = frames_counted(health.memory)  # type: ignore[attr-defined]
        return Response(HealthSerializer(health).data)


class CoverageView(APIView):
    @extend_schema(
        parameters=[PeriodSerializer], responses=CoverageSerializer, summary="What of a period the camera was watched"
    )
    def get(self, request: Request, pk: int) -> Response:
        camera = camera_get(api_user(request), pk)
        start, end = _period(request)
        spans = coverage_spans(camera, start, end)
        minutes = coverage_of_spans(spans)
        answer = {
            "camera": camera.id, "started_at": start, "ended_at": end, "share": minutes.share, "minutes": minutes,
            "spans": spans,
        }  # fmt: skip
        return Response(CoverageSerializer(answer).data)


def _period(request: Request) -> tuple[datetime, datetime]:
    query = PeriodSerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    end = query.validated_data.get("to") or timezone.now()
    try:
        start = query.validated_data.get("from") or end - timedelta(days=1)
        fits = timedelta(0) < end - start <= timedelta(days=LONGEST_DAYS)
    except OverflowError:
        fits = False
    if not fits:
        raise InvalidError(f"A period begins before it ends and has at most {LONGEST_DAYS} days.")
    return start, end


class PictureView(APIView):
    @extend_schema(
        parameters=[PictureQuerySerializer],
        responses={
            (200, "image/jpeg"): OpenApiResponse(OpenApiTypes.BINARY, description="The newest picture."),
            (200, "application/json"): PictureSerializer,
            304: OpenApiResponse(description="The picture of `If-None-Match` still is the newest."),
            404: OpenApiResponse(ErrorSerializer, description="No such camera, or no picture younger than 10 s."),
        },
        summary="The camera's newest picture, never older than 10 s",
    )
    def get(self, request: Request, pk: int) -> HttpResponse | Response:
        """Who asks wants to see: the camera's worker begins to send pictures, so ask again after a second or two."""
        query = PictureQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        picture = live_picture_require(camera_get(api_user(request), pk))
        if not query.validated_data["boxes"]:
            return picture_response(request._request, picture)
        answer = {"taken_at": picture.taken_at, "boxes": picture.boxes, "jpeg": base64.b64encode(picture.jpeg).decode()}
        return Response(PictureSerializer(answer).data, headers={"Cache-Control": "no-store"})
