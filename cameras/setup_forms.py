"""The forms with which an admin looks at, adds, imports and clones cameras."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cameras.choices import CameraPriority
from cameras.models import Site
from vms.login_fields import SECRET, password_field, user_field


class ProbeForm(forms.Form):
    """Where a camera is. The password is never written back into a page."""

    url = forms.CharField(
        label=_("Address of the stream"),
        max_length=2_000,
        help_text=_("Such as rtsp://10.0.0.5/stream2 or http://10.0.0.5/mjpeg. The camera's manual names it."),
        widget=forms.TextInput(attrs={**SECRET, "inputmode": "url", "placeholder": "rtsp://"}),
        error_messages={"required": _("Write the address of the camera's stream.")},
    )
    user = user_field()
    password = password_field()
    detect_fps = forms.FloatField(
        label=_("Frames to analyse per second"), min_value=0.1, max_value=30, initial=5, required=False
    )

    def clean_detect_fps(self) -> float:
        value: float | None = self.cleaned_data["detect_fps"]
        return 5.0 if value is None else value


class AddForm(forms.Form):
    """What else a camera needs; its address is in ``sealed``."""

    sealed = forms.CharField(widget=forms.HiddenInput, max_length=8_000)
    host = forms.CharField(widget=forms.HiddenInput, required=False, max_length=300)
    name = forms.CharField(label=_("Name"), max_length=64)
    site = forms.ModelChoiceField(Site.objects.none(), empty_label=None, label=_("Site"))
    detect_fps = forms.FloatField(label=_("Frames analysed per second"), min_value=0.1, max_value=30, initial=5)
    priority = forms.ChoiceField(choices=CameraPriority.choices, initial=CameraPriority.NORMAL, label=_("Priority"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **{"auto_id": "add_%s", **kwargs})  # stands on one page with the other form
        field = self.fields["site"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared above
        field.queryset = Site.objects.all()


class ImportForm(forms.Form):
    """A list of cameras as a file, and what to do with lines that do not fit."""

    file = forms.FileField(
        label=_("List of cameras (CSV)"),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    existing = forms.ChoiceField(
        label=_("Cameras that are there already"),
        choices=[("update", _("Change them")), ("skip", _("Leave them as they are"))],
        initial="update",
        widget=forms.RadioSelect,
    )
    faulty = forms.ChoiceField(
        label=_("If a line is wrong"),
        choices=[("nothing", _("Import nothing")), ("good_lines", _("Import the good lines"))],
        initial="nothing",
        widget=forms.RadioSelect,
    )


class ApplyForm(forms.Form):
    """The second step: the file waits on the server under ``token``."""

    token = forms.CharField(max_length=64)
    existing = forms.ChoiceField(choices=[("update", ""), ("skip", "")])
    faulty = forms.ChoiceField(choices=[("nothing", ""), ("good_lines", "")])


class CloneForm(forms.Form):
    """A second camera like one that is there."""

    name = forms.CharField(label=_("Name of the new camera"), max_length=64)
    site = forms.ModelChoiceField(Site.objects.none(), empty_label=None, label=_("Site"))
    url = forms.CharField(
        label=_("Its address"),
        required=False,
        max_length=2_000,
        widget=forms.TextInput(attrs={**SECRET, "inputmode": "url"}),
        help_text=_("Empty: uploads only, until it gets one. The other camera's address and login are not copied."),
    )
    user = user_field()
    password = password_field()
    zones = forms.BooleanField(label=_("Areas and lines"), required=False, initial=True)
    rules = forms.BooleanField(label=_("Rules"), required=False, initial=True)
    permissions = forms.BooleanField(label=_("Who may see it"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared above
        field.queryset = Site.objects.all()
