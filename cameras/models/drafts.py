"""Cameras that are being added."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from cameras.addresses import address_host
from cameras.choices import CameraPriority
from cameras.models.cameras import URL_PURPOSE
from vms.storage import encryption


class DraftValues(BaseModel):
    """What was filled in so far, besides the addresses."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, Field(max_length=64)] = ""
    site: int | None = None
    detect_fps: float = 5.0
    priority: str = CameraPriority.NORMAL
    rules: tuple[int, ...] = ()
    zones_from: int | None = None
    """Another camera whose areas and lines are taken over."""


class CameraDraft(models.Model):
    """A camera that somebody began to add. Its addresses are sealed as a camera's are and shown nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    sealed_url = models.TextField(editable=False)
    sealed_clip_url = models.TextField(blank=True, editable=False)
    answer: models.JSONField[dict[str, Any] | None] = models.JSONField(
        null=True, help_text=_("What the last look at it found (ProbeAnswer), with its picture.")
    )
    values: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, help_text="DraftValues.")

    class Meta:
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return gettext("Draft %(id)s") % {"id": self.id}

    @property
    def filled_in(self) -> DraftValues:
        return DraftValues.model_validate(self.values)

    @property
    def host(self) -> str:
        """All that may be shown of its address."""
        return address_host(self.url)

    @property
    def url(self) -> str:
        """With its login: for looking at the camera, shown nowhere."""
        return encryption.decrypt(self.sealed_url, purpose=URL_PURPOSE)

    @url.setter
    def url(self, value: str) -> None:
        self.sealed_url = encryption.encrypt(value, purpose=URL_PURPOSE)

    @property
    def clip_url(self) -> str:
        return encryption.decrypt(self.sealed_clip_url, purpose=URL_PURPOSE) if self.sealed_clip_url else ""

    @clip_url.setter
    def clip_url(self, value: str) -> None:
        self.sealed_clip_url = encryption.encrypt(value, purpose=URL_PURPOSE) if value else ""
