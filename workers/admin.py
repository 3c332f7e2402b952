"""Nodes, jobs, live streams and dead letters in the admin."""

from __future__ import annotations

import json
from typing import TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vms.accounts.models import User
from vms.admin import Deed, RecordAdmin, deed_do
from vms.errors import ConflictError
from workers.choices import DeadLetterState
from workers.models import Chunk, DeadLetter, Job, Stream, StreamLease, StreamSnapshot, ToldConfig, WorkerNode
from workers.services.breaker import breaker_close
from workers.services.node_changes import node_delete, node_disable, node_drain, node_enable, node_undrain
from workers.services.replays import dead_letter_discard, dead_letter_replay

Kept = TypeVar("Kept", bound=Model)

DRAIN = Deed[WorkerNode](
    "drain", _("Drain these workers?"), _("Yes, drain them"),
    _("drained: they get nothing new and hand over what they watch."),
    lambda user, node, reason: node_drain(user=user, node_id=node.id),
)  # fmt: skip
UNDRAIN = Deed[WorkerNode](
    "undrain", _("Let these workers work again?"), _("Yes, let them work"), _("working again."),
    lambda user, node, reason: node_undrain(user=user, node_id=node.id),
)  # fmt: skip
ENABLE = Deed[WorkerNode](
    "enable", _("Switch these workers on?"), _("Yes, switch them on"), _("switched on."),
    lambda user, node, reason: node_enable(user=user, node_id=node.id),
)  # fmt: skip
DISABLE = Deed[WorkerNode](
    "disable", _("Switch these workers off? Nothing that they send is taken in any more."), _("Yes, switch them off"),
    _("switched off."), lambda user, node, reason: node_disable(user=user, node_id=node.id),
)  # fmt: skip
CLOSE_BREAKER = Deed[WorkerNode](
    "close_breaker", _("Take these workers back in, as if they had not failed?"), _("Yes, take them back in"),
    _("taken back in."), lambda user, node, reason: breaker_close(user=user, node_id=node.id),
)  # fmt: skip
REMOVE = Deed[WorkerNode](
    "remove", _("Remove these workers? What they found stays; their tokens are gone for good."), _("Yes, remove them"),
    _("removed."), lambda user, node, reason: node_delete(user=user, node_id=node.id),
)  # fmt: skip


@admin.register(WorkerNode)
class WorkerNodeAdmin(RecordAdmin[WorkerNode]):
    """Nodes are made with ``manage.py node create``, which shows the token once; here admins say what they may do."""

    list_display = [
        "name", "enabled", "draining", "breaker_until", "detector", "model", "seen_at", "outbox_waiting", "outbox_lost",
    ]  # fmt: skip
    list_filter = ["enabled", "draining", "detector"]
    search_fields = ["name", "hostname"]
    fields = [
        "name", "enabled", "draining", "hostname", "version", "detector", "model", "capacity", "registered_at",
        "seen_at", "failures", "failed_at", "breaker_opened_at", "breaker_until", "outbox_waiting", "outbox_lost",
    ]  # fmt: skip
    actions = ["drain", "undrain", "enable", "disable", "close_breaker", "remove"]

    @admin.action(description=_("Drain…"))
    def drain(self, request: HttpRequest, rows: QuerySet[WorkerNode]) -> HttpResponse | None:
        return deed_do(self, request, rows, DRAIN)

    @admin.action(description=_("Let work again…"))
    def undrain(self, request: HttpRequest, rows: QuerySet[WorkerNode]) -> HttpResponse | None:
        return deed_do(self, request, rows, UNDRAIN)

    @admin.action(description=_("Switch on…"))
    def enable(self, request: HttpRequest, rows: QuerySet[WorkerNode]) -> HttpResponse | None:
        return deed_do(self, request, rows, ENABLE)

    @admin.action(description=_("Switch off…"))
    def disable(self, request: HttpRequest, rows: QuerySet[WorkerNode]) -> HttpResponse | None:
        return deed_do(self, request, rows, DISABLE)

    @admin.action(description=_("Take back in before its time…"))
    def close_breaker(self, request: HttpRequest, rows: QuerySet[WorkerNode]) -> HttpResponse | None:
        return deed_do(self, request, rows, CLOSE_BREAKER)

    @admin.action(description=_("Remove, when idle…"))
    def remove(self, request: HttpRequest, rows: QuerySet[WorkerNode]) -> HttpResponse | None:
        return deed_do(self, request, rows, REMOVE)


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


class KeptInline(admin.TabularInline[Kept, Stream]):
    """What was written down of a stream; nobody changes it."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: Stream | None = None) -> bool:
        return False


class StreamLeaseInline(KeptInline[StreamLease]):
    model = StreamLease
    fields = readonly_fields = ("epoch", "node", "claimed_at", "from_ms", "until_ms", "end_reason")


class StreamSnapshotInline(KeptInline[StreamSnapshot]):
    model = StreamSnapshot
    fields = readonly_fields = ("epoch", "saved_at")


class ToldConfigInline(KeptInline[ToldConfig]):
    model = ToldConfig
    fields = readonly_fields = ("digest", "config")


@admin.register(Stream)
class StreamAdmin(RecordAdmin[Stream]):
    list_display = ["camera", "state", "node", "epoch", "taken_at", "stops", "error"]
    list_filter = ["state", "node"]
    list_select_related = ["camera__site", "node"]
    search_fields = ["camera__name", "camera__site__name", "error"]
    inlines = [StreamSnapshotInline, StreamLeaseInline, ToldConfigInline]


def _replay(user: User, letter: DeadLetter, reason: str) -> None:
    again = dead_letter_replay(user=user, letter_id=letter.id)
    if again.state == DeadLetterState.KEPT:
        raise ConflictError(gettext(again.outcome))


REPLAY = Deed[DeadLetter]("replay", _("Send these again?"), _("Yes, send them again"), _("sent again."), _replay)
DISCARD = Deed[DeadLetter](
    "discard", _("Discard these for good?"), _("Yes, discard them"), _("discarded."),
    lambda user, letter, reason: dead_letter_discard(user=user, letter_id=letter.id, reason=reason), asks_reason=True,
)  # fmt: skip


@admin.register(DeadLetter)
class DeadLetterAdmin(RecordAdmin[DeadLetter]):
    list_display = ["at", "kind_told", "state", "node", "camera", "reason", "outcome"]
    list_filter = ["state", "kind", "node"]
    list_select_related = ["node", "camera__site"]
    search_fields = ["kind", "reason", "subject", "outcome"]
    date_hierarchy = "at"
    fields = [
        "at", "kind", "subject", "node", "camera", "reason", "as_it_came", "state", "tried_at", "tried_by",
        "settled_at", "settled_by", "outcome",
    ]  # fmt: skip
    readonly_fields = ["as_it_came"]
    actions = ["replay", "discard"]

    @admin.display(description=_("Kind"), ordering="kind")
    def kind_told(self, letter: DeadLetter) -> str:
        return letter.kind_words

    @admin.display(description=_("As it came"))
    def as_it_came(self, letter: DeadLetter) -> str:
        return format_html("<pre>{}</pre>", json.dumps(letter.payload, indent=2, ensure_ascii=False))

    @admin.action(description=_("Send again…"))
    def replay(self, request: HttpRequest, rows: QuerySet[DeadLetter]) -> HttpResponse | None:
        return deed_do(self, request, rows, REPLAY)

    @admin.action(description=_("Discard…"))
    def discard(self, request: HttpRequest, rows: QuerySet[DeadLetter]) -> HttpResponse | None:
        return deed_do(self, request, rows, DISCARD)
