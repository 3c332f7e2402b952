"""Sites, cameras, zones and recordings in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from guardian.admin import GuardedModelAdminMixin

from cameras.models import Camera, Recording, Site, Zone
from cameras.services.cameras import (
    CameraChange,
    camera_access_announce,
    camera_create,
    camera_delete,
    camera_update,
    stream_url_require,
)
from cameras.services.zones import zone_create, zone_delete, zone_update
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.admin import RecordAdmin
from vms.errors import InvalidError


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

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        try:
            stream_url_require(values.get("source_kind", ""), values.get("new_url") or self.instance.url)
        except InvalidError as error:
            self.add_error("new_url", str(error))
        return values


@admin.register(Camera)
class CameraAdmin(GuardedModelAdminMixin, admin.ModelAdmin[Camera]):  # type: ignore[misc]  # both declare templates
    form = CameraForm
    list_display = ["name", "site", "source_kind", "detect_fps", "enabled"]
    list_filter = ["site", "source_kind", "enabled"]
    list_select_related = ["site"]
    search_fields = ["name", "site__name"]
    inlines = [ZoneInline]

    def save_model(self, request: HttpRequest, obj: Camera, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """The service writes, and records who did; Django goes on with its own object."""
        data = dict(form.cleaned_data)
        edited = CameraChange(url=data.pop("new_url") or None, **data)
        if change:
            camera_update(user=signed_in(request), camera=obj, change=edited)
        else:
            obj.pk = camera_create(user=signed_in(request), change=edited).pk

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        user = signed_in(request)
        formset.save(commit=False)
        for zone in formset.deleted_objects:
            zone_delete(user=user, zone=zone)
        for zone, _ in formset.changed_objects:
            zone_update(user=user, zone=zone)
        for zone in formset.new_objects:
            zone_create(user=user, camera=formset.instance, name=zone.name, kind=zone.kind, points=zone.points)

    def delete_model(self, request: HttpRequest, obj: Camera) -> None:
        camera_delete(user=signed_in(request), camera=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Camera]) -> None:
        for camera in queryset:
            camera_delete(user=signed_in(request), camera=camera)

    def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: str, user_id: str) -> HttpResponse:
        response: HttpResponse = super().obj_perms_manage_user_view(request, object_pk, user_id)  # type: ignore[no-untyped-call]
        self._announce(request, response, object_pk, User.objects.filter(pk=user_id))
        return response

    def obj_perms_manage_group_view(self, request: HttpRequest, object_pk: str, group_id: str) -> HttpResponse:
        response: HttpResponse = super().obj_perms_manage_group_view(request, object_pk, group_id)  # type: ignore[no-untyped-call]
        self._announce(request, response, object_pk, Group.objects.filter(pk=group_id))
        return response

    def _announce(self, request: HttpRequest, response: HttpResponse, object_pk: str, holders: QuerySet[Any]) -> None:
        """Guardian's page answers a saved form, and only that, with a redirect; who may not save goes to the index."""
        if request.method == "POST" and response.status_code == 302 and self.has_change_permission(request):
            camera = Camera.objects.get(pk=object_pk)
            camera_access_announce(user=signed_in(request), camera=camera, holder=holders.get())


@admin.register(Recording)
class RecordingAdmin(RecordAdmin[Recording]):
    list_display = ["original_name", "camera", "state", "size_bytes", "uploaded_by", "uploaded_at"]
    list_filter = ["state"]
    list_select_related = ["camera", "uploaded_by"]
    search_fields = ["original_name", "camera__name"]
