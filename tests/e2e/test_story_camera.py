"""A camera's whole way, by the mouse and by keys alone: added, watched, its event heard of and judged, its rule made
stricter, tried on what was tracked, and put in force."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench.simulator import CameraSpec, Login, SimulatorThread, StreamProfile, footage_encode
from tests.e2e.hands import Hand, Hands
from tests.e2e.platform import Platform

pytestmark = pytest.mark.e2e

PASSWORD = "hunter2"
DOCUMENT = """\
name: {name}
severity: high
who: {{classes: [person]}}
when: {{type: zone_presence, zone: Yard, dwell_seconds: 1}}
message: "Somebody is in the yard of {{camera}}"
"""
EVENT_MS, TRACKS_SECONDS, TRIAL_MS = 240_000, 240, 240_000


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory, footage: Path) -> Iterator[SimulatorThread]:
    profile = StreamProfile(frames_per_second=10, size=(640, 480), keyframe_seconds=1, seconds=20)
    film = footage_encode(footage, tmp_path_factory.mktemp("yard") / "yard.mp4", profile)
    with SimulatorThread([CameraSpec("yard", film, login=Login("guard", PASSWORD, "digest"))]) as running:
        yield running


def posted(page: Page, path: str, **data: object) -> None:
    """By the API, for what comes before the story."""
    token = page.evaluate("JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']")
    answer = page.request.post(f"/api/v1/{path}", data=data, headers={"X-CSRFToken": token, "Referer": page.url})
    assert answer.ok or "already" in answer.text(), answer.text()


def track_logs(platform: Platform) -> set[Path]:
    return set((platform.data / "media" / "tracks").rglob("*.tracks"))


def wait_for_more(platform: Platform, before: set[Path]) -> None:
    deadline = time.monotonic() + TRACKS_SECONDS
    while not track_logs(platform) - before:
        assert time.monotonic() < deadline, "What was tracked did not arrive."
        time.sleep(0.1)


def add_the_camera(hands: Hands, name: str, url: str) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name="Cameras").first)
    hands.press(page.get_by_role("link", name="Add a camera"))
    hands.write(page.get_by_label("Address"), url)
    hands.write(page.get_by_label("User"), "guard")
    hands.write(page.get_by_label("Password"), PASSWORD)
    hands.press(page.get_by_role("button", name="Look at the camera"))
    expect(page.get_by_text("It sends pictures")).to_be_visible()
    assert PASSWORD not in page.content()
    hands.press(page.get_by_role("link", name="Go on"))
    hands.write(page.get_by_label("Name", exact=True), name)
    hands.press(page.get_by_role("button", name="Go on"))
    hands.tick(page.get_by_label(f"Watch {name}"))
    hands.press(page.get_by_role("button", name="Add the camera"))


def draw_the_yard(hands: Hands) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name="draw this area"))
    hands.outline([(1, 1), (99, 1), (99, 99), (1, 99)])
    expect(page.get_by_label("Name", exact=True)).to_have_value("Yard")
    hands.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("Area “Yard” is saved.")


def acknowledge_and_judge(hands: Hands, name: str) -> None:
    page, words = hands.page, f"Somebody is in the yard of {name}"
    hands.press(page.get_by_role("link", name="Events", exact=True).first)
    row = page.locator("#events [data-event]").filter(has_text=words).first
    expect(row).to_be_visible(timeout=EVENT_MS)

    hands.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Alerts"))
    alert = page.locator("#inbox [data-row]").filter(has_text=words).first
    hands.press(alert.get_by_role("button", name="Acknowledge"))
    expect(page.locator("#done")).to_contain_text("1 alert acknowledged.")

    hands.press(page.get_by_role("link", name="Events", exact=True).first)
    hands.press(row.get_by_role("link", name=words))
    hands.write(page.get_by_label("Note"), "The gardener")
    false_alarm = page.locator("#review").get_by_role("button", name="False alarm")
    hands.press(false_alarm)
    expect(false_alarm).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Note")).to_have_value("The gardener")


def switch_off(hands: Hands, name: str) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name="Cameras").first)
    hands.tick(page.get_by_label(f"Tick {name}"))
    hands.press(page.get_by_role("button", name="Change 1"))
    hands.choose(page.locator("#id_enabled"), "Switch off")
    hands.press(page.get_by_role("button", name="See what would change"))
    hands.press(page.get_by_role("button", name="Change 1 camera"))
    expect(page.get_by_text("is switched off")).to_be_visible()


def make_it_stricter(hands: Hands, name: str) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name="Rules", exact=True).first)
    hands.press(page.get_by_role("link", name=f"Watch {name}"))
    hands.write(page.get_by_label("Dwell seconds"), "600")
    page.keyboard.press("Tab")
    expect(page.locator("#document")).to_have_value(re.compile("dwell_seconds: 600"))
    hands.press(page.get_by_role("button", name="Save as a draft"))
    expect(page.locator("#messages")).to_contain_text("Version 2 is saved as a draft.")
    hands.press(page.get_by_role("link", name="Try it on past days"))
    hands.press(page.get_by_role("button", name="Try it"))
    page.wait_for_url("**/back-tests/**")
    expect(page.get_by_role("link", name="Show all of it")).to_be_visible(timeout=TRIAL_MS)
    hands.press(page.get_by_role("link", name="Show all of it"))
    expect(page.locator(".hits").get_by_text("No longer found").first).to_be_visible()
    hands.press(page.get_by_role("button", name="Put version 2 in force"))
    expect(page.locator("#messages")).to_contain_text("Version 2 is in force")


def test_from_a_camera_in_the_wizard_to_a_stricter_rule_in_force(
    hand: Hand, admin_page: Page, platform: Platform, simulator: SimulatorThread
) -> None:
    hands, name, logged = hand(admin_page), f"Yard {hand.__name__}", track_logs(platform)
    faults: list[str] = []
    admin_page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    posted(admin_page, "camera-networks", network="127.0.0.0/8")
    posted(admin_page, "rules", document=DOCUMENT.format(name=f"Watch {name}"))
    add_the_camera(hands, name, simulator.rtsp_url("yard"))
    draw_the_yard(hands)
    acknowledge_and_judge(hands, name)
    switch_off(hands, name)
    wait_for_more(platform, logged)
    make_it_stricter(hands, name)
    assert faults == []
