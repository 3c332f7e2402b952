"""What one clause of a rule measured, as a sentence that a guard reads. Texts are plain: pages escape them.

Evidence was written by a node: what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from events.class_words import class_word
from events.clause_values import Clause, asked, held, measured, names, number, seconds, side, text

DEEPEST = 16
POSES = {
    "lying": _("Lay on the ground"),
    "falling": _("Fell"),
    "hands_raised": _("Had both hands raised"),
    "bending": _("Was bent down"),
    "running": _("Ran"),
}
CAMERA_STATES = {"covered": _("covered"), "moved": _("moved"), "blurred": _("blurred"), "dark": _("dark")}
JOINED = {"all": _("All of these held"), "any": _("One of these held"), "not": _("This did not hold")}


def clause_rows(clause: object, depth: int = 0) -> Iterator[tuple[int, Clause, str]]:
    """Every clause that can be told, with how deep it stands in the rule, outermost first."""
    if not isinstance(clause, dict) or depth > DEEPEST:
        return
    sentence = clause_sentence(clause)
    shown = bool(sentence) and not (depth == 0 and clause.get("clause") == "all")
    if shown:
        yield depth, clause, sentence
    parts = clause.get("parts")
    for part in parts if isinstance(parts, list) else []:
        yield from clause_rows(part, depth + shown)


def clause_sentence(clause: Clause) -> str:
    """Empty where it cannot be read."""
    word = clause.get("clause")
    tell = SENTENCES.get(word) if isinstance(word, str) else None
    return tell(clause) if tell is not None else ""


def _in_zone(clause: Clause) -> str:
    zone = names(clause.get("zone"))
    if not zone:
        return ""
    share = number(clause.get("value")) if clause.get("unit") == "share of the box" else None
    part = gettext(", with %(share)s %% of the box") % {"share": f"{share * 100:.0f}"} if share is not None else ""
    return gettext("Was in %(zone)s") % {"zone": zone} + part + held(clause)


def _outside(clause: Clause) -> str:
    zone = names(clause.get("zone"))
    return gettext("Was outside %(zone)s") % {"zone": zone} + held(clause) if zone else ""


def _crosses(clause: Clause) -> str:
    line = names(clause.get("line"))
    return f"{gettext('Crossed %(line)s') % {'line': line}} {side(clause.get('value'))}".strip() if line else ""


def _near(clause: Clause) -> str:
    return f"{gettext('Came near another')}{_track(clause)}: {measured(clause)}{held(clause)}"


def _alone(clause: Clause) -> str:
    value = number(clause.get("value"))
    where = gettext("nobody else was seen") if value is None else measured(clause)
    return f"{gettext('Was alone')}: {where}{held(clause)}"


def _heading(clause: Clause) -> str:
    off = number(clause.get("value"))
    part = gettext(", %(degrees)s° off") % {"degrees": f"{off:g}"} if off is not None else ""
    return gettext("Moved in the direction of the rule") + part + held(clause)


def _speed(clause: Clause) -> str:
    return f"{gettext('Speed')} {measured(clause)}{held(clause)}"


def _stationary(clause: Clause) -> str:
    return f"{gettext('Stood still')}: {measured(clause)}{held(clause)}"


def _attribute(clause: Clause) -> str:
    name = names(clause.get("attribute"))
    return f"{gettext('Attribute')} {name}: {measured(clause)}{held(clause)}" if name else ""


def _worn(wears: str) -> Callable[[Clause], str]:
    def sentence(clause: Clause) -> str:
        item = text(clause.get("item"))
        if not item:
            return ""
        found, looks = number(clause.get("value")), number(clause.get("looks"))
        seen = (
            gettext(": found in %(share)s %% of %(looks)s looks")
            % {"share": f"{found * 100:.0f}", "looks": f"{looks:g}"}
            if found is not None and looks
            else ""
        )
        return gettext(wears) % {"item": class_word(item)} + seen + held(clause)

    return sentence


def _pose(clause: Clause) -> str:
    told = POSES.get(str(clause.get("needed")))
    if told is None:
        return ""
    angle = number(clause.get("torso_angle"))
    lean = gettext(", the torso %(degrees)s° from upright") % {"degrees": f"{angle:.0f}"} if angle is not None else ""
    return gettext(told) + lean + held(clause)


def _removed(clause: Clause) -> str:
    stood, missing = number(clause.get("stood_seconds")), number(clause.get("value"))
    told = (
        gettext("Was taken away")
        if stood is None
        else gettext("Was taken away after it had stood for %(time)s") % {"time": seconds(stood)}
    )
    return told + (gettext("; missing for %(time)s") % {"time": seconds(missing)} if missing is not None else "")


def _count(what: str) -> Callable[[Clause], str]:
    def sentence(clause: Clause) -> str:
        zone = names(clause.get("zone")) or gettext("the picture")
        value = number(clause.get("value"))
        counted = "" if value is None else f"{value:g} "
        told = gettext(what) % {"number": counted, "zone": zone}
        return f"{told}{asked(text(clause.get('needed')))}{held(clause)}".strip()

    return sentence


def _absent(clause: Clause) -> str:
    return gettext("Nobody was in %(zone)s") % {"zone": _zone(clause)} + held(clause)


def _density(clause: Clause) -> str:
    return f"{gettext('Crowd density in %(zone)s') % {'zone': _zone(clause)}}: {measured(clause)}{held(clause)}"


def _tailgating(clause: Clause) -> str:
    return gettext("Followed another across the line within %(time)s") % {"time": _within(clause)} + _first(clause)


def _then(clause: Clause) -> str:
    return gettext("One thing followed another within %(time)s") % {"time": _within(clause)} + _first(clause)


def _times(whose: str) -> Callable[[Clause], str]:
    def sentence(clause: Clause) -> str:
        value = number(clause.get("value"))
        often = gettext("%(number)s times") % {"number": f"{value:g}"} if value is not None else gettext("Repeatedly")
        return gettext(whose) % {"often": often, "time": _within(clause)}

    return sentence


def _lasting(clause: Clause) -> str:
    return gettext("It lasted") + held(clause)


def _schedule(clause: Clause) -> str:
    value, needed = text(clause.get("value")), text(clause.get("needed"))
    return gettext("It was %(time)s, within %(times)s") % {"time": value, "times": needed} if value and needed else ""


def _camera(clause: Clause) -> str:
    state = CAMERA_STATES.get(str(clause.get("state")))
    if not state:
        return ""
    return f"{gettext('The camera was %(state)s') % {'state': gettext(state)}}: {measured(clause)}{held(clause)}"


def _who(clause: Clause) -> str:
    return f"{gettext('Confidence')} {measured(clause)}"


def _joined(clause: Clause) -> str:
    return gettext(JOINED[str(clause.get("clause"))])


SENTENCES: Mapping[str, Callable[[Clause], str]] = MappingProxyType(
    {
        "in_zone": _in_zone,
        "outside": _outside,
        "crosses": _crosses,
        "near": _near,
        "alone": _alone,
        "heading": _heading,
        "speed": _speed,
        "stationary": _stationary,
        "attribute": _attribute,
        "wears": _worn(_("Wore the %(item)s")),
        "lacks": _worn(_("Was without the %(item)s")),
        "pose": _pose,
        "removed": _removed,
        "count": _count(_("%(number)scounted in %(zone)s")),
        "density": _density,
        "queue": _count(_("%(number)swaiting in %(zone)s")),
        "absent": _absent,
        "tailgating": _tailgating,
        "then": _then,
        "times": _times(_("%(often)s within %(time)s")),
        "rate": _times(_("%(often)s within %(time)s, by anyone")),
        "lasting": _lasting,
        "schedule": _schedule,
        "camera": _camera,
        "who": _who,
        "all": _joined,
        "any": _joined,
        "not": _joined,
    }
)
"""By the clause's word; one that is not here is left out."""


def _track(clause: Clause) -> str:
    other = number(clause.get("other_track"))
    return gettext(" (track %(number)s)") % {"number": f"{other:.0f}"} if other is not None else ""


def _first(clause: Clause) -> str:
    first = number(clause.get("first_track"))
    return gettext("; the first was track %(number)s") % {"number": f"{first:.0f}"} if first else ""


def _zone(clause: Clause) -> str:
    return names(clause.get("zone")) or gettext("the zone")


def _within(clause: Clause) -> str:
    return seconds(number(clause.get("within_seconds")))
