"""A stricter rule is written in the form, tried on a past hour, and put in force; a new one begins in the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rules.backtests.running import backtest_run
from rules.models import Backtest, Rule
from tests.cameras.web_server import web_server
from tests.e2e.browser import chromium, new_context, sign_in
from tests.e2e.hands import Hand, scripts_run
from tests.e2e.threads import in_thread
from tests.pages.rows import camera_make, user_make
from tests.rules.backtests.world import live_events, log_tracks, make_live_rule, make_stream, visits
from tests.rules.learning.verdicts import faint_ones

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
DAY = "2026-11-20"


def scene() -> None:
    """Eight events of an hour, four of them faint."""
    stream = make_stream()
    rule = make_live_rule(user_make("mara", role="admin"), stream.camera)
    frames = visits()
    log_tracks(stream, frames)
    live_events(stream, rule, frames)


def try_it() -> None:
    backtest_run(backtest_id=Backtest.objects.get().id)


def sureness_in_force() -> float:
    return float(Rule.objects.get(name="Loiterer").versions.get(state="published").parsed.who.min_confidence)


@pytest.fixture
def url() -> Iterator[str]:
    in_thread(scene)
    with web_server({}) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def browser(url: str) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = new_context(browser, base_url=url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, url, "mara", "long-enough-1")
    yield page
    context.close()


def test_what_is_wrong_stands_at_its_field_and_leads_to_its_line(page: Page) -> None:
    page.goto("/rules/")
    page.get_by_role("link", name="Loiterer").click()
    scripts_run(page)
    sureness = page.get_by_label("Min confidence")
    fault = page.locator(".field", has=sureness).locator(".errors")
    sureness.fill("often")
    sureness.press("Tab")
    expect(fault).to_have_text("a number was expected")
    page.locator("#rule-faults a").click()
    expect(page.locator("#document")).to_be_focused()
    assert "often" in page.evaluate("() => getSelection().toString()")
    sureness.fill("0.7")
    sureness.press("Tab")
    expect(page.locator("#rule-faults")).to_contain_text("This can be used.")
    expect(fault).to_be_empty()


def test_a_stricter_rule_is_tried_on_the_past_and_put_in_force(page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/rules/")
    page.get_by_role("link", name="Loiterer").click()
    scripts_run(page)
    page.get_by_label("Min confidence").fill("0.7")
    page.get_by_label("Min confidence").press("Tab")
    expect(page.locator("#document")).to_have_value(re.compile("min_confidence: 0.7"))
    expect(page.locator("#rule-faults")).to_contain_text("This can be used.")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.locator("#messages")).to_contain_text("Version 2 is saved as a draft.")

    page.get_by_role("link", name="Try it on past days").click()
    page.fill("#id_first", DAY)
    page.fill("#id_last", DAY)
    page.get_by_role("button", name="Try it").click()
    page.wait_for_url("**/back-tests/**")
    in_thread(try_it)
    expect(page.get_by_text("Show all of it")).to_be_visible()
    page.get_by_text("Show all of it").click()
    expect(page.locator(".hits .hit")).to_have_count(8)
    expect(page.locator(".hits").get_by_text("No longer found")).to_have_count(4)
    expect(page.get_by_role("img", name="Hits by hour of the day: 09:00 to 09:59: 4.")).to_be_visible()

    page.get_by_role("button", name="Put version 2 in force").click()
    expect(page.locator("#messages")).to_contain_text("Version 2 is in force")
    assert in_thread(sureness_in_force) == 0.7
    assert faults == []


def berths() -> None:
    for number in range(3):
        camera_make(f"Berth {number}", site="Harbour")


def has_rule() -> set[str]:
    return set(Rule.objects.get(name="Loiterer").cameras.values_list("name", flat=True))


def test_a_rule_is_put_on_cameras_that_are_looked_for_and_ticked(hand: Hand, page: Page) -> None:
    in_thread(berths)
    hands = hand(page)
    page.goto("/rules/")
    hands.press(page.get_by_role("link", name="Loiterer"))
    hands.press(page.get_by_role("main").get_by_role("link", name="Cameras", exact=True))
    hands.write(page.get_by_label("Find cameras"), "berth")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=berth"), wait_until="load")
    expect(page.locator(".tick-list li")).to_have_count(3)
    hands.tick(page.get_by_label("Berth 0"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Berth 1")).to_be_focused()
    hands.tick(page.get_by_label("Berth 2"))
    expect(page.locator("[data-access-count]")).to_have_text("2 changed, not saved yet")
    hands.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("The rule is on 2 more cameras.")
    assert in_thread(has_rule) == {"Yard cam", "Berth 0", "Berth 2"}


def faint_verdicts() -> None:
    faint_ones(Rule.objects.get(name="Loiterer"))


def test_what_verdicts_speak_for_is_tried_at_once_and_made_a_draft(page: Page) -> None:
    in_thread(faint_verdicts)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/rules/")
    page.get_by_role("link", name="Loiterer").click()
    page.get_by_role("link", name="Fewer false alarms").click()
    expect(page.get_by_role("heading", name=re.compile("How sure the detector is, at least 60.%"))).to_be_visible()
    tried = page.locator("#tried")
    expect(tried).to_contain_text("Waiting")
    in_thread(try_it)
    expect(tried).to_contain_text("Done")
    page.get_by_role("button", name="Make it a draft").click()
    expect(page.locator("#messages")).to_contain_text("Version 2 is saved as a draft.")
    expect(page.get_by_text("who.min_confidence: 0.4 → 0.6")).to_be_visible()
    assert in_thread(sureness_in_force) == 0.4
    assert faults == []


def test_a_new_rule_begins_in_the_catalog_and_text_and_form_edit_each_other(page: Page) -> None:
    page.goto("/rules/new/?q=person down")
    page.get_by_role("link", name="Person down").click()
    scripts_run(page)
    page.get_by_label("Severity").select_option("high")
    expect(page.locator("#document")).to_have_value(re.compile("severity: high"))
    expect(page.locator("#rule-document.htmx-added")).to_have_count(0)  # until then it hears nothing
    text = page.locator("#document").input_value()
    page.fill("#document", text.replace("severity: high", "severity: awful"))
    expect(page.locator("#rule-faults [role=alert]")).to_contain_text("line")
    page.fill("#document", text.replace("Person down", "Somebody fell"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("Somebody fell")
    page.get_by_label("Yard cam").check()
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="Somebody fell")).to_be_visible()
