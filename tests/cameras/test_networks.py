"""Cameras are connected to in the networks that admins allow, and nowhere else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from cameras.models import CameraNetwork
from cameras.services.networks import network_create, network_delete, network_update, networks_allowed
from tests.api.clients import client_of
from tests.cameras.world import make_user
from vms.accounts.choices import Role
from vms.audit.models import AuditEntry
from vms.errors import ForbiddenError, InvalidError
from workers.runtime.contract import ForbiddenHostError, host_pin

pytestmark = pytest.mark.django_db


def test_a_fresh_installation_may_use_private_networks_and_no_others() -> None:
    assert set(networks_allowed()) == {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}
    assert host_pin("192.168.1.20", networks_allowed()) == "192.168.1.20"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "::1", "8.8.8.8", "169.254.169.254", "0.0.0.0", "0", "::ffff:127.0.0.1", "2130706433"],
)
def test_this_machine_and_the_internet_are_forbidden(host: str) -> None:
    with pytest.raises(ForbiddenHostError):
        host_pin(host, networks_allowed())


def test_an_ipv4_address_inside_ipv6_is_what_it_stands_for() -> None:
    assert host_pin("::ffff:10.0.0.5", networks_allowed()) == "10.0.0.5"


def test_networks_are_written_in_one_way_and_recorded() -> None:
    admin = make_user("ada", role=Role.ADMIN)
    network = network_create(user=admin, network=" 127.0.0.1 ", note="bench")
    assert "127.0.0.1/32" in networks_allowed()
    network_update(user=admin, allowed=network, note="bench cameras")
    network_delete(user=admin, network=network)

    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == [f"camera_network.{deed}" for deed in ("created", "changed", "deleted")]


@pytest.mark.parametrize("text", ["", "gate", "10.0.0.5/8", "10.0.0.0/33", "10.0.0.0/8"])
def test_what_is_no_network_or_there_already_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        network_create(user=make_user("ada", role=Role.ADMIN), network=text)


def test_only_admins_change_and_see_networks() -> None:
    supervisor = make_user("sue", role=Role.SUPERVISOR)
    with pytest.raises(ForbiddenError):
        network_create(user=supervisor, network="127.0.0.0/8")
    network = CameraNetwork.objects.first()
    assert network is not None
    client = client_of(supervisor)
    assert client.get("/api/v1/camera-networks").json()["results"] == []
    assert client.patch(f"/api/v1/camera-networks/{network.pk}", {"note": "mine"}, format="json").status_code == 404


def test_an_admin_allows_a_network_over_the_api_and_in_the_admin(client: Client) -> None:
    admin = make_user("ada", role=Role.ADMIN)
    answer = client_of(admin).post("/api/v1/camera-networks", {"network": "127.0.0.0/8"}, format="json")
    assert answer.status_code == 201
    client.force_login(admin)
    values = {"network": "203.0.113.0/24", "note": "the other site"}
    assert client.post(reverse("admin:cameras_cameranetwork_add"), values).status_code == 302
    assert {"127.0.0.0/8", "203.0.113.0/24"} <= set(networks_allowed())
    assert AuditEntry.objects.filter(action="camera_network.created").count() == 2


def test_an_admin_changes_a_network_over_the_api_and_in_the_admin(client: Client) -> None:
    admin = make_user("ada", role=Role.ADMIN)
    network = network_create(user=admin, network="127.0.0.0/8")
    address = f"/api/v1/camera-networks/{network.pk}"
    answer = client_of(admin).patch(address, {"network": "203.0.113.7"}, format="json")
    assert (answer.status_code, answer.json()["network"]) == (200, "203.0.113.7/32")
    client.force_login(admin)
    values = {"network": "203.0.113.0/24", "note": "the other site"}
    assert client.post(reverse("admin:cameras_cameranetwork_change", args=[network.pk]), values).status_code == 302
    network.refresh_from_db()
    assert (network.network, network.note) == ("203.0.113.0/24", "the other site")
