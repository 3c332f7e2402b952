"""States of jobs, chunks, live streams and dead letters."""

from django.db import models


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
