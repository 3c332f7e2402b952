"""Background actors of this app: checking recordings, and sweeping up what uploads left behind."""

from __future__ import annotations

import uuid

import dramatiq

from cameras.services.drafts import drafts_sweep
from cameras.services.health import events_catch_up
from cameras.services.health_sweep import healths_sweep
from cameras.services.sweeping import uploads_sweep
from vms.periodic import every
from workers.messages import VALIDATION_ACTOR, VALIDATION_QUEUE
from workers.services.validation import job_validate, validations_resend

HOUR_MS = 3_600_000
HEALTH_SECONDS = 3


@dramatiq.actor(
    actor_name=VALIDATION_ACTOR, queue_name=VALIDATION_QUEUE, time_limit=HOUR_MS, max_retries=0, max_age=HOUR_MS
)
def validate_recording(job_id: str) -> None:
    job_validate(job_id=uuid.UUID(job_id))


@every(seconds=15)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=15_000)
def resend_validations() -> None:
    validations_resend()


@every(seconds=600)
@dramatiq.actor(queue_name="sweeps", time_limit=600_000, max_retries=0, max_age=600_000)
def sweep_uploads() -> None:
    uploads_sweep()


@every(seconds=3600)
@dramatiq.actor(queue_name="sweeps", time_limit=HOUR_MS, max_retries=0, max_age=HOUR_MS)
def sweep_drafts() -> None:
    drafts_sweep()


@every(seconds=HEALTH_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=60_000, max_retries=0, max_age=HEALTH_SECONDS * 1000)
def sweep_health() -> None:
    healths_sweep()
    while events_catch_up():
        pass
