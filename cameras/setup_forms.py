"""The forms with which an admin imports and clones cameras."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cameras.models import Site
from vms.login_fields import SECRET, password_field, user_field


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


class UploadCameraForm(forms.Form):
    """A camera without a stream: recordings are uploaded for it."""

    name = forms.CharField(label=_("Name"), max_length=64, help_text=_("As people call the place: Gate, Hall 3 north."))
    site = forms.ModelChoiceField(Site.objects.none(), empty_label=None, label=_("Site"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared above
        field.queryset = Site.objects.all()
