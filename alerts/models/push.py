"""Browsers that asked to be told although no page is open."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import models

from vms.storage import encryption

ADDRESS_PURPOSE = "push-subscription"
KEY_PURPOSE = "push-key"


class PushSubscription(models.Model):
    """One browser of one person. Whoever has the address and the keys could push to it, so they are sealed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    address_digest = models.CharField(max_length=64, unique=True, editable=False)
    sealed = models.TextField(editable=False)
    browser = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.browser or "A browser"

    @property
    def document(self) -> str:
        return encryption.decrypt(self.sealed, purpose=ADDRESS_PURPOSE)

    @document.setter
    def document(self, value: str) -> None:
        self.sealed = encryption.encrypt(value, purpose=ADDRESS_PURPOSE)


class PushKey(models.Model):
    """The one key pair by which push services know this installation (VAPID). A new one ends every subscription."""

    only = models.BooleanField(primary_key=True, default=True, editable=False)
    public = models.CharField(max_length=100)
    sealed_private = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="push_key_is_one")]

    def __str__(self) -> str:
        return self.public

    @property
    def private(self) -> str:
        return encryption.decrypt(self.sealed_private, purpose=KEY_PURPOSE)

    @private.setter
    def private(self, value: str) -> None:
        self.sealed_private = encryption.encrypt(value, purpose=KEY_PURPOSE)


def address_digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()
