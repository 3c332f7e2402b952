"""Sites, cameras, zones and recordings in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from guardian.admin import GuardedModelAdminMixin

from cameras.models import Camera, Recording, Site, Zone
from vms.admin import RecordAdmin


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin[Site]):
    list_display = ["name", "time_zone"]
    search_fields = ["name"]


class ZoneInline(admin.TabularInline[Zone, Camera]):
    model = Zone
    extra = 0


class CameraForm(forms.ModelForm[Camera]):
    """The address is written, never shown: an empty field keeps the one that is stored."""

    new_url = forms.CharField(
        label="Stream address",
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text="With its login if it needs one. It is stored encrypted and never shown; leave empty to keep it.",
    )

    class Meta:
        model = Camera
        fields = ["site", "name", "source_kind", "detect_fps", "enabled"]

    def save(self, commit: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002  Django's signature
        if self.cleaned_data["new_url"]:
            self.instance.url = self.cleaned_data["new_url"]
        return super().save(commit=commit)


@admin.register(Camera)
class CameraAdmin(GuardedModelAdminMixin, admin.ModelAdmin[Camera]):  # type: ignore[misc]  # both declare templates
    form = CameraForm
    list_display = ["name", "site", "source_kind", "detect_fps", "enabled"]
    list_filter = ["site", "source_kind", "enabled"]
    list_select_related = ["site"]
    search_fields = ["name", "site__name"]
    inlines = [ZoneInline]


@admin.register(Recording)
class RecordingAdmin(RecordAdmin[Recording]):
    list_display = ["original_name", "camera", "state", "size_bytes", "uploaded_by", "uploaded_at"]
    list_filter = ["state"]
    list_select_related = ["camera", "uploaded_by"]
    search_fields = ["original_name", "camera__name"]
