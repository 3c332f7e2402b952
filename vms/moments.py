"""Reading moments that stand in an address, a form or a message."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

YEARS = range(2, 9999)
"""Not the calendar's first and last: from a moment in these, hours and days can be reckoned both ways."""


def moment_read(text: object, zone: tzinfo | None = None) -> datetime | None:
    """In UTC, since PostgreSQL knows fewer offsets than Python; ``zone`` is that of a text that names none.

    None: it is no moment, or one that cannot be reckoned with.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone) if zone else None
        moment = moment and moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.year in YEARS else None
