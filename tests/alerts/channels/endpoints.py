"""Endpoints, and messages that wait for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from alerts.channels.webhook.signing import key_new
from alerts.choices import Channel, PolicyAbout
from alerts.models import Alert, AlertPolicy, Delivery, Endpoint
from alerts.services import alert_raise_for_event
from cameras.models import Camera
from tests.alerts.scenes import make_camera, make_event, make_policy


def make_webhook(url: str, *, seconds: float = 60, keys: list[str] | None = None, name: str = "Hook") -> Endpoint:
    settings = {"seconds": seconds, "shown": "http://receiver"}
    return make_endpoint("webhook", settings, {"url": url, "keys": keys or [key_new()]}, name=name)


def make_endpoint(kind: str, settings: dict[str, Any], secrets: dict[str, Any], *, name: str = "Target") -> Endpoint:
    endpoint = Endpoint(name=name, kind=kind, settings=settings)
    endpoint.secrets = secrets
    endpoint.save()
    return endpoint


def make_alert(**more: Any) -> Alert:
    if not AlertPolicy.objects.filter(about=PolicyAbout.EVENTS).exists():
        make_policy()
    camera = Camera.objects.first() or make_camera()
    (alert,) = alert_raise_for_event(event=make_event(camera, **more))
    return alert


def make_delivery(endpoint: Endpoint, alert: Alert | None = None) -> Delivery:
    channel = Channel(endpoint.kind)
    alert = alert or make_alert()
    return Delivery.objects.create(alert=alert, endpoint=endpoint, channel=channel, next_attempt_at=timezone.now())


def make_due(delivery: Delivery) -> None:
    Delivery.objects.filter(id=delivery.id).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
