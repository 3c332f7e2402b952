"""The platform itself as a sender to its own internal API, to prove that events get in: no node that anybody sees.

Its token follows from the platform's secret key, so that no other process can have it and no row holds it.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid

from django.conf import settings

from workers.models import WorkerNode

NAME = "vms-line"
JOB_ID = uuid.UUID("3f1f4f0e-9a56-4b0a-8a55-5b1f6d0c9e11")
"""What its events say they come from."""


def line_token() -> str:
    return hmac.new(settings.SECRET_KEY.encode(), b"line-node", hashlib.sha256).hexdigest()


def line_node() -> WorkerNode:
    """Never saved: no list of nodes, no lease and no heartbeat can hold it."""
    node = WorkerNode(name=NAME)
    node.token = line_token()
    return node


def is_line_node(node: WorkerNode) -> bool:
    return node._state.adding and node.name == NAME
