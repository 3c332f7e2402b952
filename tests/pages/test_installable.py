"""VMS can be installed as an app."""

from __future__ import annotations

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from vms.pages import ICONS

pytestmark = pytest.mark.django_db


def test_the_manifest_names_icons_that_are_there_in_the_sizes_it_says() -> None:
    facts = Client().get("/manifest.webmanifest").json()
    assert facts["start_url"] == facts["scope"] == "/"
    assert len(facts["icons"]) == len(ICONS) == 3
    for icon in facts["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        assert isinstance(found, str), icon["src"]
        with Image.open(found) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]


def test_every_page_leads_to_the_manifest_and_names_its_colours() -> None:
    page = Client().get("/login/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert page.count('<meta name="theme-color"') == 2


def test_its_files_come_whole_and_not_as_a_stream_that_the_server_would_have_to_collect() -> None:
    answer = Client().get("/static/img/icon-192.png")
    assert not answer.streaming
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
