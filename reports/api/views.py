"""Reports: asked for, followed, fetched, tried again and removed."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reports.api.serializers import ReportRequestSerializer, RunSerializer
from reports.choices import ReportFormat
from reports.models import Run
from reports.renderers import RENDERERS
from reports.requests import ReportRequest
from reports.selectors import file_download_name, report_file_get, run_get, runs_visible_to
from reports.services import report_delete, report_request, report_retry
from vms.api_views import VisibleViewSet
from vms.storage.media import media_path
from vms.storage.serving import file_response


class ReportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Run]):
    serializer_class = RunSerializer
    queryset = Run.objects.none()
    filterset_fields = ["state"]
    lookup_value_converter = "uuid"
    keyset_field = "-created_at"

    def get_queryset(self) -> QuerySet[Run]:
        return runs_visible_to(self.request.user)

    @extend_schema(request=ReportRequestSerializer, responses={202: RunSerializer}, summary="Ask for a report")
    def create(self, request: Request) -> Response:
        serializer = ReportRequestSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        run = report_request(user=self.asked_by, request=ReportRequest(**serializer.validated_data))
        return self._answer(run.id, status.HTTP_202_ACCEPTED)

    def destroy(self, request: Request, pk: uuid.UUID) -> Response:
        report_delete(user=self.asked_by, run_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: RunSerializer}, summary="Build a failed report once more")
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: uuid.UUID) -> Response:
        report_retry(user=self.asked_by, run_id=pk)
        return self._answer(pk, status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="One file of a report; 403 when it shows a camera that you may no longer view",
        parameters=[OpenApiParameter("report_format", str, OpenApiParameter.PATH, enum=ReportFormat.values)],
        responses={(200, renderer.content_type): OpenApiTypes.BINARY for renderer in RENDERERS.values()},
    )
    @action(detail=True, url_path="files/<str:report_format>", url_name="file")
    def file(self, request: Request, pk: uuid.UUID, report_format: str) -> HttpResponseBase:
        file = report_file_get(self.asked_by, pk, report_format)
        content_type = RENDERERS[ReportFormat(file.format)].content_type
        path = media_path(file.file_name)
        return file_response(request._request, path, content_type, download_name=file_download_name(file))

    def _answer(self, run_id: uuid.UUID, code: int) -> Response:
        run: Any = run_get(self.asked_by, run_id)
        return Response(self.get_serializer(run).data, status=code)
