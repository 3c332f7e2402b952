"""What a person fills in about how they are told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from alerts.models import Preference
from cameras.choosing import CameraChoiceForm
from cameras.selectors import cameras_visible_to, groups_visible_to
from vms.accounts.choices import time_zone_names
from vms.accounts.models import User
from vms.named_choices import choose_among

DIGESTS = [
    (0, _("One message for each alert")),
    (15, _("One every 15 minutes")),
    (60, _("One every hour")),
    (1440, _("One a day")),
]
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WishForm(forms.ModelForm[Preference]):
    digest_minutes = forms.TypedChoiceField(choices=DIGESTS, coerce=int, label=_("How many messages"))
    time_zone = forms.ChoiceField(label=_("Clock of these times"))
    language = forms.ChoiceField(
        choices=settings.MESSAGE_LANGUAGES,
        required=False,
        label=_("Language of messages"),
        help_text=_("Where an admin has written words in it; otherwise English."),
    )

    class Meta:
        model = Preference
        fields = [
            "enabled", "least_severity", "digest_minutes", "quiet_from", "quiet_until", "quiet_hold", "time_zone",
            "paused_from", "paused_until", "language",
        ]  # fmt: skip
        labels = {
            "enabled": _("Tell me by this channel"),
            "least_severity": _("Only from this severity on"),
            "quiet_from": _("Quiet from"),
            "quiet_until": _("until"),
            "quiet_hold": _("What comes in quiet hours, tell me afterwards in one message"),
            "paused_from": _("Holiday from"),
            "paused_until": _("to, inclusive"),
        }
        widgets = {"quiet_from": CLOCK, "quiet_until": CLOCK, "paused_from": DAY, "paused_until": DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        chosen = self.fields["time_zone"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101  declared above
        chosen.choices = [(name, name) for name in ("UTC", *time_zone_names())]

    def only(self) -> list[str]:
        """Of how many cameras and groups it is; nothing where it is of all."""
        wish = self.instance
        cameras, groups = (len(wish.cameras.all()), len(wish.camera_groups.all())) if wish.pk else (0, 0)
        words = [
            ngettext("%(n)s camera", "%(n)s cameras", cameras) % {"n": cameras} if cameras else "",
            ngettext("%(n)s group", "%(n)s groups", groups) % {"n": groups} if groups else "",
        ]
        return [each for each in words if each]

    def clean_language(self) -> str:
        """A script that knows nothing of it leaves it as it is."""
        chosen: str = self.cleaned_data["language"]
        return chosen or self.instance.language

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("quiet_from") is None) != (cleaned.get("quiet_until") is None):
            self.add_error("quiet_until", gettext("Quiet hours need a start and an end."))
        first, last = cleaned.get("paused_from"), cleaned.get("paused_until")
        if first and last and last < first:
            self.add_error("paused_until", gettext("The last day lies before the first."))
        return cleaned


class WishCamerasForm(CameraChoiceForm, forms.ModelForm[Preference]):
    class Meta:
        model = Preference
        fields = ["cameras", "camera_groups"]
        labels = {"camera_groups": _("And for those of these groups")}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        self.choose_cameras(user, cameras_visible_to(user))
        choose_among(self, camera_groups=groups_visible_to(user))
