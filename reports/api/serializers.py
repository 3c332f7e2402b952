"""Reports as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from cameras.models import Camera, Site
from cameras.selectors import cameras_visible_to, sites_visible_to
from reports.choices import ReportFormat
from reports.models import ReportFile, Run
from reports.requests import TITLE_MAX_CHARACTERS
from vms.api_fields import KeyField


class ReportFileSerializer(serializers.ModelSerializer[ReportFile]):
    url = serializers.SerializerMethodField()

    class Meta:
        model = ReportFile
        fields = ["format", "size_bytes", "url"]
        read_only_fields = fields

    def get_url(self, file: ReportFile) -> str:
        return reverse("api:report-file", args=[file.run_id, file.format], request=self.context.get("request"))


class RunSerializer(serializers.ModelSerializer[Run]):
    requested_by = serializers.CharField(source="requested_by.username", read_only=True)
    formats = serializers.ListField(child=serializers.ChoiceField(choices=ReportFormat.choices), read_only=True)
    files = ReportFileSerializer(many=True, read_only=True)

    class Meta:
        model = Run
        fields = [
            "id", "title", "requested_by", "period_start", "period_end", "time_zone", "site", "formats", "mail",
            "state", "progress_percent", "event_count", "error", "created_at", "finished_at", "mailed_at", "mail_error",
            "files",
        ]  # fmt: skip
        read_only_fields = fields


class ReportRequestSerializer(serializers.Serializer[Any]):
    """``period_end`` is not part of the period. No cameras means all of the site, or all of yours."""

    title = serializers.CharField(max_length=TITLE_MAX_CHARACTERS)
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none(), required=False, allow_null=True)
    cameras = KeyField(queryset=Camera.objects.none(), many=True, required=False)
    formats = serializers.ListField(child=serializers.ChoiceField(choices=ReportFormat.choices), allow_empty=False)
    mail = serializers.BooleanField(required=False, default=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Another's camera or site is as unknown as none."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["site"].queryset = sites_visible_to(request.user)  # type: ignore[attr-defined]
            fields["cameras"].child_relation.queryset = cameras_visible_to(request.user)  # type: ignore[attr-defined]
        return fields
