"""Recordings: listed, and uploaded as a form or as the request's bare body (``curl -T``)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cameras.api.serializers import ContentQuerySerializer, RecordingSerializer, RecordingUploadSerializer, aware_at
from cameras.filters import RecordingFilter
from cameras.models import Recording
from cameras.selectors import CameraPermission, camera_get, recordings_visible_to
from cameras.services.intake import recording_receive
from cameras.uploads import body_take, upload_take
from vms.api_views import VisibleViewSet, api_user
from workers.api.serializers import JobSerializer


class RecordingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Recording]):
    serializer_class = RecordingSerializer
    queryset = Recording.objects.none()
    parser_classes = [MultiPartParser]
    lookup_value_converter = "uuid"
    keyset_field = "-uploaded_at"
    filterset_class = RecordingFilter

    def get_queryset(self) -> QuerySet[Recording]:
        return recordings_visible_to(self.request.user).select_related("job")

    @extend_schema(
        request={"multipart/form-data": RecordingUploadSerializer},
        responses={201: JobSerializer},
        summary="Upload a recording as a form; answers with the job that analyses it",
    )
    def create(self, request: Request) -> Response:
        user = api_user(request)
        serializer = RecordingUploadSerializer(data=request.data)
        upload_take(request._request, "file")
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        camera = camera_get(user, values["camera"], CameraPermission.UPLOAD)
        job = recording_receive(
            user=user,
            camera=camera,
            upload=values["file"],
            original_name=values["file"].name,
            started_at=aware_at(camera, values.get("started_at")),
        )
        return Response(JobSerializer(job).data, status=status.HTTP_201_CREATED)


class AnyBody(BaseParser):
    """Leaves the body alone: it was streamed to the disk already."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:  # noqa: ANN401  DRF's signature
        return {}


class RecordingContentView(APIView):
    parser_classes = [AnyBody]

    @extend_schema(
        parameters=[ContentQuerySerializer],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: JobSerializer},
        summary="Upload a recording as the bare body; answers with the job that analyses it",
    )
    def put(self, request: Request) -> Response:
        user = api_user(request)
        query = ContentQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        values = query.validated_data
        camera = camera_get(user, values["camera"], CameraPermission.UPLOAD)
        file = body_take(request._request)
        try:
            job = recording_receive(
                user=user,
                camera=camera,
                upload=file,
                original_name=values["name"],
                started_at=aware_at(camera, values.get("started_at")),
            )
        finally:
            file.close()
        return Response(JobSerializer(job).data, status=status.HTTP_201_CREATED)
