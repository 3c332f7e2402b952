"""A stricter rule is written in the form, tried on a past hour, and put in force; a new one begins in the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rules.backtests.running import backtest_run
from rules.models import Backtest, Rule
from tests.cameras.web_server import web_server
from tests.e2e.browser import chromium, sign_in
from tests.e2e.threads import in_thread
from tests.pages.rows import user_make
from tests.rules.backtests.world import live_events, log_tracks, make_live_rule, make_stream, visits

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
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, url, "mara", "long-enough-1")
    yield page
    context.close()


def test_a_stricter_rule_is_tried_on_the_past_and_put_in_force(page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/rules/")
    page.get_by_role("link", name="Loiterer").click()
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
    expect(page.get_by_text("Show all of it")).to_be_visible(timeout=30_000)
    page.get_by_text("Show all of it").click()
    expect(page.locator(".hits .hit")).to_have_count(8)
    expect(page.locator(".hits").get_by_text("No longer found")).to_have_count(4)
    expect(page.get_by_role("img", name="Hits by hour of the day: 09:00 to 09:59: 4.")).to_be_visible()

    page.get_by_role("button", name="Put version 2 in force").click()
    expect(page.locator("#messages")).to_contain_text("Version 2 is in force")
    assert in_thread(sureness_in_force) == 0.7
    assert faults == []


def test_a_new_rule_begins_in_the_catalog_and_text_and_form_edit_each_other(page: Page) -> None:
    page.goto("/rules/new/?q=person down")
    page.get_by_role("link", name="Person down").click()
    page.get_by_label("Severity").select_option("high")
    expect(page.locator("#document")).to_have_value(re.compile("severity: high"))
    text = page.locator("#document").input_value()
    page.fill("#document", text.replace("severity: high", "severity: awful"))
    expect(page.locator("#rule-faults [role=alert]")).to_contain_text("line")
    page.fill("#document", text.replace("Person down", "Somebody fell"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("Somebody fell")
    page.get_by_label("Yard cam").check()
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="Somebody fell")).to_be_visible()
