"""What an admin fills in to change a camera that is there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cameras.addresses import address_bare, address_with_login, source_kind_of
from cameras.models import Camera, CameraGroup, DraftValues
from cameras.selectors import groups_visible_to
from cameras.services.cameras import CameraChange
from cameras.services.changing import Belonging
from cameras.wizard_forms import StreamsForm
from rules.models import Rule
from rules.selectors import rules_visible_to
from vms.accounts.models import User
from vms.login_fields import SECRET, password_field, user_field
from vms.named_choices import choose_among


class ChangeForm(StreamsForm):
    """Addresses and passwords are written, never shown: an empty field keeps what is stored."""

    enabled = forms.BooleanField(label=_("Watched"), required=False)
    url = forms.CharField(
        label=_("Address of the stream that is analysed"),
        required=False,
        max_length=2_000,
        widget=forms.TextInput(attrs={**SECRET, "inputmode": "url"}),
    )
    user = user_field()
    password = password_field()
    one_stream = forms.BooleanField(label=_("Clips come from the first stream after all"), required=False)
    rules = forms.ModelMultipleChoiceField(
        Rule.objects.none(), label=_("Rules"), required=False, widget=forms.CheckboxSelectMultiple
    )
    groups = forms.ModelMultipleChoiceField(
        CameraGroup.objects.none(), label=_("Camera groups"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, user: User, camera: Camera) -> None:  # noqa: ANN401  QueryDict or None
        values = DraftValues(
            name=camera.name, site=camera.site_id, detect_fps=camera.detect_fps, priority=camera.priority
        )
        super().__init__(data, values=values)
        self.initial.update(enabled=camera.enabled, rules=camera.rules.all(), groups=camera.groups.all())
        choose_among(self, rules=rules_visible_to(user), groups=groups_visible_to(user))

    def change(self, camera: Camera) -> CameraChange:
        chosen = self.cleaned_data
        url = _address(camera.url, chosen["url"], chosen["user"], chosen["password"])
        clip_url = _address(camera.clip_url, chosen["clip_url"], chosen["clip_user"], chosen["clip_password"])
        return CameraChange(
            name=chosen["name"],
            site=chosen["site"],
            detect_fps=chosen["detect_fps"],
            priority=chosen["priority"],
            enabled=chosen["enabled"],
            source_kind=source_kind_of(url) if url else None,
            url=url,
            clip_url="" if chosen["one_stream"] else clip_url,
        )

    def belonging(self) -> Belonging:
        offered = {name: self.fields[name].queryset for name in ("rules", "groups")}  # type: ignore[attr-defined]
        return Belonging(self.cleaned_data["rules"], offered["rules"], self.cleaned_data["groups"], offered["groups"])


def _address(stored: str, written: str, user: str, password: str) -> str | None:
    """None keeps what is stored: also where the same address is written again without a login."""
    if not written and not user and not password:
        return None
    url = address_with_login(written or stored, user, password)
    return None if stored and url == address_bare(stored) else url
