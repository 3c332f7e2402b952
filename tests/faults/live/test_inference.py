"""Looking at pictures goes wrong: it hangs, runs out of memory, one camera kills its host, one floods it."""

from __future__ import annotations

import re
import time
from collections import Counter

import pytest

from tests.faults.live.fleet import NODES, Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.judging import Judge, cameras_of, tell
from tests.faults.live.looked_at import frames, frames_since
from workers.runtime.lease import STALLED_EXIT_CODE

pytestmark = [pytest.mark.faults, pytest.mark.thorough]

CAMERA = "cam0"
AT_ONCE = 'vms_node_inferences_at_once{node="%s"}'
RECOVERED_SECONDS = 120
"""One more at a time every half minute."""
RATES_WHOLE_SECONDS = 5.0
"""Until after a shortage every camera is looked at as often as before."""
REPLAY = """
from vms.accounts.models import User
from workers.models import DeadLetter
from workers.services.replays import dead_letter_replay
user = User.objects.filter(username="chief").first()
user = user or User.objects.create_superuser("chief", "chief@example.org", "a long password of the tests")
dead_letter_replay(user=user, letter_id=DeadLetter.objects.get(state="kept", kind="stream").id)
"""


def state_of(fleet: Fleet, camera: str) -> str:
    return str(fleet.sql(f"SELECT state FROM workers_stream WHERE camera_id = {fleet.camera_id(camera):d}")[0][0])


def blamed(fleet: Fleet) -> Counter[str]:
    """How often each camera was named when a host had ended."""
    rows = fleet.sql(
        "SELECT c.name, count(*) FROM workers_streamlease l JOIN workers_stream s ON s.id = l.stream_id"
        " JOIN cameras_camera c ON c.id = s.camera_id"
        " WHERE l.end_reason LIKE 'Its worker stopped%%' GROUP BY c.name"
    )
    return Counter(dict(rows))


def test_a_host_whose_inference_hangs_ends_itself_and_is_back_when_started_again(
    looking_fleet: Fleet, looking_judge: Judge
) -> None:
    fleet = looking_fleet
    fleet.spread()
    looking_judge.passes_more()
    node = "north"
    cameras = cameras_of(fleet, node)
    others = sorted(set(fleet.holders()) - set(cameras))
    assert cameras
    assert others
    hung_at, before, ended_before = time.time(), frames(fleet), ended_leases(fleet)
    fleet.inject_into(node, hang=True)
    fleet.wait_until(lambda: fleet.processes[node].poll() is not None, 60, "the watchdog ends the process")
    ended_at = time.time()
    assert fleet.processes[node].returncode == STALLED_EXIT_CODE
    assert "worker.stalled" in fleet.log(node)
    fleet.inject()
    fleet.start(node)
    took = looking_judge.seen_again(cameras, ended_at)
    tell(f"hung; ended by itself after {ended_at - hung_at:.1f} s, seen again after", took)
    looking_judge.passes_more()
    looking_judge.asserts_not_slower(others, before)
    blind = {name: [(hung_at - 1, ended_at + took[name])] for name in cameras}
    looking_judge.asserts_exactly_once(hung_at, blind)
    assert ended_leases(fleet) >= ended_before + len(cameras)


def ended_leases(fleet: Fleet) -> float:
    """Whether a host is back before the others miss it, or not; a camera that was just taken may be named for it."""
    series = 'vms_stream_failovers_total{reason="%s"}'
    return sum(fleet.metric(series % reason) for reason in ("restarted", "silent", "stopped"))


def at_once(fleet: Fleet) -> float:
    """How many pictures all hosts together look at, at most, as they told last."""
    return sum(fleet.metric(AT_ONCE % node) for node in NODES)


def out_of_memory(fleet: Fleet) -> float:
    return sum(fleet.metric(f'vms_node_out_of_memory_total{{node="{node}"}}') for node in NODES)


def test_short_of_memory_a_host_looks_at_fewer_pictures_at_a_time_and_goes_on(
    looking_fleet: Fleet, looking_judge: Judge
) -> None:
    fleet = looking_fleet
    fleet.wait_until(lambda: all(fleet.metric(AT_ONCE % node) for node in NODES), 60, "both tell how many at a time")
    began_at, before, usual, ran_out = time.time(), frames(fleet), at_once(fleet), out_of_memory(fleet)
    fleet.inject(short_of_memory=True)
    fleet.wait_until(lambda: out_of_memory(fleet) > ran_out, 60, "a metric tells that memory ran out")
    fleet.wait_until(lambda: at_once(fleet) < usual, 60, "fewer at a time")
    tell(f"inferences at a time: {usual:.0f}, short of memory {at_once(fleet):.0f}")
    time.sleep(PERIOD_SECONDS)
    fleet.inject()
    whole_at = time.time() + RATES_WHOLE_SECONDS
    whole = frames_since(fleet, whole_at)
    looking_judge.passes_more(2)
    looking_judge.asserts_nobody_began_anew(began_at, before)  # if more slowly
    looking_judge.asserts_not_slower(whole.keys(), whole)
    blind = {name: [(began_at, whole_at)] for name in whole}
    looking_judge.asserts_exactly_once(began_at, blind)
    took = fleet.wait_until(lambda: at_once(fleet) == usual, RECOVERED_SECONDS, "as many at a time as before")
    tell(f"as many at a time as before after {took:.0f} s more")


def test_a_camera_that_kills_its_host_is_set_aside_and_a_replay_brings_it_back(
    looking_fleet: Fleet, looking_judge: Judge
) -> None:
    fleet, began_at = looking_fleet, time.time()
    others = sorted(set(fleet.holders()) - {CAMERA})
    fleet.inject(poison=[fleet.camera_id(CAMERA)])

    def is_set_aside() -> bool:
        fleet.supervise()
        return state_of(fleet, CAMERA) == "quarantined"

    took = fleet.wait_until(is_set_aside, 180, "the camera is set aside")
    fleet.supervise()
    aside_at = time.time()
    letters = fleet.sql("SELECT kind, reason, camera_id FROM workers_deadletter WHERE state = 'kept'")
    tell(f"set aside after {took:.1f} s:", letters)
    assert [(kind, camera) for kind, _, camera in letters] == [("stream", fleet.camera_id(CAMERA))]
    assert fleet.metric('vms_dead_letters{kind="stream"}') == 1
    fleet.wait_until(lambda: set(others) <= set(fleet.holders()), 60, "the others are watched")
    fleet.inject()
    fleet.manage("shell", "-c", REPLAY)
    fleet.wait_until_watched(90)
    settled_at = time.time()
    looking_judge.passes_more(2)
    blind = {name: [(began_at, settled_at + 1)] for name in others} | {CAMERA: [(began_at, settled_at + 2)]}
    looking_judge.asserts_exactly_once(aside_at, blind)


def test_of_cameras_that_share_a_canvas_only_the_one_that_kills_the_host_is_set_aside(
    looking_fleet: Fleet, looking_judge: Judge
) -> None:
    fleet, began_at = looking_fleet, time.time()
    before = blamed(fleet)
    others = sorted(set(fleet.holders()) - {CAMERA})
    # On one host, so that all of them are on its canvases.
    fleet.drain("south", draining=True)
    fleet.wait_until(lambda: len(cameras_of(fleet, "north")) == len(others) + 1, 60, "one host watches all")
    fleet.inject(deadly_canvas=[fleet.camera_id(CAMERA)])

    def is_set_aside() -> bool:
        fleet.supervise()
        return state_of(fleet, CAMERA) == "quarantined"

    took = fleet.wait_until(is_set_aside, 180, "the camera is set aside")
    fleet.supervise()
    counts = blamed(fleet) - before
    tell(f"set aside after {took:.1f} s; blamed:", dict(counts))
    assert counts[CAMERA] == 3
    shared_by = re.findall(r"deadly canvas of (\d+)", fleet.log("north"))
    assert int(shared_by[0]) > 1
    assert shared_by[-1] == "1"
    assert all(counts[name] <= 1 for name in others)
    fleet.inject()
    fleet.drain("south", draining=False)
    fleet.wait_until(lambda: set(others) <= set(fleet.holders()), 60, "the others are watched")
    fleet.manage("shell", "-c", REPLAY)
    fleet.wait_until_watched(90)
    settled_at = time.time()
    looking_judge.passes_more(2)
    looking_judge.asserts_exactly_once(began_at, {name: [(began_at, settled_at + 2)] for name in fleet.holders()})


def test_one_camera_s_flood_starves_no_other(looking_fleet: Fleet, looking_judge: Judge) -> None:
    fleet, began_at = looking_fleet, time.time()
    before = frames(fleet)
    fleet.inject(flood=[fleet.camera_id(CAMERA)])
    time.sleep(4 * PERIOD_SECONDS)
    looking_judge.asserts_not_slower(set(before) - {CAMERA}, before)
    fleet.inject()
    found = fleet.sql(f"SELECT count(*) FROM events_event WHERE camera_id = {fleet.camera_id(CAMERA):d}")[0][0]
    tell(f"{found} events of the flood")
    looking_judge.passes_more()
    others = looking_judge.without(CAMERA)
    others.asserts_exactly_once(began_at)
    assert found > 100
