"""What kept a rule from coming true, as a sentence that a guard reads: the clause, what was there, what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from events.clause_words import Clause, measured, names, number, seconds, text

WANTED: Mapping[str, str] = MappingProxyType(
    {
        "in_zone": "to be in {place}",
        "outside": "to be outside {place}",
        "zone_presence": "to stay in {place}",
        "crosses": "to cross {line}",
        "line_crossing": "to cross {line}",
        "near": "to be near another",
        "alone": "to be alone",
        "heading": "to move in the direction of the rule",
        "speed": "to be as fast or slow as the rule says",
        "stationary": "to stand still",
        "attribute": "the attribute “{attribute}”",
        "wears": "to wear the {item}",
        "lacks": "to be without the {item}",
        "pose": "the posture",
        "removed": "something that is taken away",
        "count": "enough, or few enough, in {place}",
        "density": "a crowd in {place}",
        "queue": "a queue in {place}",
        "absent": "nobody in {place}",
        "tailgating": "one close behind another across the line",
        "then": "one thing after the other",
        "times": "it often enough",
        "rate": "it often enough, by anyone",
        "lasting": "it for long enough",
        "schedule": "the time of day",
        "camera": "the picture of the camera to be {state}",
        "who": "a surer detection",
        "all": "all of it at the same time",
        "not": "something that must not be so, and was",
    }
)
"""By the clause's word: how the sentence "Missing was …" goes on."""


def missing_sentence(clause: Clause) -> str:
    """Empty where it cannot be read."""
    wanted = WANTED.get(str(clause.get("clause")))
    if wanted is None:
        return ""
    return f"Missing was {wanted.format_map(_words(clause))}{_figures(clause)}."


def _words(clause: Clause) -> dict[str, str]:
    return {
        "place": names(clause.get("zone")) or "the picture",
        "line": names(clause.get("line")) or "the line",
        "item": text(clause.get("item")) or "item",
        "attribute": text(clause.get("attribute")) or "asked for",
        "state": text(clause.get("state")) or "as the rule says",
    }


def _figures(clause: Clause) -> str:
    held, asked = number(clause.get("held_seconds")), number(clause.get("for_seconds"))
    if held and asked:
        return f" for {seconds(asked)}: it was so for {seconds(held)}"
    if clause.get("seen") is False:
        return ": it was out of sight"
    if clause.get("clause") == "schedule":
        asked_for = text(clause.get("needed")).removesuffix(", holidays as_usual")
        return f": it was {text(clause.get('value'))}, and the rule asks for {asked_for}"
    if clause.get("value") is None:
        return ""
    return f": {measured(clause)}"
