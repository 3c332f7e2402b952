"""The queues that wake GPU hosts. Their messages carry an id and nothing else."""

from __future__ import annotations

GPU_NAMESPACE = "vms-gpu"
CHUNK_QUEUE = "chunks"
CHUNK_ACTOR = "process_chunk"
STREAM_ACTOR = "watch_stream"


def stream_queue(node_id: int) -> str:
    """The node's own queue: which cameras it is to watch."""
    return f"streams-{node_id}"
