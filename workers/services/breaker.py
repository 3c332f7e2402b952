"""The circuit breaker: a node that keeps failing gets nothing new for a while, then one stream to prove itself.

That is so while another node is there to watch its cameras. Where none is it watches them all, and is still told of:
a camera whose watching begins again and again is better than a blind one.

Three failures in a row, each within a minute of the one before, open it for 30 s. The first failure after that opens
it again for twice as long, at most 15 min. A calm minute of work closes it and forgets everything. The node's row lock
is the compare-and-set: of failures told at the same moment each counts once, and one of them opens.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError, NotFoundError
from workers.models import WorkerNode
from workers.services.waking import reconcile_soon

log = structlog.get_logger(__name__)

FAILURES_TO_OPEN = 3
CALM = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
OPENED, CLOSED = "node.breaker_opened", "node.breaker_closed"
MAX_REASON = 500


@transaction.atomic
def node_failed(*, node: WorkerNode, reason: str, now: datetime | None = None) -> bool:
    """Count one failure of the node; the answer says whether this one opened its breaker.

    One call for one failure: a process that ended with fifty streams has failed once. While the breaker is open
    nothing counts: the node was given nothing new, or there was nobody else.
    """
    now = now or timezone.now()
    row = WorkerNode.objects.select_for_update().get(id=node.id)
    if row.breaker_until is not None and now < row.breaker_until:
        return False
    row.failures = 1 if row.failed_at is None or now - row.failed_at > CALM else row.failures + 1
    row.failed_at = now
    opens = row.breaker_until is not None or row.failures >= FAILURES_TO_OPEN
    if opens:
        _open(row, reason, now)
    row.save(update_fields=["failures", "failed_at", "breaker_opened_at", "breaker_until"])
    return opens


def _open(node: WorkerNode, reason: str, now: datetime) -> None:
    pause = _pause(node)
    node.breaker_opened_at, node.breaker_until = now, now + pause
    seconds = round(pause.total_seconds())
    log.error("node.breaker_opened", node=node.name, reason=reason[:MAX_REASON], seconds=seconds)
    audit_record(
        actor=None,
        action=OPENED,
        target=node,
        node=node.name,
        reason=reason[:MAX_REASON],
        seconds=seconds,
        failures=node.failures,
    )
    reconcile_soon()


def _pause(node: WorkerNode) -> timedelta:
    """Twice as long as the pause before, which its two moments tell."""
    if node.breaker_until is None or node.breaker_opened_at is None:
        return FIRST_PAUSE
    return min(2 * (node.breaker_until - node.breaker_opened_at), LONGEST_PAUSE)


def node_succeeded(*, node: WorkerNode, now: datetime | None = None) -> bool:
    """The node does its work: after a calm minute of it the breaker closes. The answer says whether it did.

    Called often (a report, a heartbeat with streams), so a node without a failure costs no query.
    """
    if not node.failures and node.breaker_until is None:
        return False
    now = now or timezone.now()
    calm = WorkerNode.objects.filter(id=node.id, failed_at__lte=now - CALM)
    calm.filter(breaker_until=None).update(failures=0, failed_at=None)
    with transaction.atomic():
        if not calm.filter(breaker_until__lte=now - CALM).update(**_FORGOTTEN):
            return False
        log.info("node.breaker_closed", node=node.name)
        audit_record(actor=None, action=CLOSED, target=node, node=node.name)
        reconcile_soon()
    return True


@transaction.atomic
def breaker_close(*, user: User, node_id: int) -> WorkerNode:
    """An admin takes a node back in before its time.

    Raises:
        ForbiddenError: the user is no admin.
        NotFoundError: there is no such node.
        ConflictError: its breaker is closed.
    """
    admin_require(user)
    node = WorkerNode.objects.filter(id=node_id).first()
    if node is None:
        raise NotFoundError(_("There is no such worker."))
    if not WorkerNode.objects.filter(id=node_id, breaker_until__isnull=False).update(**_FORGOTTEN):
        raise ConflictError(_("%(name)s was not taken out.") % {"name": node.name})
    audit_record(actor=user, action=CLOSED, target=node, node=node.name)
    reconcile_soon()
    node.refresh_from_db()
    return node


_FORGOTTEN = {"failures": 0, "failed_at": None, "breaker_opened_at": None, "breaker_until": None}
