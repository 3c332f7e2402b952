"""One message to one target by one channel, and every attempt to hand it over."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.choices import Channel, DeliveryReason, DeliveryState
from alerts.models.alerts import Alert
from alerts.models.endpoints import Endpoint


class Delivery(models.Model):
    """One message of one alert to one target by one channel. Its id is the message's identity everywhere.

    The target is a person, a bare e-mail address or an endpoint: exactly one of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    address = models.EmailField(blank=True)
    endpoint = models.ForeignKey(Endpoint, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=16, choices=Channel)
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.QUEUED)
    reason = models.CharField(max_length=16, choices=DeliveryReason, blank=True, help_text=_("Why it was not sent."))
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    detail = models.TextField(blank=True, help_text=_("The last answer, or why it was not sent."))
    created_at = models.DateTimeField(auto_now_add=True)
    step = models.PositiveSmallIntegerField(
        default=0, help_text=_("The escalation step that asked for it; 0: at once.")
    )
    round = models.PositiveSmallIntegerField(default=0, help_text=_("How often its alert had been opened again."))
    held = models.BooleanField(default=False, help_text=_("Waited for the end of the recipient's quiet hours."))
    in_quiet_hours = models.BooleanField(default=False, help_text=_("Sent though the recipient has quiet hours."))
    admitted = models.BooleanField(default=False, help_text=_("Counted against the limits, or free of them."))
    gathering = models.BooleanField(default=False, help_text=_("Waits to become a digest, and others join it."))
    digest = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="gathered",
        help_text=_("The message that tells of this one's alert too."),
    )
    resent_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When somebody sent it again: then wishes and limits no longer count.")
    )
    link_used_at = models.DateTimeField(null=True, blank=True, help_text=_("When its link acknowledged the alert."))

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="", endpoint__isnull=True)
                | (Q(recipient__isnull=True, endpoint__isnull=True) & ~Q(address=""))
                | Q(recipient__isnull=True, address="", endpoint__isnull=False),
                name="delivery_has_one_target",
            ),
            models.UniqueConstraint(
                fields=["alert", "recipient", "channel", "round"],
                name="delivery_once",
                condition=Q(recipient__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["alert", "address", "channel", "round"],
                name="delivery_once_to_address",
                condition=~Q(address=""),
            ),
            models.UniqueConstraint(
                fields=["alert", "endpoint", "channel", "round"],
                name="delivery_once_to_endpoint",
                condition=Q(endpoint__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["recipient", "address", "endpoint", "channel"],
                name="delivery_one_gathers",
                condition=Q(gathering=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="delivery_channel_known"),
            models.CheckConstraint(
                condition=(Q(state=DeliveryState.SUPPRESSED) & Q(reason__in=DeliveryReason.values))
                | (~Q(state=DeliveryState.SUPPRESSED) & Q(reason="")),
                name="delivery_suppressed_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="delivery_due", condition=Q(state__in=["queued", "sending"])),
            # The list of messages, and the one of those that were given up.
            models.Index(fields=["-created_at", "-id"], name="delivery_list"),
            models.Index(fields=["state", "-created_at", "-id"], name="delivery_list_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.target_name}"

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # the plugin has it already
        """Django's own translates every choice there is to find one, and lists ask a hundred times."""
        return str(DeliveryState(self.state).label)

    @property
    def target_name(self) -> str:
        """Who or what is told, as it is shown; never a secret."""
        if self.recipient is not None:
            return self.recipient.get_username()
        return self.address or (self.endpoint.name if self.endpoint else "")


class DeliveryAttempt(models.Model):
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(auto_now_add=True)
    milliseconds = models.PositiveIntegerField()
    succeeded = models.BooleanField()
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {'sent' if self.succeeded else 'failed'}"
