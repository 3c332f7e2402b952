"""Finds cameras by ONVIF in a process of its own: who answers in the network, and which streams a device has.

``python -m workers.runtime.discovery`` reads one ``DiscoveryRequest`` as a line of JSON and prints one
``DiscoveryAnswer``. Needs requirements/onvif.txt.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import logging
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from workers.runtime.contract import ForbiddenHostError, UnknownHostError, ValidationLimits, address_of, host_pin
from workers.runtime.contract.discovery import DiscoveryAnswer, DiscoveryRequest, FoundDevice, FoundStream
from workers.runtime.validation import limit_this_process

VIDEO_TRANSMITTER = ("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")
RTSP_UNICAST = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
MOST_DEVICES, MOST_STREAMS = 1_000, 32
SOAP_SECONDS = 25
MISSING = "Finding cameras needs an optional part: pip install -r requirements/onvif.txt."
NO_ANSWER = "The device gives no answer in the ONVIF way, or does not accept the user name or the password."


class MissingPartError(Exception):
    """requirements/onvif.txt is not installed."""


def search(request: DiscoveryRequest) -> tuple[FoundDevice, ...]:
    """The devices that answer a WS-Discovery probe, as far as they are in the allowed networks."""
    wsdiscovery, qname = _part("wsdiscovery.discovery"), _part("wsdiscovery.qname")
    discovery = wsdiscovery.ThreadedWSDiscovery()
    discovery.start()
    try:
        services = discovery.searchServices(types=[qname.QName(*VIDEO_TRANSMITTER)], timeout=request.seconds)
    finally:
        discovery.stop()
    found = {}
    for service in services[:MOST_DEVICES]:
        device = _device(service, request.networks)
        if device is not None:
            found[device.host, device.port] = device
    return tuple(sorted(found.values(), key=lambda device: (device.host, device.port)))


def _device(service: Any, networks: Iterable[str]) -> FoundDevice | None:  # noqa: ANN401  a class of the library's
    words = _scopes(str(scope) for scope in service.getScopes())
    for address in service.getXAddrs():
        try:
            parts = urlsplit(address)
            # Names are not looked up for whoever shouts: real devices write numbers.
            if parts.scheme in ("http", "https") and parts.hostname and address_of(parts.hostname) is not None:
                host_pin(parts.hostname, networks)
                return FoundDevice(host=parts.hostname, port=parts.port or 80, **words)
        except (ValueError, ForbiddenHostError, UnknownHostError):
            continue
    return None


def _scopes(scopes: Iterable[str]) -> dict[str, str]:
    """Name and model, from onvif://www.onvif.org/name/Gate%20camera and the like."""
    words = {"name": "", "model": ""}
    for scope in scopes:
        kind, _, value = scope.removeprefix("onvif://www.onvif.org/").partition("/")
        if value and kind in ("name", "hardware"):
            words["name" if kind == "name" else "model"] = unquote(value)[:100]
    return words


async def streams(request: DiscoveryRequest) -> tuple[FoundStream, ...]:
    """The RTSP streams of one device, largest first."""
    pin = host_pin(request.host, request.networks, request.port)
    onvif = _part("onvif")
    # Whatever addresses the device names for its services, the connections go to the one that was checked.
    camera = onvif.ONVIFCamera(pin, request.port, request.user, request.password, nat_override=True, no_cache=True)
    try:
        await camera.update_xaddrs()
        media = await camera.create_media_service()
        profiles = (await media.GetProfiles())[:MOST_STREAMS]
        found = [await _stream(media, profile) for profile in profiles]
    finally:
        await camera.close()
    return tuple(sorted(found, key=lambda stream: -stream.width * stream.height))


async def _stream(media: Any, profile: Any) -> FoundStream:  # noqa: ANN401  made from WSDL when running
    answer = await media.GetStreamUri({"StreamSetup": RTSP_UNICAST, "ProfileToken": profile.token})
    encoder = getattr(profile, "VideoEncoderConfiguration", None)
    size = getattr(encoder, "Resolution", None)
    return FoundStream(
        name=str(profile.Name or "")[:100],
        url=_without_login(str(answer.Uri))[:2_000],
        codec=str(getattr(encoder, "Encoding", "") or "")[:20],
        width=int(getattr(size, "Width", 0) or 0),
        height=int(getattr(size, "Height", 0) or 0),
    )


def _without_login(url: str) -> str:
    """Some devices write the login into their addresses: whoever adds the camera gives it anyway."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _part(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPartError from error


def connect_only_to(networks: Iterable[str]) -> None:
    """From here on no socket of this process connects elsewhere: neither by a redirect nor by a name looked up anew."""
    allowed = [ipaddress.ip_network(network) for network in networks]

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            address = address_of(str(arguments[1][0]))
            if address is None or not any(address in network for network in allowed):
                raise PermissionError("outside the networks of the cameras")

    sys.addaudithook(check)


def answer_for(request: DiscoveryRequest) -> DiscoveryAnswer:
    """What was found, or one plain sentence."""
    try:
        if request.host:
            return DiscoveryAnswer(streams=asyncio.run(asyncio.wait_for(streams(request), SOAP_SECONDS)))
        return DiscoveryAnswer(devices=search(request))
    except MissingPartError:
        return DiscoveryAnswer(problem=MISSING)
    except (ForbiddenHostError, UnknownHostError) as error:
        return DiscoveryAnswer(problem=str(error))
    except Exception:  # noqa: BLE001  the edge of a process; the libraries' own errors hold requests with logins
        return DiscoveryAnswer(problem=NO_ANSWER if request.host else "The network could not be searched.")


def main() -> int:
    logging.disable(logging.CRITICAL)
    try:
        request = DiscoveryRequest.model_validate_json(sys.stdin.readline())
    except ValidationError:
        return 2  # its text is not printed: it may hold the login
    limit_this_process(ValidationLimits(memory_bytes=request.memory_bytes, cpu_seconds=request.cpu_seconds))
    connect_only_to(request.networks)
    sys.stdout.write(answer_for(request).model_dump_json() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
