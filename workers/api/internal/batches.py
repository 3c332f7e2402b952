"""A batch of events: taken in together where nothing speaks against it, else each by itself; each gets a receipt."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from typing import Any, Literal

import structlog
from django.db import DatabaseError
from pydantic import BaseModel, TypeAdapter, ValidationError

from events.services import event_end, event_ingest, events_end, events_ingest
from vms.errors import InvalidError
from vms.validation import first_fault
from workers.api.internal.counters import count_receipt
from workers.errors import LeaseLostError, StartAwaitedError
from workers.models import WorkerNode
from workers.runtime.contract import EventBatchAnswer, EventEnd, EventMessage, EventReceipt, EventSubmission
from workers.services.dead_letters import camera_of_work, dead_letter_keep

log = structlog.get_logger(__name__)

MAX_EVENTS = 200
Together = dict[tuple[str, uuid.UUID], bool]
"""By kind and event: whether it was news."""
MESSAGE: TypeAdapter[EventSubmission | EventEnd] = TypeAdapter(EventMessage)


class Label(BaseModel):
    """The least that a refused message must have: what its receipt is to name."""

    event_id: uuid.UUID
    kind: Literal["start", "end"]


def events_take_in(node: WorkerNode, body: bytes) -> EventBatchAnswer:
    """One receipt for each message, in their order.

    A message whose turn fails for a reason of ours, or has not come, gets no receipt: the node sends it again, and only
    it.

    Raises:
        InvalidError: the body is no batch, or holds something that cannot even be answered.
    """
    items = _items(body)
    labels = [_label(item) for item in items]
    together = _take_in_together(node, items)
    receipts = []
    for label, item in zip(labels, items, strict=True):
        is_news = together.get((label.kind, label.event_id))
        if is_news is None:
            receipt = _take_in(node, label, item)
        else:
            receipt = _receipt(label, 201 if is_news else 200)
            together[label.kind, label.event_id] = False  # twice in this batch
        count_receipt(receipt)
        if receipt is not None:
            receipts.append(receipt)
    return EventBatchAnswer(receipts=tuple(receipts))


def _items(body: bytes) -> list[dict[str, Any]]:
    try:
        items = json.loads(body)["events"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidError("The request is not a batch of events.") from None
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_EVENTS:
        raise InvalidError(f"A batch holds 1 to {MAX_EVENTS} events.")
    return items


def _label(item: object) -> Label:
    try:
        return Label.model_validate(item)
    except ValidationError:
        raise InvalidError("An event in the batch has no id or kind.") from None


def _take_in_together(node: WorkerNode, items: list[dict[str, Any]]) -> Together:
    """Starts, then ends, each all at once as far as they are plain; what is left out is to be taken in by itself."""
    messages = []
    for item in items:
        with suppress(ValidationError):
            messages.append(MESSAGE.validate_python(item))
    starts = [message for message in messages if isinstance(message, EventSubmission)]
    ends = [message for message in messages if isinstance(message, EventEnd)]
    taken: Together = {}
    try:
        if len(starts) > 1:
            taken |= {("start", key): new for key, new in events_ingest(node=node, submissions=starts).items()}
        if len(ends) > 1:
            taken |= {("end", key): new for key, new in events_end(node=node, ends=ends).items()}
    except DatabaseError as error:
        log.info("events.not_taken_in_together", events=len(messages), reason=str(error)[:200])
    except Exception:  # the edge of a batch: what one event does to it must not hold up the others
        log.exception("events.not_taken_in_together", events=len(messages))
    return taken


def _take_in(node: WorkerNode, label: Label, item: dict[str, Any]) -> EventReceipt | None:
    try:
        return _receipt(label, 201 if _store(node, item) else 200)
    except LeaseLostError as error:
        return _receipt(label, 409, error.message)
    except StartAwaitedError:
        return None
    except InvalidError as error:
        _keep(node, label, item, error.message)
        return _receipt(label, 422, error.message)
    except Exception:  # the edge of one event: a fault of ours must not hold up the others
        log.exception("event.not_taken_in", event_id=str(label.event_id))
        return None


def _keep(node: WorkerNode, label: Label, item: dict[str, Any], reason: str) -> None:
    dead_letter_keep(
        node=node,
        kind=f"event.{label.kind}",
        reason=reason,
        payload=item,
        subject=str(label.event_id),
        camera_id=camera_of_work(item.get("job_id")),
    )


def _store(node: WorkerNode, item: dict[str, Any]) -> bool:
    try:
        message = MESSAGE.validate_python(item)
    except ValidationError as error:
        raise InvalidError(first_fault(error)) from None
    if isinstance(message, EventSubmission):
        return event_ingest(node=node, submission=message)[1]
    return event_end(node=node, end=message)[1]


def _receipt(label: Label, status: Literal[200, 201, 409, 422], detail: str = "") -> EventReceipt:
    return EventReceipt(event_id=label.event_id, kind=label.kind, status=status, detail=detail)
