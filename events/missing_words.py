"""What kept a rule from coming true, as a sentence that a guard reads: the clause, what was there, what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from events.class_words import class_word
from events.clause_values import Clause, asked, measured, names, number, seconds, text
from events.clause_words import clause_rows

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
        "lasting": _("that it lasts"),
        "schedule": _("the time of day"),
        "camera": _("the picture of the camera to be %(state)s"),
        "who": _("a surer detection"),
        "all": _("all of it at the same time"),
        "not": _("something that must not be so, and was"),
    }
)
"""By the clause's word: how the sentence "Missing was …" goes on."""
UNKNOWN: Mapping[str, str] = MappingProxyType(
    {
        "heading": _(": it hardly moved"),
        "attribute": _(": nothing was told of it"),
        "camera": _(": it was not measured"),
        "near": _(": nobody of the kind was there"),
    }
)
"""Why there is no value."""
POSTURES: Mapping[str, str] = MappingProxyType(
    {
        "upright": _("upright"),
        "in between": _("neither upright nor lying"),
        "lying": _("lying"),
        "bending": _("bent down"),
        "hands_raised": _("both hands raised"),
        "running": _("running"),
        "falling": _("falling"),
    }
)
GOES_WITHOUT_SAYING = (0, "0 to 0", "any", "outside")
"""Nothing, nobody, either way: what a rule may ask for and nobody has to be told."""
MOST_NAMED = 3


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
    held, wanted = number(clause.get("held_seconds")), number(clause.get("for_seconds"))
    if held and wanted:
        return gettext(" for %(asked)s: it was so for %(held)s") % {"asked": seconds(wanted), "held": seconds(held)}
    if clause.get("seen") is False:
        return gettext(": it was out of sight")
    word = str(clause.get("clause"))
    if word in TOLD:
        return TOLD[word](clause)
    if clause.get("value") is None:
        return gettext(UNKNOWN[word]) if word in UNKNOWN else ""
    plain = clause.get("needed") in GOES_WITHOUT_SAYING
    return f": {measured({**clause, 'needed': None} if plain else clause)}"


def _schedule(clause: Clause) -> str:
    asked_for = text(clause.get("needed")).removesuffix(", holidays as_usual")
    return gettext(": it was %(time)s, and the rule asks for %(times)s") % {
        "time": text(clause.get("value")),
        "times": asked_for,
    }


def _then(clause: Clause) -> str:
    if clause.get("came_between"):
        return gettext(": what must not come between them did")
    if not clause.get("first_happened"):
        return gettext(": the first had not happened")
    time = seconds(number(clause.get("within_seconds")))
    return gettext(": the first had happened, the second not within %(time)s") % {"time": time}


def _tailgating(clause: Clause) -> str:
    if clause.get("first_happened"):
        return gettext(": one had crossed it, and nobody followed")
    return gettext(": nobody had crossed it just before")


def _not(clause: Clause) -> str:
    """What was so."""
    parts = clause.get("parts")
    rows = clause_rows(parts[0]) if isinstance(parts, list) and parts else ()
    true = [sentence for _, part, sentence in rows if part.get("met")]
    return f": {'; '.join(true[:MOST_NAMED])}" if true else ""


def _worn(clause: Clause) -> str:
    if clause.get("value") is not None:
        return f": {measured(clause)}"
    looks, needed = (number(clause.get(name)) for name in ("looks", "looks_needed"))
    if looks is None or needed is None:
        return ""
    return gettext(": %(looks)s of %(needed)s looks so far") % {"looks": f"{looks:g}", "needed": f"{needed:g}"}


def _pose(clause: Clause) -> str:
    postures = [
        gettext(POSTURES[each]) for each in (text(clause.get("value")), text(clause.get("needed"))) if each in POSTURES
    ]
    if len(postures) < 2:
        return gettext(": the body was not looked at")
    return f": {postures[0]}{asked(postures[1])}"


TOLD: Mapping[str, Callable[[Clause], str]] = MappingProxyType(
    {
        "schedule": _schedule,
        "then": _then,
        "tailgating": _tailgating,
        "not": _not,
        "wears": _worn,
        "lacks": _worn,
        "pose": _pose,
    }
)
"""By the clause's word, where there is more to tell than a value."""
