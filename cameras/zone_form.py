"""What the zone editor's form holds: a name, and a table of points in percent of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from django.http import QueryDict
from django.utils.translation import gettext as _

from cameras.choices import ZoneKind
from cameras.models import Zone
from cameras.models.zones import MASKS
from cameras.outlines import MOST_POINTS, outline_problem
from cameras.services.zones import zone_fingerprint

DIGITS = 3
"""Of a share of the picture: a tenth of a percent."""
SPARE_ROWS = 3
MOST_ROWS = 2 * MOST_POINTS
LONGEST_NUMBER = 20


@dataclass(frozen=True, slots=True)
class PointRow:
    """One line of the table as it was written; both empty: no point."""

    x: str = ""
    y: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.x and not self.y


@dataclass(frozen=True, slots=True)
class ZoneForm:
    """``zone_id`` is None for a new one; ``seen`` is the fingerprint of what the author had before them."""

    kind: str
    name: str
    rows: tuple[PointRow, ...]
    zone_id: int | None = None
    seen: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def spare_rows(self) -> tuple[PointRow, ...]:
        """Empty lines to write further points into, for browsers without scripts."""
        room = 2 if self.kind == ZoneKind.LINE else max(3, len(self.rows) + SPARE_ROWS)
        return (PointRow(),) * max(0, min(room, MOST_POINTS) - len(self.rows))

    @property
    def can_be_drawn(self) -> bool:
        return bool(self.rows) and all(_share(text) is not None for row in self.rows for text in (row.x, row.y))

    @property
    def is_line(self) -> bool:
        return self.kind == ZoneKind.LINE

    @property
    def is_mask(self) -> bool:
        return self.kind in MASKS

    def points(self) -> list[list[float]]:
        """The points from 0 to 1; ``problems`` grows by a sentence for each line that is none, or for the outline."""
        found = [self._point(number, row) for number, row in enumerate(self.rows, start=1) if not row.is_empty]
        points = [point for point in found if point is not None]
        if not self.problems and (problem := outline_problem(self.kind, [(x, y) for x, y in points])):
            self.problems.append(problem)
        return points

    def _point(self, number: int, row: PointRow) -> list[float] | None:
        point = [_share(text) for text in (row.x, row.y)]
        if None in point:
            self.problems.append(
                _("Point %(number)s: write two numbers from 0 to 100, or leave both fields empty.") % {"number": number}
            )
            return None
        return [share for share in point if share is not None]


def zone_form(zone: Zone) -> ZoneForm:
    """The form of a zone that is there."""
    return ZoneForm(zone.kind, zone.name, _rows(zone.points), zone.id, zone_fingerprint(zone))


def zone_form_read(sent: QueryDict) -> ZoneForm:
    """What a browser sent, as it was written."""
    columns = zip_longest(sent.getlist("x")[:MOST_ROWS], sent.getlist("y")[:MOST_ROWS], fillvalue="")
    rows = tuple(PointRow(x.strip()[:LONGEST_NUMBER], y.strip()[:LONGEST_NUMBER]) for x, y in columns)
    zone_id = sent.get("zone", "")
    return ZoneForm(
        kind=kind if (kind := sent.get("kind", "")) in ZoneKind.values else ZoneKind.POLYGON,
        name=sent.get("name", "").strip(),
        rows=tuple(row for row in rows if not row.is_empty),
        zone_id=int(zone_id) if zone_id.isascii() and zone_id.isdigit() and len(zone_id) < 19 else None,
        seen=sent.get("seen", ""),
    )


def _rows(points: Sequence[Sequence[float]]) -> tuple[PointRow, ...]:
    return tuple(PointRow(_percent(x), _percent(y)) for x, y in points)


def _percent(share: float) -> str:
    return f"{share * 100:.{DIGITS - 2}f}".rstrip("0").rstrip(".")


def _share(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return round(value / 100, DIGITS) if math.isfinite(value) and 0 <= value <= 100 else None
