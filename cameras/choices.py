"""What kinds of cameras, zones and recordings there are."""

from django.db import models


class SourceKind(models.TextChoices):
    UPLOAD = "upload", "Uploaded recordings"
    RTSP = "rtsp", "RTSP stream"
    HTTP = "http", "HTTP stream"


class ZoneKind(models.TextChoices):
    POLYGON = "polygon", "Area"
    LINE = "line", "Directed line"


class RecordingState(models.TextChoices):
    RECEIVED = "received", "Checking"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    DELETED = "deleted", "Deleted after analysis"
