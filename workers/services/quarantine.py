"""Ends the quarantine of a live stream that was set aside because it kept stopping its worker."""

from __future__ import annotations

import uuid

from django.utils import timezone

from workers.choices import StreamWorkState
from workers.models import Stream
from workers.services.waking import reconcile_soon


def stream_quarantine_end(*, stream_id: uuid.UUID) -> bool:
    """Let a worker try it again; False where it is not in quarantine (any more)."""
    set_aside = Stream.objects.filter(id=stream_id, state=StreamWorkState.QUARANTINED)
    freed = set_aside.update(state=StreamWorkState.WAITING, stops=0, error="", next_attempt_at=timezone.now())
    if freed:
        reconcile_soon()
    return bool(freed)
