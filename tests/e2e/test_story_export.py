"""Events are chosen, exported and handed on in one file; by the mouse and by keys alone."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from events.exports.building import export_build
from events.models import Export
from tests.e2e.hands import Hand
from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def build() -> None:
    """What the tasks process does with what was asked for."""
    export_build(export_id=Export.objects.get().id)


def test_chosen_events_are_exported_and_their_file_proves_itself(
    hand: Hand, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    in_thread(lambda: night(count=8))
    with signed_in_page(tmp_path / "media", "jonas") as page:
        hands = hand(page)
        hands.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Events"))
        for number in (0, 2):
            hands.tick(page.get_by_role("checkbox", name="Tick:").nth(number))
        expect(page.locator("[data-ticked-words]")).to_have_text("2 ticked")
        chosen = [page.locator("#events [data-event]").nth(number).get_attribute("data-event") for number in (0, 2)]
        hands.press(page.get_by_role("button", name="Export"))
        page.wait_for_url("**/events/exports/")
        in_thread(build)
        link = page.get_by_role("link", name="Download")
        expect(link).to_be_visible()
        with page.expect_download() as waiting:
            hands.press(link)
        waiting.value.save_as(tmp_path / "events.zip")
        told = page.locator(".hash").inner_text().removeprefix("SHA-256 ")

    packed = tmp_path / "events.zip"
    assert hashlib.sha256(packed.read_bytes()).hexdigest() == told
    with zipfile.ZipFile(packed) as archive:
        contents = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(contents["manifest.json"])
    sums = {file["path"]: file["sha256"] for file in manifest["files"]}
    assert {"events.csv"} < sums.keys()
    assert {name: hashlib.sha256(contents[name]).hexdigest() for name in sums} == sums
    assert set(manifest["events"]) == set(chosen)
    assert manifest["missing"] == []
