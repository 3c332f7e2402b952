"""States of nodes, jobs, chunks, live streams and dead letters."""

from django.db import models


class NodeState(models.TextChoices):
    """What a node is doing, as its row and its signs of life tell; not stored."""

    OFF = "off", "Switched off"
    NEW = "new", "Never started"
    SILENT = "silent", "Silent"
    TAKEN_OUT = "taken_out", "Taken out: it kept failing"
    DRAINING = "draining", "Draining"
    PROBATION = "probation", "On probation"
    WORKING = "working", "Working"


class JobState(models.TextChoices):
    VALIDATING = "validating", "Checking the file"
    QUEUED = "queued", "Waiting for a worker"
    RUNNING = "running", "Analysing"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ENDED_JOB_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class ChunkState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    LEASED = "leased", "Being analysed"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class StreamWorkState(models.TextChoices):
    WAITING = "waiting", "Waiting for a worker"
    ASSIGNED = "assigned", "Given to a worker"
    RUNNING = "running", "Watched"
    QUARANTINED = "quarantined", "Set aside: it kept stopping its worker"
    OFF = "off", "Switched off"


class DeadLetterState(models.TextChoices):
    KEPT = "kept", "Waiting for a decision"
    REPLAYED = "replayed", "Sent again"
    DISCARDED = "discarded", "Discarded"


LETTER_KINDS = {
    "event.start": "Start of an event",
    "event.end": "End of an event",
    "stream": "Camera set aside",
    "job": "Analysis that failed",
}
"""What pages call the kinds of dead letters; another kind is called by its own name."""
