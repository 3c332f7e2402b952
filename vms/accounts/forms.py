"""What users change about themselves."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from vms.accounts.choices import Theme, time_zone_names
from vms.accounts.models import User


class AccountForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(
        required=False,
        label=_("Show times in"),
        help_text=_("Each time is shown with its offset from UTC, so it is never in doubt."),
    )
    language = forms.ChoiceField(required=False, label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(required=False, label=_("Colours"), choices=Theme.choices)

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "time_zone", "language", "theme"]
        labels = {"email": _("E-mail")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        zones = [(name, name) for name in ("UTC", *time_zone_names())]
        field.choices = [("", _("each camera's own site zone")), *zones]

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.instance.language

    def clean_theme(self) -> str:
        return self.cleaned_data["theme"] or self.instance.theme
