"""What an admin fills in about an alert policy and its escalation steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from alerts.channels import PERSONAL_CHOICES
from alerts.choices import GroupBy, PolicyAbout, SystemCategory
from alerts.forms import choices_share
from alerts.models import AlertPolicy, EscalationStep
from alerts.preview import Draft
from alerts.schedule import DAYS, Schedule
from alerts.services.policies import PLACES, SCALARS, TOLD, TOLD_ROWS, PolicyChange, Step
from cameras.choosing import CameraChoice, CameraChoiceForm
from cameras.selectors import cameras_visible_to
from events.choices import Severity
from vms.accounts.choices import Role
from vms.accounts.models import User

STEPS = 3
DAY_NAMES = dict(zip(DAYS, (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")), strict=True))
HOLIDAYS = [
    ("as_usual", _("like any day")),
    ("excluded", _("never")),
    ("included", _("all day of the week alike")),
    ("only", _("only on holidays")),
]
AUDIENCE_LABELS = {
    "recipients": _("People"),
    "on_call": _("On-call groups"),
    "roles": _("Roles"),
    "addresses": _("Mail addresses"),
    "endpoints": _("Endpoints"),
}
SEARCHED = {"site": "sites", "group": "camera_groups"}
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class AudienceForm(forms.ModelForm[Any]):
    roles = forms.MultipleChoiceField(choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple)
    channels = forms.MultipleChoiceField(
        choices=PERSONAL_CHOICES, required=False, widget=forms.CheckboxSelectMultiple, label=_("People are told by")
    )

    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*TOLD, *TOLD_ROWS)}


class StepForm(AudienceForm):
    """Without a time it is no step."""

    after_minutes = forms.IntegerField(required=False, min_value=1, max_value=7 * 24 * 60, label=_("After minutes"))

    class Meta:
        model = EscalationStep
        fields = ["after_minutes", *TOLD_ROWS, *TOLD]
        labels = AUDIENCE_LABELS
        help_texts = {"addresses": _("Separated by commas.")}

    def step(self) -> Step | None:
        minutes = self.cleaned_data["after_minutes"]
        return Step(minutes, self.told()) if minutes else None


class PolicyForm(CameraChoiceForm, AudienceForm):
    days = forms.MultipleChoiceField(
        choices=list(DAY_NAMES.items()), required=False, widget=forms.CheckboxSelectMultiple, label=_("Days")
    )
    start = forms.TimeField(required=False, widget=CLOCK, label=_("From"))
    end = forms.TimeField(
        required=False,
        widget=CLOCK,
        label=pgettext_lazy("time", "To"),
        help_text=_("Not after the start: the next day."),
    )
    holidays = forms.ChoiceField(choices=HOLIDAYS, required=False, label=_("On the site's holidays"))
    system_categories = forms.MultipleChoiceField(
        choices=SystemCategory.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Of the platform itself"),
        help_text=_("None chosen: all of them."),
    )
    group_by = forms.MultipleChoiceField(
        choices=GroupBy.choices, required=False, widget=forms.CheckboxSelectMultiple, label=_("Repeats have in common")
    )

    about = forms.ChoiceField(
        choices=[(about.value, about.label) for about in (PolicyAbout.EVENTS, PolicyAbout.SYSTEM)], label=_("About")
    )

    class Meta:
        model = AlertPolicy
        fields = [name for name in (*SCALARS, *PLACES, *TOLD_ROWS, *TOLD) if name not in ("schedule", "severity_map")]
        labels = {
            "least_severity": _("From this severity on"),
            "severity": _("Severity of the alert"),
            "threshold_count": _("Events needed"),
            "threshold_seconds": _("within seconds"),
            "group_minutes": _("Minutes until a repeat is a new alert"),
            "limit_alerts": _("Alerts told one by one"),
            "limit_minutes": _("within minutes"),
            "auto_resolve_minutes": _("Minutes until it ends by itself"),
            "overrides_quiet": _("Tells people in their quiet hours too"),
            "name": _("Name"),
            "sites": _("Sites"),
            "cameras": _("Cameras"),
            "camera_groups": _("Camera groups"),
            "rules": _("Rules"),
            "classes": _("What was seen"),
            "zones": _("Zones"),
            "tags": _("Tags"),
            **AUDIENCE_LABELS,
        }
        help_texts = {
            "severity": "",
            "rules": _("None chosen: all of them."),
            "sites": _("No site, camera and group chosen: all of them."),
            "classes": _("As the detector calls it, separated by commas: person, car, truck, forklift."),
            "zones": _("Names of zones or lines, separated by commas."),
            "tags": _("Of the rules, separated by commas."),
            "addresses": _("Separated by commas. Nobody signs in there: what you enter sees what the policy tells."),
            "recipients": _("Who may not view an event's camera is not told, whatever stands here."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        self.choose_cameras(user, cameras_visible_to(user))
        choices_share([self], SEARCHED.values())
        fixed = self.fields["severity"]
        assert isinstance(fixed, forms.ChoiceField)  # noqa: S101  the model's field has choices
        fixed.choices = [("", gettext("the event's own")), *Severity.choices]
        becomes = gettext("%(severity)s becomes")
        for severity in Severity:
            choices = [("", gettext("stays")), *((other.value, other.label) for other in Severity if other != severity)]
            initial = self.instance.severity_map.get(severity.value, "")
            self.fields[f"map_{severity.value}"] = forms.ChoiceField(
                choices=choices,
                required=False,
                initial=initial,
                label=becomes % {"severity": severity.label},
            )
        if self.instance.schedule:
            schedule = Schedule.model_validate(self.instance.schedule)
            self.initial.update(days=list(schedule.days), start=schedule.start, end=schedule.end)
            self.initial["holidays"] = schedule.holidays

    def choice(self) -> CameraChoice:
        """Cameras are looked for in the sites and groups that the policy may name: those are read once."""
        choice = super().choice()
        for name, own in SEARCHED.items():
            field = choice.search.fields[name]
            field.choices = [("", field.empty_label), *self.fields[own].choices]  # type: ignore[attr-defined]
        return choice

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["severity_map"] = {
            severity: cleaned[f"map_{severity}"] for severity in Severity.values if cleaned.get(f"map_{severity}")
        }
        cleaned["schedule"] = self._schedule(cleaned)
        # So that a draft has them too.
        self.instance.severity_map, self.instance.schedule = cleaned["severity_map"], cleaned["schedule"]
        return cleaned

    def _schedule(self, cleaned: dict[str, Any]) -> dict[str, Any] | None:
        """None, which is always, where nothing was chosen."""
        chosen = {name: cleaned.get(name) for name in ("days", "start", "end")}
        holidays = cleaned.get("holidays") or "as_usual"
        if not any(chosen.values()) and holidays == "as_usual":
            return None
        start, end = chosen["start"], chosen["end"]
        words = {
            "days": chosen["days"] or list(DAYS),
            "start": f"{start:%H:%M}" if start else "00:00",
            "end": f"{end:%H:%M}" if end else "00:00",
            "holidays": holidays,
        }
        return Schedule.model_validate(words).model_dump(mode="json")

    def draft(self) -> Draft:
        return Draft(self.instance, **{name: list(self.cleaned_data[name]) for name in PLACES})

    def change(self, steps: list[StepForm]) -> PolicyChange:
        values = {name: self.cleaned_data[name] for name in (*SCALARS, *PLACES, *TOLD_ROWS, *TOLD)}
        return PolicyChange(values, [step for form in steps if (step := form.step()) is not None])

    def severity_fields(self) -> list[forms.BoundField]:
        return [self[f"map_{severity}"] for severity in Severity.values]


def step_forms(data: QueryDict | None, policy: AlertPolicy, form: PolicyForm) -> list[StepForm]:
    """The stored steps and empty ones; whom to choose from is read once, for ``form`` too."""
    stored = list(policy.steps.all()) if policy.pk else []
    rows = [*stored, *(EscalationStep() for _ in range(STEPS))][: max(STEPS, len(stored) + 1)]
    steps = [StepForm(data, instance=row, prefix=f"step{number}") for number, row in enumerate(rows)]
    choices_share([form, *steps], TOLD_ROWS)
    return steps
