"""The words of the rule language as the form beside the text shows them; the text itself stays English."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from django.utils.translation import pgettext_lazy

LEAF_WORDS = {
    "above": pgettext_lazy("rule", "above"),
    "absent": pgettext_lazy("rule", "absent"),
    "all": pgettext_lazy("rule", "all"),
    "allowed": pgettext_lazy("rule", "allowed"),
    "alone": pgettext_lazy("rule", "alone"),
    "any": pgettext_lazy("rule", "any"),
    "at_least": pgettext_lazy("rule", "at least"),
    "at_most": pgettext_lazy("rule", "at most"),
    "attribute": pgettext_lazy("rule", "attribute"),
    "behind": pgettext_lazy("rule", "behind"),
    "below": pgettext_lazy("rule", "below"),
    "by": pgettext_lazy("rule", "by"),
    "camera": pgettext_lazy("rule", "camera"),
    "checkpoint": pgettext_lazy("rule", "checkpoint"),
    "classes": pgettext_lazy("rule", "classes"),
    "colour": pgettext_lazy("rule", "colour"),
    "cooldown": pgettext_lazy("rule", "cooldown"),
    "count": pgettext_lazy("rule", "count"),
    "counter": pgettext_lazy("rule", "counter"),
    "crosses": pgettext_lazy("rule", "crosses"),
    "days": pgettext_lazy("rule", "days"),
    "density": pgettext_lazy("rule", "density"),
    "description": pgettext_lazy("rule", "description"),
    "destination": pgettext_lazy("rule", "destination"),
    "direction": pgettext_lazy("rule", "direction"),
    "distance": pgettext_lazy("rule", "distance"),
    "dwell_seconds": pgettext_lazy("rule", "dwell seconds"),
    "end": pgettext_lazy("rule", "end"),
    "entrance": pgettext_lazy("rule", "entrance"),
    "example": pgettext_lazy("rule", "example"),
    "fence": pgettext_lazy("rule", "fence"),
    "first": pgettext_lazy("rule", "first"),
    "for": pgettext_lazy("rule", "for"),
    "from": pgettext_lazy("rule", "from"),
    "from_zone": pgettext_lazy("rule", "from zone"),
    "gap": pgettext_lazy("rule", "gap"),
    "heading": pgettext_lazy("rule", "heading"),
    "holidays": pgettext_lazy("rule", "holidays"),
    "in_zone": pgettext_lazy("rule", "in zone"),
    "is": pgettext_lazy("rule", "is"),
    "item": pgettext_lazy("rule", "item"),
    "lacks": pgettext_lazy("rule", "lacks"),
    "lasting": pgettext_lazy("rule", "lasting"),
    "limit": pgettext_lazy("rule", "limit"),
    "line": pgettext_lazy("rule", "line"),
    "max_height": pgettext_lazy("rule", "max height"),
    "message": pgettext_lazy("rule", "message"),
    "metres": pgettext_lazy("rule", "metres"),
    "min_confidence": pgettext_lazy("rule", "min confidence"),
    "min_height": pgettext_lazy("rule", "min height"),
    "min_speed": pgettext_lazy("rule", "min speed"),
    "name": pgettext_lazy("rule", "name"),
    "near": pgettext_lazy("rule", "near"),
    "next": pgettext_lazy("rule", "next"),
    "not": pgettext_lazy("rule", "not"),
    "outside": pgettext_lazy("rule", "outside"),
    "overlap": pgettext_lazy("rule", "overlap"),
    "people": pgettext_lazy("rule", "people"),
    "per": pgettext_lazy("rule", "per"),
    "pose": pgettext_lazy("rule", "pose"),
    "queue": pgettext_lazy("rule", "queue"),
    "rate": pgettext_lazy("rule", "rate"),
    "removed": pgettext_lazy("rule", "removed"),
    "schedule": pgettext_lazy("rule", "schedule"),
    "seconds": pgettext_lazy("rule", "seconds"),
    "severity": pgettext_lazy("rule", "severity"),
    "share": pgettext_lazy("rule", "share"),
    "shift": pgettext_lazy("rule", "shift"),
    "speed": pgettext_lazy("rule", "speed"),
    "start": pgettext_lazy("rule", "start"),
    "stationary": pgettext_lazy("rule", "stationary"),
    "stood": pgettext_lazy("rule", "stood"),
    "tags": pgettext_lazy("rule", "tags"),
    "tailgating": pgettext_lazy("rule", "tailgating"),
    "that": pgettext_lazy("rule", "that"),
    "then": pgettext_lazy("rule", "then"),
    "threshold": pgettext_lazy("rule", "threshold"),
    "times": pgettext_lazy("rule", "times"),
    "to": pgettext_lazy("rule", "to"),
    "to_zone": pgettext_lazy("rule", "to zone"),
    "tolerance": pgettext_lazy("rule", "tolerance"),
    "unit": pgettext_lazy("rule", "unit"),
    "vehicles": pgettext_lazy("rule", "vehicles"),
    "wears": pgettext_lazy("rule", "wears"),
    "window": pgettext_lazy("rule", "window"),
    "within": pgettext_lazy("rule", "within"),
    "without": pgettext_lazy("rule", "without"),
    "zone": pgettext_lazy("rule", "zone"),
}

NUMBERED_WORDS = {
    "all": pgettext_lazy("rule", "condition %(number)s"),
    "any": pgettext_lazy("rule", "alternative %(number)s"),
}
"""The parts of a list of clauses."""


def leaf_word(word: str) -> str:
    """A word of the author's own, such as a parameter's name, is shown as it is."""
    return str(LEAF_WORDS.get(word, word.replace("_", " ")))


def leaf_label(words: Sequence[str]) -> str:
    """The way to a value: ``all``, ``1``, ``pose``, ``is`` is "Condition 2: pose is"."""
    places: list[str] = []
    run: list[str] = []
    rest = deque(words)
    while rest:
        word = rest.popleft()
        if rest and rest[0].isdecimal():
            places.append(" ".join([*run, _numbered(word, int(rest.popleft()) + 1)]))
            run = []
        else:
            run.append(f"{int(word) + 1}." if word.isdecimal() else leaf_word(word))
    label = ": ".join(part for part in (", ".join(places), " ".join(run)) if part)
    return label[:1].upper() + label[1:]


def _numbered(word: str, number: int) -> str:
    known = NUMBERED_WORDS.get(word)
    return str(known) % {"number": number} if known else f"{leaf_word(word)} {number}"
