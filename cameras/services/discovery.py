"""Finding cameras by ONVIF, in a child process: what answers is a stranger, and the library an optional part."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cameras.services.networks import networks_allowed
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.children import child_asked
from vms.errors import InvalidError
from workers.runtime.contract.discovery import DiscoveryAnswer, DiscoveryRequest, FoundDevice, FoundStream

MODULE = "workers.runtime.discovery"
MOST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """Where an ONVIF device is, and how one logs in there."""

    host: str
    port: int = 80
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def devices_find(*, user: User, seconds: float = 4) -> tuple[FoundDevice, ...]:
    """Ask the network this machine is in who is a camera; only those in the allowed networks are told.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the optional part is missing, or the network cannot be searched.
    """
    admin_require(user)
    return _asked(DiscoveryRequest(networks=networks_allowed(), seconds=seconds)).devices


def device_streams(*, user: User, device: DeviceLogin) -> tuple[FoundStream, ...]:
    """The streams of one device, largest first: the first is for clips, the last to be analysed.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the device is forbidden, gives no answer, or refuses the login.
    """
    admin_require(user)
    request = DiscoveryRequest(
        networks=networks_allowed(), host=device.host, port=device.port, user=device.user, password=device.password
    )
    return _asked(request).streams


def _asked(request: DiscoveryRequest) -> DiscoveryAnswer:
    answer = child_asked(MODULE, request, DiscoveryAnswer, seconds=MOST_SECONDS).answer
    if answer is None:
        raise InvalidError(_("The search gave no answer in time."))
    if answer.problem:
        raise InvalidError(answer.problem)
    return answer
