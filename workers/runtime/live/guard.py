"""Lets a connection go only to where cameras may be.

RTSP goes to the very address that was checked. HTTP goes through a gate that checks each connection anew, so that
redirects and playlists lead nowhere else. Not covered: FFmpeg follows an RTSP camera that sends its visitors on, and
media that RTSP announces for UDP are asked for at the camera and may come from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workers.runtime.contract import ForbiddenHostError, UnknownHostError, host_pin
from workers.runtime.http_gate import HttpGate
from workers.runtime.live.address import StreamAddress
from workers.runtime.live.conditions import Condition, StreamFault


@dataclass(slots=True)
class Guard:
    """One connection's. ``address`` is where FFmpeg is to go, with ``options``."""

    address: StreamAddress = field(repr=False)
    options: dict[str, str]
    gate: HttpGate | None = None

    @property
    def has_refused(self) -> bool:
        return self.gate is not None and self.gate.forbidden

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
        return Guard(address.at(pin), dict(address.options))
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
