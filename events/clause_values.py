"""What one clause measured, as words: numbers, names, times. What cannot be read is an empty text or None."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

Clause = dict[str, Any]

MOST_TRACKS_NAMED = 12
SAID = {
    "inside": _("inside"),
    "left_to_right": _("from left to right"),
    "right_to_left": _("from right to left"),
    "body_heights": _("body heights"),
    "body_heights/s": _("body heights/s"),
    "body heights away": _("body heights away"),
    "body heights moved": _("body heights moved"),
    "own sizes from the line": _("own sizes from the line"),
    "own sizes away": _("own sizes away"),
    "metres": _("metres"),
    "share of the box": _("share of the box"),
    "share of looks that found it": _("share of looks that found it"),
    "degrees off": _("degrees off"),
    "in the zone": _("in the zone"),
    "per square_body_height": _("per square body height"),
    "per square_metre": _("per square metre"),
    "s missing": _("s missing"),
    "s inside": _("s inside"),
    "times": _("times"),
    "score": _("score"),
    "confidence": _("confidence"),
    "shift": _("shift"),
    "contrast": _("contrast"),
    "brightness": _("brightness"),
    "sharpness": _("sharpness"),
}
"""Units, and values that are words."""


def measured(clause: Clause) -> str:
    """What was measured beside what the rule asks for."""
    value, needed, unit = clause.get("value"), clause.get("needed"), text(clause.get("unit"))
    shown = f"{number(value):g}" if number(value) is not None else said(value) or gettext("not measured")
    limit = said(needed) or (f"{number(needed):g}" if number(needed) is not None else "")
    return f"{shown} {said(unit)}".strip() + asked(limit)


def said(word: object) -> str:
    """What the engine calls by a code, in words; else as it is."""
    written = text(word)
    return gettext(SAID[written]) if written in SAID else written


def asked(limit: str) -> str:
    return gettext(" (the rule: %(limit)s)") % {"limit": limit} if limit else ""


def side(direction: object) -> str:
    return said(direction) if direction in ("left_to_right", "right_to_left") else ""


def held(clause: Clause) -> str:
    wanted, since, last = (number(clause.get(name)) for name in ("for_seconds", "since_ms", "last_ms"))
    lasted = number(clause.get("held_seconds"))
    if lasted is None and since is not None and last is not None and last > since:
        lasted = (last - since) / 1000
    if not lasted:
        return ""
    return gettext(" for %(time)s") % {"time": seconds(lasted)} + (asked(seconds(wanted)) if wanted else "")


def names(value: object) -> str:
    """A name, or a list of names, in quotation marks."""
    each = [text(one) for one in (value if isinstance(value, list) else [value])]
    quoted = [gettext("“%(name)s”") % {"name": name} for name in each[:MOST_TRACKS_NAMED] if name]
    return gettext(" or ").join(quoted)


def text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def seconds(value: float | None) -> str:
    if value is None:
        return gettext("the time of the rule")
    if value < 120:
        return f"{round(value, 1):g} s"
    return f"{round(value / 60, 1):g} min" if value < 7200 else f"{round(value / 3600, 1):g} h"
