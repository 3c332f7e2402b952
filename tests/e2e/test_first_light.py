"""The whole line in a real browser: a recording is dropped on the page, and events, clips, alerts, mail and a report
come out of it."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.e2e.browser import new_context, sign_in
from tests.e2e.platform import Platform

pytestmark = pytest.mark.e2e

ANALYSIS_MS, NEWS_SECONDS = 400_000, 240
DROP = """() => {
  const carried = new DataTransfer();
  carried.items.add(document.querySelector("#carrier").files[0]);
  const drop = new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
  document.querySelector("[data-drop]").dispatchEvent(drop);
}"""
CARRIER = """() => {
  const input = document.createElement("input");
  input.type = "file";
  input.id = "carrier";
  document.querySelector("main").append(input);
}"""
PROGRESS = """() => {
  const bar = document.querySelector("[data-sending] progress");
  const keep = () => {
    if (bar.checkVisibility()) sessionStorage.shares = (sessionStorage.shares || "") + " " + bar.value;
  };
  new MutationObserver(keep).observe(bar, { attributes: true });
}"""

FIRST_EVENT = """() => {
  const part = document.querySelector("#progress");
  const note = () => {
    if (part.querySelector("[data-job-events] li"))
      window.stateAtFirstEvent ??= part.querySelector("[data-job-state]").dataset.jobState;
  };
  new MutationObserver(note).observe(part, { childList: true });
  note();
}"""
ARRIVED = """id => {
  // News may draw the row anew at any moment: the picture is looked up each time.
  const picture = document.querySelector(`#event-${id} img`);
  picture?.scrollIntoView();
  return picture?.naturalWidth > 100;
}"""


DRAWN = """told => {
  const box = document.querySelector(".overlay .box-event")?.getBoundingClientRect();
  const picture = document.querySelector("video").getBoundingClientRect();
  if (!box) return false;
  const drawn = [(box.left - picture.left) / picture.width, (box.top - picture.top) / picture.height,
                 (box.right - picture.left) / picture.width, (box.bottom - picture.top) / picture.height];
  return drawn.every((edge, at) => Math.abs(edge - told[at]) <= 0.04);
}"""


def drop_recording(page: Page, footage: Path) -> None:
    page.goto("/upload/")
    page.evaluate(CARRIER)
    page.set_input_files("#carrier", footage)
    page.evaluate(DROP)
    expect(page.locator("[data-file-name]")).to_contain_text(footage.name)


def slow_down_uploads(page: Page, bytes_per_second: int) -> None:
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)


def watched(page: Page, path: str) -> Page:
    """A page that would lose its mark if it were loaded again."""
    page.goto(path)
    page.evaluate("window.neverLoadedAgain = true")
    return page


def never_loaded_again(page: Page) -> bool:
    return bool(page.evaluate("window.neverLoadedAgain === true"))


def waited_for(page: Page, holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + NEWS_SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise
        page.wait_for_timeout(100)


@pytest.fixture(scope="module")
def analysed(browser: Browser, platform: Platform, footage: Path) -> Iterator[dict[str, str]]:
    """Drops the recording, watches it being analysed, and leaves the addresses of the job and of its events."""
    context = new_context(browser, base_url=platform.url)
    page = context.new_page()
    sign_in(page, platform.url, "admin", platform.password)
    inbox = watched(context.new_page(), "/alerts/")
    listing = watched(context.new_page(), "/events/")
    expect(listing.locator("[data-live-words]")).to_have_text("Live")

    drop_recording(page, footage)
    slow_down_uploads(page, footage.stat().st_size // 3)
    page.evaluate(PROGRESS)
    page.click("[data-send]")
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}/$"))
    page.evaluate("window.neverLoadedAgain = true")
    page.evaluate(FIRST_EVENT)

    expect(page.locator("[data-job-events] li").first).to_be_visible(timeout=ANALYSIS_MS)
    expect(listing.locator("#events li[data-event]").first).to_be_visible()
    expect(inbox.locator("#inbox article").first).to_be_visible()
    expect(page.locator('[data-job-state="done"]')).to_be_visible(timeout=ANALYSIS_MS)
    ids = page.eval_on_selector_all("[data-job-events] li", "rows => rows.map(row => row.dataset.event)")
    yield {
        "job": page.url.removeprefix(platform.url),
        "event": ids[len(ids) // 2],
        "state_at_first_event": page.evaluate("window.stateAtFirstEvent"),
        "kept": str(all(never_loaded_again(one) for one in (page, inbox, listing))),
        "shares": page.evaluate("sessionStorage.shares || ''"),
        "listed": str(listing.locator("#events li[data-event]").count() > 0),
    }
    context.close()


def test_a_progress_bar_runs_while_the_recording_is_sent(analysed: dict[str, str]) -> None:
    shares = [float(share) for share in analysed["shares"].split()]
    assert shares == sorted(shares)
    assert any(0 < share < 100 for share in shares)


def test_events_and_alerts_arrive_while_the_job_runs_and_no_page_is_loaded_again(analysed: dict[str, str]) -> None:
    assert analysed["state_at_first_event"] == "running"
    assert analysed["kept"] == "True"
    assert analysed["listed"] == "True"


def test_the_clip_plays_and_the_box_lies_where_the_event_says(admin_page: Page, analysed: dict[str, str]) -> None:
    admin_page.goto(f"/events/{analysed['event']}/")
    video = admin_page.locator("video")
    expect(admin_page.locator("[data-boxes-ready]")).to_be_attached()
    admin_page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    admin_page.click('[data-do="moment"]')
    expect(admin_page.locator(".overlay .box-event")).to_be_visible()
    told = admin_page.request.get(f"/api/v1/events/{analysed['event']}").json()["box_xyxy"]
    admin_page.wait_for_function(DRAWN, arg=told)
    admin_page.click('[data-do="back"]')
    before = video.evaluate("video => video.currentTime")
    admin_page.click('[data-do="play"]')
    admin_page.wait_for_function("from => document.querySelector('video').currentTime > from + 0.5", arg=before)


def test_the_snapshot_of_the_event_is_a_picture(admin_page: Page, analysed: dict[str, str]) -> None:
    admin_page.goto("/events/")
    admin_page.wait_for_function(ARRIVED, arg=analysed["event"])


def test_keys_review_the_event(admin_page: Page, analysed: dict[str, str]) -> None:
    admin_page.goto(f"/events/{analysed['event']}/")
    admin_page.keyboard.press("f")
    expect(admin_page.locator("#review")).to_contain_text("False alarm")
    expect(admin_page.locator('#review [data-key="f"]')).to_have_attribute("aria-pressed", "true")
    admin_page.keyboard.press("?")
    expect(admin_page.locator("[data-help]")).to_be_visible()


def test_the_alert_stands_in_the_inbox_and_its_mail_in_the_outbox(
    admin_page: Page, platform: Platform, analysed: dict[str, str]
) -> None:
    admin_page.goto("/alerts/")
    newest = admin_page.locator("#inbox [data-row]").first.get_attribute("id")
    row = admin_page.locator(f"#{newest}")
    row.locator("h3 a").click()
    address = f"{platform.url}{admin_page.locator('#alert article h3 a').last.get_attribute('href')}"
    waited_for(admin_page, lambda: address in platform.mails().replace("=\n", ""), "The mail was not sent.")
    admin_page.goto("/alerts/")
    expect(row).to_contain_text("sent")
    waiting = admin_page.locator("#inbox article").count()
    row.get_by_role("button", name="Acknowledge").click()
    expect(admin_page.locator("#done")).to_contain_text("1 alert acknowledged.")
    if waiting < 40:  # else the next one moves up
        expect(admin_page.locator("#inbox article")).to_have_count(waiting - 1)


def test_a_report_is_built_and_downloaded_as_pdf(admin_page: Page, analysed: dict[str, str], tmp_path: Path) -> None:
    watched(admin_page, "/reports/")
    admin_page.fill("#id_title", "What the demo camera saw")
    admin_page.click("text=Build the report")
    run = admin_page.locator("#runs li").filter(has_text="What the demo camera saw")
    link = run.get_by_role("link", name="PDF")
    expect(link).to_be_visible()
    with admin_page.expect_download() as waiting:
        link.click()
    waiting.value.save_as(tmp_path / "report.pdf")
    words = " ".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "What the demo camera saw" in words
    assert "Demo camera" in words


def test_a_text_named_mp4_is_refused_with_a_sentence(admin_page: Page, tmp_path: Path) -> None:
    fake = tmp_path / "holiday.mp4"
    fake.write_text("This is no film.\n" * 50)
    drop_recording(admin_page, fake)
    admin_page.click("[data-send]")
    admin_page.wait_for_url(re.compile(r"/jobs/"))
    expect(admin_page.locator('[data-job-state="failed"] [role="alert"]')).to_be_visible()
    assert "Traceback" not in admin_page.content()


def test_a_user_without_the_camera_sees_and_hears_nothing(
    browser: Browser, admin_page: Page, platform: Platform, analysed: dict[str, str]
) -> None:
    name, password = f"stranger-{uuid.uuid4().hex[:6]}", "not-a-camera-in-sight-1"
    admin_page.goto("/admin/accounts/user/add/")
    admin_page.fill("#id_username", name)
    for field in ("#id_password1", "#id_password2"):
        admin_page.fill(field, password)
    admin_page.click('input[name="_save"]')
    expect(admin_page.locator(".messagelist .success")).to_be_visible()
    context = new_context(browser, base_url=platform.url)
    page = context.new_page()
    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    sign_in(page, platform.url, name, password)
    expect(page.locator("[data-live-words]")).to_have_text("Live")
    for path in (f"/events/{analysed['event']}/", f"/events/{analysed['event']}/clip", analysed["job"]):
        assert page.request.get(path).status == 404
    assert "Demo camera" not in page.request.get("/events/").text()

    told: list[str] = []
    admin_page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: told.append(str(frame))))
    admin_page.goto(f"/events/{analysed['event']}/")
    expect(admin_page.locator("[data-live-words]")).to_have_text("Live")
    admin_page.keyboard.press("t")
    expect(admin_page.locator('#review [data-key="t"]')).to_have_attribute("aria-pressed", "true")
    waited_for(admin_page, lambda: any(analysed["event"] in frame for frame in told), "The admin heard nothing of it.")
    page.wait_for_timeout(1_000)  # what the stranger must not hear would have been sent beside it
    assert not any(analysed["event"] in frame for frame in heard)
    context.close()
