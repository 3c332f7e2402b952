"""Background actors of this app."""

from __future__ import annotations

import uuid

import dramatiq

from events.exports.building import export_build, exports_give_up
from events.exports.retention import exports_expire
from events.exports.selectors import exports_due
from events.services import reads_sweep, review_batches_sweep
from vms.periodic import every

SWEEP_SECONDS, EXPORT_SECONDS = 3600, 10
SWEEP_AT_MOST = 20
HOUR_MS = 3_600_000


@dramatiq.actor(queue_name="exports", time_limit=60 * 60_000, max_retries=0, max_age=600_000)
def build_export(export_id: str) -> None:
    export_build(export_id=uuid.UUID(export_id))


@every(seconds=EXPORT_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=EXPORT_SECONDS * 1000)
def sweep_exports() -> None:
    """A message sent twice is no harm: only one worker can claim the row."""
    exports_give_up()
    for export_id in exports_due().values_list("id", flat=True)[:SWEEP_AT_MOST]:
        build_export.send(str(export_id))


@every(seconds=SWEEP_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=HOUR_MS, max_retries=0, max_age=HOUR_MS)
def sweep_reviews() -> None:
    """What was read long ago, what cannot be taken back any more, and exports that were kept for long enough."""
    reads_sweep()
    review_batches_sweep()
    exports_expire()
