"""From a recording to a report, by the mouse and by keys alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from bench.simulator import StreamProfile, footage_encode
from tests.e2e.hands import Hand

pytestmark = pytest.mark.e2e
ANALYSIS_MS = 400_000


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, footage: Path) -> Path:
    profile = StreamProfile(frames_per_second=10, size=(768, 576), keyframe_seconds=1, seconds=15)
    return footage_encode(footage, tmp_path_factory.mktemp("short") / "evening.mp4", profile)


def test_a_recording_is_uploaded_its_event_looked_at_and_a_report_made(
    hand: Hand, admin_page: Page, recording: Path, tmp_path: Path
) -> None:
    page, hands, faults = admin_page, hand(admin_page), list[str]()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    main_menu = page.get_by_role("navigation", name="Main")
    hands.press(main_menu.get_by_role("link", name="Upload"))
    hands.choose(page.get_by_label("Camera", exact=True), "Demo site: Demo camera (UTC)")
    hands.hand_over(page.get_by_label("Recording", exact=True), recording)
    hands.press(page.get_by_role("button", name="Upload and analyse"))
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}/$"))
    expect(page.locator('[data-job-state="done"]')).to_be_visible(timeout=ANALYSIS_MS)

    hands.press(page.locator("[data-job-events] li").first.get_by_role("link"))
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    hands.press(page.get_by_role("button", name="Play"))
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")

    hands.press(main_menu.get_by_role("link", name="Reports"))
    title = f"The evening, by {hand.__name__}"
    hands.write(page.get_by_label("Title"), title)
    hands.press(page.get_by_role("button", name="Build the report"))
    link = page.locator("#runs li").filter(has_text=title).get_by_role("link", name="PDF")
    expect(link).to_be_visible()
    with page.expect_download() as waiting:
        hands.press(link)
    waiting.value.save_as(tmp_path / "report.pdf")
    words = " ".join(sheet.extract_text() for sheet in PdfReader(tmp_path / "report.pdf").pages)
    assert title in words and "Demo camera" in words
    assert faults == []
