"""VMS can be installed as an app."""

from __future__ import annotations

from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from vms.pages import ICONS


def test_the_manifest_names_icons_that_are_there_in_the_sizes_it_says() -> None:
    facts = Client().get("/manifest.webmanifest").json()
    assert facts["start_url"] == facts["scope"] == "/"
    assert len(facts["icons"]) == len(ICONS) == 3
    for icon in facts["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        with Image.open(found) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]


def test_every_page_leads_to_the_manifest_and_names_its_colours() -> None:
    page = Client().get("/login/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert page.count('<meta name="theme-color"') == 2
