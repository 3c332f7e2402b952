"""Publishing one message to an MQTT broker whose address a person wrote."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from vms.outbound.connecting import connect
from vms.outbound.deadline import Deadline
from vms.outbound.errors import OutboundError
from vms.outbound.networks import Guard
from vms.outbound.targets import Target, target_of
from vms.outbound.tls import tls_context

STEP_SECONDS = 0.5


class RefusedByBrokerError(OutboundError):
    """The broker is there and does not let us in, or did not take the message."""


@dataclass(frozen=True, slots=True)
class MqttMessage:
    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, slots=True)
class MqttLogin:
    user: str = ""
    password: str = field(default="", repr=False)


def mqtt_publish(url: str, message: MqttMessage, *, login: MqttLogin, guard: Guard, seconds: float) -> None:
    """Returns when the broker has confirmed the message (QoS 1). ``url`` is ``mqtt://host:port`` or ``mqtts://``.

    Raises:
        ForbiddenTargetError: the broker may not be connected to, and was not.
        RefusedByBrokerError: it refused the log-in.
        TooSlowError: all of it together took longer than ``seconds``.
        OutboundError: it cannot be reached, or ended the connection.
    """
    target = target_of(url, ("mqtts", "mqtt"))
    with Deadline(seconds) as deadline:
        client = _Publisher(guard, deadline)
        if login.user:
            client.username_pw_set(login.user, login.password)
        if target.scheme == "mqtts":
            client.tls_set_context(tls_context())
        try:
            _exchange(client, target, message)
        except (OSError, ValueError) as error:
            late = deadline.expired or isinstance(error, TimeoutError)
            raise (deadline.error() if late else _plain(target, error)) from None
        finally:
            client.disconnect()


def _exchange(client: _Publisher, target: Target, message: MqttMessage) -> None:
    client.connect(target.host, target.port, keepalive=30)
    client.step_until(lambda: client.answer is not None, target)
    if client.answer is not None and client.answer.is_failure:
        raise RefusedByBrokerError(f"{target.host} refused the log-in: {client.answer}.")
    sent = client.publish(message.topic, message.payload, qos=1, retain=message.retain)
    client.step_until(sent.is_published, target)


def _plain(target: Target, error: Exception) -> OutboundError:
    if isinstance(error, ssl.SSLError):
        return OutboundError(f"{target.host} has no certificate that can be trusted, or speaks no TLS.")
    return OutboundError(f"{target.host} ended the connection or does not speak MQTT.")


class _Publisher(Client):
    """Without a thread of its own; what it connects to is checked."""

    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self.guard, self.deadline = guard, deadline
        self.answer: ReasonCode | None = None
        self.on_connect = self._note_answer

    def step_until(self, done: Callable[[], bool], target: Target) -> None:
        while not done():
            left = self.deadline.remaining()
            if self.loop(min(STEP_SECONDS, left)) != MQTTErrorCode.MQTT_ERR_SUCCESS and not done():
                raise self.deadline.error() if self.deadline.expired else _plain(target, OSError())

    def _create_socket_connection(self) -> socket.socket:
        """In place of the library's, which would look the name up itself and ask proxies."""
        return connect(self.host, self.port, guard=self.guard, deadline=self.deadline)

    def _note_answer(
        self, client: Client, userdata: object, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self.answer = code
