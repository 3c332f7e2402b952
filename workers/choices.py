"""States of nodes, jobs, chunks, live streams and dead letters."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NodeState(models.TextChoices):
    """What a node is doing, as its row and its signs of life tell; not stored."""

    OFF = "off", _("Switched off")
    NEW = "new", _("Never started")
    SILENT = "silent", _("Silent")
    TAKEN_OUT = "taken_out", _("Taken out: it kept failing")
    DRAINING = "draining", _("Draining")
    PROBATION = "probation", _("On probation")
    WORKING = "working", _("Working")


class JobState(models.TextChoices):
    VALIDATING = "validating", _("Checking the file")
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Analysing")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ENDED_JOB_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class ChunkState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    LEASED = "leased", _("Being analysed")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class StreamWorkState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a worker")
    ASSIGNED = "assigned", _("Given to a worker")
    RUNNING = "running", _("Watched")
    QUARANTINED = "quarantined", _("Set aside: it kept stopping its worker")
    OFF = "off", _("Switched off")


class DeadLetterState(models.TextChoices):
    KEPT = "kept", _("Waiting for a decision")
    REPLAYED = "replayed", _("Sent again")
    DISCARDED = "discarded", _("Discarded")


LETTER_KINDS = {
    "event.start": _("Start of an event"),
    "event.end": _("End of an event"),
    "stream": _("Camera set aside"),
    "job": _("Analysis that failed"),
}
"""What pages call the kinds of dead letters; another kind is called by its own name."""
