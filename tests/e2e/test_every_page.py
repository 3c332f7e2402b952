"""Every page in a real browser: no violation of WCAG 2.2 A or AA, nothing too small or wide, a quiet console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page

from tests.e2e.page_checks import Listener, is_page, sound
from tests.e2e.review_pages import signed_in_page
from tests.e2e.threads import in_thread
from tests.pages.addresses import Address, addresses
from vms.management.commands.seed_scale import fill

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE, DESK = 390, 1280


@pytest.fixture
def known(settings: LazySettings, tmp_path: Path) -> list[Address]:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: fill(cameras=3, events=60, alerts=20))
    return in_thread(addresses)


@pytest.fixture
def page(known: list[Address], tmp_path: Path) -> Iterator[Page]:
    with signed_in_page(tmp_path, "admin") as page:
        yield page


@pytest.mark.parametrize(("theme", "width"), [("dark", PHONE), ("light", DESK)])
def test_every_page_is_sound(page: Page, known: list[Address], theme: Literal["dark", "light"], width: int) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/")
    listener = Listener(page, page.url.rstrip("/"))
    faults: dict[str, Any] = {}
    for address in known:
        if is_page(page, address.path) and (found := sound(page, listener)):
            faults[address.name] = found
    assert faults == {}
