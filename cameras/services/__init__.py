"""Changing sites, cameras and zones, and taking in recordings."""
