"""Jobs: listed, cancelled and tried again."""

from __future__ import annotations

import uuid

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cameras.filters import cameras_to_choose
from vms.api_views import VisibleViewSet
from workers.api.serializers import JobSerializer
from workers.choices import JobState
from workers.models import Job
from workers.selectors import job_get, jobs_visible_to
from workers.services.jobs import job_cancel, job_retry


class JobFilter(django_filters.FilterSet):
    camera = django_filters.ModelChoiceFilter(
        field_name="recording__camera",
        label="Camera",
        queryset=cameras_to_choose,  # type: ignore[arg-type]  # a callable is allowed
    )
    state = django_filters.MultipleChoiceFilter(choices=JobState.choices)


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Job]):
    serializer_class = JobSerializer
    queryset = Job.objects.none()
    filterset_class = JobFilter
    lookup_value_converter = "uuid"
    keyset_field = "-created_at"

    def get_queryset(self) -> QuerySet[Job]:
        return jobs_visible_to(self.request.user)

    @extend_schema(request=None, responses=JobSerializer, summary="Stop a job and delete its recording")
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: uuid.UUID) -> Response:
        job_cancel(user=self.asked_by, job_id=pk)
        return Response(JobSerializer(job_get(self.asked_by, pk)).data)

    @extend_schema(request=None, responses=JobSerializer, summary="Go on with a failed job after its last done part")
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: uuid.UUID) -> Response:
        job_retry(user=self.asked_by, job_id=pk)
        return Response(JobSerializer(job_get(self.asked_by, pk)).data)
