"""States of alerts and deliveries, and the channels there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AlertState(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"
    FALSE = "false", "False alarm"


class GroupBy(models.TextChoices):
    """What events must have in common to raise one alert together; their severity they always must."""

    SITE = "site", "Site"
    CAMERA = "camera", "Camera"
    RULE = "rule", "Rule"
    ZONE = "zone", "Zone"
    CLASS = "class", "What was seen"


class SystemCategory(models.TextChoices):
    """What of the platform itself can go wrong."""

    NODE_LOST = "node_lost", _("Worker lost")
    DISK = "disk", _("Disk nearly full")
    DEAD_LETTERS = "dead_letters", _("Dead letters")
    ENDPOINT = "endpoint", _("Endpoint not reached")
    MAIL = "mail", _("Mail not sent")
    LINE = "line", _("Alert line broken")


SUPERVISED = (SystemCategory.NODE_LOST, SystemCategory.DISK, SystemCategory.ENDPOINT, SystemCategory.LINE)
"""What supervisors see of the platform on other pages too; the rest names people, or cameras that may not be theirs."""


class PolicyAbout(models.TextChoices):
    """What a policy matches."""

    EVENTS = "events", _("What cameras see")
    SYSTEM = "system", _("The platform itself")
    LINE = "line", _("The proof that alerts arrive")


class ChangeKind(models.TextChoices):
    """What was done to an alert."""

    ACKNOWLEDGED = "acknowledged", "acknowledged it"
    ASSIGNED = "assigned", "assigned it"
    COMMENT = "comment", "wrote"
    SNOOZED = "snoozed", "put it off"
    WOKEN = "woken", "brought it back"
    ESCALATED = "escalated", "told the next ones"
    LINKED = "linked", "linked an event"
    RESOLVED = "resolved", "resolved it"
    FALSE = "false", "called it a false alarm"
    REOPENED = "reopened", "opened it again"
    RESENT = "resent", "sent a message again"


class Channel(models.TextChoices):
    IN_APP = "in_app", "In the app"
    WEB_PUSH = "web_push", "Push to the browser"
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"
    APPRISE = "apprise", "Chat"
    MQTT = "mqtt", "MQTT"
    SINK = "sink", _("Proof of the line")


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
