"""What kinds of cameras, zones and recordings there are, and how a live camera can do."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceKind(models.TextChoices):
    UPLOAD = "upload", _("Uploaded recordings")
    RTSP = "rtsp", _("RTSP stream")
    HTTP = "http", _("HTTP stream")


class ZoneKind(models.TextChoices):
    POLYGON = "polygon", _("Area")
    LINE = "line", _("Directed line")
    INCLUDE = "include", _("Look only here")
    EXCLUDE = "exclude", _("Do not look here")


class RecordingState(models.TextChoices):
    RECEIVED = "received", _("Checking")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    DELETED = "deleted", _("Deleted after analysis")


class CameraPriority(models.TextChoices):
    """Whose frames come first where a worker cannot look at all of them."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")


class HealthState(models.TextChoices):
    UNKNOWN = "unknown", _("Not watched yet")
    ONLINE = "online", _("Online")
    DEGRADED = "degraded", _("Degraded")
    FROZEN = "frozen", _("Frozen picture")
    OFFLINE = "offline", _("Offline")


class HealthFault(models.TextChoices):
    CAMERA = "camera", _("The camera or the way to it")
    PLATFORM = "platform", _("VMS itself")


class CoverageState(models.TextChoices):
    ANALYSED = "analysed", _("Analysed")
    DEGRADED = "degraded", _("Degraded")
    BLIND = "blind", _("Blind")
