"""A live picture in a real browser: what has grown old on its way is not shown as what the camera sees now."""

from __future__ import annotations

import base64
import re
import time

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.test_story_camera import posted

pytestmark = pytest.mark.e2e

PICTURES = re.compile(r"/live\.jpg\?boxes=1$")
DELAY_SECONDS, OLD_MS, ANSWERS = 1.0, 9_500, 2


def picture(age_ms: int) -> dict[str, object]:
    jpeg = cv2.imencode(".jpg", np.zeros((72, 128, 3), np.uint8))[1].tobytes()
    taken_at = "2026-01-05T12:00:00.000+00:00"
    return {"taken_at": taken_at, "age_ms": age_ms, "boxes": [], "jpeg": base64.b64encode(jpeg).decode()}


def live_page(page: Page) -> None:
    """That of a camera which nobody can reach: its pictures are the test's own."""
    page.goto("/cameras/")
    site = page.request.get("/api/v1/sites").json()["results"][0]["id"]
    posted(page, "cameras", site=site, name="Pier", source_kind="rtsp", url="rtsp://192.168.255.254/pier")
    page.goto("/cameras/?q=Pier")
    page.get_by_role("link", name="Pier").first.click()


def test_a_picture_that_grew_ten_seconds_old_on_its_way_is_not_shown(admin_page: Page) -> None:
    def slow(route: Route) -> None:
        time.sleep(DELAY_SECONDS)
        route.fulfill(json=picture(OLD_MS))

    canvas = admin_page.locator("[data-live-picture] canvas")
    admin_page.route(PICTURES, slow)
    live_page(admin_page)
    for _ in range(ANSWERS):
        with admin_page.expect_request(PICTURES):  # asked for again, the one before is dealt with
            pass
        assert not canvas.is_visible()

    admin_page.unroute(PICTURES)
    admin_page.route(PICTURES, lambda route: route.fulfill(json=picture(0)))
    expect(canvas).to_be_visible()
