"""Sites, cameras, drafts of cameras, zones, recordings, camera networks, health and coverage."""

from cameras.models.cameras import Camera, CameraGroupPermission, CameraUserPermission, Site
from cameras.models.drafts import CameraDraft, DraftValues
from cameras.models.groups import CameraGroup, CameraGroupGrant
from cameras.models.health import CameraHealth, CoverageSpan
from cameras.models.networks import CameraNetwork
from cameras.models.recordings import Recording
from cameras.models.walls import WallLayout
from cameras.models.zones import Zone

__all__ = [
    "Camera",
    "CameraDraft",
    "CameraGroup",
    "CameraGroupGrant",
    "CameraGroupPermission",
    "CameraHealth",
    "CameraNetwork",
    "CameraUserPermission",
    "CoverageSpan",
    "DraftValues",
    "Recording",
    "Site",
    "WallLayout",
    "Zone",
]
