"""Publishing to brokers that people named."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.outbound.broker import Mood, running_broker
from tests.outbound.certificates import certificate
from tests.outbound.forbidden import HOSTS, NAMES, Connections, Names
from vms.outbound import mqtt
from vms.outbound.errors import ForbiddenTargetError, OutboundError, TooSlowError
from vms.outbound.mqtt import MqttLogin, MqttMessage, RefusedByBrokerError, mqtt_publish
from vms.outbound.networks import Guard

HERE = Guard(("127.0.0.1/32",))
MESSAGE = MqttMessage("plant/alerts", b"{}", retain=True)


def publish(url: str, *, login: MqttLogin | None = None, guard: Guard = HERE, seconds: float = 60) -> None:
    mqtt_publish(url, MESSAGE, login=login or MqttLogin(), guard=guard, seconds=seconds)


def test_a_message_is_confirmed_by_the_broker() -> None:
    with running_broker() as broker:
        publish(broker.url)
    (published,) = broker.published
    assert (published.topic, published.payload, published.qos, published.retain) == ("plant/alerts", b"{}", 1, True)


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_connects_to_a_forbidden_broker(host: str, connections: Connections) -> None:
    for scheme in ("mqtt", "mqtts"):
        with pytest.raises(OutboundError):
            publish(f"{scheme}://{host}:1883", guard=Guard())
    assert connections.wanted == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_connects_to_a_name_for_a_forbidden_broker(name: str, connections: Connections, names: Names) -> None:
    names.know(name, NAMES[name])
    with pytest.raises(ForbiddenTargetError):
        publish(f"mqtt://{name}", guard=Guard())
    assert connections.wanted == []


def test_the_brokers_name_is_looked_up_once(connections: Connections, names: Names) -> None:
    names.know("turning.example", ["127.0.0.1"], ["127.0.0.2"])
    with running_broker() as broker:
        publish(f"mqtt://turning.example:{broker.port}")
    assert names.asked == ["turning.example"]
    assert ("127.0.0.1", broker.port) in connections.wanted
    assert "127.0.0.2" not in str(connections.wanted)


def test_the_right_login_is_let_in_and_a_wrong_one_is_told() -> None:
    with running_broker() as broker:
        broker.login = ("vms", "right-word")
        publish(broker.url, login=MqttLogin("vms", "right-word"))
        with pytest.raises(RefusedByBrokerError, match="refused the log-in") as refusal:
            publish(broker.url, login=MqttLogin("vms", "wrong-word"))
    assert "wrong-word" not in str(refusal.value)
    assert len(broker.published) == 1


@pytest.mark.parametrize("mood", ["silent", "no_puback", "drip"])
def test_a_broker_that_hangs_has_one_deadline(mood: Mood) -> None:
    with running_broker() as broker:
        broker.mood = mood
        with pytest.raises(TooSlowError):
            publish(broker.url, seconds=0.4)


def test_a_broker_that_is_away_is_named() -> None:
    with pytest.raises(OutboundError, match="cannot be connected to"):
        publish("mqtt://127.0.0.1:1")


def test_the_brokers_certificate_is_checked_against_its_name(
    names: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path, "broker.example")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*files)
    trusted = ssl.create_default_context(cafile=str(files[0]))
    monkeypatch.setattr(mqtt, "tls_context", lambda: trusted)
    names.know("broker.example", ["127.0.0.1"])
    names.know("other.example", ["127.0.0.1"])
    with running_broker(tls=server) as broker:
        publish(f"mqtts://broker.example:{broker.port}")
        with pytest.raises(OutboundError, match="certificate"):
            publish(f"mqtts://other.example:{broker.port}")
    assert len(broker.published) == 1
