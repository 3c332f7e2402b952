"""The form of an alert policy asks for what belongs to it, and a click in its lists takes nothing away."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_cameras_are_chosen_one_by_one_and_the_platform_has_none(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scene = in_thread(lambda: night(count=2))
    with signed_in_page(tmp_path, scene.admin.username) as page:
        page.goto("/alerts/policies/add")
        cameras = page.locator("#id_cameras")
        wanted = [str(camera.id) for camera in scene.cameras[:2]]
        for value in wanted:
            cameras.locator(f'option[value="{value}"]').click()
        assert sorted(cameras.evaluate("list => [...list.selectedOptions].map(({ value }) => value)")) == sorted(wanted)
        cameras.locator(f'option[value="{wanted[0]}"]').click()
        expect(cameras).to_have_values(wanted[1:])

        expect(page.get_by_label("Disk nearly full")).to_be_hidden()
        page.get_by_label("About").select_option("system")
        expect(page.get_by_label("Disk nearly full")).to_be_visible()
        expect(cameras).to_be_hidden()
