"""VMS: the platform's settings, accounts, audit, storage and entry points."""

__version__ = "0.1.0"
