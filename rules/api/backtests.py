"""Back-tests: asking for one, following it, its hits."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from rules.backtests.results import CameraResult
from rules.backtests.selectors import (
    backtest_get,
    backtest_hits,
    backtests_visible_to,
    camera_results,
    whole_result,
)
from rules.backtests.services import Period, backtest_ask, backtest_cancel
from rules.filters import BacktestFilter
from rules.models import Backtest, BacktestHit, Rule
from rules.selectors import version_get
from vms.api_fields import KeyField
from vms.api_views import VisibleViewSet
from vms.errors import InvalidError
from vms.pagination import KeysetPagination

LARGEST = 2**31 - 1


class BacktestWriteSerializer(serializers.Serializer[dict[str, Any]]):
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST, help_text="Without it, and without a document: the newest."
    )
    document = serializers.CharField(
        required=False, max_length=65_536, help_text="A text that is no version (YAML); for admins."
    )
    cameras = KeyField(many=True, queryset=Camera.objects.none(), allow_empty=False)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="Not included.")

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401  DRF's signature
        super().__init__(*args, **more)
        request = self.context.get("request")
        if request is not None:
            self.fields["cameras"].child_relation.queryset = cameras_visible_to(request.user)  # type: ignore[attr-defined]


class LogGapSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class TallySerializer(serializers.Serializer[Any]):
    hits = serializers.IntegerField(help_text="What would have been found: kept and new.")
    kept = serializers.IntegerField(help_text="Found by the live rule too.")
    new = serializers.IntegerField(help_text="Not found by the live rule.")
    gone = serializers.IntegerField(help_text="Events of the live rule that would not have been found.")
    kept_true = serializers.IntegerField()
    kept_false = serializers.IntegerField()
    gone_true = serializers.IntegerField(help_text="Judged true by a person, and would have been missed.")
    gone_false = serializers.IntegerField()
    false_share = serializers.FloatField(
        allow_null=True, help_text="Of the hits whose event a person judged: the share that is a false alarm."
    )
    by_hour = serializers.ListField(
        source="hours", child=serializers.IntegerField(), help_text="Hits by the hour of the day at the site."
    )
    not_shown = serializers.IntegerField(help_text="Hits of which only the number was kept.")


class DifferingSerializer(LogGapSerializer):
    zones = serializers.ListField(child=serializers.CharField(), help_text="Drawn otherwise then, or not there.")
    values = serializers.BooleanField(help_text="The live rule's parameters had other values on the camera.")
    scale = serializers.BooleanField(help_text="The camera was calibrated otherwise.")
    calendar = serializers.BooleanField(help_text="The site had other holidays, or another time zone.")


class CameraResultSerializer(TallySerializer):
    camera = serializers.IntegerField()
    camera_name = serializers.CharField()
    reason = serializers.CharField(help_text="Why nothing could be found here; else empty.")
    covered_seconds = serializers.FloatField(help_text="Of how much of the period tracks were logged.")
    gaps = LogGapSerializer(many=True, help_text="The longest times of which nothing was logged.")
    differing = DifferingSerializer(many=True, help_text="When all was not as now, which is tried.")


class BacktestSerializer(serializers.ModelSerializer[Backtest]):
    """``total`` and ``cameras`` hold the cameras that are done and that the reader may view."""

    rule_name = serializers.CharField(source="rule.name", read_only=True)
    asked_by = serializers.CharField(source="asked_by.username", read_only=True)
    start = serializers.DateTimeField(source="period_start", read_only=True)
    end = serializers.DateTimeField(source="period_end", read_only=True)
    total = serializers.SerializerMethodField()
    cameras = serializers.SerializerMethodField()

    class Meta:
        model = Backtest
        fields = [
            "id", "rule", "rule_name", "version", "document", "asked_by", "start", "end", "time_zone", "state",
            "progress_percent", "created_at", "finished_at", "error", "total", "cameras",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TallySerializer)
    def get_total(self, backtest: Backtest) -> dict[str, Any]:
        return dict(TallySerializer(whole_result(backtest)).data)

    @extend_schema_field(CameraResultSerializer(many=True))
    def get_cameras(self, backtest: Backtest) -> list[dict[str, Any]]:
        rows = [_named(camera, result) for camera, result in camera_results(backtest) if result is not None]
        return list(CameraResultSerializer(rows, many=True).data)


def _named(camera: Camera, result: CameraResult) -> dict[str, Any]:
    figures = {name: getattr(result, name) for name in (*CameraResult.model_fields, "hits", "false_share")}
    return figures | {"camera": camera.id, "camera_name": camera.name}


class BacktestHitSerializer(serializers.ModelSerializer[BacktestHit]):
    camera = serializers.IntegerField(source="part.camera_id", read_only=True)
    camera_name = serializers.CharField(source="part.camera.name", read_only=True)
    event = serializers.UUIDField(source="event_id", read_only=True, allow_null=True)
    verdict = serializers.CharField(source="event.verdict", read_only=True, allow_null=True)

    class Meta:
        model = BacktestHit
        fields = [
            "id", "kind", "camera", "camera_name", "started_at", "ended_at", "track_id", "class_name", "confidence",
            "box_xyxy", "evidence", "event", "verdict",
        ]  # fmt: skip
        read_only_fields = fields


class BacktestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Backtest]):
    """Everybody's own back-tests; all of them for admins."""

    serializer_class = BacktestSerializer
    queryset = Backtest.objects.none()
    lookup_value_converter = "uuid"
    keyset_field = "-created_at"
    filterset_class = BacktestFilter

    def get_queryset(self) -> QuerySet[Backtest]:
        return backtests_visible_to(self.request.user)

    @extend_schema(summary="The hits, earliest first", responses=BacktestHitSerializer(many=True), filters=False)
    @action(detail=True, keyset_field="started_at", filterset_class=None)
    def hits(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        pages = KeysetPagination()
        rows = pages.paginate_queryset(backtest_hits(self.asked_by, self.get_object()), self.request, self)
        return pages.get_paginated_response(BacktestHitSerializer(rows, many=True).data)

    @extend_schema(request=None, responses=BacktestSerializer, filters=False)
    @action(detail=True, methods=["post"], filterset_class=None)
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        backtest = self.get_object()
        return Response(BacktestSerializer(backtest_cancel(user=self.asked_by, backtest_id=backtest.id)).data)


class BacktestActions(VisibleViewSet[Rule]):
    """What a rule's address offers below ``backtests``."""

    @extend_schema(methods=["GET"], responses=BacktestSerializer(many=True), filters=False, summary="Newest first")
    @extend_schema(
        methods=["POST"],
        request=BacktestWriteSerializer,
        responses={202: BacktestSerializer},
        filters=False,
        summary="Try a version, or a text of one's own, on what was tracked in the past",
    )
    @action(detail=True, methods=["get", "post"], keyset_field="-created_at", filterset_fields=None)
    def backtests(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        rule = self.get_object()
        if request.method == "POST":
            return self._ask(rule, request)
        pages = KeysetPagination()
        page = pages.paginate_queryset(backtests_visible_to(self.asked_by).filter(rule=rule), self.request, self)
        return pages.get_paginated_response(BacktestSerializer(page, many=True).data)

    def _ask(self, rule: Rule, request: Request) -> Response:
        given = BacktestWriteSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        wish = given.validated_data
        document, number = wish.get("document", ""), wish.get("version")
        if document and number:
            raise InvalidError("Name a version or give a document, not both.", fields={"version": ["Leave it out."]})
        version = version_get(rule, number) if number else None if document else rule.versions.first()
        if version is None and not document:
            raise InvalidError("The rule has no document yet.")
        backtest = backtest_ask(
            user=self.asked_by,
            rule=rule,
            cameras=wish["cameras"],
            period=Period(wish["start"], wish["end"]),
            version=version,
            document=document,
        )
        shown = backtest_get(self.asked_by, backtest.id)
        return Response(BacktestSerializer(shown).data, status=status.HTTP_202_ACCEPTED)
