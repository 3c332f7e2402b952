"""Many cameras are changed at once: judged first, then each for itself, with what became of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cameras.models import Camera, Site
from rules.models import Rule
from tests.api.clients import make_rule
from tests.cameras.world import grant, make_camera, make_user
from vms.accounts.choices import Role
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(make_user("ada", role=Role.ADMIN))
    return client


@pytest.fixture
def cameras() -> list[Camera]:
    return [make_camera("Gate"), make_camera("Quay", priority="high"), make_camera("Yard")]


def sent(cameras: list[Camera], do: str, **values: Any) -> dict[str, Any]:
    return {"cameras": ",".join(str(camera.id) for camera in cameras), "do": do, **values}


def stored(field: str) -> list[Any]:
    return list(Camera.objects.order_by("name").values_list(field, flat=True))


def test_a_change_is_shown_camera_by_camera_before_anything_is_written(browser: Client, cameras: list[Camera]) -> None:
    values = {"priority": "high", "detect_fps": "2"}
    text = browser.post("/cameras/bulk/", sent(cameras[:2], "judge", **values)).content.decode()
    assert "priority high instead of normal; 2 frames a second instead of 5" in text
    assert "Change 2 cameras" in text
    assert stored("priority") == ["normal", "high", "normal"]
    assert not AuditEntry.objects.exists()


def test_then_every_chosen_camera_is_changed_and_noted_and_no_other(browser: Client, cameras: list[Camera]) -> None:
    rule = make_rule(cameras[2])
    values = {"priority": "high", "enabled": "off", "rules_added": [rule.id]}
    text = browser.post("/cameras/bulk/", sent(cameras[:2], "apply", **values)).content.decode()
    assert "2 changed" in text and f"gets rule {rule.name}" in text
    assert stored("priority") == ["high", "high", "normal"]
    assert stored("enabled") == [False, False, True]
    assert set(Rule.objects.get(id=rule.id).cameras.all()) == set(cameras)
    actions = AuditEntry.objects.exclude(actor_name="rule-author").values_list("action", flat=True)
    assert sorted(actions) == ["camera.changed", "camera.changed", "camera.rules_changed", "camera.rules_changed"]


@pytest.mark.parametrize("do", ["judge", "apply"])
def test_a_camera_that_cannot_be_changed_says_why_and_the_others_go_on(
    browser: Client, cameras: list[Camera], do: str
) -> None:
    make_camera("Gate", site="Campus")
    campus = Site.objects.get(name="Campus")
    text = browser.post("/cameras/bulk/", sent(cameras, do, site=campus.id)).content.decode()
    assert text.count("Stays as it is:") == 1
    moved = Camera.objects.filter(site=campus).count()
    assert moved == (3 if do == "apply" else 1)


def test_of_two_cameras_of_one_name_only_one_moves_to_a_site(browser: Client) -> None:
    gates = [make_camera("Gate", site=site) for site in ("Harbour", "Campus")]
    tower = Site.objects.create(name="Tower")
    text = browser.post("/cameras/bulk/", sent(gates, "apply", site=tower.id)).content.decode()
    assert "There is a camera Gate at Tower already." in text
    assert Camera.objects.filter(site=tower).count() == 1


def test_forty_cameras_cost_as_many_queries_as_two(browser: Client) -> None:
    rule = make_rule(make_camera("Vault"))
    values = {"priority": "high", "enabled": "off", "rules_added": [rule.id]}

    def queries(cameras: list[Camera]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert f"{len(cameras)} changed" in browser.post("/cameras/bulk/", sent(cameras, "apply", **values)).text
        return len(queries)

    few, many = ([make_camera(f"Quay {number}") for number in numbers] for numbers in (range(2), range(2, 42)))
    assert queries(few) == queries(many)
    assert AuditEntry.objects.filter(action="camera.changed").count() == 42


def test_a_camera_that_is_like_that_already_is_left_alone(browser: Client, cameras: list[Camera]) -> None:
    text = browser.post("/cameras/bulk/", sent([cameras[1]], "apply", priority="high")).content.decode()
    assert "like that already" in text
    assert not AuditEntry.objects.exists()


def test_all_that_the_filters_find_can_be_chosen(browser: Client, cameras: list[Camera]) -> None:
    text = browser.get("/cameras/bulk/?all=1&priority=high").content.decode()
    assert "Change 1 camera" in text and "Quay" in text


@pytest.mark.parametrize(
    ("values", "words"),
    [({}, "every field is left as it is"), ({"detect_fps": "99"}, "less than or equal to 30")],
    ids=["nothing", "too many frames"],
)
def test_what_makes_no_change_is_refused_in_words(
    browser: Client, cameras: list[Camera], values: dict[str, str], words: str
) -> None:
    answer = browser.post("/cameras/bulk/", sent(cameras, "judge", **values))
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR])
def test_the_page_is_for_admins(client: Client, cameras: list[Camera], role: Role) -> None:
    user = make_user("vera", role=role)
    grant(user, cameras[0])
    client.force_login(user)
    assert client.get("/cameras/bulk/?all=1").status_code == 403
    assert client.post("/cameras/bulk/", sent(cameras, "apply", priority="low")).status_code == 403
    assert "Change all" not in client.get("/cameras/").content.decode()
