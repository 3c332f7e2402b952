"""Messages to this app's background actors, by name: the actors import the services that send them."""

from __future__ import annotations

import dramatiq

from vms.broker import tasks_broker

VALIDATION_QUEUE = "validation"
VALIDATION_ACTOR = "validate_recording"


def validation_send(job_id: str) -> None:
    """Have a job's recording checked. Losing this message costs a sweep, never the job."""
    tasks_broker.enqueue(
        dramatiq.Message(
            queue_name=VALIDATION_QUEUE, actor_name=VALIDATION_ACTOR, args=(job_id,), kwargs={}, options={}
        )
    )
