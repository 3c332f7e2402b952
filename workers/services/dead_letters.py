"""What a node sent and could not be taken in, kept for a person to look at."""

from __future__ import annotations

import json
from typing import Any

import structlog

from workers.models import DeadLetter, WorkerNode

log = structlog.get_logger(__name__)

MAX_TEXT = 20_000
MAX_LETTERS_OF_A_NODE = 10_000


def dead_letter_keep(*, node: WorkerNode, kind: str, reason: str, payload: dict[str, Any]) -> None:
    """Keep the message in a form that the database can hold; a node that sends nothing else fills no disk."""
    log.warning("dead_letter", node=node.name, kind=kind, reason=reason)
    if DeadLetter.objects.filter(node=node).count() < MAX_LETTERS_OF_A_NODE:
        DeadLetter.objects.create(
            node=node, kind=kind, reason=reason.replace("\x00", "")[:MAX_TEXT], payload=_storable(payload)
        )


def _storable(payload: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL's JSON knows neither NaN nor NUL: such a message is kept as text."""
    try:
        text = json.dumps(payload, allow_nan=False)
    except ValueError:
        text = ""
    if text and len(text) <= MAX_TEXT and "\\u0000" not in text:
        return payload
    return {"text": repr(payload)[:MAX_TEXT]}
