"""Sites, cameras, zones, recordings, camera networks, health and coverage."""

from cameras.models.cameras import Camera, CameraGroupPermission, CameraUserPermission, Site
from cameras.models.health import CameraHealth, CoverageSpan
from cameras.models.networks import CameraNetwork
from cameras.models.recordings import Recording
from cameras.models.zones import Zone

__all__ = [
    "Camera",
    "CameraGroupPermission",
    "CameraHealth",
    "CameraNetwork",
    "CameraUserPermission",
    "CoverageSpan",
    "Recording",
    "Site",
    "Zone",
]
