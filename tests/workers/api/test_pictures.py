"""Live pictures as a node sends them: signed, bounded, and only by the current lease."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from cameras.services.pictures import picture_latest
from tests.cameras.world import make_camera
from tests.workers.api.signing import NodeCaller
from tests.workers.leased import make_node
from workers.models import Stream, WorkerNode
from workers.runtime.contract import LiveBox, PictureUpload

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0 a picture"
BOX = LiveBox(track_id=3, class_name="person", confidence=0.8, box_xyxy=(0.1, 0.2, 0.3, 0.4))


@pytest.fixture
def node() -> WorkerNode:
    return make_node()


@pytest.fixture
def stream(node: WorkerNode) -> Stream:
    now = timezone.now()
    camera = make_camera("Gate", source_kind="rtsp", id=int(now.timestamp() * 1e6))
    return Stream.objects.create(
        camera=camera, started_at=now - timedelta(hours=1), state="running", node=node, boot_id=uuid.uuid4(), epoch=3,
        assigned_at=now, taken_at=now,
    )  # fmt: skip


def body(stream: Stream, *, epoch: int = 3, age_seconds: float = 0, jpeg: bytes = JPEG, head: bytes = b"") -> bytes:
    at_ms = int((timezone.now() - stream.started_at).total_seconds() * 1000 - age_seconds * 1000)
    head = head or PictureUpload(epoch=epoch, at_ms=at_ms, boxes=(BOX,)).model_dump_json().encode()
    return len(head).to_bytes(4, "big") + head + jpeg


def put(stream: Stream, content: bytes) -> int:
    return int(NodeCaller().call("PUT", f"streams/{stream.id}/picture", content).status_code)


def test_a_picture_of_the_current_lease_is_shown(stream: Stream) -> None:
    assert put(stream, body(stream)) == 201
    picture = picture_latest(stream.camera_id)
    assert picture is not None
    assert (picture.jpeg, picture.boxes) == (JPEG, (BOX,))
    assert abs(picture.taken_at - timezone.now()) < timedelta(seconds=10)


def test_one_that_is_old_already_is_taken_and_not_kept(stream: Stream) -> None:
    assert put(stream, body(stream, age_seconds=11)) == 200
    assert picture_latest(stream.camera_id) is None


@pytest.mark.parametrize("change", [{"epoch": 4}, {"node": None, "state": "waiting"}, {"state": "quarantined"}])
def test_another_lease_is_refused(stream: Stream, change: dict[str, object]) -> None:
    Stream.objects.filter(id=stream.id).update(**change)
    assert put(stream, body(stream)) == 409
    assert picture_latest(stream.camera_id) is None


def test_another_node_is_refused(stream: Stream) -> None:
    Stream.objects.filter(id=stream.id).update(node=make_node("south"))
    assert put(stream, body(stream)) == 409


def test_a_stream_that_is_not_there_is_404(stream: Stream) -> None:
    content = body(stream)
    assert NodeCaller().call("PUT", f"streams/{uuid.uuid4()}/picture", content).status_code == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"jpeg": b"GIF89a"}, 422),
        ({"jpeg": JPEG + bytes(2 * 2**20)}, 422),
        ({"jpeg": JPEG + bytes(4 * 2**20)}, 413),
        ({"age_seconds": -3600}, 422),
        ({"head": b"{}"}, 422),
        ({"head": b'{"epoch": 3, "at_ms": 99999999999999999999, "boxes": []}'}, 422),
        ({"head": b" " * 300_000}, 413),
    ],
    ids=["gif", "large", "larger", "future", "no-head", "no-time", "long-head"],
)
def test_what_is_no_picture_is_refused(stream: Stream, content: dict[str, object], status: int) -> None:
    assert put(stream, body(stream, **content)) == status  # type: ignore[arg-type]


def test_a_body_that_ends_early_is_refused(stream: Stream) -> None:
    assert put(stream, b"\x00\x00\x00\xff{}") == 422
    assert put(stream, b"") == 422


def test_an_unsigned_picture_is_refused(stream: Stream) -> None:
    assert (
        NodeCaller(token="another token that is long enough")
        .call("PUT", f"streams/{stream.id}/picture", body(stream))
        .status_code
        == 401
    )
