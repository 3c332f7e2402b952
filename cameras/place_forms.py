"""What an admin fills in about a site, a group of cameras or a network of theirs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cameras.choosing import CameraChoiceForm
from cameras.models import Camera, CameraGroup, Site
from cameras.selectors import cameras_visible_to
from cameras.surroundings import validate_holidays
from vms.accounts.choices import time_zone_names
from vms.accounts.models import User


class SiteForm(forms.Form):
    name = forms.CharField(max_length=100, label=_("Name"))
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Its pages, schedules and reports speak this clock.")
    )
    holidays = forms.CharField(
        required=False,
        label=_("Holidays"),
        help_text=_("One day a line, such as 2026-12-25. Rules and policies may treat them otherwise."),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, site: Site) -> None:  # noqa: ANN401  Django's QueryDict or None
        kept = {"name": site.name, "time_zone": site.time_zone, "holidays": "\n".join(site.holidays)}
        super().__init__(data, initial=kept)
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)  # noqa: S101  declared above
        zones.choices = [(name, name) for name in ("UTC", *time_zone_names())]

    def clean_holidays(self) -> list[str]:
        days = sorted(set(self.cleaned_data["holidays"].replace(",", " ").split()))
        validate_holidays(days)
        return days


class GroupForm(CameraChoiceForm):
    name = forms.CharField(max_length=64, label=_("Name"))
    cameras = forms.ModelMultipleChoiceField(
        Camera.objects.none(), label=_("Cameras"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, user: User, group: CameraGroup) -> None:  # noqa: ANN401  as above
        held = list(group.cameras.values_list("id", flat=True)) if group.pk else []
        super().__init__(data, initial={"name": group.name, "cameras": held})
        self.choose_cameras(user, cameras_visible_to(user))


class NetworkForm(forms.Form):
    network = forms.CharField(
        max_length=64,
        label=_("Network"),
        widget=forms.TextInput(attrs={"placeholder": "192.168.10.0/24", "spellcheck": "false", "autocomplete": "off"}),
    )
    note = forms.CharField(max_length=200, required=False, label=_("Note"))
