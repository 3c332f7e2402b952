"""Giving the database connection back while somebody else takes their time."""

from __future__ import annotations

from django.db import connection


def connection_leave() -> None:
    """Back to the pool before a wait for the network; the next query takes another. Inside a transaction it stays."""
    if not connection.in_atomic_block:
        connection.close()
