"""One event by keys: to its moments, a link to the very place, acknowledged, judged, on to the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import transaction
from playwright.sync_api import Page, expect

from cameras.models import Camera, Zone
from events.announcements import event_announce
from events.models import Clip, Event
from tests.e2e.hands import scripts_run
from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import BOX, MOMENT_MS, night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
NAMES_KEEP_CLEAR = """
count => {
  const all = (kind) => [...document.querySelectorAll(kind)].map((text) => text.getBoundingClientRect());
  const [names, labels] = [all(".zone-label"), all(".box-label-event")];
  const overlap = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  return names.length === count && labels.length === 1 && !names.some((name) => overlap(name, labels[0]));
}
"""


def expect_place(page: Page, seconds: float) -> None:
    """The clip is there, and at this moment: it begins at its first picture and is moved once it knows its length."""
    ready = "seconds => { const video = document.querySelector('video');"
    ready += " return video?.readyState >= 2 && Math.abs(video.currentTime - seconds) <= 0.2; }"
    page.wait_for_function(ready, arg=seconds)


def draw_kerb_and_mask(camera: Camera) -> None:
    """A line whose name stands where the box's label would."""
    Zone.objects.create(camera=camera, name="Kerb", kind="line", points=[BOX[:2], [0.9, 0.8]])
    Zone.objects.create(camera=camera, name="Trees", kind="exclude", points=[[0, 0], [0.3, 0], [0, 0.2]])


def expect_names_are_readable(page: Page) -> None:
    """Names of lines and areas keep clear of the box's label; masks are drawn and hidden with the areas."""
    page.wait_for_function(NAMES_KEEP_CLEAR, arg=3)
    masks = page.locator(".overlay .zone-mask")
    expect(masks).to_have_count(1)
    page.keyboard.press("z")
    expect(masks).to_have_count(0)


def test_an_event_is_looked_at_shared_acknowledged_and_judged_by_keys(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scene = in_thread(lambda: night(count=8))
    event, other = scene.events[0], scene.events[1]
    in_thread(lambda: draw_kerb_and_mask(event.camera))
    with signed_in_page(tmp_path, "jonas", permissions=["clipboard-read", "clipboard-write"]) as page:
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"/events/{event.id}/")
        expect_place(page, MOMENT_MS / 1000)
        expect(page.get_by_role("link", name=other.message)).to_be_visible()
        expect_names_are_readable(page)

        page.keyboard.press("2")  # it left
        expect_place(page, MOMENT_MS / 1000 + 9)
        page.keyboard.press("c")
        expect(page.get_by_text("Copied.")).to_be_visible()
        expect(page.get_by_text("for nobody else")).to_be_visible()
        link = page.evaluate("navigator.clipboard.readText()")
        page.goto(link)
        expect_place(page, MOMENT_MS / 1000 + 9)

        page.keyboard.press("a")
        expect(page.locator("#messages")).to_contain_text("1 alert acknowledged.")
        scripts_run(page)
        page.keyboard.press("f")
        false = page.locator("#review").get_by_role("button", name="False alarm")
        expect(false).to_have_attribute("aria-pressed", "true")
        true = page.locator("#review").get_by_role("button", name="True")
        true.focus()
        page.keyboard.press("Enter")
        expect(true).to_have_attribute("aria-pressed", "true")
        expect(true).to_be_focused()
        page.keyboard.press("j")
        page.wait_for_url(f"**/events/{other.id}/**")
        assert faults == []


def taken_away(event: Event) -> Clip:
    clip = event.clip
    Clip.objects.filter(event=event).delete()
    return clip


def arrives(clip: Clip) -> None:
    with transaction.atomic():
        clip.save(force_insert=True)
        event_announce("event.updated", clip.event)


def test_a_clip_that_comes_leaves_the_note_that_is_being_written(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scene = in_thread(lambda: night(count=2))
    clip = in_thread(lambda: taken_away(scene.events[0]))
    with signed_in_page(tmp_path, "jonas") as page:
        page.goto(f"/events/{scene.events[0].id}/")
        page.wait_for_selector("body[data-live=on]")
        note = page.get_by_label("Note")
        note.fill("The gardener")
        in_thread(lambda: arrives(clip))
        expect_place(page, MOMENT_MS / 1000)
        expect(note).to_have_value("The gardener")
        expect(note).to_be_focused()
        note.press("Escape")
        page.keyboard.press("2")
        expect_place(page, MOMENT_MS / 1000 + 9)
