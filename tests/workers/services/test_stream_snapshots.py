"""What streams remember is kept for the next node, and only from the one that watches."""

from __future__ import annotations

import base64
import uuid
import zlib

import pytest

from tests.workers.fleet import make_live_camera, save, save_packed, taken_over, watched
from tests.workers.leased import boot_id, make_node
from workers.models import StreamSnapshot
from workers.runtime.contract import StreamState, StreamStates, pack_state
from workers.services import stream_snapshots
from workers.services.stream_snapshots import stream_states_save

pytestmark = pytest.mark.django_db


def test_the_next_node_gets_the_state_that_was_saved_last() -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    work = watched(north, camera)
    for number in (1, 2):
        save(north, work, number=number)
    assert StreamSnapshot.objects.get().epoch == 1
    assert taken_over(south, camera).state == {"number": 2}


def test_the_state_of_an_earlier_lease_is_lost_and_the_others_are_kept() -> None:
    north, south = make_node(), make_node("south")
    gate, yard = make_live_camera("Gate"), make_live_camera("Yard")
    lost, kept = watched(north, gate), watched(north, yard)
    taken_over(south, gate)
    states = tuple(
        StreamState(stream_id=work.stream_id, epoch=work.epoch, packed=pack_state({"late": True}))
        for work in (lost, kept)
    )
    answer = stream_states_save(node=north, told=StreamStates(boot_id=boot_id(north), states=states))
    assert (answer.lost, answer.refused) == ((lost.stream_id,), ())
    assert StreamSnapshot.objects.get().stream_id == kept.stream_id


def test_what_was_told_twice_in_one_message_is_kept_once() -> None:
    node = make_node()
    work = watched(node, make_live_camera())
    state = StreamState(stream_id=work.stream_id, epoch=work.epoch, packed=pack_state({"number": 1}))
    stream_states_save(node=node, told=StreamStates(boot_id=boot_id(node), states=(state, state)))
    assert StreamSnapshot.objects.count() == 1


def test_a_stream_that_nobody_knows_is_lost() -> None:
    node = make_node()
    watched(node, make_live_camera())
    stranger = StreamState(stream_id=uuid.uuid4(), epoch=1, packed=pack_state({}))
    answer = stream_states_save(node=node, told=StreamStates(boot_id=boot_id(node), states=(stranger,)))
    assert answer.lost == (stranger.stream_id,)


@pytest.mark.parametrize("packed", ["no base64", base64.b64encode(b"not compressed").decode(), pack_state({})[:-8]])
def test_what_cannot_be_unpacked_is_refused(packed: str) -> None:
    node = make_node()
    work = watched(node, make_live_camera())
    assert save_packed(node, work, packed).refused == (work.stream_id,)
    assert not StreamSnapshot.objects.exists()


def test_a_state_that_unfolds_to_more_than_any_stream_needs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_snapshots, "MAX_STATE_BYTES", 100)
    node = make_node()
    work = watched(node, make_live_camera())
    assert save(node, work, text="x" * 100).refused == (work.stream_id,)


@pytest.mark.parametrize("text", [b"{", b"[1]", b'{"number": NaN}'])
def test_a_state_that_is_no_state_is_left_out_of_the_next_claim(text: bytes) -> None:
    north, south, camera = make_node(), make_node("south"), make_live_camera()
    work = watched(north, camera)
    save_packed(north, work, base64.b64encode(zlib.compress(text)).decode())
    assert taken_over(south, camera).state is None
