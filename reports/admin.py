"""Report runs in the admin."""

from __future__ import annotations

from django.contrib import admin

from reports.models import ReportFile, Run
from vms.admin import RecordAdmin


class FileInline(admin.TabularInline[ReportFile, Run]):
    model = ReportFile
    fields = ("format", "file_name", "size_bytes")
    readonly_fields = ("format", "file_name", "size_bytes")
    extra = 0
    can_delete = False


@admin.register(Run)
class RunAdmin(RecordAdmin[Run]):
    list_display = [
        "title",
        "requested_by",
        "state",
        "period_start",
        "period_end",
        "event_count",
        "created_at",
        "error",
    ]
    list_filter = ["state", "mail"]
    list_select_related = ["requested_by"]
    search_fields = ["title", "requested_by__username", "error"]
    date_hierarchy = "created_at"
    inlines = [FileInline]
