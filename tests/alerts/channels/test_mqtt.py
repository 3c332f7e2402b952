"""Alerts under a broker's topics."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from alerts.channels.mqtt import MqttForm
from alerts.choices import DeliveryState
from alerts.deliveries import delivery_send
from alerts.models import Delivery, Endpoint
from tests.alerts.channels.endpoints import make_alert, make_delivery, make_endpoint
from tests.alerts.scenes import camera_of
from tests.outbound.broker import Broker, running_broker

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(settings: LazySettings) -> Iterator[Broker]:
    settings.OUTBOUND_NETWORKS = ("127.0.0.1/32",)
    with running_broker() as broker:
        yield broker


def make_mqtt(broker: Broker, topic: str = "plant/{site}/{camera}", password: str = "") -> Endpoint:
    settings = {"shown": broker.url, "seconds": 60, "topic": topic, "user": "vms" if password else "", "retain": False}
    return make_endpoint("mqtt", settings, {"password": password})


def send(delivery: Delivery) -> Delivery:
    delivery_send(delivery_id=delivery.id)
    delivery.refresh_from_db()
    return delivery


def test_an_alert_is_published_and_confirmed(broker: Broker) -> None:
    delivery = send(make_delivery(make_mqtt(broker)))
    assert delivery.state == DeliveryState.DELIVERED
    (published,) = broker.published
    assert (published.topic, published.qos) == ("plant/Harbour/Gate 2", 1)
    assert json.loads(published.payload)["id"] == str(delivery.id)


def test_a_name_adds_no_level_and_no_wildcard(broker: Broker) -> None:
    alert = make_alert()
    type(camera_of(alert)).objects.update(name="a/b+c#d")
    send(make_delivery(make_mqtt(broker), alert))
    assert broker.published[0].topic == "plant/Harbour/a-b-c-d"


def test_a_refused_login_is_told_without_the_password(broker: Broker) -> None:
    broker.login = ("vms", "right-word")
    delivery = send(make_delivery(make_mqtt(broker, password="wrong-word")))
    assert delivery.state == DeliveryState.QUEUED
    assert "refused the log-in" in delivery.detail
    assert "wrong-word" not in delivery.detail


@pytest.mark.parametrize("topic", ["a/#", "+/b", "$SYS/x", "{camera.id}", "{nothing}", "{url}"])
def test_a_topic_that_cannot_be_published_to_is_refused(topic: str) -> None:
    form = MqttForm({"name": "Plant", "url": "mqtts://broker.example", "topic": topic, "seconds": 5})
    assert "topic" in form.errors


@pytest.mark.parametrize("url", ["http://broker.example", "mqtt://user:word@broker.example", "mqtt://"])
def test_an_address_that_is_no_brokers_is_refused(url: str) -> None:
    form = MqttForm({"name": "Plant", "url": url, "topic": "a", "seconds": 5})
    assert "url" in form.errors
