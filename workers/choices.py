"""States of jobs and chunks."""

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
