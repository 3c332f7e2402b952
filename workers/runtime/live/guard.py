"""Lets a connection go only to where cameras may be.

RTSP goes to the very address that was checked. HTTP goes through a gate that checks each connection anew, so that
redirects and playlists lead nowhere else. An RTSP camera may send its visitors on, which FFmpeg follows and does not
tell: nothing is taken from there, since once it is open there must be a connection to the address that was checked.
Not covered: that FFmpeg asks there at all, and media over UDP, which are asked for at the camera and may come from
anywhere. FFmpeg has no option against the first; a request of ours before its own would be a connection more to every
camera, and whoever means harm would send on the second visitor only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from workers.runtime.contract import Address, ForbiddenHostError, UnknownHostError, address_of, host_pin
from workers.runtime.http_gate import HttpGate
from workers.runtime.live.address import StreamAddress
from workers.runtime.live.conditions import Condition, StreamFault
from workers.runtime.live.peers import peers


@dataclass(slots=True)
class Guard:
    """One connection's. ``address`` is where FFmpeg is to go, with ``options``."""

    address: StreamAddress = field(repr=False)
    options: dict[str, str]
    gate: HttpGate | None = None
    pin: Address | None = None
    before: Collection[int] = ()
    """The connections that the process had before this one."""

    @property
    def has_refused(self) -> bool:
        return self.gate is not None and self.gate.forbidden

    @property
    def was_sent_on(self) -> bool:
        """Of an RTSP stream that is open: to another address than the one that was checked."""
        if self.pin is None:
            return False
        return self.pin not in {peer for inode, peer in peers().items() if inode not in self.before}

    def close(self) -> None:
        if self.gate is not None:
            self.gate.__exit__(None, None, None)


def guarded(address: StreamAddress) -> Guard:
    """The way to the camera.

    Raises:
        StreamFault: it leads to where no camera may be, or nowhere.
    """
    if address.networks is None:
        return Guard(address, dict(address.options))
    pin = _pin(address, address.networks)
    if address.is_rtsp:
        return Guard(address.at(pin), dict(address.options), pin=address_of(pin), before=peers())
    gate = HttpGate(address.networks)
    gate.__enter__()
    whitelist = address.options["protocol_whitelist"] + ",httpproxy"
    return Guard(address, {**address.options, "protocol_whitelist": whitelist, "http_proxy": gate.url}, gate)


def _pin(address: StreamAddress, networks: tuple[str, ...]) -> str:
    try:
        return host_pin(address.host, networks, address.port)
    except ForbiddenHostError:
        condition = Condition.FORBIDDEN
    except UnknownHostError:
        condition = Condition.UNREACHABLE
    raise StreamFault(condition)  # outside the handler: the other error names the host
