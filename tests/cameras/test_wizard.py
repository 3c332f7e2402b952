"""A camera is added in four steps that can be left and gone back to; its login is in no page."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bench.simulator import CameraSpec, Login, SimulatorThread, StreamProfile, footage_encode
from cameras.models import Camera, CameraDraft, CameraNetwork, Site
from cameras.services.drafts import KEPT_DAYS, draft_finish, draft_start, drafts_sweep
from tests.api.clients import make_rule
from tests.assets import asset_path
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import NotFoundError

pytestmark = pytest.mark.django_db
SECRET = "hunter2"
URL = "rtsp://10.9.8.7/stream2"
STREAMS = {"name": "Gate", "detect_fps": "4", "priority": "high", "clip_url": "", "do": "next"}


@pytest.fixture
def admin() -> User:
    cache.clear()
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def browser(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def site() -> Site:
    return Site.objects.create(name="Harbour")


def begun(browser: Client, **more: Any) -> CameraDraft:
    browser.post("/cameras/new/", {"url": URL, "user": "guard", "password": SECRET, "do": "save", **more})
    return CameraDraft.objects.get()


def at(draft: CameraDraft, step: str) -> str:
    return f"/cameras/new/{draft.id}/{step}/"


@pytest.mark.slow
def test_a_camera_is_added_in_four_steps_and_its_login_is_in_none_of_the_pages(
    browser: Client, site: Site, tmp_path: Path
) -> None:
    profile = StreamProfile(frames_per_second=10, size=(384, 288), keyframe_seconds=0.5, seconds=4)
    footage = footage_encode(asset_path("videos/vtest_h264.mp4"), tmp_path / "small.mp4", profile)
    CameraNetwork.objects.create(network="127.0.0.0/8")
    rule = make_rule(make_camera("Other"))
    pages = []
    with SimulatorThread([CameraSpec("gate", footage, login=Login("guard", SECRET, "digest"))]) as cameras:
        url = cameras.rtsp_url("gate")
        pages.append(
            browser.post("/cameras/new/", {"url": url, "user": "guard", "password": SECRET, "do": "look"}, follow=True)
        )
        draft = CameraDraft.objects.get()
        pages.append(browser.post(at(draft, "streams"), STREAMS | {"site": site.id}, follow=True))
        pages.append(browser.get(at(draft, "address")))
        answer = browser.post(at(draft, "rules"), {"rules": [rule.id], "do": "finish"})
        pages.append(browser.get(answer["Location"]))
        stored_url = cameras.rtsp_url("gate", credentials=f"guard:{SECRET}")
    camera = Camera.objects.get(name="Gate")
    assert "It sends pictures" in pages[0].content.decode()
    assert "area “Yard”" in pages[1].content.decode()
    assert answer["Location"] == f"/cameras/{camera.id}/zones/"
    assert "“Yard” for Loiterer" in pages[3].content.decode()
    assert (camera.url, camera.detect_fps, camera.priority) == (stored_url, 4, "high")
    assert list(camera.rules.all()) == [rule]
    assert not CameraDraft.objects.exists()
    assert SECRET not in "".join(page.content.decode() for page in pages) + str(list(AuditEntry.objects.values()))


def test_a_draft_is_kept_at_every_step_and_gone_on_with(browser: Client, site: Site) -> None:
    draft = begun(browser)
    assert SECRET not in draft.sealed_url
    assert "10.9.8.7" in browser.get("/cameras/").content.decode()
    assert browser.get(f"/cameras/new/{draft.id}/")["Location"] == at(draft, "look")
    browser.post(at(draft, "streams"), STREAMS | {"site": site.id, "do": "save"})
    text = browser.get(at(draft, "streams")).content.decode()
    assert 'value="Gate"' in text and SECRET not in text
    draft.refresh_from_db()
    assert (draft.filled_in.name, draft.filled_in.site, draft.filled_in.priority) == ("Gate", site.id, "high")


def test_another_address_needs_its_login_again_and_the_same_one_keeps_it(browser: Client) -> None:
    draft = begun(browser)
    shown = browser.get(at(draft, "address")).content.decode()
    assert f'value="{URL}"' in shown and SECRET not in shown and "guard" not in shown
    browser.post(at(draft, "address"), {"url": URL, "user": "", "password": "", "do": "save"})
    draft.refresh_from_db()
    assert draft.url == URL.replace("//", f"//guard:{SECRET}@")
    browser.post(at(draft, "address"), {"url": "rtsp://10.9.9.9/other", "do": "save"})
    draft.refresh_from_db()
    assert draft.url == "rtsp://10.9.9.9/other"


def test_a_stream_for_clips_is_kept_and_can_be_let_go_of(browser: Client, site: Site) -> None:
    draft = begun(browser)
    clip = {"clip_url": "rtsp://10.9.8.7/big", "clip_user": "guard", "clip_password": SECRET}
    browser.post(at(draft, "streams"), STREAMS | clip | {"site": site.id})
    browser.post(at(draft, "streams"), STREAMS | {"site": site.id})
    draft.refresh_from_db()
    assert draft.clip_url == f"rtsp://guard:{SECRET}@10.9.8.7/big"
    assert SECRET not in browser.get(at(draft, "streams")).content.decode()
    browser.post(at(draft, "streams"), STREAMS | {"site": site.id, "one_stream": "yes"})
    draft.refresh_from_db()
    assert draft.clip_url == ""


@pytest.mark.parametrize("url", ["", "gopher://10.0.0.5/", "rtsp://0x7f.1/", f"file:///{SECRET}"])
def test_what_is_no_address_starts_no_draft(browser: Client, url: str) -> None:
    answer = browser.post("/cameras/new/", {"url": url, "password": SECRET, "do": "save"})
    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert SECRET not in re.sub(r"file:///\w+", "", answer.content.decode())
    assert not CameraDraft.objects.exists()


def test_a_name_that_is_taken_is_said_at_the_end_and_the_draft_stays(browser: Client, site: Site) -> None:
    make_camera("Gate")
    draft = begun(browser)
    browser.post(at(draft, "streams"), STREAMS | {"site": site.id})
    answer = browser.post(at(draft, "rules"), {"do": "finish"})
    assert (answer.status_code, "already exists" in answer.content.decode()) == (422, True)
    assert CameraDraft.objects.exists()


def test_areas_of_a_camera_that_sees_the_same_come_along(browser: Client, site: Site) -> None:
    other = make_camera("Other")
    other.zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]])
    draft = begun(browser)
    browser.post(at(draft, "streams"), STREAMS | {"site": site.id})
    answer = browser.post(at(draft, "rules"), {"zones_from": other.id, "rules": [make_rule(other).id], "do": "finish"})
    camera = Camera.objects.get(name="Gate")
    assert answer["Location"] == f"/cameras/{camera.id}/"
    assert camera.zones.get().name == "Yard"


def test_without_name_and_site_no_camera_comes_of_it(browser: Client) -> None:
    draft = begun(browser)
    answer = browser.post(at(draft, "rules"), {"do": "finish"})
    assert (answer.status_code, "fill in step 3" in answer.content.decode()) == (422, True)


def test_a_draft_becomes_one_camera_however_often_it_is_finished(admin: User, site: Site) -> None:
    draft = draft_start(user=admin, url=URL)
    CameraDraft.objects.update(values={"name": "Gate", "site": site.id})
    draft_finish(user=admin, draft=draft)
    with pytest.raises(NotFoundError):
        draft_finish(user=admin, draft=draft)
    assert Camera.objects.count() == 1


def test_a_discarded_draft_is_gone_with_its_login(browser: Client) -> None:
    draft = begun(browser)
    browser.post(at(draft, "discard"))
    assert not CameraDraft.objects.exists()
    assert browser.get(at(draft, "look")).status_code == 404


def test_a_draft_that_nobody_touched_for_a_month_is_removed(admin: User) -> None:
    old, new = draft_start(user=admin, url=URL), draft_start(user=admin, url=URL)
    CameraDraft.objects.filter(id=old.id).update(changed_at=timezone.now() - timedelta(days=KEPT_DAYS, minutes=1))
    assert drafts_sweep() == 1
    assert CameraDraft.objects.get() == new


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR])
def test_drafts_are_not_there_for_others(client: Client, admin: User, role: Role) -> None:
    draft = draft_start(user=admin, url=URL)
    client.force_login(make_user("vera", role=role))
    assert client.get("/cameras/new/").status_code == 403
    assert {client.get(at(draft, step)).status_code for step in ("address", "look", "streams", "rules")} == {404}
    assert client.post(at(draft, "discard")).status_code == 404
    assert "10.9.8.7" not in client.get("/cameras/").content.decode()
