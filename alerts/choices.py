"""States of alerts and deliveries, and the channels there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AlertState(models.TextChoices):
    OPEN = "open", _("Open")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RESOLVED = "resolved", _("Resolved")
    FALSE = "false", _("False alarm")


class GroupBy(models.TextChoices):
    """What events must have in common to raise one alert together; their severity they always must."""

    SITE = "site", _("Site")
    CAMERA = "camera", _("Camera")
    RULE = "rule", _("Rule")
    ZONE = "zone", _("Zone")
    CLASS = "class", _("What was seen")


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

    ACKNOWLEDGED = "acknowledged", _("acknowledged it")
    ASSIGNED = "assigned", _("assigned it")
    COMMENT = "comment", _("wrote")
    SNOOZED = "snoozed", _("put it off")
    WOKEN = "woken", _("brought it back")
    ESCALATED = "escalated", _("told the next ones")
    LINKED = "linked", _("linked an event")
    RESOLVED = "resolved", _("resolved it")
    FALSE = "false", _("called it a false alarm")
    REOPENED = "reopened", _("opened it again")
    RESENT = "resent", _("sent a message again")


class Channel(models.TextChoices):
    IN_APP = "in_app", _("In the app")
    WEB_PUSH = "web_push", _("Push to the browser")
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook")
    APPRISE = "apprise", _("Chat")
    MQTT = "mqtt", "MQTT"
    SINK = "sink", _("Proof of the line")


class EndpointKind(models.TextChoices):
    """What an endpoint speaks: each is the channel of the same name."""

    WEBHOOK = "webhook", _("Webhook")
    APPRISE = "apprise", _("Chat")
    MQTT = "mqtt", "MQTT"


class DeliveryState(models.TextChoices):
    """Sent: handed over. Delivered: the target itself said that it has it."""

    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Not sent")


class DeliveryReason(models.TextChoices):
    """Why a message was not sent."""

    NO_PERMISSION = "no_permission", _("May not view the camera")
    NO_ADDRESS = "no_address", _("No address")
    SWITCHED_OFF = "switched_off", _("Target is switched off")
    PREFERENCE = "preference", _("Not wanted")
    QUIET = "quiet", _("Quiet hours")
    HOLIDAY = "holiday", _("On holiday")
    THROTTLED = "throttled", _("Too many at once")
    DIGEST = "digest", _("In a digest")
    DUPLICATE = "duplicate", _("Told already")
    CLOSED = "closed", _("Alert was closed before")
