"""Cameras that drop out, stall, send rubbish, change their password: told, alerted, healed; others never notice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.live.fleet import Fleet
from tests.faults.live.judging import Judge, tell
from tests.faults.live.looked_at import frames

pytestmark = [pytest.mark.faults]

OUT_SECONDS = 25
WANTED = {
    "cam0": {"It refuses the connection", "It does not answer at its address", "It ended the connection"},
    "cam1": {"No picture comes any more, though the connection stands", "It does not answer at its address"},
    "cam2": {"What it sends cannot be read"},
    "cam3": {"It does not accept the user name or the password"},
}
UNDISTURBED = ("cam4", "cam5")
OFFLINE = 'vms_cameras{state="offline"}'
USER, PASSWORD = "watcher", "another-password"


def test_cameras_that_fail_in_four_ways_are_told_of_and_come_back_while_others_go_on(
    fleet: Fleet, judge: Judge
) -> None:
    began_at, before = time.time(), frames(fleet)
    with all_kinds_of_trouble(fleet):
        for name, reasons in WANTED.items():
            fleet.wait_until(lambda: said_of(fleet, name)[1] in reasons, 60, f"{name} is said to be in trouble")  # noqa: B023
            tell(name, *said_of(fleet, name), f"after {time.time() - began_at:.1f} s")
        for name in WANTED:
            fleet.wait_until(lambda: has_alert(fleet, name, began_at), 60, f"{name} has an alert")  # noqa: B023
        fleet.wait_until(lambda: fleet.metric(OFFLINE) == len(WANTED), 60, "a metric tells of them")
        time.sleep(max(0.0, OUT_SECONDS - (time.time() - began_at)))
        judge.asserts_not_slower(UNDISTURBED, before)
    healed_at = time.time()
    for name in WANTED:
        fleet.wait_until(lambda: said_of(fleet, name)[0] == "online", 120, f"{name} is online")  # noqa: B023
    tell(f"all online {time.time() - healed_at:.1f} s after they were healed")
    online_at = time.time()
    fleet.wait_until(lambda: not open_camera_events(fleet), 60, "the cameras' own events end")
    judge.passes_more()
    blind = {name: [(began_at - 2, online_at)] for name in WANTED}
    judge.asserts_exactly_once(began_at, blind)


@contextmanager
def all_kinds_of_trouble(fleet: Fleet) -> Iterator[None]:
    cameras = {name: fleet.simulator.camera(name) for name in WANTED}
    cameras["cam0"].refuse()
    cameras["cam0"].drop(reset=True)
    cameras["cam1"].stall()
    cameras["cam2"].garbage()
    cameras["cam3"].change_login(user=USER, password=PASSWORD)
    cameras["cam3"].drop()
    try:
        yield
    finally:
        for camera in cameras.values():
            camera.heal()
        enter_login(fleet, "cam3")


def enter_login(fleet: Fleet, name: str) -> None:
    """As an admin does who was told of the new password."""
    url = fleet.simulator.rtsp_url(name, credentials=f"{USER}:{PASSWORD}")
    fleet.manage(
        "shell",
        "-c",
        f"from cameras.models import Camera; camera = Camera.objects.get(name={name!r}); camera.url = {url!r}; "
        "camera.save()",
    )


def said_of(fleet: Fleet, name: str) -> tuple[str, str]:
    rows = fleet.sql(
        "SELECT h.state, h.reason FROM cameras_camerahealth h JOIN cameras_camera c ON c.id = h.camera_id"
        " WHERE c.name = %s",
        name,
    )
    return rows[0] if rows else ("", "")


def has_alert(fleet: Fleet, name: str, since: float) -> bool:
    return bool(
        fleet.sql(
            "SELECT a.id FROM alerts_alert a JOIN events_event e ON e.id = a.event_id"
            " JOIN cameras_camera c ON c.id = e.camera_id"
            " WHERE c.name = %s AND e.class_name = 'camera' AND e.started_at >= to_timestamp(%s)",
            name,
            since - 1,
        )
    )


def open_camera_events(fleet: Fleet) -> list[tuple[object, ...]]:
    return fleet.sql("SELECT id FROM events_event WHERE class_name = 'camera' AND state = 'open'")
