"""Events: listed, looked at, reviewed, and their pictures fetched."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from events.api.serializers import EventSerializer, ExplanationSerializer, ReviewSerializer
from events.choices import Verdict
from events.explanation import evidence_moments
from events.filters import EventFilter
from events.models import Clip, Event
from events.selectors import event_get, events_visible_to
from events.services.review import event_review
from vms.api_views import VisibleViewSet
from vms.errors import NotFoundError
from vms.storage.media import media_path
from vms.storage.serving import file_response

Endpoint = TypeVar("Endpoint")


def _file_schema(content_type: str, summary: str) -> Callable[[Endpoint], Endpoint]:
    answers = {
        (status, content_type): OpenApiResponse(OpenApiTypes.BINARY, description=text)
        for status, text in ((200, "The whole file."), (206, "The range asked for."))
    }
    return extend_schema(  # type: ignore[return-value]  # it changes nothing of the view
        summary=summary,
        responses={**answers, 416: OpenApiResponse(description="No such range.")},
    )


class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Event]):
    serializer_class = EventSerializer
    queryset = Event.objects.none()
    filterset_class = EventFilter
    lookup_value_converter = "uuid"
    keyset_field = "-started_at"

    def get_queryset(self) -> QuerySet[Event]:
        return events_visible_to(self.request.user)

    @extend_schema(responses=ExplanationSerializer, filters=False, summary="Why it is an event, in words")
    @action(detail=True, filterset_class=None)
    def explanation(self, request: Request, pk: uuid.UUID) -> Response:
        event_get(self.asked_by, pk)
        event = self.get_queryset().select_related("job__recording", "stream").get(id=pk)
        rows = [{"what": what, "at": at, "more": more} for what, at, more in evidence_moments(event)]
        return Response(ExplanationSerializer(event, context={"rows": rows}).data)

    @extend_schema(request=ReviewSerializer, responses=EventSerializer, summary="Set the verdict on an event")
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: uuid.UUID) -> Response:
        event_get(self.asked_by, pk)
        serializer = ReviewSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        event = event_review(user=self.asked_by, event_id=pk, verdict=Verdict(values["verdict"]), note=values["note"])
        return Response(self.get_serializer(event).data)

    @_file_schema("video/mp4", "The event's clip")
    @action(detail=True)
    def clip(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        return self._file(self._clip(pk).video_name, "video/mp4")

    @_file_schema("image/jpeg", "The event's best picture")
    @action(detail=True)
    def snapshot(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        return self._file(self._clip(pk).snapshot_name, "image/jpeg")

    @_file_schema("application/json", "The boxes to draw over the clip")
    @action(detail=True)
    def boxes(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        return self._file(self._clip(pk).boxes_name, "application/json")

    def _clip(self, event_id: uuid.UUID) -> Clip:
        clip: Clip | None = getattr(event_get(self.asked_by, event_id), "clip", None)
        if clip is None:
            raise NotFoundError(_("The event has no clip yet."))
        return clip

    def _file(self, name: str, content_type: str) -> HttpResponseBase:
        if not name:
            raise NotFoundError(_("The event does not have that file."))
        return file_response(self.request._request, media_path(name), content_type)
