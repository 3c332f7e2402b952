"""Tells the orchestrator that there is something to compare now, rather than at its next turn."""

from __future__ import annotations

from django.db import connection

RECONCILE_CHANNEL = "vms_reconcile"


def reconcile_soon() -> None:
    """Wake it when the surrounding transaction commits. Losing this costs one turn of its loop."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {RECONCILE_CHANNEL}")
