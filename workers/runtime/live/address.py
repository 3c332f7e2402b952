"""Where a stream is: an address whose secret parts are never shown, and the options that open it fast and safely."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

RTSP_SCHEMES, HTTP_SCHEMES = ("rtsp", "rtsps"), ("http", "https")
DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}

# The stream's description says enough: it opens with the first keyframe, and no frame is lost to probing.
QUICK = {"probesize": "32", "analyzeduration": "0"}
RTSP_OPTIONS = QUICK | {
    "protocol_whitelist": "rtsp,rtsps,rtp,tcp,udp,tls,srtp",
    # TCP first; cameras that refuse it get UDP, and where UDP packets do not arrive TCP again.
    "rtsp_transport": "tcp+udp",
    "rtsp_flags": "prefer_tcp",
}
HTTP_OPTIONS = QUICK | {
    "protocol_whitelist": "http,https,tcp,tls,crypto",
    "format_whitelist": "mpjpeg,hls,mpegts,mov,matroska,flv",
}
HLS_OPTIONS = HTTP_OPTIONS | {"live_start_index": "-1"}


class UnusableAddressError(ValueError):
    """No address of a stream; the message does not repeat it."""


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """``name`` stands for the stream wherever it is shown; ``url`` may hold a password in any of its parts.

    ``networks`` is where the camera may be, as CIDR: None for anywhere, empty for nowhere.
    """

    name: str
    url: str = field(repr=False)
    networks: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in (*RTSP_SCHEMES, *HTTP_SCHEMES) and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            usable = False
        if not usable:
            raise UnusableAddressError("The address must begin with rtsp, rtsps, http or https and name a camera.")

    @property
    def is_rtsp(self) -> bool:
        return urlsplit(self.url).scheme in RTSP_SCHEMES

    @property
    def is_hls(self) -> bool:
        """Comes in bursts, one segment at a time."""
        return not self.is_rtsp and urlsplit(self.url).path.endswith((".m3u8", ".m3u"))

    @property
    def options(self) -> dict[str, str]:
        if self.is_rtsp:
            return RTSP_OPTIONS
        return HLS_OPTIONS if self.is_hls else HTTP_OPTIONS

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or DEFAULT_PORTS[parts.scheme]

    def at(self, place: str, scheme: str) -> StreamAddress:
        """The same address with another host and port."""
        parts = urlsplit(self.url)
        user, at, _ = parts.netloc.rpartition("@")
        return replace(self, url=parts._replace(scheme=scheme, netloc=f"{user}{at}{place}").geturl())

    def answers(self, seconds: float) -> bool:
        """Whether anything takes a TCP connection there."""
        try:
            with socket.create_connection((self.host, self.port), seconds):
                return True
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
