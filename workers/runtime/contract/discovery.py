"""Cameras that announce themselves (ONVIF): what is asked of the child process, and what it answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from workers.runtime.contract.message import Message, Text


class DiscoveryRequest(Message):
    """Without ``host``: who is there? With it: which streams has that device?"""

    model_config = ConfigDict(hide_input_in_errors=True)

    networks: tuple[Text, ...]
    seconds: float = 4
    host: Text = ""
    port: int = 80
    user: Annotated[str, Field(max_length=200, repr=False)] = ""
    password: Annotated[str, Field(max_length=200, repr=False)] = ""
    memory_bytes: int = 2 * 2**30
    cpu_seconds: int = 60


class FoundDevice(Message):
    """A device that answered; ``name`` and ``model`` are its own words."""

    host: Text
    port: int
    name: Text = ""
    model: Text = ""


class FoundStream(Message):
    """One profile of a device. ``url`` is as the device gave it: without a login."""

    name: Text
    url: Annotated[str, Field(max_length=2_000)]
    codec: Text = ""
    width: int = 0
    height: int = 0


class DiscoveryAnswer(Message):
    """One line of JSON from ``python -m workers.runtime.discovery``; ``problem`` is a sentence, or empty."""

    problem: Text = ""
    devices: tuple[FoundDevice, ...] = ()
    streams: tuple[FoundStream, ...] = ()
