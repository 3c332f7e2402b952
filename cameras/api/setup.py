"""Looking at cameras, importing lists of them, and the networks they may be in: for admins."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cameras.addresses import address_with_login
from cameras.api.views import AdminWrittenViewSet
from cameras.camera_list import MOST_BYTES
from cameras.models import CameraNetwork
from cameras.selectors import camera_get, networks_visible_to
from cameras.services.importing import ImportChoices, ImportReport, Outcome, cameras_import
from cameras.services.networks import network_create, network_delete, network_update
from cameras.services.probing import CameraStream, address_probe, camera_probe
from cameras.uploads import upload_take
from vms.accounts.services import admin_require
from vms.api_views import api_user
from vms.errors import InvalidError
from workers.runtime.contract import ProbeAnswer, ProbeCode


class ProbeSerializer(serializers.Serializer[Any]):
    """Either an address, or a camera whose stored address is looked at again."""

    camera = serializers.IntegerField(min_value=1, required=False)
    stream = serializers.ChoiceField(
        choices=[stream.value for stream in CameraStream], default=CameraStream.ANALYSED.value
    )
    url = serializers.CharField(max_length=2_000, required=False, write_only=True)
    user = serializers.CharField(max_length=200, required=False, default="", allow_blank=True, write_only=True)
    password = serializers.CharField(
        max_length=200, required=False, default="", allow_blank=True, write_only=True, trim_whitespace=False
    )
    detect_fps = serializers.FloatField(min_value=0.1, max_value=30, default=5)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("camera" in attrs) == ("url" in attrs):
            raise serializers.ValidationError({"url": "Give either an address or a camera."})
        return attrs


class ProbeFactsSerializer(serializers.Serializer[Any]):
    """What the camera sends, measured over a few seconds."""

    codec = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    declared_fps = serializers.FloatField(allow_null=True)
    measured_fps = serializers.FloatField(allow_null=True)
    keyframe_seconds = serializers.FloatField(allow_null=True, help_text="The longest step between two keyframes.")
    has_reordered_pictures = serializers.BooleanField(help_text="B-frames.")
    audio_codec = serializers.CharField(allow_blank=True)
    transport = serializers.CharField()
    kilobits_per_second = serializers.IntegerField()
    open_seconds = serializers.FloatField()
    watched_seconds = serializers.FloatField()


class ProbeAnswerSerializer(serializers.Serializer[ProbeAnswer]):
    """A camera that cannot be looked at is an answer too: ``code`` says why, ``sentence`` in words."""

    code = serializers.ChoiceField(choices=[code.value for code in ProbeCode])
    sentence = serializers.CharField()
    facts = ProbeFactsSerializer(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())
    snapshot = serializers.CharField(allow_blank=True, help_text="A JPEG in base64.")


class ProbeView(APIView):
    @extend_schema(
        request=ProbeSerializer,
        responses=ProbeAnswerSerializer,
        summary="Look at a camera for a few seconds: what does it send, or why not?",
    )
    def post(self, request: Request) -> Response:
        user = api_user(request)
        serializer = ProbeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        if "camera" in values:
            camera = camera_get(user, values["camera"])
            answer = camera_probe(user=user, camera=camera, stream=CameraStream(values["stream"]))
        else:
            url = address_with_login(values["url"], values["user"], values["password"])
            answer = address_probe(user=user, url=url, detect_fps=values["detect_fps"])
        return Response(answer.model_dump(mode="json"))


class ImportSerializer(serializers.Serializer[Any]):
    """The form of an import. Without ``dry_run=false`` nothing is written."""

    file = serializers.FileField(allow_empty_file=True)
    dry_run = serializers.BooleanField(default=True)
    existing = serializers.ChoiceField(choices=["update", "skip"], default="update")
    faulty = serializers.ChoiceField(choices=["nothing", "good_lines"], default="nothing")


class LineReportSerializer(serializers.Serializer[Any]):
    """What becomes of a line."""

    line = serializers.IntegerField()
    site = serializers.CharField()
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    problems = serializers.ListField(child=serializers.CharField())
    kept = serializers.ListField(child=serializers.CharField())
    warnings = serializers.ListField(child=serializers.CharField())


class ImportReportSerializer(serializers.Serializer[ImportReport]):
    applied = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())
    lines = LineReportSerializer(many=True)


class ImportView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": ImportSerializer},
        responses=ImportReportSerializer,
        summary="Import a list of cameras (CSV), or judge it",
    )
    def post(self, request: Request) -> Response:
        user = api_user(request)
        admin_require(user)
        serializer = ImportSerializer(data=request.data)
        upload = upload_take(request._request, "file")
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        choices = ImportChoices(values["existing"] == "update", values["faulty"] == "good_lines", values["dry_run"])
        data = upload.read(MOST_BYTES + 1)
        if not data:
            raise InvalidError("The file is empty.")
        report = cameras_import(user=user, data=data, choices=choices)
        return Response(ImportReportSerializer(report).data)


class CameraNetworkSerializer(serializers.ModelSerializer[CameraNetwork]):
    class Meta:
        model = CameraNetwork
        fields = ["id", "network", "note"]
        extra_kwargs: dict[str, dict[str, Any]] = {"network": {"validators": []}}  # the service says what is wrong


class CameraNetworkViewSet(AdminWrittenViewSet[CameraNetwork]):
    """There for admins only; for everybody else there are none."""

    serializer_class = CameraNetworkSerializer
    queryset = CameraNetwork.objects.none()

    def get_queryset(self) -> QuerySet[CameraNetwork]:
        return networks_visible_to(self.request.user)

    def row_create(self, values: dict[str, Any]) -> CameraNetwork:
        return network_create(user=self.asked_by, **values)

    def row_update(self, row: CameraNetwork, values: dict[str, Any]) -> CameraNetwork:
        return network_update(user=self.asked_by, allowed=row, **values)

    def row_delete(self, row: CameraNetwork) -> None:
        network_delete(user=self.asked_by, network=row)
