"""Alert policies, alerts and deliveries in the admin."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from alerts.channels import PERSONAL_CHOICES
from alerts.choices import Channel
from alerts.models import (
    Alert,
    AlertChange,
    AlertPolicy,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    EndpointHealth,
    EscalationStep,
    LineProof,
    MessageTemplate,
    OnCallGroup,
    OnCallMember,
    Preference,
    PushKey,
    PushSubscription,
    SystemEvent,
)  # fmt: skip
from vms.admin import RecordAdmin

AUDIENCE = ["recipients", "roles", "on_call", "addresses", "endpoints", "channels"]


class PolicyForm(forms.ModelForm[AlertPolicy]):
    channels = forms.MultipleChoiceField(
        choices=PERSONAL_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = AlertPolicy
        fields = [
            "name", "enabled", "about", "system_categories", "sites", "cameras", "camera_groups", "rules",
            "classes", "zones", "tags",
            "least_severity", "schedule",
            "threshold_count", "threshold_seconds", "severity", "severity_map", "group_by", "group_minutes",
            "limit_alerts", "limit_minutes", "auto_resolve_minutes", "overrides_quiet", *AUDIENCE,
        ]  # fmt: skip
        help_texts = {
            "rules": _("None chosen: all of them."),
            "recipients": _("Who may not view an event's camera is not told, whatever stands here."),
        }


class StepInline(admin.StackedInline[EscalationStep, AlertPolicy]):
    model = EscalationStep
    fields = ["after_minutes", *AUDIENCE]
    filter_horizontal = ["recipients", "on_call", "endpoints"]
    extra = 0


@admin.register(AlertPolicy)
class AlertPolicyAdmin(admin.ModelAdmin[AlertPolicy]):
    form = PolicyForm
    list_display = ["name", "enabled", "least_severity", "severity", "channels"]
    list_filter = ["enabled", "least_severity"]
    search_fields = ["name"]
    filter_horizontal = ["sites", "cameras", "rules", "recipients", "on_call", "endpoints"]
    inlines = [StepInline]


class DeliveryInline(admin.TabularInline[Delivery, Alert]):
    model = Delivery
    fields = ("target_name", "channel", "state", "reason", "attempts", "sent_at", "detail")
    readonly_fields = ("target_name", "channel", "state", "reason", "attempts", "sent_at", "detail")
    extra = 0
    can_delete = False


class ChangeInline(admin.TabularInline[AlertChange, Alert]):
    model = AlertChange
    fields = ("at", "actor_name", "kind", "note")
    readonly_fields = ("at", "actor_name", "kind", "note")
    extra = 0
    can_delete = False


class MemberInline(admin.TabularInline[OnCallMember, OnCallGroup]):
    model = OnCallMember
    extra = 1


@admin.register(OnCallGroup)
class OnCallGroupAdmin(admin.ModelAdmin[OnCallGroup]):
    list_display = ["name", "shift_days", "first_day", "hand_over", "time_zone"]
    search_fields = ["name"]
    inlines = [MemberInline]


@admin.register(Preference)
class PreferenceAdmin(admin.ModelAdmin[Preference]):
    list_display = ["user", "channel", "enabled", "least_severity", "quiet_from", "quiet_until", "digest_minutes"]
    list_filter = ["channel", "enabled"]
    search_fields = ["user__username"]
    filter_horizontal = ["cameras"]


@admin.register(Alert)
class AlertAdmin(RecordAdmin[Alert]):
    list_display = ["message", "severity", "state", "event_count", "camera", "policy", "raised_at", "assigned_to"]
    list_filter = ["state", "severity", "policy"]
    list_select_related = ["event", "camera", "system_event", "policy", "assigned_to"]
    search_fields = ["event__message", "system_event__message", "camera__name", "policy__name"]
    date_hierarchy = "raised_at"
    inlines = [ChangeInline, DeliveryInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        return super().get_queryset(request).exclude(camera__hidden=True)


class AttemptInline(admin.TabularInline[DeliveryAttempt, Delivery]):
    model = DeliveryAttempt
    fields = ("at", "succeeded", "milliseconds", "answer")
    readonly_fields = ("at", "succeeded", "milliseconds", "answer")
    extra = 0
    can_delete = False


@admin.register(Delivery)
class DeliveryAdmin(RecordAdmin[Delivery]):
    list_display = ["alert", "target_name", "channel", "state", "reason", "attempts", "created_at", "sent_at", "detail"]
    list_filter = ["state", "reason", "channel"]
    list_select_related = ["alert__policy", "recipient", "endpoint"]
    search_fields = ["recipient__username", "recipient__email", "address", "endpoint__name", "detail"]
    inlines = [AttemptInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).exclude(channel=Channel.SINK)


@admin.register(Endpoint)
class EndpointAdmin(RecordAdmin[Endpoint]):
    """Set up on its page, which knows what its kind needs and shows no secret."""

    list_display = ["name", "kind", "enabled"]
    list_filter = ["kind", "enabled"]
    search_fields = ["name"]


@admin.register(EndpointHealth)
class EndpointHealthAdmin(RecordAdmin[EndpointHealth]):
    list_display = ["endpoint", "failures_in_row", "opened_at", "probe_at", "succeeded_at", "failed_at"]
    list_select_related = ["endpoint"]
    search_fields = ["endpoint__name", "answer"]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(RecordAdmin[MessageTemplate]):
    """Changed on its page, which checks it and shows how it reads."""

    list_display = ["channel", "language", "subject", "changed_at"]
    list_filter = ["channel", "language"]
    search_fields = ["subject", "body"]


@admin.register(PushSubscription)
class PushSubscriptionAdmin(RecordAdmin[PushSubscription]):
    list_display = ["user", "browser", "created_at", "used_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "browser"]


@admin.register(SystemEvent)
class SystemEventAdmin(RecordAdmin[SystemEvent]):
    list_display = ["message", "category", "severity", "started_at", "ended_at"]
    list_filter = ["category", "severity"]
    search_fields = ["name", "message"]


@admin.register(LineProof)
class LineProofAdmin(RecordAdmin[LineProof]):
    list_display = ["proven_at", "milliseconds", "sent_at", "tried_since", "trouble"]
    search_fields = ["trouble"]


@admin.register(PushKey)
class PushKeyAdmin(RecordAdmin[PushKey]):
    list_display = ["public", "created_at"]
    search_fields = ["public"]
    fields = ["public", "created_at"]
