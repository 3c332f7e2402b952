"""What could not be taken in or done, kept for a person to look at."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import structlog
from django.utils import timezone

from vms.accounts.models import User
from workers.choices import DeadLetterState
from workers.models import DeadLetter, Job, Stream, WorkerNode

log = structlog.get_logger(__name__)

MAX_TEXT = 20_000
MAX_LETTERS_OF_A_NODE = 10_000
ADDRESS = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s"'<>\\]*""")
"""No scheme is longer; without a bound, a text of letters would be looked through from each of them to its end."""
WITHHELD = "(an address)"


def dead_letter_keep(
    *,
    node: WorkerNode | None,
    kind: str,
    reason: str,
    payload: dict[str, Any],
    subject: str = "",
    camera_id: int | None = None,
) -> DeadLetter | None:
    """Keep it in a form that the database can hold; a node that sends nothing else fills no disk.

    Addresses are left out of it: those of cameras hold logins. ``subject`` is the id of what it is about; ``camera_id``
    decides who may see it beside admins.
    """
    log.warning("dead_letter", node=node.name if node else "", kind=kind, reason=without_addresses(reason))
    if DeadLetter.objects.filter(node=node, state=DeadLetterState.KEPT).count() >= MAX_LETTERS_OF_A_NODE:
        return None
    return DeadLetter.objects.create(
        node=node,
        kind=kind,
        subject=subject[:64],
        camera_id=camera_id,
        reason=without_addresses(reason.replace("\x00", ""))[:MAX_TEXT],
        payload=_storable(payload),
    )


def dead_letters_settle(
    *, kind: str, subject: str, user: User | None, outcome: str, state: DeadLetterState = DeadLetterState.REPLAYED
) -> int:
    """What they were about was taken up again on another way, or is wanted no more; return how many there were."""
    kept = DeadLetter.objects.filter(kind=kind, subject=subject, state=DeadLetterState.KEPT)
    return kept.update(state=state, settled_at=timezone.now(), settled_by=user, outcome=outcome[:MAX_TEXT])


def camera_of_work(work_id: object) -> int | None:
    """The camera of a job or a live stream, by the id that a message names; None where it names neither."""
    try:
        key = uuid.UUID(str(work_id))
    except ValueError:
        return None
    found = Job.objects.filter(id=key).values_list("recording__camera_id", flat=True).first()
    return found or Stream.objects.filter(id=key).values_list("camera_id", flat=True).first()


def without_addresses(text: str) -> str:
    return ADDRESS.sub(WITHHELD, text)


def _storable(payload: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL's JSON knows neither NaN nor NUL nor half a character: such a message is kept as text."""
    try:
        text = without_addresses(json.dumps(payload, allow_nan=False, ensure_ascii=False))
        text.encode()
    except ValueError:
        text = ""
    if text and len(text) <= MAX_TEXT and "\\u0000" not in text:
        stored: dict[str, Any] = json.loads(text)
        return stored
    return {"text": without_addresses(repr(payload))[:MAX_TEXT]}
