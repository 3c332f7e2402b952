"""Fields for what signs in elsewhere. Neither a page nor the browser keeps what is typed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

SECRET = {"autocomplete": "off", "spellcheck": "false"}


def user_field() -> forms.CharField:
    return forms.CharField(label=_("User name"), required=False, max_length=200, widget=forms.TextInput(attrs=SECRET))


def password_field() -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
