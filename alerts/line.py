"""Proves every five minutes that alerts arrive: an event goes the whole way, from the internal API to a sink.

It is sent over HTTP like a worker's, stored, matched by a policy of its own, queued, and handed to a channel by the
tasks worker. Nobody sees any of it but its outcome. What does not arrive in time is a trouble (alerts/system_watch.py).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
import urllib3
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.choices import PolicyAbout
from alerts.models import AlertPolicy, LineProof
from events.models import Event
from events.services.line import EPOCH, HIDDEN_NAME, VERSION, line_camera, line_rule
from rules.engine.schema import Severity
from workers.runtime.contract import (
    CONTENT_HEADER,
    NODE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    EventBatch,
    EventBatchAnswer,
    EventSubmission,
    event_key,
    sign,
)
from workers.services.line_node import JOB_ID, NAME, line_token

EVERY = timedelta(minutes=5)
AGAIN = timedelta(seconds=30)
"""While it is not proven."""
ARRIVES_WITHIN = timedelta(seconds=60)
PATH = "/internal/v1/events"
SECONDS = 10

log = structlog.get_logger(__name__)


def line_prove() -> bool:
    """Send an event down the line where it is time, and forget the one before; whether one was sent."""
    submission = _begin(timezone.now())
    if submission is None:
        return False
    trouble = _post(submission)
    if trouble:
        log.error("line.not_sent", trouble=trouble)
        LineProof.objects.filter(event_id=submission.event_id).update(trouble=trouble[:300])
    return not trouble


@transaction.atomic
def _begin(now: datetime) -> EventSubmission | None:
    """Its row is locked: of several processes one sends."""
    LineProof.objects.get_or_create(only=True)
    proof = LineProof.objects.select_for_update().get()
    wait = AGAIN if proof.tried_since else EVERY
    if proof.sent_at is not None and now < proof.sent_at + wait:
        return None
    submission = _submission(now)
    Event.objects.filter(camera=submission.camera_id).delete()
    AlertPolicy.everything.get_or_create(
        about=PolicyAbout.LINE, defaults={"name": HIDDEN_NAME, "group_minutes": 0, "channels": []}
    )
    proof.event_id, proof.sent_at, proof.trouble = submission.event_id, now, ""
    proof.tried_since = proof.tried_since or now
    proof.save()
    return submission


def _submission(now: datetime) -> EventSubmission:
    camera, rule = line_camera(), line_rule()
    start_ms = int((now - EPOCH).total_seconds() * 1000)
    return EventSubmission(
        event_id=event_key(JOB_ID, rule.id, VERSION, 0, start_ms),
        job_id=JOB_ID,
        epoch=0,
        camera_id=camera.id,
        rule_id=rule.id,
        rule_version=VERSION,
        track_id=0,
        class_name="line",
        confidence=1,
        severity=Severity.LOW,
        start_ms=start_ms,
        box_xyxy=(0, 0, 1, 1),
    )


def _post(submission: EventSubmission) -> str:
    """What went wrong, in plain words; nothing where the event was taken in."""
    body = EventBatch(events=(submission,)).model_dump_json().encode()
    path = urlsplit(settings.INTERNAL_URL).path.rstrip("/") + PATH
    try:
        answer = urllib3.request(
            "POST",
            settings.INTERNAL_URL + PATH,
            body=body,
            headers={**_signed(path, body), "Content-Type": "application/json"},
            timeout=SECONDS,
            retries=False,
            redirect=False,
        )
        if answer.status != 200:
            return _("The internal API answered %(status)s.") % {"status": answer.status}
        receipts = EventBatchAnswer.model_validate_json(answer.data).receipts
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        return _("The internal API could not be reached: %(error)s") % {"error": error}
    return "" if receipts and receipts[0].status in (200, 201) else _("The internal API did not take the event in.")


def _signed(path: str, body: bytes) -> dict[str, str]:
    timestamp, nonce = str(int(time.time())), secrets.token_urlsafe(16)
    body_sha256 = hashlib.sha256(body).hexdigest()
    signature = sign(line_token(), method="POST", path=path, timestamp=timestamp, nonce=nonce, body_sha256=body_sha256)
    return {
        NODE_HEADER: NAME,
        TIMESTAMP_HEADER: timestamp,
        NONCE_HEADER: nonce,
        CONTENT_HEADER: body_sha256,
        SIGNATURE_HEADER: signature,
    }
