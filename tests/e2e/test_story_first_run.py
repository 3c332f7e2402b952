"""A new platform, from the printed password to the first test message, by the mouse and by keys alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, expect

from bench.simulator import CameraSpec, SimulatorThread, StreamProfile, footage_encode
from cameras.models import CameraNetwork, Site
from tests.cameras.web_server import web_server
from tests.e2e.browser import chromium, new_context
from tests.e2e.hands import Hand, Hands
from tests.e2e.threads import in_thread
from workers.models import WorkerNode

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
OWN_PASSWORD = "lighthouse-at-dawn"


def new_platform() -> str:
    """With a site and a worker that has a detector; returns the password that was printed."""
    Site.objects.create(name="Harbour")
    CameraNetwork.objects.create(network="127.0.0.0/8")
    node = WorkerNode(name="gpu-1", detector="openvino", model="yolo11n", seen_at=timezone.now() + timedelta(hours=1))
    node.token = "known-to-nobody"
    node.save()
    printed = io.StringIO()
    call_command("seed_demo", stdout=printed)
    found = re.search(r"Password:\s+(\S+)", printed.getvalue())
    assert found
    return found[1]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory, footage: Path) -> Iterator[SimulatorThread]:
    profile = StreamProfile(frames_per_second=10, size=(384, 288), keyframe_seconds=0.5, seconds=4)
    film = footage_encode(footage, tmp_path_factory.mktemp("quay") / "quay.mp4", profile)
    with SimulatorThread([CameraSpec("quay", film)]) as running:
        yield running


@pytest.fixture
def password() -> str:
    return str(in_thread(new_platform))


@pytest.fixture
def url(password: str) -> Iterator[str]:
    with web_server({}) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def browser(url: str) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def step(hands: Hands, title: str) -> None:
    """From wherever it is to the overview, and to what a step asks for."""
    with hands.page.expect_navigation():  # also where it is the overview already: its steps stand there too
        hands.press(hands.page.get_by_role("link", name="VMS", exact=True))
    hands.press(hands.page.get_by_role("link", name=title))


def add_a_camera(hands: Hands, address: str) -> None:
    page = hands.page
    hands.write(page.get_by_label("Address"), address)
    hands.press(page.get_by_role("button", name="Look at the camera"))
    expect(page.get_by_text("It sends pictures")).to_be_visible()
    hands.press(page.get_by_role("link", name="Go on"))
    hands.write(page.get_by_label("Name", exact=True), "Quay")
    hands.press(page.get_by_role("button", name="Go on"))
    hands.press(page.get_by_role("button", name="Add the camera"))
    expect(page.get_by_role("heading", name="Quay")).to_be_visible()


def take_a_rule(hands: Hands) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name="Intrusion", exact=True))
    hands.tick(page.get_by_label("Quay"))
    hands.press(page.get_by_role("button", name="Save and put in force"))
    expect(page.locator("#messages")).to_contain_text("The rule is made.")


def test_a_new_platform_is_made_ready_step_by_step(
    hand: Hand, browser: Browser, url: str, password: str, simulator: SimulatorThread
) -> None:
    page = new_context(browser, base_url=url, viewport={"width": 1280, "height": 900}).new_page()
    hands, faults = hand(page), list[str]()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/")
    sign_in(hands, password)
    expect(page.locator(".first-steps li")).to_have_count(6)

    step(hands, "Change the administrator's password")
    for field, text in (("old_password", password), ("new_password1", OWN_PASSWORD), ("new_password2", OWN_PASSWORD)):
        hands.write(page.locator(f"#id_{field}"), text)
    hands.press(page.get_by_role("button", name="Change the password"))
    expect(page.locator("#messages .notice-success")).to_be_visible()

    step(hands, "Add the first camera")
    add_a_camera(hands, simulator.rtsp_url("quay"))
    step(hands, "Put the first rule in force")
    take_a_rule(hands)
    step(hands, "Send yourself a test")
    hands.press(page.locator("main").get_by_role("button", name="E-mail"))
    expect(page.locator("#trial")).to_contain_text("The test was taken.")
    hands.press(page.get_by_role("button", name="It has arrived"))
    expect(page.locator("#messages")).to_contain_text("Good: messages reach you that way.")

    page.goto("/first-steps/")
    expect(page.locator(".first-steps li.done")).to_have_count(6)
    assert faults == []


def sign_in(hands: Hands, password: str) -> None:
    page = hands.page
    hands.write(page.get_by_label("User name"), "admin")
    hands.write(page.get_by_label("Password"), password)
    hands.press(page.get_by_role("button", name="Sign in"))
    page.wait_for_url("**/")
