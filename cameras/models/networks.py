"""Where cameras may be."""

from __future__ import annotations

import ipaddress

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


def validate_network(value: str) -> None:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValidationError(
            _("%(value)s is no network, such as 192.168.10.0/24 or 10.0.0.5/32.") % {"value": value}
        ) from error


class CameraNetwork(models.Model):
    """A network in which cameras may be. Nothing of the platform connects to a camera anywhere else."""

    network = models.CharField(max_length=64, unique=True, validators=[validate_network])
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["network"]

    def __str__(self) -> str:
        return self.network
