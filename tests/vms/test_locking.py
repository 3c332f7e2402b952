"""Somebody else was there meanwhile: what they deleted stays deleted, what they changed stays changed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client

from alerts.endpoints import endpoint_delete, endpoint_key_turn
from alerts.models import AlertPolicy, Endpoint, OnCallGroup
from alerts.services.on_call import on_call_delete, on_call_save
from alerts.services.policies import PolicyChange, policy_delete, policy_update
from cameras.models import Camera, CameraDraft, CameraGroup, CameraNetwork, DraftValues, Site, WallLayout, Zone
from cameras.services import zones
from cameras.services.bulk import BulkChange, cameras_bulk_change
from cameras.services.cameras import CameraChange, camera_delete, camera_update
from cameras.services.drafts import draft_discard, draft_keep, draft_readdress
from cameras.services.groups import group_delete, group_update
from cameras.services.networks import network_delete, network_update
from cameras.services.sites import site_create, site_delete, site_update
from cameras.services.walls import WallChange, wall_layout_save
from cameras.services.zones import zone_delete, zone_update
from rules.models import Rule
from rules.services import RuleChange, rule_delete, rule_update
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import InvalidError, NotFoundError
from vms.validation import model_save

pytestmark = pytest.mark.django_db

ADDRESS = "rtsp://10.0.0.5/main"
Deed = Callable[[User, Any], object]


@pytest.fixture
def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


def draft(user: User) -> CameraDraft:
    made = CameraDraft(created_by=user)
    made.url = ADDRESS
    made.save()
    return made


MAKERS: dict[type[Model], Callable[[User], Any]] = {
    Site: lambda user: Site.objects.create(name="Works"),
    Camera: lambda user: make_camera("Gate"),
    CameraGroup: lambda user: CameraGroup.objects.create(name="Gates"),
    CameraNetwork: lambda user: CameraNetwork.objects.create(network="192.0.2.0/24"),
    CameraDraft: draft,
    Zone: lambda user: make_camera("Gate").zones.create(name="Yard", kind="polygon", points=[[0, 0], [1, 0], [1, 1]]),
    WallLayout: lambda user: WallLayout.objects.create(user=user, name="Mine"),
    Rule: lambda user: Rule.objects.create(name="Stay"),
    AlertPolicy: lambda user: AlertPolicy.objects.create(name="Night"),
    OnCallGroup: lambda user: OnCallGroup.objects.create(name="Nights"),
    Endpoint: lambda user: Endpoint.objects.create(name="Desk", kind="webhook"),
}
DEEDS: list[tuple[type[Model], Deed]] = [
    (Site, lambda user, row: site_update(user=user, site=row, name="Other")),
    (Site, lambda user, row: site_delete(user=user, site=row)),
    (Camera, lambda user, row: camera_update(user=user, camera=row, change=CameraChange(name="Other"))),
    (Camera, lambda user, row: camera_delete(user=user, camera=row)),
    (CameraGroup, lambda user, row: group_update(user=user, group=row, name="Other")),
    (CameraGroup, lambda user, row: group_delete(user=user, group=row)),
    (CameraNetwork, lambda user, row: network_update(user=user, allowed=row, note="Other")),
    (CameraNetwork, lambda user, row: network_delete(user=user, network=row)),
    (CameraDraft, lambda user, row: draft_keep(user=user, draft=row, values=DraftValues(name="Other"))),
    (CameraDraft, lambda user, row: draft_readdress(user=user, draft=row, url="rtsp://10.0.0.6/main")),
    (CameraDraft, lambda user, row: draft_discard(user=user, draft=row)),
    (Zone, lambda user, row: zone_update(user=user, zone=row, name="Other")),
    (Zone, lambda user, row: zone_delete(user=user, zone=row)),
    (WallLayout, lambda user, row: wall_layout_save(user=user, layout=row, change=WallChange("Other", 4, 0, True))),
    (Rule, lambda user, row: rule_update(user=user, rule=row, change=RuleChange(enabled=False))),
    (Rule, lambda user, row: rule_delete(user=user, rule=row)),
    (AlertPolicy, lambda user, row: policy_update(user=user, policy=row, change=PolicyChange({"name": "Other"}))),
    (AlertPolicy, lambda user, row: policy_delete(user=user, policy=row)),
    (OnCallGroup, lambda user, row: on_call_save(user=user, group=row, values={"name": "Other"})),
    (OnCallGroup, lambda user, row: on_call_delete(user=user, group=row)),
    (Endpoint, lambda user, row: endpoint_key_turn(user=user, endpoint=row)),
    (Endpoint, lambda user, row: endpoint_delete(user=user, endpoint=row)),
]  # fmt: skip


@pytest.mark.parametrize(("model", "deed"), DEEDS)
def test_what_somebody_deleted_meanwhile_is_said_to_be_gone_and_not_brought_back(
    model: type[Model], deed: Deed, admin: User
) -> None:
    row = MAKERS[model](admin)
    model._base_manager.filter(pk=row.pk).delete()
    with pytest.raises(NotFoundError):
        deed(admin, row)
    assert not model._base_manager.filter(pk=row.pk).exists()
    assert not AuditEntry.objects.exists()


def test_two_that_change_different_things_of_a_camera_both_have_their_way(admin: User) -> None:
    first, second = (Camera.objects.get(pk=camera.pk) for camera in [make_camera("Gate")] * 2)
    camera_update(user=admin, camera=first, change=CameraChange(enabled=False))
    changed = camera_update(user=admin, camera=second, change=CameraChange(name="North gate"))
    changed.refresh_from_db()
    assert (changed.name, changed.enabled) == ("North gate", False)


def test_of_a_bulk_change_the_camera_that_was_deleted_meanwhile_is_a_problem_of_its_own(admin: User) -> None:
    gone, there = make_camera("Gone"), make_camera("There")
    Camera.objects.filter(pk=gone.pk).delete()
    lines = cameras_bulk_change(user=admin, cameras=[gone, there], change=BulkChange(enabled=False))
    assert [(bool(line.problem), len(line.changes)) for line in lines] == [(True, 0), (False, 1)]
    assert not Camera.objects.get(pk=there.pk).enabled


@pytest.mark.django_db(transaction=True)
def test_a_name_that_somebody_else_took_at_the_same_moment_is_refused_in_words(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(name: str) -> None:
        site_create(user=admin, name=name)
        connection.close()

    def save(site: Site) -> None:
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(take, site.name).result()  # between our look and our saving
        site.save()

    monkeypatch.setattr(Site, "save", save)
    with pytest.raises(InvalidError) as refused:
        model_save(Site(name="Works"))
    assert list(refused.value.fields) == ["name"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_page", [True, False])
def test_who_names_a_camera_that_is_deleted_before_the_commit_is_told_so(
    by_page: bool, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = make_camera("Gate")

    def delete() -> None:
        camera_delete(user=admin, camera=camera)
        connection.close()

    def overtake() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(delete).result()

    monkeypatch.setattr(zones, "reconcile_soon", overtake)
    client = Client()
    client.force_login(admin)
    if by_page:
        drawn = {"name": "Yard", "kind": "polygon", "x": ["0", "100", "100"], "y": ["0", "0", "100"]}
        answer = client.post(f"/cameras/{camera.pk}/zones/", drawn)
    else:
        area = {"camera": camera.pk, "name": "Yard", "kind": "polygon", "points": [[0, 0], [1, 0], [1, 1]]}
        answer = client.post("/api/v1/zones", area, "application/json")
    assert answer.status_code == 409
    assert "deleted meanwhile" in answer.content.decode()
    assert not Zone.objects.exists()
