"""Cameras that play detections recorded once: everything behind the detector is real, and hundreds fit one machine."""
