"""A fake ONVIF device on loopback: answers WS-Discovery by multicast, and asks for a login before it names streams."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import struct
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from bench.simulator.authentication import Login
from bench.simulator.sockets import HOST

GROUP, DISCOVERY_PORT = "239.255.255.250", 3702
SOAP = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tt="http://www.onvif.org/ver10/schema">{}</s:Envelope>'
)
FAULT = (
    '<s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">Not authorized'
    "</s:Text></s:Reason></s:Fault></s:Body>"
)


@dataclass(frozen=True)
class OnvifStream:
    """One profile of the device."""

    token: str
    url: str
    width: int
    height: int


@dataclass
class OnvifDevice:
    """``with OnvifDevice(login, streams) as device``; ``device.port``. ``redirect`` sends every request there."""

    login: Login
    streams: tuple[OnvifStream, ...]
    host: str = HOST
    redirect: str = ""
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._http = ThreadingHTTPServer((self.host, 0), _handler_of(self))
        self.port = int(self._http.server_address[1])
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._udp.bind((GROUP, DISCOVERY_PORT))
        membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("0.0.0.0"))
        self._udp.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        threading.Thread(target=self._answer_searches, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._udp.close()

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}/onvif/device_service"

    def _answer_searches(self) -> None:
        while True:
            try:
                data, sender = self._udp.recvfrom(65_535)
                asked = re.search(r"MessageID[^>]*>([^<]+)<", data.decode("utf-8", "replace"))
                if b"Probe" in data and b"ProbeMatches" not in data and asked:
                    self._udp.sendto(self._match(asked[1]).encode(), sender)
            except OSError:
                return

    def _match(self, message_id: str) -> str:
        anonymous = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
        action = "http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches"
        scopes = "onvif://www.onvif.org/name/Gate%20camera onvif://www.onvif.org/hardware/Fake-1"
        return SOAP.format(
            f"<s:Header><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{message_id}</a:RelatesTo>"
            f"<a:To>{anonymous}</a:To><a:Action>{action}</a:Action></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>"
            f"<a:EndpointReference><a:Address>urn:uuid:{uuid.uuid4()}</a:Address></a:EndpointReference>"
            f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>"
            f"<d:XAddrs>{self.address}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>"
            "</d:ProbeMatch></d:ProbeMatches></s:Body>"
        )

    def answer(self, body: str) -> str:
        """The SOAP body that answers a request."""
        if "GetServices" in body:
            return f"<tds:GetServicesResponse>{self._services()}</tds:GetServicesResponse>"
        if "GetProfiles" in body:
            return f"<trt:GetProfilesResponse>{''.join(map(_profile, self.streams))}</trt:GetProfilesResponse>"
        stream = next((stream for stream in self.streams if f">{stream.token}<" in body), self.streams[0])
        return (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{stream.url}</tt:Uri><tt:InvalidAfterConnect>false"
            "</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout>"
            "</trt:MediaUri></trt:GetStreamUriResponse>"
        )

    def _services(self) -> str:
        names = ("http://www.onvif.org/ver10/device/wsdl", "http://www.onvif.org/ver10/media/wsdl")
        version = "<tds:Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></tds:Version>"
        return "".join(
            f"<tds:Service><tds:Namespace>{name}</tds:Namespace><tds:XAddr>{self.address}</tds:XAddr>{version}"
            "</tds:Service>"
            for name in names
        )

    def accepts(self, body: str) -> bool:
        """Whether the request's UsernameToken proves the password (WS-Security, digest)."""
        names = ("Username", "Nonce", "Created", "Password")
        fields = {name: re.search(rf"<\w+:{name}(?: [^>]*)?>([^<]*)<", body) for name in names}
        user, nonce, created, digest = (found[1] if found else "" for found in fields.values())
        secret = base64.b64decode(nonce) + created.encode() + self.login.password.encode()
        expected = base64.b64encode(hashlib.sha1(secret).digest()).decode()
        return user == self.login.user and digest == expected


def _profile(stream: OnvifStream) -> str:
    return (
        f'<trt:Profiles token="{stream.token}" fixed="true"><tt:Name>{stream.token}</tt:Name>'
        f'<tt:VideoEncoderConfiguration token="{stream.token}"><tt:Name>{stream.token}</tt:Name>'
        "<tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding><tt:Resolution>"
        f"<tt:Width>{stream.width}</tt:Width><tt:Height>{stream.height}</tt:Height></tt:Resolution>"
        "<tt:Quality>4</tt:Quality></tt:VideoEncoderConfiguration></trt:Profiles>"
    )


def _handler_of(device: OnvifDevice) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
            device.asked.append(body)
            if device.redirect:
                self._send(307, "")
            elif device.accepts(body):
                self._send(200, SOAP.format(f"<s:Body>{device.answer(body)}</s:Body>"))
            else:
                self._send(400, SOAP.format(FAULT))

        def _send(self, status: int, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            if device.redirect:
                self.send_header("Location", device.redirect)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            """Nothing: a test's output is its own."""

    return Handler
