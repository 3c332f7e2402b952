"""What every channel that speaks to endpoints has: how one is set up, shown and sent to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.channels.outcome import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError
from alerts.models import Delivery, Endpoint
from alerts.wording.digest import notice_of_any
from alerts.wording.notice import Notice
from vms.outbound.errors import ForbiddenTargetError, OutboundError
from vms.outbound.networks import Guard
from vms.storage.encryption import DecryptionError
from vms.validation import validate_name

MOST_SECONDS = 30
UNREADABLE = _("What is stored cannot be read with this VMS_SECRET_KEY. Write the address or password anew.")
KEPT = _("Leave it empty to keep the stored one. It is never shown.")


@dataclass(frozen=True, slots=True)
class EndpointChannel:
    """``send`` hands one message over and returns the answer, or raises a DeliveryError."""

    form: type[EndpointForm]
    send: Callable[[Endpoint, Notice], str]
    about: str | Promise

    def deliver(self, delivery: Delivery) -> str:
        if delivery.endpoint is None:
            raise PermanentDeliveryError(gettext("The message names no endpoint."))
        return self.send_notice(delivery.endpoint, notice_of_any(delivery))

    def send_notice(self, endpoint: Endpoint, notice: Notice) -> str:
        try:
            return self.send(endpoint, notice)
        except DecryptionError:
            raise PermanentDeliveryError(UNREADABLE) from None


class EndpointForm(forms.Form):
    """``shown`` fields become the endpoint's settings, ``secret`` ones its secrets; an empty secret keeps the old."""

    shown: ClassVar[tuple[str, ...]] = ("seconds",)
    secret: ClassVar[tuple[str, ...]] = ()

    name = forms.CharField(label=_("Name"), max_length=100, validators=[validate_name])
    enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)
    seconds = forms.IntegerField(
        label=_("Longest wait for an answer, in seconds"), min_value=1, max_value=MOST_SECONDS, initial=10
    )

    def __init__(self, *args: Any, endpoint: Endpoint | None = None, **kwargs: Any) -> None:  # noqa: ANN401  Django's
        self.endpoint = endpoint
        if endpoint is not None:
            kwargs["initial"] = {"name": endpoint.name, "enabled": endpoint.enabled, **endpoint.settings}
        super().__init__(*args, **kwargs)
        stored = self._stored()
        for name in self.secret:
            if stored.get(name):
                self.fields[name].required = False
                self.fields[name].help_text = KEPT

    def new_settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.shown}

    def new_secrets(self) -> dict[str, Any]:
        typed = {name: self.cleaned_data[name] for name in self.secret if self.cleaned_data.get(name)}
        return {**self._stored(), **typed}

    def _stored(self) -> dict[str, Any]:
        """What cannot be read any more has to be typed anew."""
        try:
            return self.endpoint.secrets if self.endpoint else {}
        except DecryptionError:
            return {}


def outbound_guard() -> Guard:
    return Guard(settings.OUTBOUND_NETWORKS)


def outbound_failure(error: OutboundError) -> DeliveryError:
    """A target that may not be connected to will not be allowed by waiting; everything else may pass."""
    if isinstance(error, ForbiddenTargetError):
        return PermanentDeliveryError(str(error))
    return TemporaryDeliveryError(str(error))
