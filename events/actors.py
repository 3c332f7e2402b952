"""Background actors of this app."""

from __future__ import annotations

import dramatiq
from dramatiq_crontab import interval

from events.services import reads_sweep, review_batches_sweep

SWEEP_SECONDS = 3600
HOUR_MS = 3_600_000


@interval(seconds=SWEEP_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=HOUR_MS, max_retries=0, max_age=HOUR_MS)
def sweep_reviews() -> None:
    """What was read long ago, and what cannot be taken back any more."""
    reads_sweep()
    review_batches_sweep()
