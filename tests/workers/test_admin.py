"""Nodes and dead letters in the admin: deeds are asked about first, done one by one, and told."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.cameras.world import make_camera, make_user
from tests.workers.leased import claim, make_node, make_queued_job
from vms.accounts.choices import Role
from vms.audit.models import AuditEntry
from workers.models import DeadLetter, Stream, WorkerNode

pytestmark = pytest.mark.django_db
NODES = reverse("admin:workers_workernode_changelist")
LETTERS = reverse("admin:workers_deadletter_changelist")


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(make_user("boss", role=Role.ADMIN))
    return client


def do(client: Client, path: str, action: str, *keys: int, **more: str) -> Any:
    return client.post(path, {"action": action, "_selected_action": [str(key) for key in keys], **more})


def told(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_deed_is_asked_about_before_it_is_done(boss: Client) -> None:
    node = make_node("north")
    answer = do(boss, NODES, "drain", node.id)
    assert "Drain these workers?" in answer.content.decode()
    assert not WorkerNode.objects.get().draining
    do(boss, NODES, "drain", node.id, sure="yes")
    assert WorkerNode.objects.get().draining
    assert AuditEntry.objects.get(action="node.drained").actor_name == "boss"


def test_all_rows_of_all_pages_stay_chosen_when_asked(boss: Client) -> None:
    nodes = [make_node(name) for name in ("north", "south")]
    asked = do(boss, NODES, "drain", nodes[0].id, select_across="1")
    assert 'name="select_across" value="1"' in asked.content.decode()
    do(boss, NODES, "drain", nodes[0].id, select_across="1", sure="yes")
    assert WorkerNode.objects.filter(draining=True).count() == 2


def test_only_an_idle_node_is_removed_and_the_other_is_told(boss: Client) -> None:
    busy, idle = make_node("busy"), make_node("idle")
    job = make_queued_job()
    claim(busy, job)
    answer = do(boss, NODES, "remove", busy.id, idle.id, sure="yes")
    assert list(WorkerNode.objects.values_list("name", flat=True)) == ["busy"]
    refused, done = told(answer)
    assert refused.startswith("busy: busy still has work")
    assert done == "1 removed."
    assert AuditEntry.objects.get(action="node.deleted").detail == {"node": "idle"}


def test_a_node_with_a_camera_is_not_removed(boss: Client) -> None:
    node, now = make_node("north"), timezone.now()
    Stream.objects.create(
        camera=make_camera("Gate"), started_at=now, state="assigned", node=node, boot_id=node.boot_id, assigned_at=now
    )
    do(boss, NODES, "remove", node.id, sure="yes")
    assert WorkerNode.objects.filter(name="north").exists()


def test_nothing_of_a_node_can_be_typed_over(boss: Client) -> None:
    node = make_node("north")
    address = reverse("admin:workers_workernode_change", args=[node.id])
    assert 'name="name"' not in boss.get(address).content.decode()
    assert boss.post(address, {"name": "south", "enabled": ""}).status_code == 403
    assert "delete_selected" not in boss.get(NODES).content.decode()


def test_letters_are_discarded_together_with_one_reason(boss: Client) -> None:
    keys = [DeadLetter.objects.create(kind="riddle", reason="?", payload={}).id for _ in range(3)]
    assert "Why:" in do(boss, LETTERS, "discard", *keys).content.decode()
    do(boss, LETTERS, "discard", *keys, sure="yes", reason="Seen.")
    assert set(DeadLetter.objects.values_list("state", "outcome")) == {("discarded", "Seen.")}


def test_without_a_reason_nothing_is_discarded(boss: Client) -> None:
    letter = DeadLetter.objects.create(kind="riddle", reason="?", payload={})
    assert "Say why" in told(do(boss, LETTERS, "discard", letter.id, sure="yes"))[0]
    assert DeadLetter.objects.get().state == "kept"


def test_one_that_fails_again_hinders_none_of_the_others(boss: Client) -> None:
    stream = Stream.objects.create(camera=make_camera("Gate"), started_at=timezone.now(), state="quarantined")
    bad = DeadLetter.objects.create(kind="event.end", reason="?", payload={})
    good = DeadLetter.objects.create(kind="stream", reason="?", payload={}, subject=str(stream.id))
    answer = do(boss, LETTERS, "replay", bad.id, good.id, sure="yes")
    assert [DeadLetter.objects.get(id=key).state for key in (bad.id, good.id)] == ["kept", "replayed"]
    assert told(answer)[1] == "1 sent again."


def test_a_letter_is_shown_escaped(boss: Client) -> None:
    letter = DeadLetter.objects.create(kind="riddle", reason="?", payload={"a": "<script>alert(1)</script>"})
    page = boss.get(reverse("admin:workers_deadletter_change", args=[letter.id])).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
