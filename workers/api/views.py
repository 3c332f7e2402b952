"""Jobs, nodes and dead letters: listed, and what a person may do with them."""

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
from vms.api_views import ErrorSerializer, VisibleViewSet
from vms.errors import ConflictError
from workers.api.serializers import DeadLetterSerializer, DiscardSerializer, JobSerializer, NodeSerializer
from workers.choices import DeadLetterState, JobState
from workers.filters import DeadLetterFilter
from workers.models import DeadLetter, Job, WorkerNode
from workers.selectors import dead_letters_visible_to, job_get, jobs_visible_to, node_get, nodes_visible_to
from workers.services.jobs import job_cancel, job_retry
from workers.services.node_changes import node_drain, node_undrain
from workers.services.replays import dead_letter_discard, dead_letter_replay
from workers.standings import node_standings


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


class NodeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[WorkerNode]):
    """GPU hosts: supervisors see them, admins change them; for everybody else there are none."""

    serializer_class = NodeSerializer  # type: ignore[assignment]  # a node is shown by its standing
    queryset = WorkerNode.objects.none()
    filterset_fields = ["enabled", "draining"]

    def get_queryset(self) -> QuerySet[WorkerNode]:
        return nodes_visible_to(self.request.user)

    def list(self, request: Request) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        standings = NodeSerializer(node_standings(rows), many=True)  # type: ignore[arg-type]  # a list, since many
        return self.get_paginated_response(standings.data)

    def retrieve(self, request: Request, pk: int) -> Response:
        return self._answer(self.get_object())

    @extend_schema(request=None, responses=NodeSerializer, summary="Give it nothing new and take over what it watches")
    @action(detail=True, methods=["post"])
    def drain(self, request: Request, pk: int) -> Response:
        node_get(self.asked_by, pk)
        return self._answer(node_drain(user=self.asked_by, node_id=pk))

    @extend_schema(request=None, responses=NodeSerializer, summary="Let a drained node work again")
    @action(detail=True, methods=["post"])
    def undrain(self, request: Request, pk: int) -> Response:
        node_get(self.asked_by, pk)
        return self._answer(node_undrain(user=self.asked_by, node_id=pk))

    @staticmethod
    def _answer(node: WorkerNode) -> Response:
        return Response(NodeSerializer(node_standings([node])[0]).data)


class DeadLetterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[DeadLetter]):
    """For admins all; for supervisors those of their cameras; for everybody else there are none."""

    serializer_class = DeadLetterSerializer
    queryset = DeadLetter.objects.none()
    filterset_class = DeadLetterFilter
    keyset_field = "-at"

    def get_queryset(self) -> QuerySet[DeadLetter]:
        return dead_letters_visible_to(self.request.user)

    @extend_schema(
        request=None, responses={200: DeadLetterSerializer, 409: ErrorSerializer}, summary="Send it again, once"
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: int) -> Response:
        letter = dead_letter_replay(user=self.asked_by, letter_id=pk)
        if letter.state == DeadLetterState.KEPT:
            raise ConflictError(f"It failed again and is kept: {letter.outcome}")
        return Response(DeadLetterSerializer(letter).data)

    @extend_schema(request=DiscardSerializer, responses=DeadLetterSerializer, summary="Give it up, and say why")
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: int) -> Response:
        self.get_object()
        serializer = DiscardSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        letter = dead_letter_discard(user=self.asked_by, letter_id=pk, reason=serializer.validated_data["reason"])
        return Response(DeadLetterSerializer(letter).data)
