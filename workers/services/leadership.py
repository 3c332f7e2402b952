"""One leader of many processes, by an advisory lock that PostgreSQL lets go of when the leader's connection ends."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import psycopg
from django.db import connection

from workers.services.waking import RECONCILE_CHANNEL

LOCK = 0x564D53_01
"""Any number that nothing else in this database locks."""
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 2}
"""Notice within seconds that the other end's machine has gone; the options make the server notice the same of us."""
OPTIONS = "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=2"
CONNECT_SECONDS = 5
NAME = "vms-orchestrator"
CONNECTED = """
    SELECT a.backend_start, l.pid IS NOT NULL FROM pg_stat_activity a
    LEFT JOIN pg_locks l ON l.pid = a.pid AND l.database = a.datid AND l.locktype = 'advisory' AND l.granted
        AND (l.classid, l.objid, l.objsubid) = (0, %s, 1)
    WHERE a.datname = current_database() AND a.application_name = %s
"""


class Leadership:
    """A connection of its own, which holds the lock and hears who wants a turn; used by one thread.

    Everything raises psycopg.OperationalError when the connection is lost: then this is no leader any more.
    """

    def __init__(self) -> None:
        self._connection = psycopg.connect(**_parameters(), autocommit=True)
        self._connection.execute(f"LISTEN {RECONCILE_CHANNEL}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The server notices a closed connection a little later; the next leader need not wait for that.
        with suppress(psycopg.OperationalError):
            self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()

    def take(self) -> bool:
        """Become the leader, if nobody is; false while another leads. To be asked until it is true."""
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        return row is not None and bool(row[0])

    def require(self) -> None:
        """Raise unless the connection, and with it the lock, is still there."""
        self._connection.execute("SELECT 1")

    def wait(self, seconds: float) -> bool:
        """Until somebody wants a turn, at most so long; whether somebody did."""
        return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))


@dataclass(frozen=True, slots=True)
class Orchestrators:
    """``leader_since``: when the one that leads connected, None where none does. ``waiting``: how many others would."""

    leader_since: datetime | None
    waiting: int


def orchestrators_connected() -> Orchestrators:
    """As PostgreSQL sees them."""
    with connection.cursor() as cursor:
        cursor.execute(CONNECTED, [LOCK, NAME])
        rows = cursor.fetchall()
    return Orchestrators(next((since for since, leads in rows if leads), None), sum(not leads for _, leads in rows))


def _parameters() -> dict[str, Any]:
    parameters: dict[str, Any] = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    own = {name: parameters[name] for name in wanted if name in parameters}
    return {
        **own,
        **KEEPALIVES,
        "options": OPTIONS,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": NAME,
    }
