"""Finding, adding and changing users."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.services.people import UserChange

ACTIVE, OFF, INVITED, NO_FACTOR = "active", "off", "invited", "no_factor"
STATES = [
    (ACTIVE, _("Active")),
    (OFF, _("Switched off")),
    (INVITED, _("Invited, no password yet")),
    (NO_FACTOR, _("Without second factor")),
]


class UserFilterForm(forms.Form):
    q = forms.CharField(label=_("Find"), required=False, max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Any")), *Role.choices], required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("Any")), *STATES], required=False)

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def apply(self, users: QuerySet[User]) -> QuerySet[User]:
        if not self.is_valid():
            return users.none()
        values = self.cleaned_data
        for word in values["q"].split():
            named = Q(first_name__icontains=word) | Q(last_name__icontains=word)
            users = users.filter(named | Q(username__icontains=word) | Q(email__icontains=word))
        if values["role"]:
            users = users.filter(role=values["role"])
        return _in_state(users, values["state"])


def _in_state(users: QuerySet[User], state: str) -> QuerySet[User]:
    if state == NO_FACTOR:
        return users.filter(is_active=True).exclude(totpdevice__confirmed=True)
    if state == INVITED:
        return users.filter(invited_at__isnull=False, is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return users.filter(is_active=state == ACTIVE) if state else users


class UserForm(forms.ModelForm[User]):
    """Who somebody is and what they may do."""

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "role", "is_active"]
        labels = {
            "username": _("User name"), "is_active": _("May sign in"), "email": _("E-mail"), "role": _("Role"),
        }  # fmt: skip
        help_texts = {"username": "", "is_active": _("Without it the account is kept, but signed out everywhere.")}

    def change(self) -> UserChange:
        return UserChange(**{name: self.cleaned_data[name] for name in self.fields})


class NewUserForm(forms.ModelForm[User]):
    """With a password, or with an invitation by which they choose one."""

    way = forms.ChoiceField(
        label=_("How they get in"),
        choices=[("mail", _("Invite by mail: they choose a password")), ("password", _("I set a password now"))],
        initial="mail",
        widget=forms.RadioSelect,
    )
    password = forms.CharField(
        label=_("Password"), required=False, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", "role"]
        labels = {"username": _("User name"), "email": _("E-mail"), "role": _("Role")}
        help_texts = {"username": ""}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("way") == "mail" and not values.get("email") and "email" not in self.errors:
            self.add_error("email", _("An invitation needs an address to go to."))
        if values.get("way") == "password" and not values.get("password"):
            self.add_error("password", _("Type a password, or invite by mail."))
        return values

    def change(self) -> UserChange:
        return UserChange(**{name: self.cleaned_data[name] for name in self._meta.fields or ()})
