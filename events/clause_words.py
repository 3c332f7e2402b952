"""What one clause of a rule measured, as a sentence that a guard reads. Texts are plain: pages escape them.

Evidence was written by a node: what cannot be read is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

Clause = dict[str, Any]

DEEPEST = 16
MOST_TRACKS_NAMED = 12
SIDES = {"left_to_right": "from left to right", "right_to_left": "from right to left"}
POSES = {
    "lying": "Lay on the ground",
    "falling": "Fell",
    "hands_raised": "Had both hands raised",
    "bending": "Was bent down",
    "running": "Ran",
}
CAMERA_STATES = {"covered": "covered", "moved": "moved", "blurred": "blurred", "dark": "dark"}
JOINED = {"all": "All of these held", "any": "One of these held", "not": "This did not hold"}


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
    return f"Was in {zone}" + (f", with {share * 100:.0f} % of the box" if share is not None else "") + held(clause)


def _outside(clause: Clause) -> str:
    zone = names(clause.get("zone"))
    return f"Was outside {zone}{held(clause)}" if zone else ""


def _crosses(clause: Clause) -> str:
    line = names(clause.get("line"))
    return (
        " ".join(part for part in (f"Crossed {line}", SIDES.get(str(clause.get("value")), "")) if part) if line else ""
    )


def _near(clause: Clause) -> str:
    return f"Came near another{_track(clause)}: {measured(clause)}{held(clause)}"


def _alone(clause: Clause) -> str:
    value = number(clause.get("value"))
    where = "nobody else was seen" if value is None else measured(clause)
    return f"Was alone: {where}{held(clause)}"


def _heading(clause: Clause) -> str:
    off = number(clause.get("value"))
    return "Moved in the direction of the rule" + (f", {off:g}° off" if off is not None else "") + held(clause)


def _speed(clause: Clause) -> str:
    return f"Speed {measured(clause)}{held(clause)}"


def _stationary(clause: Clause) -> str:
    return f"Stood still: {measured(clause)}{held(clause)}"


def _attribute(clause: Clause) -> str:
    name = names(clause.get("attribute"))
    return f"Attribute {name}: {measured(clause)}{held(clause)}" if name else ""


def _worn(wears: str) -> Callable[[Clause], str]:
    def sentence(clause: Clause) -> str:
        item = text(clause.get("item"))
        if not item:
            return ""
        found, looks = number(clause.get("value")), number(clause.get("looks"))
        seen = f": found in {found * 100:.0f} % of {looks:g} looks" if found is not None and looks else ""
        return f"{wears} {item}{seen}{held(clause)}"

    return sentence


def _pose(clause: Clause) -> str:
    told = POSES.get(str(clause.get("needed")))
    if told is None:
        return ""
    angle = number(clause.get("torso_angle"))
    return told + (f", the torso {angle:.0f}° from upright" if angle is not None else "") + held(clause)


def _removed(clause: Clause) -> str:
    stood, missing = number(clause.get("stood_seconds")), number(clause.get("value"))
    told = "Was taken away" + (f" after it had stood for {seconds(stood)}" if stood is not None else "")
    return told + (f"; missing for {seconds(missing)}" if missing is not None else "")


def _count(what: str) -> Callable[[Clause], str]:
    def sentence(clause: Clause) -> str:
        zone = names(clause.get("zone")) or "the picture"
        value = number(clause.get("value"))
        counted = "" if value is None else f"{value:g} "
        limit = f" (the rule: {text(clause.get('needed'))})" if text(clause.get("needed")) else ""
        return f"{counted}{what} in {zone}{limit}{held(clause)}".strip()

    return sentence


def _absent(clause: Clause) -> str:
    return f"Nobody was in {names(clause.get('zone')) or 'the zone'}{held(clause)}"


def _density(clause: Clause) -> str:
    return f"Crowd density in {names(clause.get('zone')) or 'the zone'}: {measured(clause)}{held(clause)}"


def _tailgating(clause: Clause) -> str:
    return f"Followed another across the line within {seconds(number(clause.get('within_seconds')))}{_first(clause)}"


def _then(clause: Clause) -> str:
    return f"One thing followed another within {seconds(number(clause.get('within_seconds')))}{_first(clause)}"


def _times(whose: str) -> Callable[[Clause], str]:
    def sentence(clause: Clause) -> str:
        value = number(clause.get("value"))
        often = f"{value:g} times" if value is not None else "Repeatedly"
        return f"{often} within {seconds(number(clause.get('within_seconds')))}{whose}"

    return sentence


def _lasting(clause: Clause) -> str:
    return f"It lasted{held(clause)}"


def _schedule(clause: Clause) -> str:
    value, needed = text(clause.get("value")), text(clause.get("needed"))
    return f"It was {value}, within {needed}" if value and needed else ""


def _camera(clause: Clause) -> str:
    state = CAMERA_STATES.get(str(clause.get("state")))
    return f"The camera was {state}: {measured(clause)}{held(clause)}" if state else ""


def _who(clause: Clause) -> str:
    return f"Confidence {measured(clause)}"


def _joined(clause: Clause) -> str:
    return JOINED[str(clause.get("clause"))]


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
        "wears": _worn("Wore the"),
        "lacks": _worn("Was without the"),
        "pose": _pose,
        "removed": _removed,
        "count": _count("counted"),
        "density": _density,
        "queue": _count("waiting"),
        "absent": _absent,
        "tailgating": _tailgating,
        "then": _then,
        "times": _times(""),
        "rate": _times(", by anyone"),
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


def measured(clause: Clause) -> str:
    """What was measured beside what the rule asks for."""
    value, needed, unit = clause.get("value"), clause.get("needed"), text(clause.get("unit"))
    shown = f"{number(value):g}" if number(value) is not None else text(value) or "not measured"
    asked = text(needed) or (f"{number(needed):g}" if number(needed) is not None else "")
    return f"{shown} {unit}".strip() + (f" (the rule: {asked})" if asked else "")


def held(clause: Clause) -> str:
    asked, since, last = (number(clause.get(name)) for name in ("for_seconds", "since_ms", "last_ms"))
    lasted = number(clause.get("held_seconds"))
    if lasted is None and since is not None and last is not None and last > since:
        lasted = (last - since) / 1000
    if not lasted:
        return ""
    return f" for {seconds(lasted)}" + (f" (the rule: {seconds(asked)})" if asked else "")


def names(value: object) -> str:
    """A name, or a list of names, in quotation marks."""
    each = [text(one) for one in (value if isinstance(value, list) else [value])]
    return " or ".join(f"“{name}”" for name in each[:MOST_TRACKS_NAMED] if name)


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
        return "the time of the rule"
    if value < 120:
        return f"{round(value, 1):g} s"
    return f"{round(value / 60, 1):g} min" if value < 7200 else f"{round(value / 3600, 1):g} h"


def _track(clause: Clause) -> str:
    other = number(clause.get("other_track"))
    return f" (track {other:.0f})" if other is not None else ""


def _first(clause: Clause) -> str:
    first = number(clause.get("first_track"))
    return f"; the first was track {first:.0f}" if first else ""
