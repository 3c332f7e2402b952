"""The networks in which cameras may be: kept by admins, checked before every connection."""

from __future__ import annotations

import ipaddress

from django.db import transaction

from cameras.models import CameraNetwork
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.locking import row_lock
from vms.validation import model_save
from workers.runtime.contract import address_of
from workers.services.waking import reconcile_soon


def networks_allowed() -> tuple[str, ...]:
    """All networks, as CIDR texts: what goes to whatever connects to a camera."""
    return tuple(CameraNetwork.objects.values_list("network", flat=True))


def is_outside(host: str, networks: tuple[str, ...]) -> bool:
    """Whether it is an address, no name, that lies in none of them."""
    address = address_of(host)
    return address is not None and not any(address in ipaddress.ip_network(network) for network in networks)


@transaction.atomic
def network_create(*, user: User, network: str, note: str = "") -> CameraNetwork:
    """Allow a network.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: it is none, or is there already.
    """
    admin_require(user)
    allowed = CameraNetwork(network=_usual(network), note=note)
    model_save(allowed)
    audit_record(actor=user, action="camera_network.created", target=allowed, network=allowed.network)
    reconcile_soon()
    return allowed


@transaction.atomic
def network_update(*, user: User, allowed: CameraNetwork, **changes: str) -> CameraNetwork:
    """Change ``network`` or ``note``; errors as for ``network_create`` and ``row_lock``."""
    admin_require(user)
    allowed = row_lock(allowed)
    allowed.network = _usual(changes.get("network", allowed.network))
    allowed.note = changes.get("note", allowed.note)
    model_save(allowed)
    audit_record(actor=user, action="camera_network.changed", target=allowed, network=allowed.network)
    reconcile_soon()
    return allowed


@transaction.atomic
def network_delete(*, user: User, network: CameraNetwork) -> None:
    """Forbid a network: cameras in it are connected to no longer."""
    admin_require(user)
    network = row_lock(network, to_delete=True)
    audit_record(actor=user, action="camera_network.deleted", target=network, network=network.network)
    network.delete()
    reconcile_soon()


def _usual(network: str) -> str:
    """One way to write each network, so that it is there once; what is none is left for the field's own check."""
    try:
        return str(ipaddress.ip_network(network.strip()))
    except ValueError:
        return network
