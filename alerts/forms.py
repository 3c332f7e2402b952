"""What people fill in about alerts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.channels import SHOWN_CHANNELS
from alerts.choices import DeliveryReason, DeliveryState
from alerts.models import Delivery
from alerts.services.lifecycle import NOTE_MAX

SNOOZES = [
    (15, _("15 minutes")),
    (60, _("1 hour")),
    (240, _("4 hours")),
    (720, _("12 hours")),
    (2880, _("2 days")),
]
ACTS = ("acknowledge", "resolve", "false", "reopen", "assign", "comment", "snooze", "link")
IDENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class DeedForm(forms.Form):
    """One thing to do with an alert, with what that needs."""

    deed = forms.ChoiceField(
        choices=[(act, act) for act in ACTS],
        error_messages={"required": _("Choose what to do."), "invalid_choice": _("This cannot be done with an alert.")},
    )
    note = forms.CharField(required=False, max_length=NOTE_MAX)
    assignee = forms.IntegerField(required=False, error_messages={"invalid": _("There is no such person.")})
    minutes = forms.TypedChoiceField(choices=SNOOZES, coerce=int, required=False, empty_value=None)
    event = forms.CharField(required=False, max_length=500)

    def clean_event(self) -> uuid.UUID | None:
        """The address of an event's page will do: people have that at hand, not its id."""
        text = self.cleaned_data["event"]
        found = IDENTITY.search(text)
        if text and not found:
            raise forms.ValidationError(gettext("This is not the address of an event."))
        return uuid.UUID(found[0]) if found else None


class DeliveryFilterForm(forms.Form):
    """The filters of the list of messages, as they stand in its address."""

    state = forms.ChoiceField(choices=[("", _("Any")), *DeliveryState.choices], required=False, label=_("State"))
    reason = forms.ChoiceField(
        choices=[("", _("Any")), *DeliveryReason.choices], required=False, label=_("Why not sent")
    )
    channel = forms.ChoiceField(choices=[("", _("Any")), *SHOWN_CHANNELS], required=False, label=_("Channel"))
    target = forms.CharField(required=False, max_length=150, label=_("To"))

    def apply(self, deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """None at all where a filter is wrong, since showing others would mislead."""
        if not self.is_valid():
            return deliveries.none()
        chosen = self.cleaned_data
        names = ("state", "reason", "channel")
        deliveries = deliveries.filter(**{name: chosen[name] for name in names if chosen[name]})
        if text := chosen["target"]:
            deliveries = deliveries.filter(
                Q(recipient__username__icontains=text) | Q(address__icontains=text) | Q(endpoint__name__icontains=text)
            )
        return deliveries


def choices_share(several: Sequence[forms.BaseForm], names: Iterable[str]) -> None:
    """Have the forms of one page read what there is to choose from once, not each for itself."""
    for name in names:
        fields = [form.fields[name] for form in several]
        choices = list(iter(fields[0].choices))  # type: ignore[attr-defined]  # a list alone asks for the number first
        for field in fields:
            field.choices = choices  # type: ignore[attr-defined]
