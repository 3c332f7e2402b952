"""The Fleet page and the dead letters: who sees what, what they can do, and what they never see."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.cameras.world import grant, make_camera, make_user
from tests.workers.leased import boot_id, claim, make_node, make_queued_job
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from workers.models import DeadLetter, Stream, WorkerNode
from workers.runtime.contract import DetectorKind, Heartbeat, NodeRegistration
from workers.services.breaker import node_failed
from workers.services.nodes import node_heartbeat, node_register

pytestmark = pytest.mark.django_db


def client_as(role: Role) -> Client:
    client = Client()
    client.force_login(make_user(f"the-{role}", role=role))
    return client


@pytest.fixture
def admin() -> Client:
    return client_as(Role.ADMIN)


def make_letter(**more: object) -> DeadLetter:
    values: dict[str, object] = {"kind": "riddle", "reason": "Nobody knows.", "payload": {"answer": 42}}
    return DeadLetter.objects.create(**(values | more))


def make_stream(name: str = "Gate", **more: object) -> Stream:
    return Stream.objects.create(camera=make_camera(name, source_kind="rtsp"), started_at=timezone.now(), **more)


def text_of(client: Client, path: str = "/fleet/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", ["/fleet/", "/fleet/dead-letters/"])
def test_the_fleet_is_not_there_for_viewers_and_not_in_their_menu(path: str) -> None:
    viewer = client_as(Role.VIEWER)
    assert viewer.get(path).status_code == 404
    assert "/fleet/" not in text_of(viewer, "/")
    assert 'href="/fleet/"' in text_of(client_as(Role.SUPERVISOR), "/")


@pytest.mark.parametrize("path", ["/fleet/", "/fleet/dead-letters/", "/fleet/dead-letters/1/"])
def test_visitors_are_sent_to_the_login(path: str) -> None:
    assert Client().get(path).status_code == 302


def test_an_empty_fleet_says_what_to_do(admin: Client) -> None:
    page = text_of(admin)
    assert "No worker was added yet" in page
    assert "No live camera is switched on" in page
    assert "Nothing is left behind" in page


def test_a_node_that_kept_failing_says_why_and_until_when(admin: Client) -> None:
    node = make_node("north")
    for _ in range(3):
        node_failed(node=node, reason="The detector <b>stopped</b>.")
    page = text_of(admin)
    assert "gets nothing new until" in page
    assert "The detector &lt;b&gt;stopped&lt;/b&gt;." in page


@pytest.mark.parametrize(
    ("deed", "field", "value"),
    [("drain", "draining", True), ("disable", "enabled", False), ("enable", "enabled", True)],
)
def test_an_admin_changes_a_node(admin: Client, deed: str, field: str, value: bool) -> None:
    node = make_node("north")
    WorkerNode.objects.filter(id=node.id).update(**{field: not value})
    assert admin.post(f"/fleet/nodes/{node.id}/{deed}").status_code == 302
    assert getattr(WorkerNode.objects.get(), field) is value
    assert AuditEntry.objects.filter(actor__username="the-admin", target=f"workers.workernode:{node.id}").count() == 1


def test_whoever_drains_the_only_worker_with_cameras_is_told_that_nobody_takes_them_over(admin: Client) -> None:
    north, warning = make_node("north"), "nobody watches them until one is"
    assert warning not in text_of(admin)
    now = timezone.now()
    make_stream(node=north, boot_id=boot_id(north), state="running", assigned_at=now, taken_at=now)
    assert warning in text_of(admin)
    make_node("south")
    assert warning not in text_of(admin)


def test_a_supervisor_is_offered_no_deed_and_may_do_none() -> None:
    supervisor, node = client_as(Role.SUPERVISOR), make_node("north")
    assert f"/fleet/nodes/{node.id}/" not in text_of(supervisor)
    assert supervisor.post(f"/fleet/nodes/{node.id}/drain").status_code == 403
    assert not WorkerNode.objects.get().draining


def test_a_deed_that_is_none_is_not_found(admin: Client) -> None:
    assert admin.post(f"/fleet/nodes/{make_node().id}/explode").status_code == 404


def test_a_supervisor_reads_names_of_their_own_cameras_only() -> None:
    node = make_node("north")
    hidden, own = make_stream("Vault"), make_stream("Yard")
    job = make_queued_job(camera=hidden.camera)
    claim(node, job)
    secret = make_letter(camera=hidden.camera, reason="In the dark.")
    make_letter(camera=own.camera, reason="In the light.")
    supervisor = client_as(Role.SUPERVISOR)
    grant(User.objects.get(username="the-supervisor"), own.camera)
    for path in ("/fleet/", "/fleet/dead-letters/"):
        page = text_of(supervisor, path)
        assert "Vault" not in page
        assert "In the dark." not in page
        assert job.recording.original_name not in page
        assert "In the light." in page
    assert "Analyses a recording" in text_of(supervisor)
    for deed in ("", "replay", "discard"):
        address = f"/fleet/dead-letters/{secret.id}/{deed}"
        answer = supervisor.post(address, {"reason": "x"}) if deed else supervisor.get(address)
        assert answer.status_code == 404


def test_a_letter_is_shown_as_it_came_and_escaped(admin: Client) -> None:
    letter = make_letter(payload={"evidence": "<script>alert(1)</script>", "names": ["Müller"]})
    page = text_of(admin, f"/fleet/dead-letters/{letter.id}/")
    assert "<script>alert" not in page
    assert "&quot;evidence&quot;: &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;" in page
    assert "Müller" in page


def test_a_letter_is_discarded_with_a_reason_once(admin: Client) -> None:
    letter = make_letter()
    address = f"/fleet/dead-letters/{letter.id}/discard"
    assert admin.post(address, {"reason": ""}).status_code == 422
    assert admin.post(address, {"reason": "Solved."}).status_code == 302
    assert admin.post(address, {"reason": "Again."}).status_code == 409
    assert DeadLetter.objects.get().outcome == "Solved."


def test_a_letter_that_fails_again_says_who_tried_and_why_in_the_readers_language(admin: Client) -> None:
    User.objects.update(language="de")
    letter = make_letter(kind="stream", subject=str(uuid.uuid4()))
    answer = admin.post(f"/fleet/dead-letters/{letter.id}/replay", follow=True)
    page = answer.content.decode()
    assert "Die Kamera wurde gelöscht." in page
    assert "Von the-admin am" in page
    assert DeadLetter.objects.get().outcome == "The camera was deleted."


def test_a_letter_leads_to_its_job(admin: Client) -> None:
    job = make_queued_job()
    letter = make_letter(kind="job", subject=str(job.id))
    assert f'href="/jobs/{job.id}/"' in text_of(admin, f"/fleet/dead-letters/{letter.id}/")


def test_what_somebody_else_settled_leads_back_to_how_it_is_now(admin: Client) -> None:
    letter = make_letter(state="discarded")
    page = f"/fleet/dead-letters/{letter.id}/"
    answer = admin.post(f"{page}replay", headers={"Referer": f"http://testserver{page}"})
    assert answer.status_code == 409
    assert f'<a class="btn btn-main" href="{page}">See how it is now</a>' in answer.content.decode()
    elsewhere = admin.post(f"{page}replay", headers={"Referer": "http://evil.example/"})
    assert "evil.example" not in elsewhere.content.decode()


def do(client: Client, query: str = "", **fields: object) -> str:
    answer = client.post(f"/fleet/dead-letters/do{query}", fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_ticked_letters_are_discarded_together_for_one_reason(admin: Client) -> None:
    first, second, third = (make_letter(reason=word) for word in ("one", "two", "three"))
    page = do(admin, deed="discard", letter=[first.id, second.id], reason="Seen.")
    assert "2 are settled." in page
    kept = DeadLetter.objects.exclude(state="discarded").get()
    assert kept == third
    assert AuditEntry.objects.filter(action="dead_letter.discarded", detail__outcome="Seen.").count() == 2


def test_of_those_sent_again_together_one_that_fails_hinders_none(admin: Client) -> None:
    stream = make_stream(state="quarantined")
    good = make_letter(kind="stream", subject=str(stream.id))
    riddle, done = make_letter(), make_letter(state="replayed")
    page = do(admin, deed="replay", letter=[riddle.id, good.id, done.id])
    assert "1 is settled." in page
    assert "1 is still kept: its page says why." in page
    assert "Somebody else was faster with 1." in page
    assert DeadLetter.objects.get(id=good.id).state == "replayed"


def test_all_that_the_filters_find_are_settled_though_a_page_shows_fewer(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.letter_views.PAGE_SIZE", 1)
    for _ in range(3):
        make_letter(kind="job")
    other = make_letter(kind="stream")
    assert "All 3 found" in text_of(admin, "/fleet/dead-letters/?kind=job")
    do(admin, "?kind=job", deed="discard", all="yes", reason="Seen.")
    assert DeadLetter.objects.get(state="kept") == other


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"deed": "discard", "reason": "x"}, 422),
        ({"deed": "discard", "letter": "own", "reason": " "}, 422),
        ({"deed": "explode", "letter": "own"}, 422),
        ({"deed": "discard", "letter": ["own", "secret"], "reason": "x"}, 404),
    ],
)
def test_together_is_refused_as_a_whole(fields: dict[str, object], status: int) -> None:
    own, hidden = make_stream("Yard").camera, make_stream("Vault").camera
    keys = {"own": make_letter(camera=own).id, "secret": make_letter(camera=hidden).id}
    supervisor = client_as(Role.SUPERVISOR)
    grant(User.objects.get(username="the-supervisor"), own)
    asked = fields.get("letter", [])
    chosen = [keys[str(name)] for name in ([asked] if isinstance(asked, str) else asked)]  # type: ignore[attr-defined]
    answer = supervisor.post("/fleet/dead-letters/do", {**fields, "letter": chosen})
    assert answer.status_code == status
    assert not DeadLetter.objects.exclude(state="kept").exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["waiting"]),
        ("?state=discarded", ["done"]),
        ("?state=", ["done", "waiting"]),
        ("?kind=job", []),
        ("?kind=event.end", ["waiting"]),
        ("?search=WAIT", ["waiting"]),
        ("?kept_before=2001-01-01T00:00:00Z", []),
    ],
)
def test_letters_are_filtered(admin: Client, query: str, found: list[str]) -> None:
    make_letter(kind="event.end", reason="waiting")
    make_letter(kind="event.end", reason="done", state="discarded")
    page = text_of(admin, f"/fleet/dead-letters/{query}")
    titles = [reason for reason in ("done", "waiting") if f">{reason}</a>" in page]
    assert titles == found


def test_a_wrong_filter_and_a_wrong_page_are_told(admin: Client) -> None:
    make_letter()
    assert "A filter is not right" in text_of(admin, "/fleet/dead-letters/?state=nonsense")
    for after in ("nonsense", "2026-01-01T00:00:00+00:00~x", "2026-01-01T00:00:00+00:00~"):
        assert admin.get("/fleet/dead-letters/", {"after": after}).status_code == 404


def test_pages_of_letters_follow_each_other(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.letter_views.PAGE_SIZE", 1)
    make_letter(reason="older")
    make_letter(reason="newer")
    answer = admin.get("/fleet/dead-letters/")
    assert [letter.reason for letter in answer.context["page"].rows] == ["newer"]
    following = admin.get("/fleet/dead-letters/", {"after": answer.context["page"].following})
    assert [letter.reason for letter in following.context["page"].rows] == ["older"]


def test_the_page_takes_as_many_queries_for_many_as_for_one(admin: Client) -> None:
    counts = []
    for number in range(1, 5):
        node = make_node(f"n{number}")
        make_stream(f"Camera {number}", state="running", node=node, **_held(node))
        make_letter(camera=Stream.objects.latest("started_at").camera, node=node)
        if number in {1, 4}:
            with CaptureQueriesContext(connection) as queries:
                text_of(admin)
            counts.append(len(queries))
    assert counts[0] == counts[1]


def _held(node: WorkerNode) -> dict[str, object]:
    now = timezone.now()
    return {"boot_id": node.boot_id, "assigned_at": now, "taken_at": now}


def test_a_model_that_a_worker_could_not_load_is_told_with_the_reason_until_it_starts_anew(admin: Client) -> None:
    node = make_node("gpu")
    WorkerNode.objects.update(further_models=["pose", "ppe"])
    heartbeat = Heartbeat(
        boot_id=boot_id(node), outbox_waiting=0, outbox_lost=0, broken_models={"pose": "The file is missing."}
    )
    node_heartbeat(node=node, heartbeat=heartbeat)
    page = text_of(admin)
    assert "“pose” could not be loaded: The file is missing." in page
    assert "ppe model" in page and "pose model" not in page
    boot = NodeRegistration(
        boot_id=uuid.uuid4(),
        hostname="",
        version="",
        detector=DetectorKind.OPENVINO,
        model="",
        further_models=("pose",),
    )
    node_register(node=node, registration=boot)
    assert "could not be loaded" not in text_of(admin)


def test_queues_are_shown_with_what_waits_in_them_and_when_they_cannot_be_asked(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.queue_lines.queue_lengths", lambda nodes: {"deliveries": 7, "sweeps": 2, "sweep": 1})
    page = text_of(admin)
    assert "Messages of alerts and mailed reports</span><b>7</b>" in page and "Regular looks</span><b>3</b>" in page

    def away(nodes: object) -> None:
        raise RedisConnectionError

    monkeypatch.setattr("workers.queue_lines.queue_lengths", away)
    assert "Valkey, which holds the queues, does not answer." in text_of(admin)
