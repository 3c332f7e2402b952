"""What admins do with nodes: what changes, what is recorded, who is told, what a drained node still gets."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from tests.cameras.world import make_user
from tests.workers.leased import boot_id, claim, make_node, make_queued_job
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ForbiddenError, NotFoundError
from workers.models import WorkerNode
from workers.services.claims import chunk_claim
from workers.services.node_changes import node_delete, node_disable, node_drain, node_enable, node_undrain
from workers.services.waking import RECONCILE_CHANNEL

pytestmark = pytest.mark.django_db
DEEDS = [node_drain, node_undrain, node_enable, node_disable, node_delete]


def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


def test_draining_twice_changes_and_records_it_once() -> None:
    user, node = admin(), make_node()
    assert node_drain(user=user, node_id=node.id).draining
    assert node_drain(user=user, node_id=node.id).draining
    assert AuditEntry.objects.filter(action="node.drained", actor=user).count() == 1


@pytest.mark.parametrize("deed", DEEDS)
def test_only_admins_may(deed: object) -> None:
    node = make_node()
    with pytest.raises(ForbiddenError):
        deed(user=make_user("sam", role=Role.SUPERVISOR), node_id=node.id)  # type: ignore[operator]
    found = WorkerNode.objects.get()
    assert (found.draining, found.enabled) == (False, True)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_node_that_is_not_there_is_not_found(deed: object) -> None:
    with pytest.raises(NotFoundError):
        deed(user=admin(), node_id=4711)  # type: ignore[operator]


@pytest.mark.django_db(transaction=True)
def test_whoever_reconciles_is_woken() -> None:
    node, user = make_node(), admin()
    values = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: values[name] for name in names if name in values}, autocommit=True) as listener:
        listener.execute(f"LISTEN {RECONCILE_CHANNEL}")
        node_drain(user=user, node_id=node.id)
        woken = list(listener.notifies(timeout=60, stop_after=1))
    assert [notice.channel for notice in woken] == [RECONCILE_CHANNEL]


@pytest.mark.parametrize(
    "change",
    [{"draining": True}, {"breaker_until": timezone.now() + timedelta(days=1), "breaker_opened_at": timezone.now()}],
    ids=["drained", "taken out"],
)
def test_a_node_that_gets_nothing_new_gets_no_part_of_a_recording(change: dict[str, object]) -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    WorkerNode.objects.filter(id=node.id).update(**change)
    node.refresh_from_db()
    assert chunk_claim(node=node, boot_id=boot_id(node), job_id=job.id) is None
    assert claim(other, job).chunk_index == 0
