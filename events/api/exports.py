"""Exports: asked for, followed, fetched, tried again and removed."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from events.choices import ExportState
from events.exports.selectors import exports_visible_to
from events.exports.services import MOST_EVENTS, export_delete, export_hand_out, export_request, export_retry
from events.models import Export
from vms.api_views import VisibleViewSet
from vms.storage.media import media_path
from vms.storage.serving import file_response


class ExportSerializer(serializers.ModelSerializer[Export]):
    """``url``: of the ZIP, once it is done; ``sha256``: of the same."""

    requested_by = serializers.CharField(source="requested_by.username", read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = [
            "id", "requested_by", "state", "progress_percent", "event_count", "size_bytes", "sha256", "error",
            "created_at", "finished_at", "url",
        ]  # fmt: skip
        read_only_fields = fields

    def get_url(self, export: Export) -> str | None:
        if export.state != ExportState.DONE:
            return None
        return reverse("api:export-file", args=[export.id], request=self.context.get("request"))


class ExportRequestSerializer(serializers.Serializer[Any]):
    events = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST_EVENTS)


class ExportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Export]):
    serializer_class = ExportSerializer
    queryset = Export.objects.none()
    filterset_fields = ["state"]
    lookup_value_converter = "uuid"
    keyset_field = "-created_at"

    def get_queryset(self) -> QuerySet[Export]:
        return exports_visible_to(self.request.user)

    @extend_schema(
        request=ExportRequestSerializer, responses={202: ExportSerializer}, summary="Ask for events as a ZIP"
    )
    def create(self, request: Request) -> Response:
        serializer = ExportRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        export = export_request(user=self.asked_by, event_ids=serializer.validated_data["events"])
        return self._answer(export)

    def destroy(self, request: Request, pk: uuid.UUID) -> Response:
        export_delete(user=self.asked_by, export_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: ExportSerializer}, summary="Build a failed export once more")
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: uuid.UUID) -> Response:
        return self._answer(export_retry(user=self.asked_by, export_id=pk))

    @extend_schema(
        summary="The ZIP; 403 when it shows a camera that you may no longer view",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    @action(detail=True, url_name="file")
    def file(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        export = export_hand_out(user=self.asked_by, export_id=pk)
        path = media_path(export.file_name)
        return file_response(request._request, path, "application/zip", download_name=export.download_name)

    def _answer(self, export: Export) -> Response:
        return Response(self.get_serializer(export).data, status=status.HTTP_202_ACCEPTED)
