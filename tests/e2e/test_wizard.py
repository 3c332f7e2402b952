"""A camera is added in the wizard, left half way and gone on with, put on a wall, and changed with the list's ticks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def test_a_camera_is_begun_left_resumed_added_and_switched_off_with_a_tick(admin_page: Page) -> None:
    faults: list[str] = []
    admin_page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    admin_page.goto("/cameras/")
    admin_page.get_by_role("link", name="Add a camera").click()
    admin_page.fill("#id_url", "rtsp://10.255.255.1/stream2")
    admin_page.fill("#id_password", "hunter2")
    admin_page.get_by_role("button", name="Keep as a draft").click()
    expect(admin_page.locator("#messages")).to_contain_text("The draft is kept.")
    admin_page.get_by_role("link", name="Go on").click()
    admin_page.get_by_role("link", name="Go on without").click()
    admin_page.fill("#id_name", "Loading bay")
    admin_page.get_by_role("button", name="Go on").click()
    admin_page.get_by_label("Someone stays").check()
    admin_page.get_by_role("button", name="Add the camera").click()
    expect(admin_page.get_by_text("draw this area")).to_be_visible()

    admin_page.goto("/wall/new/")
    admin_page.fill("#id_name", "Dock")
    admin_page.get_by_label("Loading bay").check()
    admin_page.get_by_role("button", name="Save").click()
    tile = admin_page.locator("[data-tile]")
    expect(tile).to_contain_text("Loading bay")
    with admin_page.expect_response("**/wall/pictures**") as answer:
        pass
    assert answer.value.status == 200
    expect(tile.locator("[data-words]")).to_be_visible()
    expect(tile.locator("canvas")).to_be_hidden()

    admin_page.goto("/cameras/?q=Loading")
    admin_page.get_by_label("Tick Loading bay").check()
    admin_page.get_by_role("button", name="Change 1").click()
    admin_page.select_option("#id_enabled", "off")
    admin_page.get_by_role("button", name="See what would change").click()
    admin_page.get_by_role("button", name="Change 1 camera").click()
    expect(admin_page.get_by_text("is switched off")).to_be_visible()
    assert "hunter2" not in admin_page.content()
    assert faults == []
