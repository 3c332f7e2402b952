"""Sites, cameras, zones and recordings in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from guardian.admin import GuardedModelAdminMixin

from cameras.addresses import address_require, address_words, source_kind_of
from cameras.models import (
    Camera,
    CameraDraft,
    CameraGroup,
    CameraGroupGrant,
    CameraHealth,
    CameraNetwork,
    CoverageSpan,
    Recording,
    Site,
    WallLayout,
    Zone,
)
from cameras.services.cameras import (
    CameraChange,
    camera_access_announce,
    camera_create,
    camera_delete,
    camera_update,
)
from cameras.services.networks import network_create, network_delete, network_update
from cameras.services.zones import zone_create, zone_delete, zone_update
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.admin import RecordAdmin
from vms.errors import InvalidError


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin[Site]):
    list_display = ["name", "time_zone"]
    search_fields = ["name"]


@admin.register(CameraGroup)
class CameraGroupAdmin(admin.ModelAdmin[CameraGroup]):
    list_display = ["name"]
    search_fields = ["name"]
    filter_horizontal = ["cameras"]

    def has_delete_permission(self, request: HttpRequest, obj: CameraGroup | None = None) -> bool:
        """Not one that policies or wishes name: without it they would mean all cameras. Nor many unseen at once."""
        is_named = obj is None or obj.policies.exists() or obj.wishes.exists()
        return not is_named and super().has_delete_permission(request, obj)


class ZoneInline(admin.TabularInline[Zone, Camera]):
    model = Zone
    extra = 0


def address_field(label: StrOrPromise, help_text: StrOrPromise) -> forms.CharField:
    """Written, never shown."""
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "size": 60})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class CameraForm(forms.ModelForm[Camera]):
    """The addresses are written, never shown: an empty field keeps the one that is stored."""

    new_url = address_field(
        _("Stream that is analysed"),
        _("With its login if it needs one. It is stored encrypted and never shown; leave empty to keep it."),
    )
    new_clip_url = address_field(
        _("Stream for clips"), _("Where clips come from, such as the camera's larger stream. Empty: as it is.")
    )
    no_clip_url = forms.BooleanField(label=_("Clips come from the analysed stream"), required=False)

    class Meta:
        model = Camera
        fields = ["site", "name", "source_kind", "detect_fps", "priority", "enabled"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        for name, stored in (("new_url", self.instance.url), ("new_clip_url", self.instance.clip_url)):
            self.fields[name].help_text = gettext("Now %(address)s. %(hint)s") % {
                "address": address_words(stored),
                "hint": self.fields[name].help_text,
            }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        try:
            address_require(values.get("source_kind", ""), values.get("new_url") or self.instance.url)
        except InvalidError as error:
            self.add_error("new_url", str(error))
        try:
            if clip_url := values.get("new_clip_url", ""):
                address_require(source_kind_of(clip_url), clip_url)
        except InvalidError as error:
            self.add_error("new_clip_url", str(error))
        return values

    def change(self) -> CameraChange:
        """What was asked for, for the service."""
        values = dict(self.cleaned_data)
        clip_url = "" if values.pop("no_clip_url") else values["new_clip_url"] or None
        del values["new_clip_url"]
        return CameraChange(url=values.pop("new_url") or None, clip_url=clip_url, **values)


@admin.register(CameraGroupGrant)
class CameraGroupGrantAdmin(RecordAdmin[CameraGroupGrant]):
    """Granted on the page of users and cameras, where it is noted who did it."""

    list_display = ["user", "group", "permission"]
    list_select_related = ["user", "group", "permission__content_type"]
    search_fields = ["user__username", "group__name"]


@admin.register(Camera)
class CameraAdmin(GuardedModelAdminMixin, admin.ModelAdmin[Camera]):  # type: ignore[misc]  # both declare templates
    form = CameraForm
    list_display = ["name", "site", "source_kind", "detect_fps", "priority", "enabled"]
    list_filter = ["site", "source_kind", "priority", "enabled"]
    list_select_related = ["site"]
    search_fields = ["name", "site__name"]
    inlines = [ZoneInline]

    def save_model(self, request: HttpRequest, obj: Camera, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """The service writes, and records who did; Django goes on with its own object."""
        edited = form.change()
        if change:
            camera_update(user=signed_in(request), camera=obj, change=edited)
        else:
            obj.pk = camera_create(user=signed_in(request), change=edited).pk

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        user = signed_in(request)
        formset.save(commit=False)
        for zone in formset.deleted_objects:
            zone_delete(user=user, zone=zone)
        for zone, _fields in formset.changed_objects:
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


@admin.register(CameraNetwork)
class CameraNetworkAdmin(admin.ModelAdmin[CameraNetwork]):
    list_display = ["network", "note"]

    def save_model(self, request: HttpRequest, obj: CameraNetwork, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        user, values = signed_in(request), {"network": obj.network, "note": obj.note}
        if change:
            network_update(user=user, allowed=obj, **values)
        else:
            obj.pk = network_create(user=user, **values).pk

    def delete_model(self, request: HttpRequest, obj: CameraNetwork) -> None:
        network_delete(user=signed_in(request), network=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CameraNetwork]) -> None:
        for network in queryset:
            network_delete(user=signed_in(request), network=network)


@admin.register(Recording)
class RecordingAdmin(RecordAdmin[Recording]):
    list_display = ["original_name", "camera", "state", "size_bytes", "uploaded_by", "uploaded_at"]
    list_filter = ["state"]
    list_select_related = ["camera", "uploaded_by"]
    search_fields = ["original_name", "camera__name"]


@admin.register(CameraDraft)
class CameraDraftAdmin(RecordAdmin[CameraDraft]):
    """Without what the look at it found, which holds a picture, and without its sealed addresses."""

    list_display = ["host", "created_by", "changed_at"]
    list_select_related = ["created_by"]
    exclude = ["answer"]


@admin.register(WallLayout)
class WallLayoutAdmin(RecordAdmin[WallLayout]):
    list_display = ["name", "user", "per_page", "rotate_seconds"]
    list_select_related = ["user"]


@admin.register(CameraHealth)
class CameraHealthAdmin(RecordAdmin[CameraHealth]):
    list_display = ["camera", "state", "since", "reason", "condition", "frame_at"]
    list_filter = ["state"]
    list_select_related = ["camera"]
    search_fields = ["camera__name", "reason"]


@admin.register(CoverageSpan)
class CoverageSpanAdmin(RecordAdmin[CoverageSpan]):
    list_display = ["camera", "state", "reason", "started_at", "ended_at"]
    list_filter = ["state"]
    list_select_related = ["camera"]
    search_fields = ["camera__name", "reason"]
