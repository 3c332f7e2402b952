"""What is our own about the database: conditions planned fast, moments read fast, connections given back meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from django.db.models import BooleanField, Func, Subquery
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader


class Among(Func):
    """``Among(column, subquery)``. PostgreSQL runs the subquery once and looks each row up in its result. With ``IN``
    alone it would join it, and look through several times as many plans for each table that is joined besides.
    """

    arg_joiner = " IN "
    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


class Rows(Subquery):
    """A subquery for ``Among``: where Django knows that it finds nothing, nothing is among it."""

    empty_result_set_value = NotImplemented


class MomentLoader(TimestamptzLoader):
    """A moment of PostgreSQL's as Python's. Django's own loader takes seven times as long, and a page reads thousands;
    it says what is wrong with a moment that Python has not.
    """

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            return super().load(data)


def moments_read_fast() -> None:
    """For all connections that are made from now on."""
    get_adapters_template(True, UTC).register_loader("timestamptz", MomentLoader)  # noqa: FBT003  Django's


def connection_leave() -> None:
    """Back to the pool before a wait for the network; the next query takes another. Inside a transaction it stays."""
    if not connection.in_atomic_block:
        connection.close()
