"""The form of an alert policy asks for what belongs to it, and keeps what was entered while cameras are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from alerts.models import AlertPolicy, Preference
from tests.e2e.hands import Hand
from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(settings: LazySettings, tmp_path: Path) -> Iterator[Page]:
    settings.MEDIA_ROOT = tmp_path
    scene = in_thread(lambda: night(count=2))
    with signed_in_page(tmp_path, scene.admin.username) as page:
        yield page


def test_sites_are_chosen_one_by_one_and_the_platform_has_none(page: Page) -> None:
    page.goto("/alerts/policies/add")
    sites = page.get_by_label("Sites")
    for name in ("Campus North", "Harbour"):
        sites.locator("option", has_text=name).click()
    chosen = "list => [...list.selectedOptions].map(({ label }) => label)"
    assert sites.evaluate(chosen) == ["Campus North", "Harbour"]
    sites.locator("option", has_text="Campus North").click()
    assert sites.evaluate(chosen) == ["Harbour"]

    expect(page.get_by_label("Disk nearly full")).to_be_hidden()
    page.get_by_label("About").select_option("system")
    expect(page.get_by_label("Disk nearly full")).to_be_visible()
    expect(sites).to_be_hidden()
    expect(page.get_by_text("Single cameras")).to_be_hidden()


def test_cameras_of_a_policy_are_looked_for_and_what_was_entered_stays(page: Page, hand: Hand) -> None:
    hands = hand(page)
    page.goto("/alerts/policies/add")
    choice = page.locator("[data-camera-choice]")
    hands.write(page.get_by_label("Name", exact=True), "Quay at night")
    hands.press(page.get_by_text("Single cameras"))
    hands.write(choice.get_by_label("Find cameras"), "quay")
    expect(choice.get_by_role("checkbox")).to_have_count(1)
    hands.tick(choice.get_by_label("Quay 4 east"))
    hands.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("The policy Quay at night is saved.")
    cameras = AlertPolicy.objects.filter(name="Quay at night").values_list("cameras__name", flat=True)
    assert in_thread(lambda: list(cameras)) == ["Quay 4 east"]


def test_wishes_of_a_channel_are_kept_when_its_cameras_are_chosen(page: Page, hand: Hand) -> None:
    hands = hand(page)
    page.goto("/account/messages/")
    mail = page.get_by_role("form", name="E-mail")
    hands.choose(mail.get_by_label("Only from this severity on"), "High")
    hands.press(mail.get_by_role("button", name="Save and choose cameras"))
    choice = page.locator("[data-camera-choice]")
    hands.write(choice.get_by_label("Find cameras"), "gate")
    expect(choice.get_by_role("checkbox")).to_have_count(1)
    hands.tick(choice.get_by_label("Main gate"))
    hands.press(page.get_by_role("main").get_by_role("button", name="Save"))
    expect(mail).to_contain_text("1 camera")
    wish = Preference.objects.filter(channel="email").values_list("least_severity", "cameras__name")
    assert in_thread(lambda: list(wish)) == [("high", "Main gate")]
