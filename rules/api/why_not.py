"""Why not: how near each rule of a camera was to coming true at a moment."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cameras.selectors import camera_get
from rules.why_not import camera_why_not
from vms.api_views import ErrorSerializer, api_user


class MomentSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text="The moment asked about.")


class RuleAnswerSerializer(serializers.Serializer[Any]):
    rule = serializers.IntegerField(source="rule.id", allow_null=True, default=None)
    rule_name = serializers.CharField(source="rule.name", default="")
    version = serializers.IntegerField(help_text="The version that was looked for then, if the rule was in use.")
    was_in_use = serializers.BooleanField(
        help_text="False: the rule was not in use then, and this is what the version in force now says."
    )
    version_now = serializers.IntegerField(allow_null=True, help_text="The version in force now.")
    met = serializers.BooleanField()
    nearness = serializers.FloatField(help_text="From 0 to 1 (it was fulfilled).")
    track_id = serializers.IntegerField(allow_null=True, help_text="The track that came nearest.")
    class_name = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField(), help_text="What was missing, in words.")
    missing = serializers.ListField(
        child=serializers.DictField(), help_text="The clauses that were not fulfilled, with what was measured."
    )


class WhyNotSerializer(serializers.Serializer[Any]):
    camera = serializers.IntegerField(source="camera.id")
    at = serializers.DateTimeField()
    frame_at = serializers.DateTimeField(help_text="Of the frame that was looked at.")
    tracks = serializers.IntegerField(help_text="How many objects were tracked in it.")
    rules = RuleAnswerSerializer(many=True, help_text="The nearest first.")


class WhyNotView(APIView):
    @extend_schema(
        parameters=[MomentSerializer],
        responses={
            200: WhyNotSerializer,
            404: OpenApiResponse(ErrorSerializer, description="Nothing was logged then."),
        },
        summary="Why no rule came true at a moment: what each of them was missing",
    )
    def get(self, request: Request, pk: int) -> Response:
        user = api_user(request)
        camera = camera_get(user, pk)
        given = MomentSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        answer = camera_why_not(user=user, camera=camera, at=given.validated_data["at"])
        return Response(WhyNotSerializer(answer).data)
