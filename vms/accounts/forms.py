"""What users change about themselves."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms

from vms.accounts.models import User


class AccountForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(required=False, label="Show times in")

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "time_zone"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = [("", "each camera's own site zone"), ("UTC", "UTC"), *((name, name) for name in zones)]
