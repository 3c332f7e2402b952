"""What could not be taken in or done, kept for a person to look at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cameras.models import Camera
from workers.choices import LETTER_KINDS, DeadLetterState
from workers.models.nodes import WorkerNode


class DeadLetter(models.Model):
    """Something that could not be taken in or done. One with a camera is shown to whoever may see that camera."""

    node = models.ForeignKey(WorkerNode, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=32)
    reason = models.TextField()
    payload = models.JSONField()
    subject = models.CharField(
        max_length=64, blank=True, help_text=_("The id of what it was about: an event, a stream, a job.")
    )
    camera = models.ForeignKey(Camera, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=16, choices=DeadLetterState, default=DeadLetterState.KEPT)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    tried_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When somebody sent it again and it failed again.")
    )
    tried_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.TextField(blank=True, help_text=_("What came of sending it again, or why it was discarded."))

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeadLetterState.values), name="dead_letter_state_known")
        ]
        indexes = [
            models.Index(fields=["state", "-at"], name="dead_letter_list"),
            models.Index(fields=["subject"], name="dead_letter_subject", condition=Q(state="kept")),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason[:60]}"

    @property
    def kind_words(self) -> str:
        return str(LETTER_KINDS.get(self.kind, self.kind))
