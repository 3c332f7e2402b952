"""What kinds of cameras, zones and recordings there are, and how a live camera can do."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceKind(models.TextChoices):
    UPLOAD = "upload", "Uploaded recordings"
    RTSP = "rtsp", "RTSP stream"
    HTTP = "http", "HTTP stream"


class ZoneKind(models.TextChoices):
    POLYGON = "polygon", "Area"
    LINE = "line", "Directed line"
    INCLUDE = "include", _("Look only here")
    EXCLUDE = "exclude", _("Do not look here")


class RecordingState(models.TextChoices):
    RECEIVED = "received", "Checking"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    DELETED = "deleted", "Deleted after analysis"


class CameraPriority(models.TextChoices):
    """Whose frames come first where a worker cannot look at all of them."""

    LOW = "low", "Low"
    NORMAL = "normal", "Normal"
    HIGH = "high", "High"


class HealthState(models.TextChoices):
    UNKNOWN = "unknown", "Not watched yet"
    ONLINE = "online", "Online"
    DEGRADED = "degraded", "Degraded"
    FROZEN = "frozen", "Frozen picture"
    OFFLINE = "offline", "Offline"


class HealthFault(models.TextChoices):
    CAMERA = "camera", "The camera or the way to it"
    PLATFORM = "platform", "VMS itself"


class CoverageState(models.TextChoices):
    ANALYSED = "analysed", "Analysed"
    DEGRADED = "degraded", "Degraded"
    BLIND = "blind", "Blind"
