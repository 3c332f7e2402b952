"""The request for a report."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cameras.choosing import CameraChoiceForm
from cameras.models import Camera, Site
from cameras.selectors import cameras_visible_to, sites_visible_to
from reports.choices import ReportFormat
from reports.periods import period_of_days
from reports.requests import ReportRequest, report_zone
from vms.accounts.models import User
from vms.named_choices import choose_among

PERIODS = [
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("week", _("Last 7 days")),
    ("month", _("Last 30 days")),
    ("days", _("From … to")),
]
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
HAS_NEXT_DAY = MaxValueValidator(date.max - timedelta(days=1))


class ReportForm(CameraChoiceForm):
    title = forms.CharField(
        label=_("Title"), required=False, max_length=120, help_text=_("Empty: named after its period.")
    )
    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, initial="today")
    first = forms.DateField(required=False, label=_("From"), widget=DATE)
    last = forms.DateField(required=False, label=_("To, inclusive"), widget=DATE, validators=[HAS_NEXT_DAY])
    site = forms.ModelChoiceField(Site.objects.none(), label=_("Site"), required=False, empty_label=_("All my sites"))
    cameras = forms.ModelMultipleChoiceField(
        Camera.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all cameras of the site."),
    )
    formats = forms.MultipleChoiceField(
        choices=ReportFormat.choices, widget=forms.CheckboxSelectMultiple, initial=["pdf"]
    )
    mail = forms.BooleanField(required=False, label=_("Mail it to me too"))

    def __init__(self, data: Any = None, *, user: User) -> None:  # noqa: ANN401  Django's QueryDict or a dict
        super().__init__(data)
        self.user = user
        choose_among(self, site=sites_visible_to(user))
        self.choose_cameras(user, cameras_visible_to(user))

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or self.cleaned_data
        if chosen.get("period") == "days" and not (chosen.get("first") and chosen.get("last")):
            raise forms.ValidationError(gettext("Say the first and the last day of the period."))
        return chosen

    def days(self) -> tuple[date, date]:
        today = datetime.now(self.zone()).date()
        spans = {
            "today": (today, today),
            "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
            "week": (today - timedelta(days=6), today),
            "month": (today - timedelta(days=29), today),
        }
        period = self.cleaned_data["period"]
        return spans.get(period) or (self.cleaned_data["first"], self.cleaned_data["last"])

    def zone(self) -> ZoneInfo:
        return ZoneInfo(report_zone(self.user, self.cleaned_data["site"], list(self.cleaned_data["cameras"])))

    def request(self) -> ReportRequest:
        first, last = self.days()
        start, end = period_of_days(first, last, self.zone())
        named = (gettext("Events of %(first)s") if last == first else gettext("Events of %(first)s to %(last)s")) % {
            "first": f"{first:%Y-%m-%d}",
            "last": f"{last:%Y-%m-%d}",
        }
        return ReportRequest(
            title=self.cleaned_data["title"] or named,
            period_start=start,
            period_end=end,
            formats=self.cleaned_data["formats"],
            site=self.cleaned_data["site"],
            cameras=list(self.cleaned_data["cameras"]),
            mail=self.cleaned_data["mail"],
        )
