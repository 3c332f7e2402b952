"""The filters of the event list, as they stand in its address, and the review of one event."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cameras.models import Camera, CameraGroup, Site
from cameras.selectors import cameras_visible_to, groups_visible_to, sites_visible_to
from events.choices import EventState, Severity, Verdict
from events.class_words import class_word
from events.models import Event
from events.selectors import classes_seen_by
from events.unread import unread_by
from rules.models import Rule
from rules.selectors import rules_of_events
from vms.accounts.models import User
from vms.named_choices import choose_among

ANY = ("", _("Any"))
PERIODS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
PERIOD_CHOICES = [
    ("", _("Any time")),
    ("1h", _("Last hour")),
    ("24h", _("Last 24 hours")),
    ("7d", _("Last 7 days")),
    ("30d", _("Last 30 days")),
]
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
HAS_NEXT_DAY = MaxValueValidator(date.max - timedelta(days=1))


def _class_choices(user: User) -> list[tuple[str, Any]]:
    return [ANY, *((name, capfirst(class_word(name))) for name in classes_seen_by(user))]


class EventFilterForm(forms.Form):
    """Only what the user may see can be chosen; an unknown value is an error, never ignored."""

    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label=_("Any"), label=_("Site"))
    group = forms.ModelChoiceField(CameraGroup.objects.none(), required=False, empty_label=_("Any"), label=_("Group"))
    camera = forms.ModelChoiceField(Camera.objects.none(), required=False, empty_label=_("Any"), label=_("Camera"))
    rule = forms.ModelChoiceField(Rule.objects.none(), required=False, empty_label=_("Any"), label=_("Rule"))
    class_name = forms.ChoiceField(required=False, label=_("What"))
    severity = forms.ChoiceField(choices=[ANY, *Severity.choices], required=False, label=_("Severity"))
    state = forms.ChoiceField(choices=[ANY, *EventState.choices], required=False, label=_("State"))
    verdict = forms.ChoiceField(
        choices=[ANY, *Verdict.choices], required=False, label=pgettext_lazy("verdict", "Review")
    )
    unread = forms.ChoiceField(choices=[ANY, ("yes", _("Unread"))], required=False, label=_("Seen by me"))
    period = forms.ChoiceField(choices=PERIOD_CHOICES, required=False, label=_("Period"))
    since = forms.DateField(required=False, label=_("From"), widget=DATE)
    until = forms.DateField(required=False, label=_("To, inclusive"), widget=DATE, validators=[HAS_NEXT_DAY])

    def __init__(self, data: Any, *, user: User) -> None:  # noqa: ANN401  Django's QueryDict or a dict
        super().__init__(data)
        self.user = user
        choose_among(
            self,
            site=sites_visible_to(user),
            group=groups_visible_to(user),
            camera=cameras_visible_to(user),
            rule=rules_of_events(user),
        )
        field = self.fields["class_name"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = cache(lambda: _class_choices(user))  # looked for only where somebody chooses

    def apply(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """The events that fit; none at all where a filter is wrong, since showing others would mislead."""
        if not self.is_valid():
            return events.none()
        chosen = self.cleaned_data
        names = {
            "site": "camera__site",
            "group": "camera__groups",
            "camera": "camera",
            "rule": "rule",
            "class_name": "class_name",
        }
        names |= {"severity": "severity", "state": "state", "verdict": "verdict"}
        events = events.filter(**{column: chosen[name] for name, column in names.items() if chosen.get(name)})
        if chosen.get("unread"):
            events = events.filter(unread_by(self.user))
        if chosen.get("period"):
            events = events.filter(started_at__gte=timezone.now() - PERIODS[chosen["period"]])
        if chosen.get("since"):
            events = events.filter(started_at__gte=self._midnight(chosen["since"]))
        if chosen.get("until"):
            events = events.filter(started_at__lt=self._midnight(chosen["until"] + timedelta(days=1)))
        return events

    def _midnight(self, day: Any) -> datetime:  # noqa: ANN401  a date
        return datetime.combine(day, time.min, tzinfo=self.zone())

    def zone(self) -> ZoneInfo:
        """The user's own zone; else that of the chosen site or camera; else the only one in sight."""
        if self.user.time_zone:
            return ZoneInfo(self.user.time_zone)
        site = self.cleaned_data["site"] or getattr(self.cleaned_data["camera"], "site", None)
        return ZoneInfo((site or sites_visible_to(self.user).first() or Site()).time_zone)

    def chips(self) -> list[tuple[str, str, str]]:
        """Each filter in force as (field, name, value in words), for the row of chips over the list."""
        if not self.is_bound or not self.is_valid():
            return []
        return [
            (name, str(self[name].label), self._words(name, value))
            for name, value in self.cleaned_data.items()
            if value not in (None, "")
        ]

    def _words(self, name: str, value: object) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
        return str(value)


class TimelineFilterForm(EventFilterForm):
    """The same where the period is the page's own."""

    state = unread = period = since = until = None  # type: ignore[assignment]  # Django's way to leave fields out


class ReviewForm(forms.Form):
    verdict = forms.ChoiceField(choices=Verdict.choices)
    note = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
