"""Multi-object tracking: detections in, tracks with lasting ids out. One ``Tracker`` object a stream."""

from __future__ import annotations

from workers.runtime.tracking.config import TrackerConfig
from workers.runtime.tracking.tracker import Outlook, Tracker

__all__ = ["Outlook", "Tracker", "TrackerConfig"]
