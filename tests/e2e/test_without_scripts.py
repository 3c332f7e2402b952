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
def test_a_guard_does_a_shift(page: Page) -> None:
    find_and_review(page)
    keep_export_and_read(page)
    ask_for_another_day(page)
    work_on_alerts(page)
    look_at_the_wall_and_settings(page)


def test_an_admin_sets_the_platform_up(page: Page) -> None:
    draw_by_numbers(page)
    rule_user_and_report(page)
    add_change_and_group_cameras(page)
    say_who_is_told(page)


def find_and_review(page: Page) -> None:
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


def keep_export_and_read(page: Page) -> None:
    page.goto("/events/?severity=high")
    page.get_by_label("Keep this filter as").fill("High ones")
    page.locator(".saved-filters").get_by_role("button", name="Save").click()
    expect(page.get_by_role("navigation", name="Saved filters").get_by_role("link", name="High ones")).to_be_visible()
    page.get_by_role("checkbox", name="Tick:").first.check()
    page.locator(".bulk-deeds").get_by_role("button", name="Export").click()
    page.wait_for_url(re.compile("/events/exports/"), wait_until="load")
    expect(page.locator("#exports")).to_contain_text("1 event")
    page.goto("/events/")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("All events are marked as read.")).to_be_visible()


def ask_for_another_day(page: Page) -> None:
    page.goto("/events/timeline/")
    page.get_by_label("Day").fill("2026-07-14")
    page.locator(".time-day").get_by_role("button", name="Show").click()
    expect(page.locator(".time-title")).to_contain_text("14 Jul 2026")
    expect(page.get_by_role("link", name="Forecourt").first).to_be_visible()


def work_on_alerts(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Alerts").click()
    page.wait_for_url(re.compile("/alerts/"), wait_until="load")
    waiting = page.locator("#inbox [data-row]").count()
    page.locator("#inbox [data-row]").first.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#inbox [data-row]")).to_have_count(waiting - 1)
    page.locator("#inbox [data-row] .row-title a").first.click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("main")).to_contain_text("Acknowledged")

    page.goto("/alerts/")
    page.locator("#inbox .row-title a").first.click()
    page.get_by_label("Note").fill("Patrol is on the way")
    page.get_by_role("button", name="Only keep the note").click()
    expect(page.locator("#alert")).to_contain_text("Patrol is on the way")
    page.get_by_label("Whose it is").select_option(label="jonas (you)")
    page.get_by_label("Note").fill("Jonas goes there")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator("#alert")).to_contain_text("Jonas goes there")
    page.get_by_label("Put it off for").select_option(label="1 hour")
    page.get_by_role("button", name="Put off").click()
    page.goto("/alerts/?state=put-off")
    expect(page.locator("#inbox [data-row]")).to_have_count(1)


def look_at_the_wall_and_settings(page: Page) -> None:
    page.goto("/wall/")
    expect(page.get_by_role("link", name="Forecourt", exact=True)).to_be_visible()
    page.goto("/account/messages/")
    mail = page.get_by_role("form", name="E-mail")
    mail.get_by_role("button", name="Save and choose cameras").click()
    page.get_by_label("Find cameras").fill("gate")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_label("Main gate").check()
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(mail).to_contain_text("1 camera")
    page.goto("/account/")
    page.get_by_label("Show times in").select_option("Europe/Berlin")
    page.locator("main").get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_be_visible()


def draw_by_numbers(page: Page) -> None:
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


def rule_user_and_report(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Rules").click()
    page.get_by_role("link", name="Perimeter").click()
    document = page.get_by_label("Document (YAML)")
    document.fill(document.input_value().replace("dwell_seconds: 6", "dwell_seconds: 9"))
    page.get_by_role("button", name="Save and put in force").click()
    expect(page.locator("#messages")).to_contain_text("Version 2 is in force")
    page.get_by_role("main").get_by_role("link", name="Cameras", exact=True).click()
    page.get_by_text("Take it off all…").click()
    page.get_by_role("button", name="Yes, off").click()
    expect(page.locator("#messages")).to_contain_text("It was taken off")
    page.get_by_role("button", name="Put the rule on all").click()
    expect(page.locator("#messages")).to_contain_text("The rule is on")

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


def add_change_and_group_cameras(page: Page) -> None:
    page.goto("/cameras/")
    page.get_by_role("link", name="Add a camera").click()
    page.get_by_label("Address").fill("rtsp://10.255.255.1/stream2")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.locator("#messages")).to_contain_text("The draft is kept.")

    page.goto("/cameras/")
    page.get_by_label("Tick Forecourt").check()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Priority").select_option("high")
    page.get_by_role("button", name="See what would change").click()
    page.get_by_role("button", name="Change 1 camera").click()
    expect(page.locator("main")).to_contain_text("priority high instead of normal")

    page.goto("/cameras/places/")
    page.get_by_role("link", name="New group").click()
    page.get_by_label("Name").fill("Gates")
    page.get_by_label("Main gate").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Group Gates is saved.")
    page.goto("/cameras/")
    page.get_by_role("link", name="Forecourt").click()
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Gates").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Camera Forecourt is changed.")
    page.goto("/cameras/places/")
    expect(page.get_by_role("link", name="2 cameras")).to_be_visible()


def say_who_is_told(page: Page) -> None:
    page.goto("/alerts/policies/")
    page.get_by_role("link", name="On-call groups").click()
    page.get_by_role("link", name="New group").click()
    page.get_by_label("Name").fill("Nights")
    for _ in range(2):
        page.get_by_label("Person").select_option(index=0)
        page.get_by_role("button", name="Add").click()
    people = page.locator("#members ol").first.locator("li")
    expect(people.first).to_contain_text("Jonas Weber")
    people.first.get_by_role("button", name="later").click()
    expect(people.nth(1)).to_contain_text("Jonas Weber")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#messages")).to_contain_text("The on-call group Nights is saved.")
    expect(page.locator("main")).to_contain_text("on call until")

    page.goto("/alerts/policies/add")
    page.get_by_label("Name", exact=True).fill("Perimeter")
    page.get_by_label("On-call groups").first.select_option(label="Nights")
    page.get_by_text("Single cameras").click()
    page.get_by_label("Find cameras").fill("gate")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_label("Main gate").check()
    page.get_by_role("button", name="Try it on the last 7 days").click()
    expect(page.locator("#preview")).to_contain_text("fit:")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("The policy Perimeter is saved.")
