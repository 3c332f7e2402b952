"""In a browser without JavaScript: lists, filters, forms, review and acknowledging all work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["mara"])
def page(request: pytest.FixtureRequest, settings: LazySettings, tmp_path: Path) -> Iterator[Page]:
    """An admin's, who may do everything; ``jonas`` is a guard."""
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=60))
    with signed_in_page(tmp_path, request.param, java_script_enabled=False) as page:
        yield page


@pytest.mark.parametrize("page", ["jonas"], indirect=True)
def test_a_guard_filters_pages_reviews_and_acknowledges(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Events").click()
    rows = page.locator("#events [data-event]")
    newest = rows.first.get_attribute("id") or ""
    page.get_by_role("link", name="Show older events").click()
    expect(rows.first).not_to_have_attribute("id", newest)

    page.goto("/events/")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Severity").select_option("high")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(re.compile("severity=high"), wait_until="load")
    assert set(page.locator("#events .badge-high").all_inner_texts()) == {"High"}

    for number in range(2):
        page.get_by_role("checkbox", name="Tick:").nth(number).check()
    page.get_by_role("button", name="False alarm").click()
    expect(page.locator("#done")).to_contain_text("Your review is saved.")
    expect(rows.nth(1)).to_contain_text("False alarm")

    rows.nth(2).get_by_role("link").first.click()
    page.get_by_label("Note").fill("The night bus")
    page.locator("#review").get_by_role("button", name="True").click()
    expect(page.locator("#review")).to_contain_text("jonas")
    expect(page.get_by_label("Note")).to_have_value("The night bus")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Alerts").click()
    page.wait_for_url(re.compile("/alerts/"), wait_until="load")
    waiting = page.locator("#inbox [data-row]").count()
    page.locator("#inbox [data-row]").first.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#inbox [data-row]")).to_have_count(waiting - 1)
    page.locator("#inbox [data-row] .row-title a").first.click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("main")).to_contain_text("Acknowledged")


def test_an_admin_filters_cameras_draws_by_numbers_writes_a_rule_and_adds_a_user(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Cameras").click()
    page.get_by_label("Name").fill("Quay")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("[data-camera]")).to_have_count(1)

    page.get_by_role("link", name="Quay 4 east").first.click()
    page.get_by_role("link", name="Draw and change").click()
    page.get_by_role("link", name="New area").click()
    for number, (left, top) in enumerate(((10, 10), (80, 10), (50, 90))):
        page.locator('input[name="x"]').nth(number).fill(str(left))
        page.locator('input[name="y"]').nth(number).fill(str(top))
    page.locator("#zone-name").fill("Berth")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Area “Berth” is saved.")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Rules").click()
    page.get_by_role("link", name="Perimeter").click()
    document = page.get_by_label("Document (YAML)")
    document.fill(document.input_value().replace("dwell_seconds: 6", "dwell_seconds: 9"))
    page.get_by_role("button", name="Save and put in force").click()
    expect(page.locator("#messages")).to_contain_text("Version 2 is in force")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Users").click()
    page.get_by_role("link", name="Add a user").click()
    page.get_by_label("User name").fill("lea")
    page.get_by_label("E-mail").fill("lea@example.com")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("See: Forecourt").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("1 granted")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports").click()
    page.get_by_label("Title").fill("The quiet week")
    page.get_by_role("button", name="Build the report").click()
    expect(page.locator("#runs")).to_contain_text("The quiet week")


def test_the_timeline_of_another_day_is_asked_for(page: Page) -> None:
    page.goto("/events/timeline/")
    page.get_by_label("Day").fill("2026-07-14")
    page.locator(".time-day").get_by_role("button", name="Show").click()
    expect(page.locator(".time-title")).to_contain_text("14 Jul 2026")
    expect(page.get_by_role("link", name="Forecourt").first).to_be_visible()
