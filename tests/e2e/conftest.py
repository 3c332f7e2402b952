"""One running platform, with the real model, for all browser tests of a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.assets import asset_path
from tests.e2e.browser import PATIENCE_MS, chromium, new_context, sign_in
from tests.e2e.hands import Hand, Keyboard, Mouse
from tests.e2e.platform import Platform, running_platform

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running_platform(asset_path("models/yolo11n_int8_openvino_model")) as platform:
        yield platform


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def admin_page(browser: Browser, platform: Platform) -> Iterator[Page]:
    context = new_context(
        browser, base_url=platform.url, accept_downloads=True, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    sign_in(page, platform.url, "admin", platform.password)
    yield page
    context.close()


@pytest.fixture(params=[Mouse, Keyboard])
def hand(request: pytest.FixtureRequest) -> Hand:
    """A test that asks for it is gone through twice: by the mouse, and by keys alone."""
    chosen: Hand = request.param
    return chosen


@pytest.fixture(scope="session")
def footage() -> Path:
    return asset_path("videos/vtest_h264.mp4")
