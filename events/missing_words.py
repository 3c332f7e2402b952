"""What kept a rule from coming true, as a sentence that a guard reads: the clause, what was there, what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from events.class_words import class_word
from events.clause_values import Clause, measured, names, number, seconds, text

WANTED: Mapping[str, str] = MappingProxyType(
    {
        "in_zone": _("to be in %(place)s"),
        "outside": _("to be outside %(place)s"),
        "zone_presence": _("to stay in %(place)s"),
        "crosses": _("to cross %(line)s"),
        "line_crossing": _("to cross %(line)s"),
        "near": _("to be near another"),
        "alone": _("to be alone"),
        "heading": _("to move in the direction of the rule"),
        "speed": _("to be as fast or slow as the rule says"),
        "stationary": _("to stand still"),
        "attribute": _("the attribute “%(attribute)s”"),
        "wears": _("to wear the %(item)s"),
        "lacks": _("to be without the %(item)s"),
        "pose": _("the posture"),
        "removed": _("something that is taken away"),
        "count": _("enough, or few enough, in %(place)s"),
        "density": _("a crowd in %(place)s"),
        "queue": _("a queue in %(place)s"),
        "absent": _("nobody in %(place)s"),
        "tailgating": _("one close behind another across the line"),
        "then": _("one thing after the other"),
        "times": _("it often enough"),
        "rate": _("it often enough, by anyone"),
        "lasting": _("it for long enough"),
        "schedule": _("the time of day"),
        "camera": _("the picture of the camera to be %(state)s"),
        "who": _("a surer detection"),
        "all": _("all of it at the same time"),
        "not": _("something that must not be so, and was"),
    }
)
"""By the clause's word: how the sentence "Missing was …" goes on."""


def missing_sentence(clause: Clause) -> str:
    """Empty where it cannot be read."""
    wanted = WANTED.get(str(clause.get("clause")))
    if wanted is None:
        return ""
    words = gettext(wanted) % _words(clause)
    return gettext("Missing was %(wanted)s.") % {"wanted": f"{words}{_figures(clause)}"}


def _words(clause: Clause) -> dict[str, str]:
    return {
        "place": names(clause.get("zone")) or gettext("the picture"),
        "line": names(clause.get("line")) or gettext("the line"),
        "item": class_word(text(clause.get("item"))) or gettext("item"),
        "attribute": text(clause.get("attribute")) or gettext("asked for"),
        "state": gettext(text(clause.get("state"))) or gettext("as the rule says"),
    }


def _figures(clause: Clause) -> str:
    held, asked = number(clause.get("held_seconds")), number(clause.get("for_seconds"))
    if held and asked:
        return gettext(" for %(asked)s: it was so for %(held)s") % {"asked": seconds(asked), "held": seconds(held)}
    if clause.get("seen") is False:
        return gettext(": it was out of sight")
    if clause.get("clause") == "schedule":
        asked_for = text(clause.get("needed")).removesuffix(", holidays as_usual")
        return gettext(": it was %(time)s, and the rule asks for %(times)s") % {
            "time": text(clause.get("value")),
            "times": asked_for,
        }
    if clause.get("value") is None:
        return ""
    return f": {measured(clause)}"
