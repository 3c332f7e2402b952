"""The inbox is worked off by keys, and nothing moves under the hand while other people work too."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from alerts.live import alert_message
from alerts.models import Alert, AlertPolicy
from alerts.services import alert_acknowledge
from events.live import camera_group, push
from events.models import Event
from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import Night, night
from tests.e2e.threads import in_thread
from tests.pages.rows import event_make

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def raised_now(scene: Night) -> str:
    """A new alert, of which open pages are told; returns its row's id."""
    event = event_make(scene.cameras[0], "Somebody new")
    alert = Alert.objects.create(
        policy=AlertPolicy.objects.get(about="events"), event=event, camera=event.camera, severity=event.severity
    )
    push(camera_group(event.camera_id), alert_message("alert.raised", alert))
    return f"alert-{alert.id}"


def told_anew(row: str, message: str) -> None:
    """The row reads otherwise from now on, and open pages are told."""
    alert = Alert.objects.get(id=row.removeprefix("alert-"))
    assert alert.event_id and alert.camera_id
    Event.objects.filter(id=alert.event_id).update(message=message)
    push(camera_group(alert.camera_id), alert_message("alert.updated", alert))


def acknowledged(scene: Night, row: str) -> None:
    alert_acknowledge(user=scene.admin, alert_id=uuid.UUID(row.removeprefix("alert-")))


def test_the_inbox_is_worked_off_by_keys_and_does_not_jump(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scene = in_thread(lambda: night(count=24))
    with signed_in_page(tmp_path, "jonas") as page:
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto("/alerts/")
        page.wait_for_selector("body[data-live=on]")
        rows = page.locator("#inbox [data-row]")
        count = rows.count()
        assert count >= 4
        number = page.locator("[data-alert-count] .count").first
        waiting = int(number.inner_text().split()[0])

        page.keyboard.press("j")
        page.keyboard.press("r")
        expect(page.locator("#done")).to_contain_text("1 alert resolved.")
        expect(rows).to_have_count(count - 1)

        # While the hand is on the second row, somebody else takes the first one and a new alert comes.
        rows.nth(1).hover()
        held = rows.nth(1).bounding_box()
        first = str(rows.first.get_attribute("id"))
        in_thread(lambda: acknowledged(scene, first))
        expect(page.locator(f"#{first}")).to_have_class("left")
        new = in_thread(lambda: raised_now(scene))
        pill = page.locator("[data-new-alerts]")
        expect(pill).to_have_text("1 new alert")
        expect(number).to_have_text(f"{waiting - 1} open")
        assert rows.nth(1).bounding_box() == held
        expect(page.locator(f"#{new}")).to_have_count(0)
        pill.click()
        expect(rows.first).to_have_id(new)
        expect(page.locator(f"#{first}")).to_have_count(0)

        sound = page.locator("[data-sound]")
        sound.click()
        expect(sound).to_have_attribute("aria-pressed", "true")
        page.reload()
        expect(page.locator("[data-sound]")).to_have_attribute("aria-pressed", "true")
        assert faults == []


def test_a_shift_at_the_inbox_needs_no_mouse(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=36))
    with signed_in_page(tmp_path, "jonas") as page:
        page.goto("/alerts/")
        keys, done, rows = page.keyboard, page.locator("#done"), page.locator("#inbox [data-row]")
        count = rows.count()
        keys.press("j")
        expect(rows.first.locator(".row-title a")).to_be_focused()
        keys.press("m")
        expect(done).to_contain_text("1 alert is yours.")
        keys.press("n")
        expect(page.get_by_label("Note")).to_be_focused()
        expect(page.get_by_label("Note")).to_have_value("")
        keys.type("Patrol is on the way")
        keys.press("Enter")
        expect(done).to_contain_text("The note is kept with 1 alert.")
        keys.press("x")
        keys.press("j")
        keys.press("x")
        expect(page.locator("[data-ticked-words]")).to_have_text("2 ticked")
        keys.press("a")
        expect(done).to_contain_text("2 alerts acknowledged.")
        expect(rows).to_have_count(count - 2)
        keys.press("s")
        expect(done).to_contain_text("1 alert put off.")
        expect(rows).to_have_count(count - 3)
        keys.press("f")
        expect(done).to_contain_text("1 alert noted as false.")
        expect(rows).to_have_count(count - 4)
        title = rows.nth(1).locator(".row-title a")
        expect(title).to_be_focused()
        keys.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        keys.press("Escape")
        expect(title).to_be_focused()
        keys.press("Enter")
        page.wait_for_url("**/alerts/*-*/")


def test_on_a_phone_the_field_of_a_note_lies_on_the_screen(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=4))
    with signed_in_page(tmp_path, "jonas") as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto("/alerts/")
        page.locator("#inbox [data-tick]").first.check()
        page.locator("[data-note] summary").click()
        field = page.get_by_label("Note").bounding_box()
        assert field is not None and field["x"] >= 0 and field["x"] + field["width"] <= 390


@pytest.mark.parametrize("width", [390, 1280])
def test_the_strip_of_the_wall_shows_an_alert_to_its_last_word(
    settings: LazySettings, tmp_path: Path, width: int
) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=24))
    with signed_in_page(tmp_path, "jonas") as page:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/wall/")
        words = page.locator(".wall-alert-words:visible")
        expect(words).to_have_count(2)
        for each in words.all():
            assert each.evaluate("words => words.scrollHeight <= words.clientHeight + 1"), each.inner_text()


def test_news_of_a_row_take_neither_the_focus_from_its_button_nor_a_click_that_has_begun(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=24))
    with signed_in_page(tmp_path, "jonas") as page:
        page.goto("/alerts/")
        page.wait_for_selector("body[data-live=on]")
        name = str(page.locator("#inbox [data-row]").nth(1).get_attribute("id"))
        row = page.locator(f"#{name}")
        button = row.get_by_role("button", name="Acknowledge")
        button.focus()
        in_thread(lambda: told_anew(name, "Somebody runs"))
        expect(row).to_contain_text("Somebody runs")
        expect(button).to_be_focused()

        page.reload()  # on this page the next look at the inbox waits, the longer the slower the server was
        page.wait_for_selector("body[data-live=on]")
        button.hover()
        page.mouse.down()
        with page.expect_response("**/alerts/"):
            in_thread(lambda: told_anew(name, "Somebody falls"))
        page.mouse.up()
        expect(page.locator("#done")).to_contain_text("1 alert acknowledged.")
        expect(row).to_have_count(0)
