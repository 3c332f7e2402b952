"""The request for a back-test: which text, which cameras, which days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from cameras.choosing import CameraChoiceForm
from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from rules.backtests.services import Period
from rules.models import Rule
from rules.selectors import rule_versions
from vms.accounts.models import User

USUAL_DAYS = 7
MOST_VERSIONS = 100
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
HAS_NEXT_DAY = MaxValueValidator(date.max - timedelta(days=1))


class BacktestForm(CameraChoiceForm):
    version = forms.TypedChoiceField(coerce=int, label=_("Version"))
    cameras = forms.ModelMultipleChoiceField(
        Camera.objects.none(),
        label=_("Cameras"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one camera.")},
    )
    first = forms.DateField(label=_("From"), widget=DATE)
    last = forms.DateField(label=_("To, inclusive"), widget=DATE, validators=[HAS_NEXT_DAY])

    def __init__(self, data: Any = None, *, user: User, rule: Rule, version: int | None = None) -> None:  # noqa: ANN401
        today = datetime.now(ZoneInfo(user.time_zone or "UTC")).date()
        versions = list(rule_versions(rule)[:MOST_VERSIONS])
        mine = cameras_visible_to(user).order_by("site__name", "name")
        super().__init__(
            data,
            initial={
                "version": version or (versions[0].number if versions else None),
                "cameras": list(mine.filter(rules=rule).values_list("id", flat=True)),
                "first": today - timedelta(days=USUAL_DAYS - 1),
                "last": today,
            },
        )
        self.rule = rule
        self.choose_cameras(user, mine)
        number = self.fields["version"]
        assert isinstance(number, forms.TypedChoiceField)  # noqa: S101  declared above
        number.choices = [(each.number, f"{each.number}: {each.get_state_display().lower()}") for each in versions]

    def wishes(self) -> dict[str, Any]:
        """The arguments of ``backtest_ask``; days are those of the first camera's site."""
        cameras = list(self.cleaned_data["cameras"])
        zone = ZoneInfo(cameras[0].site.time_zone)
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        start = datetime.combine(first, time.min, tzinfo=zone)
        end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone)
        version = self.rule.versions.get(number=self.cleaned_data["version"])
        return {"rule": self.rule, "version": version, "cameras": cameras, "period": Period(start, end)}
