"""The pages of sites and of groups of cameras."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.models import AlertPolicy
from cameras.models import CameraGroup, CameraNetwork, Site
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(make_user("ada", role=Role.ADMIN))
    return client


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_site_is_made_with_its_clock_and_holidays_listed_changed_and_deleted(boss: Client) -> None:
    values = {"name": "Depot", "time_zone": "Europe/Berlin", "holidays": "2026-12-26\n2026-12-25, 2026-12-25"}
    assert boss.post("/cameras/sites/new/", values).status_code == 302
    site = Site.objects.get()
    assert (site.time_zone, site.holidays) == ("Europe/Berlin", ["2026-12-25", "2026-12-26"])
    page = text(boss, "/cameras/places/")
    assert "Depot" in page and "2 holidays" in page and "0 cameras" in page
    boss.post(f"/cameras/sites/{site.id}/", values | {"name": "Depot south", "holidays": ""})
    site.refresh_from_db()
    assert (site.name, site.holidays) == ("Depot south", [])
    assert boss.post(f"/cameras/sites/{site.id}/delete").status_code == 302
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"holidays": "25.12.2026"}, "“25.12.2026” is no day"),
        ({"name": "Harbour"}, "already exists"),
        ({"time_zone": "Mars"}, "Select a valid choice"),
    ],
)
def test_a_site_that_makes_no_sense_is_told_beside_its_field(more: dict[str, str], sentence: str, boss: Client) -> None:
    Site.objects.create(name="Harbour")
    answer = boss.post("/cameras/sites/new/", {"name": "Depot", "time_zone": "UTC", "holidays": "", **more})
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert Site.objects.count() == 1


def test_a_site_with_cameras_and_a_group_that_a_policy_names_stay(boss: Client) -> None:
    gate = make_camera("Gate")
    group = CameraGroup.objects.create(name="Gates")
    AlertPolicy.objects.create(name="Perimeter").camera_groups.add(group)
    assert boss.post(f"/cameras/sites/{gate.site_id}/delete").status_code == 409
    assert boss.post(f"/cameras/groups/{group.id}/delete").status_code == 409


def test_a_group_is_made_with_its_cameras_changed_and_deleted(boss: Client) -> None:
    gate, quay = make_camera("Gate"), make_camera("Quay")
    assert boss.post("/cameras/groups/new/", {"name": "Gates", "cameras": [gate.id]}).status_code == 302
    group = CameraGroup.objects.get()
    assert "1 camera</a>" in text(boss, "/cameras/places/")
    boss.post(f"/cameras/groups/{group.id}/", {"name": "Outdoor", "cameras": [gate.id, quay.id]})
    group.refresh_from_db()
    assert group.name == "Outdoor" and set(group.cameras.all()) == {gate, quay}
    assert boss.post("/cameras/groups/new/", {"name": "Outdoor"}).status_code == 422
    assert boss.post(f"/cameras/groups/{group.id}/delete").status_code == 302
    assert not CameraGroup.objects.exists()


def test_only_admins_come_to_these_pages() -> None:
    client = Client()
    client.force_login(make_user("olga", role=Role.SUPERVISOR))
    site, group = Site.objects.create(name="Depot"), CameraGroup.objects.create(name="Gates")
    paths = ("places/", "sites/new/", f"sites/{site.id}/", "groups/new/", f"groups/{group.id}/")
    assert {client.get(f"/cameras/{path}").status_code for path in paths} == {403}


def test_a_network_is_allowed_and_forbidden_again(boss: Client) -> None:
    assert boss.post("/cameras/networks/add", {"network": "10.1.2.0/24", "note": "Hall 3"}).status_code == 302
    page = text(boss, "/cameras/places/")
    assert "10.1.2.0/24" in page and "Hall 3" in page
    refused = boss.post("/cameras/networks/add", {"network": "the cellar"})
    assert refused.status_code == 422 and "the cellar is no network" in refused.content.decode()
    added = CameraNetwork.objects.filter(network="10.1.2.0/24")
    assert boss.post(f"/cameras/networks/{added.get().pk}/delete").status_code == 302
    assert not added.exists()
