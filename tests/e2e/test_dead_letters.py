"""Dead letters are looked at, sent again and discarded, one by one and together, by keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.hands import Keyboard
from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import WORD
from tests.e2e.threads import in_thread
from tests.pages.rows import camera_make
from vms.accounts.models import User
from workers.models import DeadLetter, Stream

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def scene() -> None:
    User.objects.create_superuser("mara", "mara@example.com", WORD)
    camera = camera_make("Gate")
    stream = Stream.objects.create(camera=camera, started_at=timezone.now(), state="quarantined", stops=3)
    for number in (1, 2, 3):
        DeadLetter.objects.create(kind="event.end", reason=f"Nonsense {number}.", payload={"number": number})
    DeadLetter.objects.create(kind="stream", reason="It broke.", payload={}, subject=str(stream.id), camera=camera)


def test_letters_are_settled(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(scene)
    with signed_in_page(tmp_path, "mara") as page:
        hands = Keyboard(page)
        page.goto("/fleet/dead-letters/")
        hands.press(page.get_by_role("link", name="It broke."))
        hands.press(page.get_by_role("button", name="Send it again"))
        expect(page.locator("#messages")).to_contain_text("The camera is watched again.")
        hands.press(page.get_by_role("main").get_by_role("link", name="Dead letters"))

        for number in (1, 2):
            hands.tick(page.get_by_label(f"Tick: Nonsense {number}."))
        expect(page.get_by_text("2 ticked")).to_be_visible()
        hands.press(page.get_by_text("Discard…"))
        hands.write(page.get_by_label("Why they are discarded"), "Tests of the installer")
        hands.press(page.get_by_role("button", name="Discard for good"))
        expect(page.locator("#messages")).to_contain_text("2 are settled.")

        hands.tick(page.get_by_label("Tick: Nonsense 3."))
        hands.press(page.get_by_role("button", name="Send again"))
        expect(page.locator("#messages")).to_contain_text("1 is still kept: its page says why.")
        hands.press(page.get_by_role("link", name="Nonsense 3."))
        expect(page.locator("main")).to_contain_text("Sent again by mara")
