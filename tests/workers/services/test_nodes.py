"""Nodes: their tokens, the command that adds them, and what their start does."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.workers.leased import TOKEN, boot, boot_id, checkpoint_of, claim, make_node, make_queued_job
from vms import __version__
from vms.errors import ConflictError, InvalidError
from workers.models import WorkerNode
from workers.runtime.contract import DetectorKind, NodeRegistration
from workers.runtime.node import VERSION
from workers.services.chunks import chunk_checkpoint
from workers.services.nodes import node_create, node_ensure, node_register

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    jobs: list[str] = []
    monkeypatch.setattr("workers.services.leases.chunk_send", jobs.append)
    return jobs


def test_a_new_node_gets_a_token_of_its_own_that_is_not_stored_in_the_clear() -> None:
    (north, token), (_, other) = node_create(name="north"), node_create(name="south")
    stored = WorkerNode.objects.get(name="north")
    assert stored.token == token != other
    assert token not in stored.sealed_token
    assert north.enabled


def test_a_name_is_given_once() -> None:
    node_create(name="north")
    with pytest.raises(ConflictError):
        node_create(name="north")


@pytest.mark.parametrize("name", ["", " north", "n\nx", "nörth", "x" * 65])
def test_a_name_that_cannot_travel_in_a_header_is_refused(name: str) -> None:
    with pytest.raises(InvalidError):
        node_create(name=name)


def test_ensuring_a_node_twice_keeps_one_and_follows_its_token() -> None:
    first = node_ensure(name="north", token=TOKEN)
    sealed = first.sealed_token
    assert node_ensure(name="north", token=TOKEN).sealed_token == sealed
    changed = node_ensure(name="north", token=TOKEN[::-1])
    assert (changed.id, changed.token) == (first.id, TOKEN[::-1])


def test_a_short_token_is_refused() -> None:
    with pytest.raises(InvalidError):
        node_ensure(name="north", token="")


def test_the_command_prints_the_token_once() -> None:
    out = StringIO()
    call_command("node", "create", "north", stdout=out)
    assert WorkerNode.objects.get().token in out.getvalue()
    with pytest.raises(CommandError, match="exists already"):
        call_command("node", "create", "north", stdout=out)


def test_the_command_takes_the_token_from_the_environment_and_can_be_repeated(settings: Settings) -> None:
    settings.NODE_TOKEN = TOKEN
    out = StringIO()
    for _ in range(2):
        call_command("node", "create", "local", "--token-from-env", stdout=out)
    assert (WorkerNode.objects.get().token, out.getvalue()) == (TOKEN, "")


def test_a_start_wakes_somebody_for_what_the_process_before_had_begun(
    woken: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    node, leased, between, others = make_node(), make_queued_job(), make_queued_job(), make_queued_job()
    claim(node, leased)
    work = claim(node, between)
    chunk_checkpoint(node=node, job_id=between.id, index=0, checkpoint=checkpoint_of(node, work))
    claim(make_node("south"), others)
    with django_capture_on_commit_callbacks(execute=True):
        boot(node)
    assert sorted(woken) == sorted([str(leased.id), str(between.id)])


def test_the_same_process_registering_again_keeps_its_leases(woken: list[str]) -> None:
    node, job = make_node(), make_queued_job()
    claim(node, job)
    again = NodeRegistration(
        boot_id=boot_id(node), hostname="host", version="1", detector=DetectorKind.MOTION, model="motion"
    )
    node_register(node=node, registration=again)
    assert job.chunks.filter(state="leased").count() == 1


def test_a_start_says_nothing_about_chunks_that_others_hold() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    claim(other, job)
    boot(node)
    assert job.chunks.get(index=0).node == other
    assert job.chunks.get(index=0).boot_id not in {None, uuid.UUID(int=0)}


def test_the_node_program_has_the_platforms_version() -> None:
    assert __version__ == VERSION
