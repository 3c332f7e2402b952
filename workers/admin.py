"""Nodes, jobs and dead letters in the admin."""

from django.contrib import admin

from vms.admin import RecordAdmin
from workers.models import Chunk, DeadLetter, Job, WorkerNode


@admin.register(WorkerNode)
class WorkerNodeAdmin(admin.ModelAdmin[WorkerNode]):
    """Nodes are made with ``manage.py node create``, which shows the token once; here they are switched on and off."""

    list_display = ["name", "enabled", "detector", "model", "seen_at", "outbox_waiting", "outbox_lost"]
    list_filter = ["enabled", "detector"]
    search_fields = ["name", "hostname"]
    fields = ["name", "enabled", "hostname", "version", "detector", "model", "capacity", "registered_at", "seen_at"]
    readonly_fields = ["hostname", "version", "detector", "model", "capacity", "registered_at", "seen_at"]

    def has_add_permission(self, request: object) -> bool:
        return False


class ChunkInline(admin.TabularInline[Chunk, Job]):
    model = Chunk
    fields = ("index", "state", "start_ms", "end_ms", "attempts", "epoch", "node", "frames_analysed", "error")
    readonly_fields = ("index", "state", "start_ms", "end_ms", "attempts", "epoch", "node", "frames_analysed", "error")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: Job | None = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(RecordAdmin[Job]):
    list_display = ["id", "recording", "state", "created_at", "ended_at", "frames_analysed", "frames_lost"]
    list_filter = ["state"]
    list_select_related = ["recording"]
    search_fields = ["id", "recording__original_name", "recording__camera__name"]
    inlines = [ChunkInline]


@admin.register(DeadLetter)
class DeadLetterAdmin(RecordAdmin[DeadLetter]):
    list_display = ["at", "kind", "node", "reason"]
    list_filter = ["kind"]
    list_select_related = ["node"]
    search_fields = ["kind", "reason"]
