"""States of alerts and deliveries, and the channels there are."""

from django.db import models


class AlertState(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"


class Channel(models.TextChoices):
    IN_APP = "in_app", "In the app"
    WEB_PUSH = "web_push", "Push to the browser"
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"
    APPRISE = "apprise", "Chat"
    MQTT = "mqtt", "MQTT"


class EndpointKind(models.TextChoices):
    """What an endpoint speaks: each is the channel of the same name."""

    WEBHOOK = "webhook", "Webhook"
    APPRISE = "apprise", "Chat"
    MQTT = "mqtt", "MQTT"


class DeliveryState(models.TextChoices):
    """Sent: handed over. Delivered: the target itself said that it has it."""

    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
    SUPPRESSED = "suppressed", "Not sent"


class DeliveryReason(models.TextChoices):
    """Why a message was not sent."""

    NO_PERMISSION = "no_permission", "May not view the camera"
    NO_ADDRESS = "no_address", "No address"
    SWITCHED_OFF = "switched_off", "Target is switched off"
    PREFERENCE = "preference", "Not wanted"
    QUIET = "quiet", "Quiet hours"
    HOLIDAY = "holiday", "On holiday"
    THROTTLED = "throttled", "Too many at once"
    DIGEST = "digest", "In a digest"
    DUPLICATE = "duplicate", "Told already"
    CLOSED = "closed", "Alert was closed before"
