"""How many messages may still go out: one row for each limit that was ever asked."""

from __future__ import annotations

from django.db import models


class Allowance(models.Model):
    """A bucket of tokens that fills evenly. Whoever takes one locks the row, so it is exact however many ask."""

    key = models.CharField(max_length=320, primary_key=True)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["filled_at"], name="allowance_unused")]

    def __str__(self) -> str:
        return f"{self.key}: {self.tokens:.1f}"
