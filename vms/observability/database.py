"""Since when PostgreSQL runs."""

from __future__ import annotations

from django.db import connection


def database_uptime_seconds() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - pg_postmaster_start_time())::float8")
        return float(cursor.fetchone()[0])
