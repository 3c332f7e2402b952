"""What an admin does with a node: drains it, switches it on or off, removes it. Audited, and placement is told."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError, NotFoundError
from workers.choices import ChunkState, StreamWorkState
from workers.models import Chunk, Stream, WorkerNode
from workers.services.waking import reconcile_soon

HELD = (StreamWorkState.ASSIGNED, StreamWorkState.RUNNING)


def node_drain(*, user: User, node_id: int) -> WorkerNode:
    """Give it nothing new and have it hand over what it watches. Draining twice changes nothing.

    Raises:
        ForbiddenError: the user is no admin.
        NotFoundError: there is no such node.
    """
    return _change(user, node_id, "node.drained", draining=True)


def node_undrain(*, user: User, node_id: int) -> WorkerNode:
    """Let it work again. Raises as ``node_drain`` does."""
    return _change(user, node_id, "node.undrained", draining=False)


def node_enable(*, user: User, node_id: int) -> WorkerNode:
    """Let its requests in again. Raises as ``node_drain`` does."""
    return _change(user, node_id, "node.enabled", enabled=True)


def node_disable(*, user: User, node_id: int) -> WorkerNode:
    """Refuse its requests from now on; its work goes to others when its leases end. Raises as ``node_drain`` does."""
    return _change(user, node_id, "node.disabled", enabled=False)


@transaction.atomic
def node_delete(*, user: User, node_id: int) -> None:
    """Remove an idle node; what it found stays.

    Raises:
        ForbiddenError: the user is no admin.
        NotFoundError: there is no such node.
        ConflictError: it holds cameras or a part of a recording. Drain it first.
    """
    admin_require(user)
    # Who gives it work meanwhile waits for this lock, and then finds no node to refer to.
    node = WorkerNode.objects.select_for_update().filter(id=node_id).first()
    if node is None:
        raise NotFoundError(_("There is no such worker."))
    if (held := _held(node)) is not None:
        raise ConflictError(
            _("%(name)s still has work (%(held)s). Drain it and wait until it is idle.")
            % {"name": node.name, "held": held}
        )
    audit_record(actor=user, action="node.deleted", target=node, node=node.name)
    node.delete()


def _held(node: WorkerNode) -> Model | None:
    stream = Stream.objects.filter(node=node, state__in=HELD).select_related("camera__site").first()
    return stream or Chunk.objects.filter(node=node, state=ChunkState.LEASED).first()


@transaction.atomic
def _change(user: User, node_id: int, action: str, **values: bool) -> WorkerNode:
    admin_require(user)
    changed = WorkerNode.objects.filter(id=node_id).exclude(**values).update(**values)
    node = WorkerNode.objects.filter(id=node_id).first()
    if node is None:
        raise NotFoundError(_("There is no such worker."))
    if changed:
        audit_record(actor=user, action=action, target=node, node=node.name)
        reconcile_soon()
    return node
