"""Measurements against goals and peers: ``python -m bench NAME``."""
