"""What an admin fills in about a group of people who take turns being on call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.models import OnCallGroup
from vms.accounts.choices import time_zone_names
from vms.accounts.models import User


class OnCallForm(forms.ModelForm[OnCallGroup]):
    time_zone = forms.ChoiceField(label=_("Clock of the hand-over"))

    class Meta:
        model = OnCallGroup
        fields = ["name", "shift_days", "first_day", "hand_over", "time_zone"]
        labels = {
            "name": _("Name"),
            "shift_days": _("Days of a turn"),
            "first_day": _("First turn began on"),
            "hand_over": _("Hand-over at"),
        }
        help_texts = {
            "shift_days": _("7: everybody has a week. 0: no turns, all of them are on call always."),
            "first_day": _("The turn of the first in the order. Not needed without turns."),
        }
        widgets = {
            "first_day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "hand_over": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)  # noqa: S101  declared above
        zones.choices = [(name, name) for name in ("UTC", *time_zone_names())]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("shift_days") and "first_day" in cleaned and cleaned["first_day"] is None:
            self.add_error("first_day", gettext("Say on which day the first turn began."))
        return cleaned


def members_of(words: Sequence[str]) -> list[User]:
    """The people of these ids in this order, each once."""
    ids = dict.fromkeys(int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10)
    people = User.objects.in_bulk(list(ids))
    return [people[number] for number in ids if number in people]


def members_arranged(members: list[User], deed: str, added: list[User]) -> list[User]:
    """As the button ``deed`` wants them: ``add``, or ``up``, ``down`` or ``remove`` with somebody's id after a dash.

    Turns go round, so who is moved past an end stands at the other one.
    """
    if deed == "add":
        return [*members, *(person for person in added if person not in members)]
    move, _dash, who = deed.partition("-")
    at = next((place for place, person in enumerate(members) if str(person.pk) == who), None)
    if at is None:
        return members
    others = [*members[:at], *members[at + 1 :]]
    if move == "remove":
        return others
    others.insert((at + (1 if move == "down" else -1)) % len(members), members[at])
    return others
