"""Alert policies, alerts and deliveries in the admin."""

from __future__ import annotations

from django import forms
from django.contrib import admin

from alerts.channels import PERSONAL_CHOICES
from alerts.models import Alert, AlertPolicy, Delivery, DeliveryAttempt, Endpoint
from vms.admin import RecordAdmin


class PolicyForm(forms.ModelForm[AlertPolicy]):
    channels = forms.MultipleChoiceField(
        choices=PERSONAL_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = AlertPolicy
        fields = ["name", "enabled", "cameras", "rules", "least_severity", "severity", "recipients", "channels"]
        help_texts = {
            "cameras": "None chosen: all of them.",
            "rules": "None chosen: all of them.",
            "recipients": "Who may not view an event's camera is not told, whatever stands here.",
        }


@admin.register(AlertPolicy)
class AlertPolicyAdmin(admin.ModelAdmin[AlertPolicy]):
    form = PolicyForm
    list_display = ["name", "enabled", "least_severity", "severity", "channels"]
    list_filter = ["enabled", "least_severity"]
    search_fields = ["name"]
    filter_horizontal = ["cameras", "rules", "recipients"]


class DeliveryInline(admin.TabularInline[Delivery, Alert]):
    model = Delivery
    fields = ("target_name", "channel", "state", "reason", "attempts", "sent_at", "detail")
    readonly_fields = ("target_name", "channel", "state", "reason", "attempts", "sent_at", "detail")
    extra = 0
    can_delete = False


@admin.register(Alert)
class AlertAdmin(RecordAdmin[Alert]):
    list_display = ["event", "severity", "state", "camera", "policy", "raised_at", "acknowledged_by"]
    list_filter = ["state", "severity", "policy"]
    list_select_related = ["event", "camera", "policy", "acknowledged_by"]
    search_fields = ["event__message", "camera__name", "policy__name"]
    date_hierarchy = "raised_at"
    inlines = [DeliveryInline]


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


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin[Endpoint]):
    list_display = ["name", "kind", "enabled"]
    list_filter = ["kind", "enabled"]
    search_fields = ["name"]
