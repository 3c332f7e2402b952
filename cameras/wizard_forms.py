"""The forms of the four steps in which a camera is added."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cameras.choices import CameraPriority
from cameras.models import Camera, DraftValues, Site, Zone
from cameras.selectors import cameras_visible_to
from rules.models import Rule
from rules.selectors import rules_listed
from vms.accounts.models import User
from vms.login_fields import SECRET, password_field, user_field
from vms.named_choices import choose_among


class AddressForm(forms.Form):
    """Step 1. A password is never written back into a page."""

    url = forms.CharField(
        label=_("Address of the stream that is analysed"),
        max_length=2_000,
        help_text=_(
            "Such as rtsp://10.0.0.5/stream2 or http://10.0.0.5/mjpeg; the camera's manual names it. "
            "A smaller stream of some 640 to 1280 pixels is enough for analysis."
        ),
        widget=forms.TextInput(attrs={**SECRET, "inputmode": "url", "placeholder": "rtsp://"}),
        error_messages={"required": _("Write the address of the camera's stream.")},
    )
    user = user_field()
    password = password_field()


class StreamsForm(forms.Form):
    """Step 3."""

    name = forms.CharField(label=_("Name"), max_length=64, help_text=_("As people call the place: Gate, Hall 3 north."))
    site = forms.ModelChoiceField(Site.objects.none(), empty_label=None, label=_("Site"))
    detect_fps = forms.FloatField(
        label=_("Frames analysed per second"),
        min_value=0.1,
        max_value=30,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("5 is right for people and vehicles. More costs the worker more and rarely finds more."),
    )
    priority = forms.ChoiceField(
        choices=CameraPriority.choices,
        help_text=_("Whose frames come first where a worker cannot look at all of them."),
        label=_("Priority"),
    )
    clip_url = forms.CharField(
        label=_("Stream for clips"),
        required=False,
        max_length=2_000,
        widget=forms.TextInput(attrs={**SECRET, "inputmode": "url", "placeholder": _("As the first one")}),
        help_text=_("The camera's large stream, if clips shall be sharper than what is analysed."),
    )
    clip_user = forms.CharField(
        label=_("Its user name"), required=False, max_length=200, widget=forms.TextInput(attrs=SECRET)
    )
    clip_password = forms.CharField(
        label=_("Its password"),
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any = None, *, values: DraftValues) -> None:  # noqa: ANN401  Django's QueryDict or None
        super().__init__(data, initial=values.model_dump())
        field = self.fields["site"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared above
        field.queryset = Site.objects.all()


class RulesForm(forms.Form):
    """Step 4."""

    rules = forms.ModelMultipleChoiceField(
        Rule.objects.none(), label=_("Rules"), required=False, widget=forms.CheckboxSelectMultiple
    )
    zones_from = forms.ModelChoiceField(
        Camera.objects.none(),
        label=_("Take areas and lines over from"),
        required=False,
        empty_label=_("No other camera: they are drawn next"),
        help_text=_("Sensible for a camera that looks at the same place. They can be moved afterwards."),
    )

    def __init__(self, data: Any = None, *, user: User, values: DraftValues) -> None:  # noqa: ANN401  as above
        super().__init__(data, initial={"rules": values.rules, "zones_from": values.zones_from})
        drawn = cameras_visible_to(user).filter(id__in=Zone.objects.values("camera"))
        choose_among(self, rules=rules_listed(user), zones_from=drawn)
