"""Events, their clips, track logs and people's filters in the admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from events.models import Clip, Event, EventAlias, Export, SavedFilter, TrackLog
from vms.admin import RecordAdmin


class ClipInline(admin.StackedInline[Clip, Event]):
    model = Clip
    extra = 0
    can_delete = False

    def has_change_permission(self, request: object, obj: Event | None = None) -> bool:
        return False

    def has_add_permission(self, request: object, obj: Event | None = None) -> bool:
        return False


class AliasInline(admin.TabularInline[EventAlias, Event]):
    model = EventAlias
    fields = readonly_fields = ("id", "lease_epoch")
    extra = 0
    can_delete = False

    def has_change_permission(self, request: object, obj: Event | None = None) -> bool:
        return False

    def has_add_permission(self, request: object, obj: Event | None = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(RecordAdmin[Event]):
    list_display = ["started_at", "camera", "rule", "class_name", "severity", "state", "verdict"]
    list_filter = ["severity", "state", "verdict", "camera__site"]
    list_select_related = ["camera", "rule"]
    search_fields = ["message", "camera__name", "rule__name", "class_name"]
    inlines = [ClipInline, AliasInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).exclude(camera__hidden=True)


@admin.register(TrackLog)
class TrackLogAdmin(RecordAdmin[TrackLog]):
    list_display = ["starts_at", "ends_at", "camera", "frames", "objects_seen", "size_bytes", "epoch"]
    list_filter = ["camera__site", "finished"]
    list_select_related = ["camera__site"]
    search_fields = ["camera__name"]


@admin.register(SavedFilter)
class SavedFilterAdmin(RecordAdmin[SavedFilter]):
    list_display = ["name", "user", "query"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]


@admin.register(Export)
class ExportAdmin(RecordAdmin[Export]):
    list_display = ["created_at", "requested_by", "state", "event_count", "size_bytes"]
    list_filter = ["state"]
    list_select_related = ["requested_by"]
    search_fields = ["requested_by__username"]
