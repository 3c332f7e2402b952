"""Setting up a webhook."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.channels.endpoint import EndpointForm
from alerts.channels.webhook.signing import key_new
from vms.login_fields import SECRET
from vms.outbound.errors import ForbiddenTargetError
from vms.outbound.targets import target_of


class WebhookForm(EndpointForm):
    """The whole address is a secret: many receivers know us by a word in its path."""

    secret = ("url",)

    url = forms.CharField(
        label=_("Address"),
        max_length=2_000,
        help_text=_("Such as https://example.com/hooks/vms. A redirect is not followed."),
        widget=forms.TextInput(attrs={**SECRET, "inputmode": "url", "placeholder": "https://"}),
    )

    field_order = ("name", "url", "seconds", "enabled")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url:
            try:
                target_of(url)
            except ForbiddenTargetError as error:
                raise forms.ValidationError(str(error)) from None
        return url

    def new_settings(self) -> dict[str, Any]:
        url = self.new_secrets()["url"]
        return {**super().new_settings(), "shown": str(target_of(url))}

    def new_secrets(self) -> dict[str, Any]:
        secrets = super().new_secrets()
        return {"keys": [key_new()], **secrets}
