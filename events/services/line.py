"""Events by which VMS proves that events get in and alerts get out: of a camera and a rule that nobody sees."""

from __future__ import annotations

from datetime import UTC, datetime

from cameras.models import Camera, Site
from events.models import Event
from events.services.storing import Origin, event_store, sound_require
from rules.choices import LINE_RULE
from rules.engine.schema import RuleSpec
from rules.models import Rule
from vms.errors import InvalidError
from workers.errors import LeaseLostError
from workers.models import WorkerNode
from workers.runtime.contract import EventSubmission
from workers.services.line_node import is_line_node

HIDDEN_NAME = "VMS proves the line of alerts"
VERSION = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What the events' milliseconds count from."""
SPEC = RuleSpec.model_validate(
    {
        "name": HIDDEN_NAME,
        "severity": "low",
        "who": {"classes": ["line"]},
        "when": {"type": "line_crossing", "line": "Line"},
    }
)


def line_camera() -> Camera:
    site, _ = Site.everything.get_or_create(hidden=True, defaults={"name": HIDDEN_NAME})
    return Camera.everything.get_or_create(hidden=True, defaults={"name": HIDDEN_NAME, "site": site})[0]


def line_rule() -> Rule:
    return Rule.everything.get_or_create(system=LINE_RULE, defaults={"name": HIDDEN_NAME})[0]


def line_event_ingest(*, node: WorkerNode, submission: EventSubmission) -> tuple[Event, bool]:
    """Store it like any other, without a lease: nobody watches that camera.

    Raises:
        LeaseLostError: somebody else than the platform sent it.
        InvalidError: it is no such event.
    """
    if not is_line_node(node):
        raise LeaseLostError("Only the platform sends these events.")
    camera = Camera.everything.select_related("site").filter(hidden=True, id=submission.camera_id).first()
    if camera is None:
        raise InvalidError("There is no such camera.")
    sound_require(submission)
    known = Event.objects.filter(id=submission.event_id).first()
    return (known, False) if known is not None else event_store(Origin(camera, EPOCH, SPEC), submission)
