"""GPU hosts, jobs cut into chunks, live streams, and what could not be taken in."""

from workers.models.dead_letters import DeadLetter
from workers.models.jobs import Chunk, Job
from workers.models.nodes import WorkerNode
from workers.models.streams import Stream, StreamLease, StreamSnapshot, ToldConfig

__all__ = ["Chunk", "DeadLetter", "Job", "Stream", "StreamLease", "StreamSnapshot", "ToldConfig", "WorkerNode"]
