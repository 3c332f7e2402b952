"""What messages say, where a site has its own words."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from alerts.choices import Channel


class MessageTemplate(models.Model):
    """Subject and body for one channel and language; where there is none, VMS's own words are used."""

    channel = models.CharField(max_length=16, choices=Channel)
    language = models.CharField(max_length=16, default="en")
    subject = models.CharField(max_length=300)
    body = models.TextField(max_length=4_000)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["channel", "language"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "language"], name="template_once_per_channel_and_language"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="template_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.language}"
