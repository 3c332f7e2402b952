"""A process that tries to get out of the enclosure: ``python -m tests.outbound.enclosed_child``.

JSON in: ``networks``, ``names`` (what each name stands for at each look-up) and ``urls``. JSON out: those of the
addresses from which an answer came.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Any

import apprise
import requests

from vms.outbound.enclosure import Enclosure
from vms.outbound.networks import Guard

resolve = socket.getaddrinfo


def main() -> None:
    question = json.loads(sys.stdin.read())
    names: dict[str, list[str]] = question["names"]

    def resolved(host: str, port: int, *args: Any, **more: Any) -> Any:
        if host not in names:
            return resolve(host, port, *args, **more)
        answers = names[host]
        text = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))]

    socket.getaddrinfo = resolved  # type: ignore[assignment]  # simpler than the true signature
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY)
    asset.async_mode = False
    Enclosure(Guard(tuple(question["networks"]))).close()
    answered = [url for url in question["urls"] if got_out(url, asset)]
    other_ways = [way.__name__ for way in OTHER_WAYS if worked(way)]
    sys.stdout.write(json.dumps({"answered": answered, "other_ways": other_ways}) + "\n")


def got_out(url: str, asset: apprise.AppriseAsset) -> bool:
    """Redirects are followed here: the enclosure alone has to hold."""
    if not url.startswith("http"):
        sender = apprise.Apprise(asset=asset)
        return bool(sender.add(url) and sender.notify("words"))
    with suppress(requests.RequestException):
        return requests.post(url, timeout=60).ok
    return False


def by_name_in_c() -> None:
    socket.socket().connect(("localhost", 1))


def by_datagram() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))


def by_unix_socket() -> None:
    socket.socket(socket.AF_UNIX).connect("/run/anything")


def by_program() -> None:
    subprocess.run(["true"], check=True)


def by_fork() -> None:
    if os.fork() == 0:
        os._exit(0)


OTHER_WAYS = (by_name_in_c, by_datagram, by_unix_socket, by_program, by_fork)


def worked(way: Any) -> bool:
    """Refused by the enclosure is no: any other outcome is."""
    try:
        way()
    except PermissionError as error:
        return error.errno is not None
    except OSError:
        return True
    return True


if __name__ == "__main__":
    main()
