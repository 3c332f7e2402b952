"""Lets a connection go only to where cameras may be: through a gate that checks each of FFmpeg's connections anew.

So neither redirects, nor playlists, nor a name that is looked up a second time lead elsewhere. Not covered: media over
UDP, which are asked for at the camera and may come from anywhere.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from workers.runtime.contract import ForbiddenHostError, UnknownHostError, host_pin
from workers.runtime.http_gate import HttpGate
from workers.runtime.live.address import StreamAddress
from workers.runtime.live.conditions import Condition, StreamFault
from workers.runtime.rtsp_gate import RtspGate, Target

VAGUE = frozenset({Condition.STALLED, Condition.UNREACHABLE, Condition.REFUSED})


@dataclass(slots=True)
class Guard:
    """One connection's. ``address`` is where FFmpeg is to go, with ``options``; ``gate``: None for anywhere."""

    address: StreamAddress = field(repr=False)
    options: dict[str, str]
    gate: HttpGate | RtspGate | None = None

    def why(self, condition: Condition) -> Condition | None:
        """Why the camera cannot be opened, of which FFmpeg has this to say: it knows its gate only."""
        if self.gate is None:
            return None
        if self.gate.forbidden:
            return Condition.FORBIDDEN
        if condition not in VAGUE:
            return condition
        if isinstance(self.gate.failure, ConnectionError):
            return Condition.REFUSED
        if isinstance(self.gate.failure, ssl.SSLError):
            return Condition.GARBAGE
        if not self.gate.has_connected:
            return Condition.UNREACHABLE
        return Condition.GARBAGE if condition is Condition.UNREACHABLE else condition

    def opened(self) -> None:
        if isinstance(self.gate, RtspGate):
            self.gate.opened()

    def steps_out(self) -> bool:
        """Of an open stream, between two packets: whether it needs its gate no more, or has to keep it."""
        return self.gate.step_out() if isinstance(self.gate, RtspGate) else True

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
        return _through_rtsp_gate(address, address.networks, pin)
    gate = HttpGate(address.networks)
    gate.__enter__()
    whitelist = address.options["protocol_whitelist"] + ",httpproxy"
    return Guard(address, {**address.options, "protocol_whitelist": whitelist, "http_proxy": gate.url}, gate)


def _through_rtsp_gate(address: StreamAddress, networks: tuple[str, ...], pin: str) -> Guard:
    target = Target.of(address.url)._replace(host=pin)
    gate = RtspGate(networks, target)
    gate.__enter__()
    options = dict(address.options)
    if target.is_secure:
        options["rtsp_transport"] = "tcp"  # over UDP the pictures would come in the open
    return Guard(address.at(f"127.0.0.1:{gate.port}", scheme="rtsp"), options, gate)


def _pin(address: StreamAddress, networks: tuple[str, ...]) -> str:
    try:
        return host_pin(address.host, networks, address.port)
    except ForbiddenHostError:
        condition = Condition.FORBIDDEN
    except UnknownHostError:
        condition = Condition.UNREACHABLE
    raise StreamFault(condition)  # outside the handler: the other error names the host
